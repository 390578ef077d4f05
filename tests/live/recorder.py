"""Stands before a service, passes every request on unchanged and remembers it."""

import http.client
import http.server
import json
import threading
import urllib.parse
from dataclasses import dataclass

READING_ACTIONS = ("Get", "List")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Sent:
    """One request as it was sent, without what differs between any two of them (dates, signatures, ports)."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str
    signed: bool

    @property
    def writes(self) -> bool:
        if self.body.startswith('{"Action"'):
            return not json.loads(self.body)["Action"].startswith(READING_ACTIONS)
        return self.method not in ("GET", "HEAD")


def steady_body(body: bytes, content_type: str) -> str:
    """A form as sorted JSON, so that the order of its fields is nobody's concern; anything else as it is."""
    text = body.decode("utf-8", "replace")
    if "x-www-form-urlencoded" in content_type:
        return json.dumps(dict(sorted(urllib.parse.parse_qsl(text, keep_blank_values=True))))
    return text


class Recorder:
    """A proxy on a port of its own while it is entered; `sent` holds the requests in order of arrival."""

    def __init__(self, target: str):
        self.sent: list[Sent] = []
        recorder = self
        host = urllib.parse.urlsplit(target).netloc

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                recorder.keep(self, body)
                upstream = http.client.HTTPConnection(host, timeout=60)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP_BY_HOP}
                upstream.request(self.command, self.path, body=body or None, headers=headers)
                answer = upstream.getresponse()
                content = answer.read()
                self.send_response_only(answer.status, answer.reason)
                for key, value in answer.getheaders():
                    if key.lower() not in HOP_BY_HOP | {"content-length"}:
                        self.send_header(key, value)
                length = answer.getheader("content-length", "0") if self.command == "HEAD" else str(len(content))
                self.send_header("content-length", length)
                self.end_headers()
                self.wfile.write(content)
                upstream.close()

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, request: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        parts = urllib.parse.urlsplit(request.path)
        query = tuple(sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)))
        shown = steady_body(body, request.headers.get("content-type", ""))
        self.sent.append(Sent(request.command, parts.path, query, shown, "authorization" in request.headers))

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
