"""Measures and prints; see tests/bench. One environment is applied once, then only read."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live"))

import yaml  # noqa: E402

import addresses  # noqa: E402
import measure  # noqa: E402
import snapshots  # noqa: E402
import terraform  # noqa: E402
from delay import Delay  # noqa: E402
from sandbox import Sandbox  # noqa: E402

BARE = os.environ["BENCH_BARE"]
ROUNDS = 15
DISTANCES = (0.0, 0.040)  # seconds added to each request
NAME = "bench"


def port(url: str) -> int:
    return int(url.rsplit(":", 1)[1].rstrip("/"))


def write_spec(folder: pathlib.Path, account: str, domain: str) -> pathlib.Path:
    """The environment; its domain is the real node, which asks for no signature."""
    spec = {
        "version": 1, "name": NAME, "region": addresses.REGION, "account": account,
        "domain": {"endpoint": domain, "auth": "none"},
        "bucket": {"name": f"{NAME}-bucket"},
        "policy": {"name": f"{NAME}-policy"},
        "role": {"name": f"{NAME}-role", "trust": {
            "source_accounts": [account], "source_arns": [f"arn:aws:es:{addresses.REGION}:{account}:domain/{NAME}"]}},
        "repository": {"name": f"{NAME}-repository", "base_path": NAME},
    }
    file = folder / f"{port(domain)}.yaml"
    file.write_text(yaml.safe_dump(spec, sort_keys=False))
    return file


class Bench:
    def __init__(self, folder: pathlib.Path, sandbox: Sandbox):
        self.folder, self.sandbox = folder, sandbox
        self.account = sandbox.client("sts").get_caller_identity()["Account"]

    def environment(self, aws: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "NO_PROXY": "127.0.0.1",
            **self.sandbox.settings, "AWS_ENDPOINT_URL": aws, "AWS_REGION": addresses.REGION,
            "AWS_DEFAULT_REGION": addresses.REGION, "AWS_EC2_METADATA_DISABLED": "true",
        }

    def apply(self) -> None:
        """Creates the environment, with its bucket in the node's S3 too: the sandbox has no node that writes to it."""
        addresses.client("s3").create_bucket(
            Bucket=f"{NAME}-bucket", CreateBucketConfiguration={"LocationConstraint": addresses.REGION})
        file = write_spec(self.folder, self.account, addresses.NODE)
        done = subprocess.run(
            [addresses.BINARY, "apply", "--yes", "-f", str(file), "--trust-endpoint", "127.0.0.1"],
            env=self.environment(self.sandbox.settings["AWS_ENDPOINT_URL"]), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: apply exited with {done.returncode}\n{done.stdout}{done.stderr}")

    def commands(self, domain: str) -> dict[str, list[str]]:
        file = write_spec(self.folder, self.account, domain)
        names = [f"{NAME}-bucket", f"arn:aws:iam::{self.account}:policy/{NAME}-policy", f"{NAME}-role", domain,
                 f"{NAME}-repository", self.account]
        return {
            "esbackup plan": [addresses.BINARY, "plan", "-f", str(file), "--trust-endpoint", "127.0.0.1"],
            "bare program": [BARE, *names],
            "boto3, in sequence": [sys.executable, str(HERE / "boto.py"), *names],
        }

    def at_distance(self, seconds: float) -> None:
        aws_port, domain_port = port(self.sandbox.settings["AWS_ENDPOINT_URL"]), port(addresses.NODE)
        with Delay(aws_port, seconds) as aws, Delay(domain_port, seconds) as domain:
            environment = self.environment(f"http://127.0.0.1:{aws.port}")
            commands = self.commands(f"http://127.0.0.1:{domain.port}")
            print(f"\n{seconds * 1000:.0f} ms added to each request; {ROUNDS} rounds, taken in turns")
            for name, command in commands.items():
                before = aws.count + domain.count
                measure.run(command, environment)
                print(f"  {name:20} {aws.count + domain.count - before:3} requests")
            measured = measure.side_by_side(commands, environment, ROUNDS)
            for name, result in measured.items():
                print(f"  {name:20} {result}")
            ratio = measured["esbackup plan"].median / measured["bare program"].median
            print(f"  esbackup takes {ratio:.2f} times the bare program (aim: 1.15 at most), with {measured['esbackup plan'].memory:.1f} MB (aim: 20 at most)")
            self.terraform_at(environment)

    def terraform_at(self, environment: dict[str, str]) -> None:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "terraform"
        problem = terraform.prepare(folder, environment)
        print(f"  {'Terraform':20} {problem or terraform.plan(folder, environment, 5)}")


def sizes() -> None:
    size = pathlib.Path(addresses.BINARY).stat().st_size / 1e6
    version = measure.side_by_side({"version": [addresses.BINARY, "--version"]}, {"PATH": "/usr/bin:/bin"}, 50)["version"]
    print(f"\n--version: median {version.median:.1f} ms, best {version.best:.1f} ms (aim: under 8)")
    print(f"binary: {size:.1f} MB (aim: 14 at most for a release build)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(pathlib.Path(folder)) as sandbox:
        bench = Bench(pathlib.Path(folder), sandbox)
        bench.apply()
        for seconds in DISTANCES:
            bench.at_distance(seconds)
        snapshots.run(pathlib.Path(folder), bench.environment(sandbox.settings["AWS_ENDPOINT_URL"]), ROUNDS)
    sizes()


if __name__ == "__main__":
    main()
