"""`esbackup status` on every real engine: what is fine, what is missed, and what nobody can tell."""

import pytest
import yaml

import binary
import engine as engines


class Place:
    def __init__(self, engine, name, folder, user="operator"):
        self.engine, self.name, self.folder = engine, name, folder
        self.spec = engines.spec(engine, "logs", name, folder, user=user)
        # The engine has indices of other tests, some of them old.
        self.spec["objectives"] = {"rpo": "1h", "restore_test": "30d", "indices": [f"{name}*"]}

    def status(self, code: int) -> dict:
        file = self.folder / "spec.yaml"
        file.write_text(yaml.safe_dump(self.spec))
        words = ["status", "-f", str(file), "--trust-endpoint", "127.0.0.1"]
        binary.run(words, self.folder).expect(code)
        (found,) = binary.run([*words, "--format", "json"], self.folder).expect(code).json()["environments"]
        assert found["exit"] == code
        return found

    def uncovered(self, found: dict) -> list[str]:
        """Those of this test; the engine has others."""
        all_of_them = found["indices"]["not_in_a_good_snapshot"]
        return [each["name"] for each in all_of_them if each["name"].startswith(self.name)]


@pytest.fixture
def place(engine, name, tmp_path) -> Place:
    return Place(engine, name, tmp_path)


def verdicts(found: dict) -> tuple[str, str]:
    return found["objectives"]["rpo"]["verdict"], found["objectives"]["restore_test"]["verdict"]


def test_without_a_good_snapshot_the_objective_is_missed_and_with_one_it_is_met(place):
    engine, name = place.engine, place.name
    engine.repository(name)
    engine.filled(f"{name}-a")
    found = place.status(2)
    assert (verdicts(found), found["last_good"]) == (("missed", "not_known"), None)
    assert f"{name}-a" in place.uncovered(found)

    engine.take(name, "one", f"{name}-a").ok()
    engine.filled(f"{name}-b")
    found = place.status(0)
    assert verdicts(found) == ("met", "not_known")
    assert (found["last_good"]["name"], found["running"], found["incomplete"]) == ("one", [], [])
    assert place.uncovered(found) == [f"{name}-b"]


def test_an_index_made_anew_is_not_covered_by_the_snapshot_of_the_old_one(place):
    engine, name = place.engine, place.name
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    engine.ask("DELETE", f"/{name}-a").ok()
    engine.filled(f"{name}-a")
    found = place.status(0)
    (index,) = [each for each in found["indices"]["not_in_a_good_snapshot"] if each["name"] == f"{name}-a"]
    assert (index["open"], index["system"], index["older"]) == (True, False, "one")


def test_a_partial_snapshot_is_no_backup(place):
    engine, name = place.engine, place.name
    engine.partial(name, "broken", f"{name}-whole", f"{name}-lost")
    found = place.status(2)
    assert found["last_good"] is None
    assert [(each["name"], each["state"], each["since_last_good"]) for each in found["incomplete"]] == [("broken", "PARTIAL", True)]
    assert place.uncovered(found) == [f"{name}-lost", f"{name}-whole"]


def test_a_snapshot_that_runs_is_no_backup_yet(place):
    engine, name = place.engine, place.name
    engine.running(name, "slow", f"{name}-a", megabytes=2)
    found = place.status(2)
    assert ([each["name"] for each in found["running"]], found["last_good"]) == (["slow"], None)


def test_a_tier_that_the_settings_name_is_told(place):
    engine, name = place.engine, place.name
    engine.repository(name)
    engine.create(f"{name}-warm", **{"routing.allocation.require.box_type": "warm"})
    found = place.status(2)
    (index,) = [each for each in found["indices"]["not_in_a_good_snapshot"] if each["name"] == f"{name}-warm"]
    assert index["tier"] == "warm"


def test_a_repository_that_is_not_registered_is_told_and_never_fine(place):
    found = place.status(1)
    assert found["repository"] == {"name": place.name, "registered": False, "answers": False}
    assert (verdicts(found), found["last_good"], found["indices"]) == (("not_known", "not_known"), None, None)
    assert len(found["errors"]) == 1


def test_who_may_not_read_learns_that_and_not_that_all_is_well(secured, name, tmp_path):
    found = Place(secured, name, tmp_path, user="nobody").status(77)
    assert (verdicts(found), found["last_good"]) == (("not_known", "not_known"), None)
