"""A receiver of webhooks that verifies them by the reference library of Standard Webhooks.

receiver.py PORT SECRET FILE [PEM]: writes a line of JSON into FILE for each request. With PEM (key and chain), over
TLS. Requests whose path begins with /unsigned, or that name no webhook-id, are taken as they are.
"""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


class Handler(BaseHTTPRequestHandler):
    timeout = 30

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = self.headers.get("webhook-id") is not None
        verified = False
        if signed:
            try:
                Webhook(SECRET).verify(body, dict(self.headers.items()))
                verified = True
            except WebhookVerificationError as error:
                print(error, flush=True)
        line = {
            "path": self.path,
            "id": self.headers.get("webhook-id"),
            "authorization": self.headers.get("authorization"),
            "verified": verified,
            "body": json.loads(body),
        }
        with open(FILE, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        answer = b"" if verified or not signed else b"no matching signature"
        self.send_response(401 if answer else 200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


PORT, SECRET, FILE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4])
    # The handshake belongs to the connection's own thread: a client that is silent holds up nobody.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
