"""A proxy before an engine that lets the binary be killed right before or right after any of its writes reaches the engine."""

import http.server
import json
import pathlib
import shlex
import subprocess
import threading

import requests

import addresses
import binary

READS = ("GET", "HEAD")


class Proxy:
    """Forwards requests; at write number `at` (from 1) it kills what `victim` names, without or after forwarding it."""

    def __init__(self, engine):
        self.engine, self.victim, self.at, self.forwards = engine, None, 0, True
        self.writes: list[str] = []
        self.session, self.lock = requests.Session(), threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                proxy.handle(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        # `_refresh` changes nothing that would be lost.
        writes = request.command not in READS
        if writes:
            with self.lock:
                self.writes.append(f"{request.command} {request.path}")
                kills = len(self.writes) == self.at
            if kills and not self.forwards:
                self.victim.kill()
                return
        kept = {key: value for key, value in request.headers.items() if key.lower() in ("authorization", "content-type")}
        answer = requests.request(
            request.command, self.engine.url + request.path, data=body, headers=kept, verify=self.engine.ca_file or True, timeout=120
        )
        if writes and kills:
            self.victim.kill()
            return
        request.send_response_only(answer.status_code)
        request.send_header("content-type", answer.headers.get("content-type", "application/json"))
        request.send_header("content-length", str(len(answer.content)))
        request.end_headers()
        request.wfile.write(answer.content)

    def run(self, arguments: list[str], folder: pathlib.Path, at: int, forwards: bool) -> tuple[bool, list[dict]]:
        """Runs the binary and kills it at a write; says whether it was killed, and what it had told until then."""
        self.writes, self.at, self.forwards = [], at, forwards
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **binary.aws_environment(addresses.MOTO, "tester", "tester-secret")}
        with open(folder / "out", "w+") as out, open(folder / "err", "w+") as err:
            self.victim = subprocess.Popen(
                [addresses.BINARY, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
            code = self.victim.wait(timeout=binary.TIME_LIMIT)
        told = [json.loads(line) for line in (folder / "out").read_text().splitlines() if line.endswith("}")]
        killed = code == -9
        assert killed or code == 0, f"exit {code}\n{(folder / 'out').read_text()}\n{(folder / 'err').read_text()}"
        self.at = 0
        return killed, told


def go_on(told: list[dict], begin: list[str]) -> list[str]:
    """The command that was printed last to go on; the first command where none was printed."""
    printed = [event["go_on"] for event in told if event.get("event") == "step"]
    if not printed:
        return begin
    words = shlex.split(printed[-1])
    assert words[0] == "esbackup"
    return [*words[1:], "--format", "json"]
