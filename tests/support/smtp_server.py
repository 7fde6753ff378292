"""A mail server with TLS and login on a free loopback port: prints its port, then every mail that it took as a line of
JSON. Usage: smtp_server.py starttls|tls|plain CERTIFICATE KEY [USER PASSWORD] [--port N] [--refuse ADDRESS]"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, refused):
        self.refused = refused

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = [p for p in message.walk() if not p.is_multipart()]
        body = {p.get_content_type(): p.get_content() for p in parts if p.get_content_maintype() == "text"}
        files = [
            {
                "name": p.get_filename(),
                "type": p.get_content_type(),
                "id": p["Content-ID"],
                "bytes": base64.b64encode(p.get_content()).decode(),
            }
            for p in parts
            if p.get_content_maintype() != "text"
        ]
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or getattr(server.transport, "get_extra_info")("ssl_object") is not None,
            "user": session.auth_data.decode() if isinstance(session.auth_data, bytes) else None,
            "headers": {k: str(v) for k, v in message.items()},
            "defects": [str(d) for p in message.walk() for d in p.defects],
            "longest": max(len(l) for l in envelope.content.split(b"\r\n")),
            "text": body.get("text/plain"),
            "html": body.get("text/html"),
            "files": files,
        }
        print(json.dumps(line), flush=True)
        return "250 2.0.0 taken as 4711"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["starttls", "tls", "plain"])
    parser.add_argument("certificate")
    parser.add_argument("key")
    parser.add_argument("login", nargs="*")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--refuse", action="append", default=[])
    options = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)

    def authenticate(server, session, envelope, mechanism, data):
        good = [data.login.decode(), data.password.decode()] == options.login
        return AuthResult(success=good, handled=False, auth_data=data.login)

    def protocol():
        return SMTP(
            Handler(options.refuse),
            hostname="mail.test",
            enable_SMTPUTF8=False,
            tls_context=context if options.mode == "starttls" else None,
            require_starttls=options.mode == "starttls",
            auth_required=bool(options.login),
            auth_require_tls=options.mode == "starttls",
            authenticator=authenticate if options.login else None,
        )

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", options.port, ssl=context if options.mode == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
