"""`esbackup run` on every real engine: the workflows of the design, what is refused before the first step, and a kill at every write."""

import shlex
import time

import pytest
import yaml

import binary
import engine as engines
import killing

DOCUMENTS = 20


def workflows(index: str) -> dict:
    """The two workflows of the design with another index, and one that moves an index away."""
    return {
        "backup-alb-logs": [
            {"snapshot": {
                "name": "alb-{date}-{time}", "indices": [index], "ignore_unavailable": True, "include_global_state": False,
            }},
            {"verify": {"level": "restore"}},
        ],
        "restore-alb-logs": [
            {"delete_indices": [index]},
            {"restore": {"snapshot": "latest", "indices": [index]}},
        ],
        "bring-back-as": [
            {"restore": {"snapshot": "{snapshot}", "indices": ["{index}"], "rename": {"from": "{index}", "to": "{index}-{environment}"}}},
        ],
    }


class Place:
    """A repository, an index with documents, and a spec with workflows."""

    def __init__(self, engine, name, folder, url=None):
        self.engine, self.name, self.folder, self.index = engine, name, folder, f"{name}-alb"
        engine.forget(name)
        engine.repository(name)
        engine.filled(self.index, documents=DOCUMENTS)
        time.sleep(0.5)  # what a run takes right after it is dated by a clock that may lag behind that of new indices by 200 ms
        spec = engines.spec(engine, "logs", name, folder)
        spec["workflows"] = workflows(self.index)
        if url:
            spec["domain"]["endpoint"] = url
            spec["domain"].pop("ca_file", None)
        self.spec = folder / "spec.yaml"
        self.spec.write_text(yaml.safe_dump(spec))

    def words(self, *arguments: str) -> list[str]:
        return [*arguments, "-f", str(self.spec), "--trust-endpoint", "127.0.0.1", "--format", "json"]

    def run(self, *arguments: str) -> binary.Ran:
        return binary.run(self.words("run", *arguments), self.folder)

    def count(self, index: str) -> int:
        return self.engine.get(f"/{index}/_count")["count"]

    def snapshots(self) -> list[dict]:
        return self.engine.get(f"/_snapshot/{self.name}/_all")["snapshots"]

    def indices(self) -> list[str]:
        return sorted(each["index"] for each in self.engine.get(f"/_cat/indices/{self.name}*?format=json&h=index"))


@pytest.fixture
def place(engine, name, tmp_path) -> Place:
    return Place(engine, name, tmp_path)


def steps(ran: binary.Ran) -> list[dict]:
    return [event for event in ran.events() if event["event"] == "step"]


def test_the_workflows_of_the_design_run_to_their_end(place):
    backup = place.run("backup-alb-logs", "--yes").expect(0)
    (taken,) = place.snapshots()
    assert (taken["state"], taken["indices"]) == ("SUCCESS", [place.index])
    first, second = steps(backup)
    assert shlex.split(first["command"])[:4] == ["esbackup", "snapshot", "take", taken["snapshot"]]
    # `verify` says no snapshot: it is the one that was just taken.
    assert shlex.split(second["command"])[:3] == ["esbackup", "verify", taken["snapshot"]]
    assert backup.events()[-1]["event"] == "run" and backup.events()[-1]["done"] == 2

    place.engine.fill(place.index, documents=5, seed=2)
    assert place.count(place.index) == DOCUMENTS + 5
    back = place.run("restore-alb-logs", "--yes").expect(0)
    assert place.count(place.index) == DOCUMENTS
    assert [shlex.split(step["command"])[:3] for step in steps(back)] == [
        ["esbackup", "indices", "delete"], ["esbackup", "restore", taken["snapshot"]]
    ]
    # Every command line that is shown is one that the binary takes.
    for step in [first, second, *steps(back)]:
        shown = shlex.split(step["command"])[1:]
        binary.run([*shown, "--dry-run"] if "wait" not in shown else shown, place.folder)
    assert place.indices() == [place.index]


def test_nothing_is_deleted_without_a_snapshot_that_holds_it(place):
    place.run("restore-alb-logs", "--yes").expect(6)
    assert place.count(place.index) == DOCUMENTS
    # A snapshot of the index of that name that was there before.
    place.engine.take(place.name, "older", place.index).ok()
    place.engine.ask("DELETE", f"/{place.index}").ok()
    place.engine.filled(place.index, documents=3)
    ran = place.run("restore-alb-logs", "--yes").expect(6)
    assert steps(ran) == [] and "no-snapshot" in " ".join(ran.events()[-1]["error"]["messages"])
    assert place.count(place.index) == 3
    # Nor where nobody can be asked.
    place.engine.take(place.name, "newer", place.index).ok()
    assert steps(place.run("restore-alb-logs").expect(6)) == []
    assert place.count(place.index) == 3
    place.run("restore-alb-logs", "--yes").expect(0)
    assert place.count(place.index) == 3


def test_a_lost_index_is_brought_back_although_there_is_nothing_to_delete(place):
    place.run("backup-alb-logs", "--yes").expect(0)
    place.engine.ask("DELETE", f"/{place.index}").ok()
    place.run("restore-alb-logs", "--yes").expect(0)
    assert place.count(place.index) == DOCUMENTS


def test_placeholders_are_filled_in_and_checked(place):
    place.engine.take(place.name, "one", place.index).ok()
    given = ("--set", "snapshot=one", "--set", f"index={place.index}")
    place.run("bring-back-as", *given[:2]).expect(64)
    place.run("bring-back-as", *given, "--set", "other=x").expect(64)
    place.run("nothing-like-it").expect(64)
    place.run("bring-back-as", "--set", "snapshot=two", *given[2:]).expect(6)
    place.run("bring-back-as", *given).expect(0)
    assert place.count(f"{place.index}-logs") == DOCUMENTS


def test_a_dry_run_writes_nothing(place):
    place.engine.take(place.name, "one", place.index).ok()
    before = (place.indices(), place.snapshots())
    for workflow in ("backup-alb-logs", "restore-alb-logs"):
        ran = place.run(workflow, "--dry-run").expect(0)
        assert [step["step"] for step in steps(ran)] == [1, 2]
        assert ran.events()[-1]["dry_run"]
    assert (place.indices(), place.snapshots()) == before


@pytest.mark.parametrize("workflow", ["backup-alb-logs", "restore-alb-logs"])
def test_a_run_killed_at_any_write_is_finished_by_the_printed_command(engine, name, tmp_path, workflow):
    """Killed once before and once after each write reached the engine: no document is lost, and nothing temporary stays."""
    with killing.Proxy(engine) as proxy:
        at, reached = 1, True
        while reached:
            for forwards in (False, True):
                place = Place(engine, name, tmp_path, proxy.url)
                if workflow == "restore-alb-logs":
                    engine.take(name, "one", place.index).ok()
                begin = place.words("run", workflow, "--yes")
                killed, told = proxy.run(begin, tmp_path, at, forwards)
                reached = killed
                if not killed:
                    break
                binary.run(killing.go_on(told, begin), tmp_path).expect(0)
                assert place.count(place.index) == DOCUMENTS, (at, forwards)
                assert place.indices() == [place.index], (at, forwards)
                states = [each["state"] for each in place.snapshots()]
                assert states == ["SUCCESS"] * len(states) and states, (at, forwards)
            at += 1
    assert at > 3
