"""The search nodes of one run: their settings, their keys to S3, their start. Everything a node writes is in its own folder of the run."""

import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

import install
import places
import process
from engines import Engine

DROPPED_OPTIONS = ("-Xms", "-Xmx", "logs/", "HeapDumpPath")
USERS = ("admin", "operator", "nobody")  # of security/internal_users.yml
# Half of them is the number of snapshot threads. With one, whatever reads the repository waits for the snapshot that is being taken, and
# answers only when the state that a test made is over.
PROCESSORS = 8
SECURITY = """
plugins.security.ssl.transport.pemcert_filepath: certificates/node.pem
plugins.security.ssl.transport.pemkey_filepath: certificates/node-key.pem
plugins.security.ssl.transport.pemtrustedcas_filepath: certificates/ca.pem
plugins.security.ssl.http.enabled: true
plugins.security.ssl.http.pemcert_filepath: certificates/node.pem
plugins.security.ssl.http.pemkey_filepath: certificates/node-key.pem
plugins.security.ssl.http.pemtrustedcas_filepath: certificates/ca.pem
plugins.security.nodes_dn: ["CN=node-1"]
plugins.security.allow_default_init_securityindex: true
plugins.security.restapi.roles_enabled: ["all_access"]
"""


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


@dataclass(frozen=True)
class Node:
    """A started node: what runs it and what a test needs to reach it."""

    engine: Engine
    folder: pathlib.Path
    service: process.Service

    def description(self) -> dict:
        """As the tests read it from the file that ESBACKUP_TEST_ENGINES names."""
        return {
            "version": self.engine.version,
            "name": self.engine.name,
            "url": self.service.url,
            "ca_file": self.service.ca_file and str(self.service.ca_file),
            "users": {user: password(user) for user in USERS} if self.engine.secured else {},
            "s3": self.engine.s3,
            "path_repo": str(self.folder / "repositories"),
            "log": str(self.service.log),
        }


def password(user: str) -> str:
    return f"{user}-password-of-the-tests"


def write_options(config: pathlib.Path, folder: pathlib.Path) -> None:
    options = (config / "jvm.options").read_text().splitlines()
    kept = [line for line in options if not any(word in line for word in DROPPED_OPTIONS)]
    heap = ["-Xms512m", "-Xmx512m", "-XX:TieredStopAtLevel=1", f"-XX:ErrorFile={folder}/logs/crash.log"]
    (config / "jvm.options").write_text("\n".join(kept + heap) + "\n")


def write_security(config: pathlib.Path, home: pathlib.Path) -> None:
    """The plugin's own configuration with the tests' users and roles over it, and certificates of an authority of this run."""
    target = config / "opensearch-security"
    shutil.copytree(home / "plugins" / "opensearch-security" / "config", target)
    for file in (places.SOURCES / "security").glob("*.yml"):
        shutil.copy(file, target)
    certificates = config / "certificates"
    certificates.mkdir()
    script = places.SOURCES / "certificates.py"
    install.run("making certificates", [str(places.VENV_PYTHON), str(script), str(certificates)])


def write_settings(engine: Engine, folder: pathlib.Path, home: pathlib.Path, port: int, clients: list[S3Client]) -> None:
    config = folder / "config"
    shutil.copytree(home / "config", config)
    lines = [
        "cluster.name: esbackup-tests",
        "node.name: node-1",
        "discovery.type: single-node",
        "network.host: 127.0.0.1",
        f"http.port: {port}",
        f"{engine.transport_port}: {process.free_port()}",
        f"{engine.processors}: {PROCESSORS}",
        f"path.data: {folder}/data",
        f"path.logs: {folder}/logs",
        f"path.repo: {folder}/repositories",
        "cluster.routing.allocation.disk.threshold_enabled: false",
    ]
    if engine.s3:
        for client in clients:
            lines += client.settings()
    if engine.secured:
        write_security(config, home)
        lines.append(SECURITY)
    (config / f"{engine.product}.yml").write_text("\n".join(lines) + "\n")
    write_options(config, folder)


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


def start(engine: Engine, folder: pathlib.Path, clients: list[S3Client]) -> Node:
    """Installs the engine where it is not and starts it; it is up some ten seconds later: wait for its service."""
    java, home = install.install(engine)
    for name in ("data", "logs", "tmp", "repositories"):
        (folder / name).mkdir(parents=True)
    port = process.free_port()
    write_settings(engine, folder, home, port, clients)
    account = hand_over(folder)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "JAVA_HOME": str(java),
        f"{engine.variables}_PATH_CONF": str(folder / "config"),
        f"{engine.variables}_TMPDIR": str(folder / "tmp"),
    }
    if engine.s3:
        store_keys(home, clients, environment, account)
    secured = {"ca_file": folder / "config" / "certificates" / "ca.pem", "login": ("admin", password("admin"))} if engine.secured else {}
    service = process.Service(
        engine.name, f"{'https' if secured else 'http'}://127.0.0.1:{port}", "/_cluster/health",
        folder / "node.log", [str(home / "bin" / engine.product)], env=environment, cwd=folder, **secured, **account,
    )
    return Node(engine, folder, service)
