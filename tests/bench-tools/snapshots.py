"""Measures the commands of every day: `snapshot list` of thousands beside curl, the first sign of life, and how often is asked. It gates nothing."""

import concurrent.futures
import http.server
import json
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.parse

import addresses
import engine as engines
import measure
import yaml
from delay import Delay

MANY = 2000
PATIENCE = 110  # seconds for taking that many
SERVED = 10_000  # snapshots of the served list
INDICES = 1000  # of each snapshot of the served list
NAME = "bench-snapshots"
SLOW = "100kb"  # per second


def write_spec(folder: pathlib.Path, endpoint: str, repository: str) -> pathlib.Path:
    file = folder / f"{repository}-{endpoint.rsplit(':', 1)[1]}.yaml"
    file.write_text(yaml.safe_dump({
        "version": 1, "name": NAME, "region": addresses.REGION, "account": addresses.ACCOUNT,
        "domain": {"endpoint": endpoint, "auth": "none"}, "repository": {"name": repository, "existing": True},
    }))
    return file


def command(file: pathlib.Path, *arguments: str) -> list[str]:
    return [addresses.BINARY, "snapshot", *arguments, "-f", str(file), "--trust-endpoint", "127.0.0.1"]


def take_many(engine: engines.Engine) -> int:
    """As many snapshots of a tiny index as there is time for; how many they are."""
    engine.filled(f"{NAME}-a", documents=1)
    engine.ask("PUT", f"/_snapshot/{NAME}", {"type": "fs", "settings": {"location": NAME}}).ok()
    deadline = time.monotonic() + PATIENCE

    def take(number: int) -> bool:
        return time.monotonic() < deadline and engine.take(NAME, f"s{number:05}", f"{NAME}-a").status == 200

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return sum(pool.map(take, range(MANY)))


class Served:
    """A domain that answers with a short list of thousands of snapshots of a thousand indices, and with details made from one real snapshot."""

    def __init__(self, engine: engines.Engine, one: dict):
        indices = [f"logs-application-{number:06}" for number in range(INDICES)]
        details = {f"s{number:05}": {**one, "snapshot": f"s{number:05}", "uuid": f"{number:022}"} for number in range(SERVED)}
        kept = ("snapshot", "uuid", "state")
        short = [{**{key: detail[key] for key in kept}, "indices": indices} for detail in details.values()]
        bodies = {"_all": json.dumps({"snapshots": short}, separators=(",", ":")).encode(), "": json.dumps(engine.get("/")).encode()}
        self.size = max(map(len, bodies.values()))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                last = urllib.parse.unquote(self.path.partition("?")[0].rpartition("/")[2])
                body = bodies.get(last)
                if body is None:
                    asked = [details[name] for name in last.split(",") if name in details]
                    body = json.dumps({"snapshots": [{**each, "indices": []} for each in asked]}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


def lists(folder: pathlib.Path, url: str, environment: dict[str, str], rounds: int) -> None:
    curl = ["curl", "-sS", "-o", str(folder / "answer.json"), f"{url}/_snapshot/{NAME}/_all?verbose=false"]
    listed = command(write_spec(folder, url, NAME), "list")
    measured = measure.side_by_side({"snapshot list": listed, "curl": curl}, environment, rounds)
    for name, result in measured.items():
        print(f"  {name:20} {result}")
    ratio = measured["snapshot list"].median / measured["curl"].median
    print(f"  it takes {ratio:.2f} times curl (aim: 3.00 at most, details included), with {measured['snapshot list'].memory:.1f} MB (aim: under 64)")


def waiting(engine: engines.Engine, folder: pathlib.Path, environment: dict[str, str]) -> None:
    """How soon a snapshot that takes its time is told of, and how many requests a second its wait takes."""
    name = f"{NAME}-slow"
    engine.ask("PUT", f"/_snapshot/{name}", {"type": "fs", "settings": {"location": name, "max_snapshot_bytes_per_sec": SLOW}}).ok()
    engine.filled(f"{name}-a", documents=10, kilobytes=100)
    with Delay(int(engine.url.rsplit(":", 1)[1]), 0.0) as proxy:
        file = write_spec(folder, f"http://127.0.0.1:{proxy.port}", name)
        began, first, asked, last = time.perf_counter(), None, 0, 0.0
        running = subprocess.Popen(
            command(file, "take", "one", "--indices", f"{name}-a", "--format", "json"), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        for line in running.stdout:
            if json.loads(line)["event"] == "progress":
                last = time.perf_counter() - began
                if first is None:
                    first, asked = last, proxy.count
        asked = proxy.count - asked
        if running.wait() != 0 or first is None:
            raise SystemExit(f"bench: snapshot take exited with {running.returncode}")
    whole = time.perf_counter() - began
    print(f"\nfirst progress after {first * 1000:.0f} ms (aim: under 1000)")
    print(f"{asked} requests in the {whole - first:.1f} s after it (aim: one a second at most, and two for the end)")


def run(folder: pathlib.Path, environment: dict[str, str], rounds: int) -> None:
    engine = engines.engines()["3.8.0"]
    environment = {**environment, "NO_PROXY": "127.0.0.1", "HOME": str(folder)}
    engine.forget(NAME)
    began = time.monotonic()
    count = take_many(engine)
    print(f"\n{count} snapshots of one index, on the node (it took them in {time.monotonic() - began:.0f} s)")
    lists(folder, engine.url, environment, rounds)
    one = engine.snapshot(NAME, "s00000")
    with Served(engine, one) as served:
        print(f"\n{SERVED} snapshots of {INDICES} indices each, {served.size / 1e6:.1f} MB from a server that does nothing else")
        lists(folder, served.url, environment, rounds)
    waiting(engine, folder, environment)
    # One by one it would take as long as taking them did.
    engine.ask("DELETE", f"/_snapshot/{NAME}").ok()
    shutil.rmtree(pathlib.Path(engine.path_repo) / NAME)
    engine.forget(NAME)
