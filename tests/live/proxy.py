"""Stands between the binary and an engine, counts what writes, and does something at one of those requests. It changes no request."""

import http.client
import http.server
import threading
import urllib.parse

WRITES = {"PUT", "POST", "DELETE"}


class Proxy:
    """Forwards to an engine without TLS. `before` and `after` are called with the number of each request that writes, its method and its
    path: before it reaches the engine, and once the engine has answered and the binary does not know yet."""

    def __init__(self, url: str, before=None, after=None):
        self.before, self.after = before, after
        self.writes: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        target = urllib.parse.urlsplit(url)
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                number = proxy.counted(self.command, self.path)
                try:
                    if number and proxy.before:
                        proxy.before(number, self.command, self.path)
                    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=120)
                    kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
                    connection.request(self.command, self.path, body or None, kept)
                    answer = connection.getresponse()
                    text = answer.read()
                    connection.close()
                    if number and proxy.after:
                        proxy.after(number, self.command, self.path)
                except Dropped:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "content-encoding"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def counted(self, method: str, path: str) -> int:
        """The number of this request among those that write, from 1; 0 for one that does not."""
        if method not in WRITES:
            return 0
        with self.lock:
            self.writes.append((method, path))
            return len(self.writes)

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Dropped(Exception):
    """Raised by `before` or `after`: the connection ends without an answer."""
