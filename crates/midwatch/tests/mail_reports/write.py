"""Writes reports on TLS (RFC 8460) in every form in which they arrive, with nothing but Python's own libraries."""

import gzip
import json
import mailbox
import pathlib
import sys
from email import encoders, policy
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

at = pathlib.Path(sys.argv[1])
at.mkdir()


def report(sender):
    return json.dumps(
        {
            "organization-name": sender,
            "date-range": {"start-datetime": "2026-11-01T00:00:00Z", "end-datetime": "2026-11-01T23:59:59Z"},
            "contact-info": "tls@sender.example",
            "report-id": "id-" + sender,
            "policies": [
                {
                    "policy": {
                        "policy-type": "sts",
                        "policy-string": ["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400"],
                        "policy-domain": "example.org",
                        "mx-host": ["*.example.org"],
                    },
                    "summary": {"total-successful-session-count": 90, "total-failure-session-count": 10},
                    "failure-details": [
                        {
                            "result-type": "starttls-not-supported",
                            "sending-mta-ip": "192.0.2.25",
                            "receiving-mx-hostname": "mx1.example.org",
                            "receiving-ip": "203.0.113.25",
                            "failed-session-count": 10,
                        }
                    ],
                }
            ],
        },
        indent=1,
    ).encode()


def message(sender, kind="tlsrpt+gzip", encode=encoders.encode_base64, data=None):
    """As section 5.3 of RFC 8460 has it."""
    outer = MIMEMultipart("report", report_type="tlsrpt")
    outer["From"] = "tls@sender.example"
    outer["To"] = "reports@example.org"
    outer["Subject"] = "Report Domain: example.org Submitter: sender.example Report-ID: <id@sender.example>"
    outer["TLS-Report-Domain"] = "example.org"
    outer["TLS-Report-Submitter"] = "sender.example"
    outer["DKIM-Signature"] = "v=1; a=rsa-sha256; d=sender.example; s=x; h=from; bh=AA==; b=AA=="
    outer.attach(MIMEText("This is a report on TLS from sender.example.\n"))
    part = MIMEBase("application", kind)
    if data is None:
        data = report(sender)
        if kind != "tlsrpt+json":
            data = gzip.compress(data)
    part.set_payload(data)
    encode(part)
    name = "sender.example!example.org!1793491200!1793577599!001.json"
    part.add_header("Content-Disposition", "attachment", filename=name + ("" if kind == "tlsrpt+json" else ".gz"))
    outer.attach(part)
    return outer


(at / "bare.json").write_bytes(report("Bare"))
(at / "gzip.json.gz").write_bytes(gzip.compress(report("Gzip")))
(at / "standard.eml").write_bytes(message("Standard").as_bytes())
(at / "octets.eml").write_bytes(message("Octets", kind="octet-stream").as_bytes(policy=policy.SMTP))
(at / "printable.eml").write_bytes(message("Printable", "tlsrpt+json", encoders.encode_quopri).as_bytes())
(at / "eight.eml").write_bytes(message("Eight", "tlsrpt+json", encoders.encode_7or8bit).as_bytes())
(at / "cut.eml").write_bytes(message("Cut", data=gzip.compress(report("Cut"))[:90]).as_bytes())

forward = EmailMessage()
forward["From"] = "postmaster@example.org"
forward["Subject"] = "Fwd: a report"
forward.set_content("See below.\n")
inner = EmailMessage(policy=policy.default)
inner["From"] = "tls@sender.example"
inner["DKIM-Signature"] = "v=1; d=sender.example; s=x"
inner.set_content("A report.\n")
inner.add_attachment(gzip.compress(report("Forwarded")), "application", "tlsrpt+gzip", filename="a" * 90 + ".json.gz")
forward.add_attachment(inner)
(at / "forwarded.eml").write_bytes(forward.as_bytes(policy=policy.default))

lunch = EmailMessage()
lunch["Subject"] = "Lunch"
lunch.set_content("At noon?\n\nFrom there we go on.\n")

box = mailbox.mbox(at / "box.mbox")
for one in [message("In the box 1"), lunch, message("In the box 2")]:
    box.add(one)
box.close()

maildir = mailbox.Maildir(at / "Maildir")
for one in [message("In the Maildir"), lunch, message("Standard")]:
    maildir.add(one)
maildir.close()
