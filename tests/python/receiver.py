# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny stand-in for the appliance: keeps the bodies that were posted, answers as it is told."""

import gzip
import http.server
import json
import threading


class Receiver:
    """Listens on a free port of the loopback. `answers` is a list of (status, headers, body) to give first; then 200."""

    def __init__(self):
        self.documents = []
        self.requests = []  # (path, headers) of each
        self.answers = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                status, headers, answer = receiver.take(self.path, dict(self.headers), json.loads(body))
                if status == 0:
                    self.close_connection = True
                    return
                payload = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def take(self, path, headers, document):
        with self.lock:
            self.requests.append((path, headers))
            if self.answers:
                status, more, answer = self.answers.pop(0)
                if status == 200:
                    self.documents.append(document)
                return status, more, answer
            self.documents.append(document)
            count = sum(len(items) for items in document.values())
            return 200, {}, {"accepted": count, "rejected": 0, "errors": []}

    def items(self, section):
        with self.lock:
            return [item for document in self.documents for item in document.get(section, [])]

    def keys(self):
        with self.lock:
            return [headers["Idempotency-Key"] for _, headers in self.requests]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
