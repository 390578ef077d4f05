"""One environment of a test: its names, its spec, its domain, and the commands run on it. Names follow from the test's own."""

import copy
import pathlib

import yaml

import addresses
import binary
import readback


def merged(base: dict, changes: dict) -> dict:
    """`base` with `changes` laid over it, mapping by mapping; None removes a key."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


class World:
    def __init__(self, name: str, folder: pathlib.Path, endpoint: str = addresses.MOTO, domain_endpoint: str = addresses.NODE):
        self.name, self.folder, self.endpoint = name, folder, endpoint
        self.access_key, self.secret_key = "tester", "tester-secret"
        self.file = folder / f"{name}.yaml"
        self.bucket, self.policy, self.role, self.repository = f"{name}-bucket", f"{name}-policy", f"{name}-role", f"{name}-repository"
        self.policy_arn = f"arn:aws:iam::{addresses.ACCOUNT}:policy/{self.policy}"
        self.role_arn = f"arn:aws:iam::{addresses.ACCOUNT}:role/{self.role}"
        self.domain = name[:28]
        self.domain_arn = f"arn:aws:es:{addresses.REGION}:{addresses.ACCOUNT}:domain/{self.domain}"
        self.spec = {
            "version": 1,
            "name": name,
            "region": addresses.REGION,
            "account": addresses.ACCOUNT,
            "tags": {"team": "search"},
            "domain": {"name": self.domain, "endpoint": domain_endpoint},
            "bucket": {"name": self.bucket},
            "policy": {"name": self.policy},
            "role": {"name": self.role},
            "repository": {"name": self.repository, "base_path": name},
        }
        self.write()

    def s3(self):
        return addresses.client("s3", self.endpoint)

    def iam(self):
        return addresses.client("iam", self.endpoint)

    def write(self, **changes) -> None:
        """Writes the spec, with `changes` laid over what it said before."""
        self.spec = merged(self.spec, changes)
        self.file.write_text(yaml.safe_dump(self.spec, sort_keys=False))

    def create_domain(self) -> None:
        addresses.client("opensearch", self.endpoint).create_domain(DomainName=self.domain, EngineVersion="OpenSearch_2.19")

    def run(self, command: str, *arguments: str, trust: bool = True) -> binary.Ran:
        trusted = ["--trust-endpoint", "127.0.0.1"] if trust else []
        return binary.run(
            [command, "-f", str(self.file), *trusted, *arguments],
            self.folder, self.endpoint, self.access_key, self.secret_key,
        )

    def plan(self, *arguments: str, code: int = 0) -> dict:
        return self.run("plan", "--format", "json", *arguments).expect(code).json()

    def drift(self, *arguments: str, code: int) -> dict:
        return self.run("drift", "--format", "json", *arguments).expect(code).json()

    def apply(self, *arguments: str, code: int = 0) -> list[dict]:
        return self.run("apply", "--yes", "--format", "json", *arguments).expect(code).events()

    def changes(self, answer: dict) -> list[dict]:
        (environment,) = answer["environments"]
        return [change for change in environment["changes"] if change["action"] != "none"]

    def held(self) -> dict:
        """Everything that AWS and the node hold of this environment, as whole values."""
        return {
            "bucket": readback.bucket(self.bucket, self.s3()),
            "policy": readback.policy(self.policy_arn, self.iam()),
            "role": readback.role(self.role, self.iam()),
            "repositories": readback.repositories_of(self.repository),
        }
