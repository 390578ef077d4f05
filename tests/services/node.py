"""The OpenSearch node of one run: its settings, its keys to S3, its start. Everything it writes is in the run's own folder."""

import os
import pathlib
import shutil
import subprocess

import places
import process

DROPPED_OPTIONS = ("-Xms", "-Xmx", "logs/", "HeapDumpPath")


class S3Client:
    """A client of the node's S3 plugin: repositories pick it by name, `default` otherwise."""

    def __init__(self, name: str, endpoint: str, access_key: str, secret_key: str):
        self.name, self.endpoint, self.access_key, self.secret_key = name, endpoint, access_key, secret_key

    def settings(self) -> list[str]:
        prefix = f"s3.client.{self.name}"
        return [f"{prefix}.endpoint: {self.endpoint}", f"{prefix}.region: us-east-1", f"{prefix}.path_style_access: true"]

    def keys(self) -> dict[str, str]:
        prefix = f"s3.client.{self.name}"
        return {f"{prefix}.access_key": self.access_key, f"{prefix}.secret_key": self.secret_key}


def write_settings(folder: pathlib.Path, home: pathlib.Path, port: int, clients: list[S3Client]) -> None:
    config = folder / "config"
    shutil.copytree(home / "config", config)
    lines = [
        "cluster.name: esbackup-tests",
        "node.name: node-1",
        "discovery.type: single-node",
        "network.host: 127.0.0.1",
        f"http.port: {port}",
        f"transport.port: {process.free_port()}",
        f"path.data: {folder}/data",
        f"path.logs: {folder}/logs",
        "cluster.routing.allocation.disk.threshold_enabled: false",
    ]
    for client in clients:
        lines += client.settings()
    (config / "opensearch.yml").write_text("\n".join(lines) + "\n")
    options = (config / "jvm.options").read_text().splitlines()
    kept = [line for line in options if not any(word in line for word in DROPPED_OPTIONS)]
    heap = ["-Xms512m", "-Xmx512m", f"-XX:ErrorFile={folder}/logs/crash.log"]
    (config / "jvm.options").write_text("\n".join(kept + heap) + "\n")


def hand_over(folder: pathlib.Path) -> dict[str, int | list[int]]:
    """Gives the folder to the account that the node runs as; returns how to start a process under it."""
    if not places.as_root():
        return {}
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, places.NOBODY, places.NOBODY)
    return {"user": places.NOBODY, "group": places.NOBODY, "extra_groups": []}


def store_keys(home: pathlib.Path, clients: list[S3Client], environment: dict[str, str], account: dict) -> None:
    """The plugin takes its S3 keys from the node's keystore and from nowhere else."""
    keystore = str(home / "bin" / "opensearch-keystore")
    keys = {name: value for client in clients for name, value in client.keys().items()}
    options = {"env": environment, "check": True, "capture_output": True, "text": True, **account}
    subprocess.run([keystore, "create"], stdin=subprocess.DEVNULL, **options)
    subprocess.run([keystore, "add", "--stdin", *keys], input="\n".join(keys.values()) + "\n", **options)


def start(java: pathlib.Path, home: pathlib.Path, folder: pathlib.Path, clients: list[S3Client]) -> process.Service:
    """Starts the node, which is up some ten seconds later: `wait` for it."""
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir(parents=True)
    port = process.free_port()
    write_settings(folder, home, port, clients)
    account = hand_over(folder)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "OPENSEARCH_JAVA_HOME": str(java),
        "OPENSEARCH_PATH_CONF": str(folder / "config"),
        "OPENSEARCH_TMPDIR": str(folder / "tmp"),
    }
    store_keys(home, clients, environment, account)
    return process.Service(
        "OpenSearch 3.8.0", f"http://127.0.0.1:{port}", "/_cluster/health",
        folder / "node.log", [str(home / "bin" / "opensearch")], env=environment, cwd=folder, **account,
    )
