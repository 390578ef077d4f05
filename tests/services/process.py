"""A child process with a log of its own and a question that tells when it is up. It dies with its parent, however that ends."""

import base64
import ctypes
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

PR_SET_PDEATHSIG = 1


class NotUp(Exception):
    """A service that did not start; the text holds the end of its log."""


def free_port() -> int:
    """A port that nobody uses now, by the kernel's choice."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str, ca_file: pathlib.Path | None, login: tuple[str, str] | None) -> bool:
    """Whether something speaks HTTP there and does not say that it failed."""
    request = urllib.request.Request(url)
    if login:
        request.add_header("Authorization", "Basic " + base64.b64encode(":".join(login).encode()).decode())
    context = ssl.create_default_context(cafile=ca_file) if ca_file else None
    try:
        with urllib.request.urlopen(request, timeout=2, context=context) as answer:
            return answer.status < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False


def die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Service:
    """One running service: its address, its process and its log."""

    def __init__(
        self, name: str, url: str, probe: str, log: pathlib.Path, command: list[str],
        ca_file: pathlib.Path | None = None, login: tuple[str, str] | None = None, **options,
    ):
        self.name, self.url, self.probe, self.log = name, url, url + probe, log
        self.ca_file, self.login = ca_file, login
        self.began = time.monotonic()
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=die_with_parent, **options,
            )

    def wait(self, seconds: float) -> None:
        """Returns when the service answers; raises with its log's end when it stops first or takes too long."""
        while time.monotonic() - self.began < seconds:
            if self.ended():
                raise NotUp(f"{self.name} stopped with {self.process.returncode} while starting\n{self.tail()}")
            if answers(self.probe, self.ca_file, self.login):
                print(f"services: {self.name} at {self.url} after {time.monotonic() - self.began:.1f} s", flush=True)
                return
            time.sleep(0.1)
        raise NotUp(f"{self.name} did not answer within {seconds:.0f} s\n{self.tail()}")

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-40:]
        return "\n".join([f"--- {self.log}", *lines, "---"])

    def ended(self) -> bool:
        return self.process.poll() is not None

    def terminate(self) -> None:
        """Asks it to end, without waiting: `stop` waits."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass

    def stop(self) -> None:
        """Ends the service and all that it started, and waits for it."""
        for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 10)):
            if self.ended():
                return
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
