"""The sandbox against real engines: the same requests about snapshots and indices to both, and every difference is known and has its reason."""

from dataclasses import dataclass

import pytest
import requests

import addresses
import day2_calls as calls
import day2_differences as differences
import engine as engines
import sandbox

SANDBOX_VERSIONS = {"3.8.0": "OpenSearch_3.8", "7.10.2": "Elasticsearch_7.10", "6.8.23": "Elasticsearch_6.8"}


@dataclass(frozen=True)
class StandIn(engines.Engine):
    """A domain of the sandbox, used as the engine that it stands in for."""

    sandbox: sandbox.Sandbox
    host: str

    def send(self, method: str, path: str, headers: dict | None = None, **options) -> requests.Response:
        return super().send(method, path, headers={**(headers or {}), "host": self.host}, **options)

    def storage(self):
        return self.sandbox.client("s3")

    def filled(self, index: str, documents: int = 20, kilobytes: int = 1, **options) -> None:
        """The sandbox makes its mappings from documents alone."""
        self.create(index, **options)
        self.fill(index, documents, kilobytes)

    def admin(self, method: str, path: str, body: dict) -> dict:
        answer = requests.request(method, f"{self.url}/_sandbox{path}", json=body, headers={"x-esbackup-sandbox": "1"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rate(self, kind: str, bytes_per_second: int | None) -> None:
        rates = {f"{kind}_bytes_per_second": bytes_per_second} if bytes_per_second else {}
        self.admin("PUT", "/cluster", {"domain": self.host.split(".")[0], "rates": rates})


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with sandbox.Sandbox(tmp_path_factory.mktemp("sandbox")) as ours:
        yield ours


@pytest.fixture(params=list(SANDBOX_VERSIONS))
def pair(request, served, name):
    """An engine, and a new domain of the sandbox of its version."""
    version = request.param
    real = engines.engines()[version]
    account = served.client("sts").get_caller_identity()["Account"]
    ours = StandIn(
        version=version, name=real.name, url=served.settings["AWS_ENDPOINT_URL"], ca_file=None, users={}, s3=True, path_repo="", log="",
        sandbox=served, host=f"{name}.example:9200",
    )
    ours.admin("POST", "/domains", {
        "account": account, "region": addresses.REGION, "name": name, "endpoint_host": ours.host,
        "engine_version": SANDBOX_VERSIONS[version], "self_managed": True, "auth": "none",
    })
    real.forget(name)
    yield real, ours
    real.forget(name)


def filled_in(value, name: str):
    if isinstance(value, dict):
        return {filled_in(key, name): filled_in(each, name) for key, each in value.items()}
    return value.replace("{n}", name) if isinstance(value, str) else value


def compare(pair, name: str, requests: list[tuple]) -> None:
    """Asks both the same, and looks the differences up in the table."""
    real, ours = pair
    found = {}
    for what, method, path, body in requests:
        asked = method, filled_in(path, name), filled_in(body, name)
        there, here = (calls.compared(each.ask(*asked), asked[1], name) for each in (real, ours))
        if there != here:
            found[what] = {"engine": there, "sandbox": here}
    names = {each[0] for each in requests}
    known = {what for version, what in differences.KNOWN if version in ("*", real.version) and what in names}
    unknown = {what: found[what] for what in found if what not in known}
    report = "".join(f"\n{what}\n  engine   {each['engine']}\n  sandbox  {each['sandbox']}" for what, each in unknown.items())
    assert unknown == {}, f"{real.name}: differences that are not in the table{report}"
    assert sorted(known - found.keys()) == [], f"{real.name}: rows of the table that are no longer true"


def test_what_is_still(pair, name):
    for each in pair:
        each.repository(name)
    compare(pair, name, calls.STILL)


def test_while_a_snapshot_runs(pair, name):
    real, ours = pair
    ours.rate("snapshot", 10 * 1024)
    for each in (ours, real):  # the engine last: what runs there ends by itself
        each.filled(f"{name}-b", documents=1)
        each.running(name, "one", f"{name}-a", megabytes=1)
    compare(pair, name, calls.RUNNING)
    ours.rate("snapshot", None)


def test_while_a_restore_runs(pair, name):
    real, ours = pair
    ours.rate("restore", 10 * 1024)
    for each in (ours, real):
        each.restoring(name, "one", f"{name}-a", f"{name}-copy", megabytes=1)
    compare(pair, name, calls.RESTORING)
    ours.rate("restore", None)


def test_every_request_of_the_lists_has_a_name_of_its_own():
    names = [each[0] for each in calls.EVERY]
    assert len(names) == len(set(names))
    assert {what for _, what in differences.KNOWN} <= set(names)
