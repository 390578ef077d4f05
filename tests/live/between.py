"""Stands before one engine, with its certificate where it has one: remembers what is sent, and loses what it is told to lose."""

import http.client
import http.server
import json
import pathlib
import ssl
import threading
import urllib.parse
from dataclasses import dataclass

import engine as engines

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Asked:
    """One request: what `--dry-run` shows of it."""

    method: str
    path: str
    body: dict | None

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


class Between:
    """A proxy on a port of its own while it is entered. `loses` is None, `answers` (a write reaches the engine, and the connection ends
    before its answer) or `requests` (a write never reaches it)."""

    def __init__(self, engine: engines.Engine, loses: str | None = None):
        self.engine, self.loses = engine, loses
        self.asked: list[Asked] = []
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                asked = Asked(self.command, urllib.parse.unquote(self.path), json.loads(body) if body else None)
                between.asked.append(asked)
                if asked.writes and between.loses == "requests":
                    return self.hang_up()
                status, headers, content = between.upstream(self.command, self.path, body, dict(self.headers.items()))
                if asked.writes and between.loses == "answers":
                    return self.hang_up()
                self.send_response_only(status)
                for key, value in headers:
                    if key.lower() not in HOP_BY_HOP:
                        self.send_header(key, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def hang_up(self):
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if engine.ca_file:
            folder = pathlib.Path(engine.ca_file).parent
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "node.pem", folder / "node-key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if engine.ca_file else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def upstream(self, method: str, path: str, body: bytes, headers: dict):
        host = urllib.parse.urlsplit(self.engine.url).netloc
        if self.engine.ca_file:
            connection = http.client.HTTPSConnection(host, timeout=60, context=ssl.create_default_context(cafile=self.engine.ca_file))
        else:
            connection = http.client.HTTPConnection(host, timeout=60)
        kept = {key: value for key, value in headers.items() if key.lower() not in HOP_BY_HOP}
        connection.request(method, path, body=body or None, headers=kept)
        answer = connection.getresponse()
        try:
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.writes]

    def __enter__(self) -> "Between":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
