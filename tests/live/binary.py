"""Runs the binary under test as a user would, with only the environment that it is given."""

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import tempfile

import addresses

TIME_LIMIT = 120  # seconds; no test waits that long unless the binary hangs


@dataclasses.dataclass(frozen=True)
class Ran:
    """What one run of the binary left behind."""

    command: list[str]
    code: int
    out: str
    err: str

    def json(self) -> dict:
        return json.loads(self.out)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]

    def expect(self, code: int) -> "Ran":
        """Itself when it exited with `code`; else a failure that shows all it printed."""
        assert self.code == code, f"{self}\nexpected exit code {code}"
        return self

    def __str__(self) -> str:
        return f"{' '.join(self.command)}\nexit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@functools.cache
def trust_file() -> str:
    """Vouches for the authorities of the engines of this run, and for nothing else: hosts are named by each test."""
    engines = json.loads(pathlib.Path(os.environ["ESBACKUP_TEST_ENGINES"]).read_text())
    authorities = [each["ca_file"] for each in engines.values() if each["ca_file"]]
    file = pathlib.Path(tempfile.mkdtemp(prefix="esbackup-trust-")) / "trust.yaml"
    file.write_text("version: 1\n" + (f"ca: {json.dumps(authorities)}\n" if authorities else ""))
    return str(file)


def aws_environment(endpoint: str, access_key: str, secret_key: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_REGION": addresses.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1",
        "ESBACKUP_TRUST_FILE": trust_file(),
    }


def run(
    arguments: list[str],
    folder: pathlib.Path,
    endpoint: str = addresses.MOTO,
    access_key: str = "tester",
    secret_key: str = "tester-secret",
    environment: dict[str, str] | None = None,
) -> Ran:
    command = [addresses.BINARY, *arguments]
    known = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **aws_environment(endpoint, access_key, secret_key)}
    done = subprocess.run(
        command, cwd=folder, env=known | (environment or {}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=TIME_LIMIT,
    )
    return Ran(command, done.returncode, done.stdout, done.stderr)
