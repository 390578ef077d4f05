"""The commands of every day on one engine: its spec, the binary, and answers without what differs between two runs."""

import json
import pathlib
import re
import shlex
import signal
import subprocess

import yaml

import addresses
import binary
import engine as engines

SIZES = ("bytes",)
SECONDS = ("age_seconds", "duration_seconds")
TIMES = ("started", "ended")


def steady(value, key: str | None = None):
    """`value` with a word in place of each id, time, length and size that another run would not have; none stays none."""
    if isinstance(value, dict):
        return {name: steady(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [steady(each) for each in value]
    if value is not None and key == "uuid":
        return "UUID"
    if value is not None and key in TIMES:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), value
        return "TIME"
    if value is not None and key in SECONDS:
        assert 0 <= value < 300, (key, value)
        return "SECONDS"
    if value is not None and key in SIZES:
        assert value > 0, (key, value)
        return "BYTES"
    if key == "message":
        return re.sub(r" in \d+s$", " in SECONDS", value)
    return value


class Desk:
    """An operator at one engine, whose repository has the name of the test, as has the environment."""

    def __init__(self, engine: engines.Engine, name: str, folder: pathlib.Path, user: str = "operator", endpoint: str | None = None):
        self.engine, self.name, self.folder = engine, name, folder
        spec = engines.spec(engine, name, name, folder, user)
        spec["domain"]["endpoint"] = endpoint or engine.url
        self.file = folder / f"{user}-{spec['domain']['endpoint'].rsplit(':', 1)[1]}.yaml"
        self.file.write_text(yaml.safe_dump(spec))

    def arguments(self, *arguments: str) -> list[str]:
        return [*arguments, "-f", str(self.file), "--trust-endpoint", "127.0.0.1"]

    def run(self, *arguments: str, code: int = 0) -> binary.Ran:
        return binary.run(self.arguments(*arguments), self.folder).expect(code)

    def json(self, *arguments: str, code: int = 0) -> dict:
        """The one document of a command that only reads."""
        return self.run(*arguments, "--format", "json", code=code).json()

    def events(self, *arguments: str, code: int = 0) -> list[dict]:
        return self.run(*arguments, "--format", "json", code=code).events()

    def end(self, *arguments: str, code: int = 0) -> dict:
        """The last event, which tells how the environment ended."""
        return self.events(*arguments, code=code)[-1]

    def detached(self, *arguments: str) -> list[dict]:
        """The events of a command that gets a SIGINT once it has told how far it is."""
        command = [addresses.BINARY, *self.arguments(*arguments, "--format", "json")]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **binary.aws_environment(addresses.MOTO, "tester", "secret")}
        running = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = []
        for line in running.stdout:
            lines.append(line)
            if json.loads(line)["event"] == "progress":
                running.send_signal(signal.SIGINT)
                break
        out, err = running.communicate(timeout=30)
        ran = binary.Ran(command, running.returncode, "".join(lines) + out, err).expect(130)
        return ran.events()

    def printed(self, command: str, *more: str, code: int = 0) -> binary.Ran:
        """Runs a command that esbackup printed."""
        program, *arguments = shlex.split(command)
        assert program == "esbackup", command
        return binary.run([*arguments, *more], self.folder).expect(code)

    def held(self) -> dict[str, str]:
        """The states of the snapshots that the engine holds, by name."""
        found = self.engine.get(f"/_snapshot/{self.name}/_all")["snapshots"]
        return {each["snapshot"]: each["state"] for each in found}

    def snapshot(self, name: str, indices: list[str], **changes) -> dict:
        """What the commands tell of a good snapshot that the test took with esbackup, once it is over."""
        old = self.engine.typed
        by = "operator" if self.engine.users else "unknown"
        metadata = {"esbackup-environment": self.name, "esbackup-version": "0.1.0", "managed-by": "esbackup", "taken-by": by}
        return {
            "name": name, "uuid": "UUID", "state": "SUCCESS", "details_read": True, "started": "TIME", "ended": "TIME", "age_seconds": "SECONDS",
            "duration_seconds": "SECONDS", "indices": indices, "data_streams": [],
            "shards": {"total": len(indices), "successful": len(indices), "failed": 0}, "failures": [], "bytes": None,
            "global_state": False, "engine": self.engine.name, "taken_by": None if old else by,
            "environment": None if old else self.name, "metadata": {} if old else metadata, **changes,
        }

    def environment(self, code: int = 0, done: int = 0, total: int = 0, words: list[str] | None = None, **more) -> dict:
        """The last event of a command that writes, but for what else its error says."""
        return {"event": "environment", "environment": self.name, "exit": code, "done": done, "total": total, "words": words,
                "not_done": [], **more}


def ended(event: dict) -> dict:
    """An event as `Desk.environment` describes it."""
    shown = {key: value for key, value in steady(event).items() if key != "error"}
    return {**shown, "words": event["error"] and event["error"]["messages"]}
