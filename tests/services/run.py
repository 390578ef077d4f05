"""Starts moto twice, ministack and the search engines, runs one command with their addresses in its environment, and stops them whatever happened.

    python3 tests/services/run.py [--engines 3.8.0,6.8.23] [COMMAND...]

All engines without `--engines`; without a command they serve until interrupted. The command is given ESBACKUP_TEST_MOTO and
ESBACKUP_TEST_MOTO_AUTH; ESBACKUP_TEST_ENGINES, a JSON file that describes each engine under its version; ESBACKUP_TEST_NODE, the
address of 3.8.0 where that is among them; ESBACKUP_TEST_MINISTACK, and ESBACKUP_TEST_MINISTACK_CA, the file of its authority.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import engines
import install
import node
import places
import process
from engines import Engine

# A user of the second moto who may do nothing: what the node's S3 client `denied` signs with.
MAKE_DENIED_USER = """
import boto3, json, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="setup", aws_secret_access_key="setup")
iam.create_user(UserName="denied")
key = iam.create_access_key(UserName="denied")["AccessKey"]
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"""


def start_moto(name: str, folder: pathlib.Path) -> process.Service:
    port = process.free_port()
    command = [str(places.VENV_PYTHON), str(places.SOURCES / "moto_server.py"), "-p", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    return process.Service(name, f"http://127.0.0.1:{port}", "/moto-api/", folder / f"{name}.log", command, env=environment)


def start_ministack(folder: pathlib.Path) -> tuple[process.Service, dict[str, str]]:
    """The second stand-in for AWS. It checks signatures and permissions, so it has TLS: a bucket policy refuses requests without."""
    certificates = folder / "ministack"
    certificates.mkdir()
    install.run("making certificates", [str(places.VENV_PYTHON), str(places.SOURCES / "certificates.py"), str(certificates)])
    port = process.free_port()
    settings = {
        "AUTH": "true", "USE_SSL": "1", "MINISTACK_ACCOUNT_ID": "123456789012", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING", "S3_DATA_DIR": str(certificates / "s3"),
        "MINISTACK_SSL_CERT": str(certificates / "node.pem"), "MINISTACK_SSL_KEY": str(certificates / "node-key.pem"),
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MINISTACK_"))} | settings
    command = [str(places.MINISTACK / "bin" / "ministack")]
    authority = str(certificates / "ca.pem")
    service = process.Service(
        "ministack", f"https://localhost:{port}", "/_ministack/health", folder / "ministack.log", command,
        ca_file=pathlib.Path(authority), env=environment,
    )
    return service, {"ESBACKUP_TEST_MINISTACK": service.url, "ESBACKUP_TEST_MINISTACK_CA": authority}


def clients_of(moto: process.Service, moto_auth: process.Service) -> list[node.S3Client]:
    answer = install.run("making a user in moto", [str(places.VENV_PYTHON), "-c", MAKE_DENIED_USER, moto_auth.url])
    access_key, secret_key = json.loads(answer)
    return [
        node.S3Client("default", moto.url, "node", "node-secret"),
        node.S3Client("denied", moto_auth.url, access_key, secret_key),
    ]


def start(wanted: list[Engine], folder: pathlib.Path, running: list[process.Service]) -> dict[str, str]:
    """Starts everything, appending to `running` as it goes; returns what the tests need to know."""
    install.install_venv()
    install.install_ministack()
    moto, moto_auth = start_moto("moto", folder), start_moto("moto-auth", folder)
    running += [moto, moto_auth]
    ministack, of_ministack = start_ministack(folder)
    running.append(ministack)
    moto.wait(60)
    moto_auth.wait(60)
    ministack.wait(60)
    clients = clients_of(moto, moto_auth)
    nodes = []
    for engine in wanted:
        nodes.append(node.start(engine, folder / engine.version, clients))
        running.append(nodes[-1].service)
    for each in nodes:
        each.service.wait(240)
    described = {each.engine.version: each.description() for each in nodes}
    file = folder / "engines.json"
    file.write_text(json.dumps(described, indent=2) + "\n")
    addresses = {"ESBACKUP_TEST_MOTO": moto.url, "ESBACKUP_TEST_MOTO_AUTH": moto_auth.url, "ESBACKUP_TEST_ENGINES": str(file), **of_ministack}
    if "3.8.0" in described:
        addresses["ESBACKUP_TEST_NODE"] = described["3.8.0"]["url"]
    return addresses


def stop(running: list[process.Service], failed: bool) -> None:
    for service in running:
        if failed and service.ended():
            print(f"services: {service.name} had stopped\n{service.tail()}", file=sys.stderr)
        service.terminate()
    for service in running:
        service.stop()


def engines_and_command(arguments: list[str]) -> tuple[list[Engine], list[str]]:
    if not arguments or not arguments[0].startswith("--engines"):
        return engines.ALL, arguments
    option, equals, versions = arguments.pop(0).partition("=")
    versions = versions if equals else (arguments.pop(0) if arguments else "")
    unknown = [version for version in versions.split(",") if version not in engines.BY_VERSION]
    if option != "--engines" or unknown:
        raise install.Failed(f"no engine {', '.join(unknown) or option}; there are {', '.join(engines.BY_VERSION)}")
    return [engines.BY_VERSION[version] for version in versions.split(",")], arguments


def run_folder() -> pathlib.Path:
    runs = places.node_root() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=runs))
    folder.chmod(0o755)
    return folder


def run(command: list[str], addresses: dict[str, str]) -> int:
    if command:
        return subprocess.run(command, env={**os.environ, **addresses}, stdin=subprocess.DEVNULL).returncode
    print("\n".join(f"export {name}={value}" for name, value in addresses.items()), flush=True)
    signal.pause()
    return 0


def interrupted(signum: int, _frame) -> None:
    raise SystemExit(128 + signum)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    running: list[process.Service] = []
    code, folder = 1, None
    try:
        wanted, command = engines_and_command(arguments)
        places.ROOT.mkdir(parents=True, exist_ok=True)
        folder = run_folder()
        code = run(command, start(wanted, folder, running))
    except (install.Failed, process.NotUp) as failure:
        print(f"services: {failure}", file=sys.stderr)
    except subprocess.CalledProcessError as failure:
        print(f"services: {failure}\n{failure.stdout}{failure.stderr}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    finally:
        stop(running, failed=code not in (0, 130))
        if folder and code == 0:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder:
            for data in [*folder.glob("*/data"), *folder.glob("*/repositories")]:
                shutil.rmtree(data, ignore_errors=True)
            print(f"services: logs are kept in {folder}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
