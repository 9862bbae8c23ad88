"""Leads out of a network namespace, through sockets in the file system.

relay.py dns OURS THEIRS   answers DNS on 127.0.0.1:53 with what THEIRS answers
relay.py pipe THEIRS       standard input and output to THEIRS, for ProxyCommand
"""

import os
import socket
import sys
import threading


def dns(ours, theirs):
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("127.0.0.1", 53))
    out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    out.bind(ours)
    while True:
        question, who = asked.recvfrom(65535)
        out.sendto(question, theirs)
        asked.sendto(out.recv(65535), who)


def pipe(theirs):
    out = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    out.connect(theirs)

    def there():
        while data := os.read(0, 65536):
            out.sendall(data)
        out.shutdown(socket.SHUT_WR)

    threading.Thread(target=there, daemon=True).start()
    while data := out.recv(65536):
        os.write(1, data)


{"dns": dns, "pipe": pipe}[sys.argv[1]](*sys.argv[2:])
