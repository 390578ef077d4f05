"""One sandbox of the binary under test, serving from a folder of its own while it is entered."""

import pathlib
import re
import subprocess
import threading

import boto3
from botocore.config import Config

import addresses

SETTING = re.compile(r"^(?:export )?([A-Z_]+)=['\"]?([^'\"]*)['\"]?$")
NEEDED = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
START_LIMIT = 30  # seconds


class Sandbox:
    def __init__(self, folder: pathlib.Path, *arguments: str):
        self.folder, self.arguments = folder, arguments
        self.settings: dict[str, str] = {}
        self.printed: list[str] = []
        self.ready = threading.Event()

    def __enter__(self) -> "Sandbox":
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder)}
        self.process = subprocess.Popen(
            [addresses.BINARY, "sandbox", *self.arguments], cwd=self.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()
        self.ready.wait(START_LIMIT)
        if not NEEDED <= self.settings.keys():
            self.process.kill()
            raise AssertionError("esbackup sandbox printed no environment:\n" + "".join(self.printed))
        return self

    def read(self) -> None:
        for line in self.process.stdout:
            self.printed.append(line)
            found = SETTING.match(line.strip())
            if found:
                self.settings[found.group(1)] = found.group(2)
            if NEEDED <= self.settings.keys():
                self.ready.set()
        self.ready.set()

    def __exit__(self, *_) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.settings["AWS_ENDPOINT_URL"],
            region_name=addresses.REGION,
            aws_access_key_id=self.settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.settings["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.settings.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )
