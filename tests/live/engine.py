"""The real engines of this run and the hard states they can be brought into. Everything made here carries the name it was given."""

import base64
import functools
import json
import os
import pathlib
import random
import time
import urllib.parse
from dataclasses import dataclass

import requests

import addresses

PATIENCE = 60  # seconds until a state that never comes is a failure
SLOW = "100kb"  # per second: a snapshot or a restore of some MB takes as long as a test needs


@dataclass(frozen=True)
class Answer:
    """One answer: its status, and its body as JSON where it is JSON, else as text."""

    status: int
    body: dict | list | str

    def ok(self):
        """The body when the request was granted; else a failure that shows it."""
        assert self.status in (200, 201), f"{self.status} {self.body}"
        return self.body

    def error(self) -> tuple[int, str, str]:
        """Status, type and reason of a refusal."""
        error = self.body["error"]
        return self.status, error["type"], error["reason"]


@dataclass(frozen=True)
class Engine:
    """One started engine. Requests are sent as `admin` where it has users, unless another is named."""

    version: str
    name: str
    url: str
    ca_file: str | None
    users: dict[str, str]
    s3: bool
    path_repo: str
    log: str

    @property
    def typed(self) -> bool:
        """Whether every document still has a type, named in many addresses."""
        return self.version.startswith("6.")

    def ask(self, method: str, path: str, body=None, user: str | None = "admin", password: str | None = None) -> Answer:
        login = (user, password or self.users[user]) if self.users and user else None
        answer = self.send(method, path, json=body, auth=login)
        try:
            return Answer(answer.status_code, answer.json())
        except requests.JSONDecodeError:
            return Answer(answer.status_code, answer.text)

    def send(self, method: str, path: str, **options) -> requests.Response:
        return requests.request(method, self.url + path, verify=self.ca_file or True, timeout=120, **options)

    def get(self, path: str, **options):
        return self.ask("GET", path, **options).ok()

    # What a test makes.

    def create(self, index: str, shards: int = 1, aliases: tuple[str, ...] = (), **settings) -> None:
        """An index without replicas; `settings` are index settings without their `index.`."""
        settings = {"number_of_shards": shards, "number_of_replicas": 0, **settings}
        body = {"settings": {"index": settings}, "aliases": {alias: {} for alias in aliases}}
        self.ask("PUT", f"/{index}?wait_for_active_shards=0", body).ok()

    def fill(self, index: str, documents: int = 20, kilobytes: int = 1, seed: int = 1) -> None:
        """Documents of random text, the same for the same seed, on disk when this returns. Compression saves hardly anything on them."""
        chance = random.Random(seed)
        action = {"index": {"_index": index, **({"_type": "_doc"} if self.typed else {})}}
        lines = []
        for number in range(documents):
            text = base64.b85encode(chance.randbytes(kilobytes * 1024 * 4 // 5)).decode()
            lines += [json.dumps(action), json.dumps({"number": number, "text": text})]
        login = ("admin", self.users["admin"]) if self.users else None
        headers = {"Content-Type": "application/x-ndjson"}
        answer = self.send("POST", "/_bulk?refresh=true", data="\n".join(lines) + "\n", headers=headers, auth=login)
        assert answer.status_code == 200 and not answer.json()["errors"], answer.text[:1000]
        self.ask("POST", f"/{index}/_flush?force=true").ok()

    def filled(self, index: str, documents: int = 20, kilobytes: int = 1, **options) -> None:
        """`create` and `fill`. The text is stored and not analysed, so that the size is that of the documents."""
        self.create(index, **options)
        mapping = {"properties": {"text": {"type": "keyword", "index": False, "doc_values": False}, "number": {"type": "long"}}}
        self.ask("PUT", f"/{index}/_mapping{'/_doc' if self.typed else ''}", mapping).ok()
        self.fill(index, documents, kilobytes)

    def unassigned(self, index: str, **options) -> None:
        """An index that no node takes: its primary shards stay unassigned."""
        self.create(index, **{"routing.allocation.include._name": "nowhere"}, **options)

    def repository_body(self, name: str, **settings) -> dict:
        if not self.s3:
            return {"type": "fs", "settings": {"location": name, **settings}}
        return {"type": "s3", "settings": {"bucket": f"{name}-bucket", "base_path": name, **settings}}

    def storage(self):
        """A client of the S3 that its repositories are in."""
        return addresses.client("s3")

    def repository(self, name: str, **settings) -> None:
        """A repository of what the engine has: moto's S3, else a folder."""
        if self.s3:
            client, bucket = self.storage(), f"{name}-bucket"
            if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
                client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION})
        self.ask("PUT", f"/_snapshot/{name}", self.repository_body(name, **settings)).ok()

    # Snapshots and restores.

    def take(self, repository: str, snapshot: str, indices: str, wait: bool = True, user: str | None = "admin", **body) -> Answer:
        time.sleep(0.5)  # the engines date a snapshot by a clock that may lag behind that of new indices by 200 ms
        body = {"indices": indices, "include_global_state": False, **body}
        return self.ask("PUT", f"/_snapshot/{repository}/{snapshot}?wait_for_completion={str(wait).lower()}", body, user=user)

    def restore(self, repository: str, snapshot: str, indices: str, wait: bool = True, user: str | None = "admin", **body) -> Answer:
        body = {"indices": indices, "include_global_state": False, **body}
        return self.ask("POST", f"/_snapshot/{repository}/{snapshot}/_restore?wait_for_completion={str(wait).lower()}", body, user=user)

    def snapshot(self, repository: str, snapshot: str) -> dict:
        (found,) = self.get(f"/_snapshot/{repository}/{snapshot}")["snapshots"]
        return found

    def status(self, repository: str, snapshot: str) -> dict:
        (found,) = self.get(f"/_snapshot/{repository}/{snapshot}/_status")["snapshots"]
        return found

    def until(self, question, what: str):
        """The first true answer to `question`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if answer := question():
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{self.name}: {what} did not come within {PATIENCE} s")

    def running(self, repository: str, snapshot: str, index: str, megabytes: int = 3) -> None:
        """A snapshot that goes on for `megabytes` times ten seconds, seen to have begun. Makes its slow repository and its index."""
        self.repository(repository, max_snapshot_bytes_per_sec=SLOW)
        self.filled(index, documents=megabytes * 10, kilobytes=100)
        self.take(repository, snapshot, index, wait=False).ok()
        self.until(lambda: self.status(repository, snapshot)["shards_stats"]["started"] == 1, "a started shard")

    def restoring(self, repository: str, snapshot: str, index: str, target: str, megabytes: int = 3) -> None:
        """A restore of `index` as `target` that goes on for `megabytes` times ten seconds. Makes its repository, index and snapshot."""
        self.repository(repository, max_restore_bytes_per_sec=SLOW)
        self.filled(index, documents=megabytes * 10, kilobytes=100)
        self.take(repository, snapshot, index).ok()
        self.restore(repository, snapshot, index, wait=False, rename_pattern="(.+)", rename_replacement=target).ok()
        self.until(lambda: self.recovery(target), "a recovery")

    def recovery(self, index: str) -> list[dict]:
        return self.get(f"/_cat/recovery/{index}?format=json&bytes=b&active_only=true")

    def partial(self, repository: str, snapshot: str, index: str, lost: str) -> dict:
        """A PARTIAL snapshot of `index`, which is whole, and `lost`, which has no shard. Makes all of it; returns the engine's answer."""
        self.repository(repository)
        self.filled(index)
        self.unassigned(lost)
        return self.take(repository, snapshot, f"{index},{lost}", partial=True).ok()["snapshot"]

    def failed(self, repository: str, snapshot: str, lost: str) -> Answer:
        """A snapshot of an index without a shard and without `partial`: old engines say 200 and store it as FAILED."""
        self.repository(repository)
        self.unassigned(lost)
        return self.take(repository, snapshot, lost)

    # The end.

    def forget(self, prefix: str) -> None:
        """Removes every snapshot, repository and index whose name begins so. What runs is cut off first: a snapshot holds its index, a
        restore its snapshot."""
        for running in self.get("/_snapshot/_status")["snapshots"]:
            if running["repository"].startswith(prefix):
                self.ask("DELETE", f"/_snapshot/{running['repository']}/{running['snapshot']}")
        every = "" if self.typed else "&expand_wildcards=all"  # with the hidden ones
        for index in self.get(f"/_cat/indices?format=json&h=index{every}"):
            temporary = index["index"].startswith("esbackup-") and f"-{prefix}" in index["index"]  # what a killed run left
            if index["index"].startswith(prefix) or temporary:
                self.until(lambda: self.ask("DELETE", f"/{index['index']}").status in (200, 404), "the end of an index")
        for name in self.get("/_snapshot"):
            if name.startswith(prefix):
                self.forget_repository(name)

    def forget_repository(self, name: str) -> None:
        answer = self.ask("GET", f"/_snapshot/{name}/_all")
        for snapshot in answer.body.get("snapshots", []) if answer.status == 200 else []:
            path = f"/_snapshot/{name}/{urllib.parse.quote(snapshot['snapshot'])}"
            self.until(lambda: self.ask("DELETE", path).status in (200, 404), "the end of a snapshot")
        self.until(lambda: self.ask("DELETE", f"/_snapshot/{name}").status in (200, 404), "the end of a repository")


def spec(engine: Engine, name: str, repository: str, folder: pathlib.Path, user: str = "operator") -> dict:
    """What a user would write for this engine and a repository that is there already; the password goes to a file in `folder`."""
    domain: dict = {"endpoint": engine.url, "auth": "none"}
    if engine.ca_file:
        file = folder / f"{user}.password"
        file.write_text(engine.users[user])
        file.chmod(0o600)
        domain["auth"] = {"basic": {"username": user, "password": {"file": str(file)}}}
        domain["ca_file"] = engine.ca_file
    return {
        "version": 1, "name": name, "region": addresses.REGION, "account": addresses.ACCOUNT,
        "domain": domain, "repository": {"name": repository, "existing": True},
    }


@functools.cache
def engines() -> dict[str, Engine]:
    """The engines of this run by version."""
    described = json.loads(pathlib.Path(os.environ["ESBACKUP_TEST_ENGINES"]).read_text())
    return {version: Engine(**each) for version, each in described.items()}
