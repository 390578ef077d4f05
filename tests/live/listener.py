"""A domain or an AWS that only counts: answers every request with one fixed answer and remembers what was asked."""

import http.server
import threading


class Listener:
    """Serves on a port of its own until it is closed; `requests` holds (method, path, signed) in order."""

    def __init__(self, status: int = 200, body: bytes = b"{}"):
        self.requests: list[tuple[str, str, bool]] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("content-length") or 0))
                listener.requests.append((self.command, self.path, "authorization" in self.headers))
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
