"""What every live test gets: a moto and a node without leftovers, and a World named after the test."""

import hashlib
import json
import os
import pathlib
import re

import pytest
import requests

import addresses
import engine as engines
import readback
import world

EXPECTED = pathlib.Path(__file__).parent / "expected"
SECURED = "2.19.4"
UPDATE = os.environ.get("ESBACKUP_UPDATE") == "1"


def is_worker(config) -> bool:
    return hasattr(config, "workerinput")


def pytest_sessionstart(session):
    """Once, before the workers begin."""
    if is_worker(session.config) or session.config.option.collectonly:
        return
    requests.post(f"{addresses.MOTO}/moto-api/reset", timeout=30).raise_for_status()
    second = addresses.client("s3", addresses.MOTO_AUTH)  # it keeps its users: the node signs as one of them
    for bucket in second.list_buckets()["Buckets"]:
        second.delete_bucket(Bucket=bucket["Name"])
    for name in readback.repositories():
        readback.node("DELETE", f"/_snapshot/{name}").raise_for_status()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """What asks one engine runs one after another, and the engines beside each other. What asks none of the others asks the newest, or moto."""
    for item in items:
        version = next((version for version in engines.engines() if asks(item, version)), next(iter(engines.engines())))
        item.add_marker(pytest.mark.xdist_group(version))


def asks(item, version: str) -> bool:
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return version in parameters or (version == SECURED and "secured" in item.fixturenames)


@pytest.fixture
def name(request) -> str:
    """A name that AWS accepts everywhere, the same in every run, and another for every test."""
    text = re.sub(r"^test_", "", request.node.name).lower()
    name = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return name if len(name) <= 40 else f"{name[:33].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


@pytest.fixture
def fresh(name, tmp_path) -> world.World:
    """An environment of which nothing exists yet but its domain."""
    made = world.World(name, tmp_path)
    made.create_domain()
    return made


@pytest.fixture
def applied(fresh) -> world.World:
    """The same, applied."""
    fresh.apply()
    return fresh


class Enforced:
    """While it is entered, the second moto checks signatures and permissions."""

    def switch(self, actions_before_it_checks: str) -> None:
        url = f"{addresses.MOTO_AUTH}/moto-api/reset-auth"
        requests.post(url, data=actions_before_it_checks, timeout=30).raise_for_status()

    def __enter__(self):
        self.switch("0")

    def __exit__(self, *_):
        self.switch("inf")


@pytest.fixture
def enforced() -> Enforced:
    return Enforced()


@pytest.fixture(params=list(engines.engines()))
def engine(request, name) -> engines.Engine:
    """Each engine of this run in turn. Whatever a test makes there under its own name is removed after it."""
    found = engines.engines()[request.param]
    found.forget(name)
    yield found
    found.forget(name)


@pytest.fixture(scope="session")
def secured() -> engines.Engine:
    """The engine that asks for a password and looks at permissions."""
    return engines.engines()[SECURED]


@pytest.fixture
def golden():
    """Compares a whole JSON value with the one stored under expected/; ESBACKUP_UPDATE=1 stores it instead."""

    def compare(file: str, value) -> None:
        text = json.dumps(value, indent=2) + "\n"
        text = text.replace(addresses.NODE, "http://NODE").replace(addresses.MOTO, "http://MOTO")
        path = EXPECTED / file
        if UPDATE:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert json.loads(text) == json.loads(path.read_text())

    return compare


def pytest_sessionfinish(session, exitstatus):
    """A test that was skipped was not run, and what was not run has not passed."""
    if is_worker(session.config):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and (reporter.stats.get("skipped") or reporter.stats.get("xfailed")):
        session.exitstatus = 1
