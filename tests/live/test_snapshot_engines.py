"""`snapshot take, list, show, wait, delete, prune` on every real engine: the good way, and the hard states made for real."""

import pathlib
import re
import shutil
import time

import pytest

import between
import desk as desks
import engine as engines
from desk import ended, steady

SLOW = "100kb"  # per second


@pytest.fixture
def desk(engine, name, tmp_path) -> desks.Desk:
    """An operator at an engine with an empty repository and one small index."""
    engine.repository(name)
    engine.filled(f"{name}-a")
    return desks.Desk(engine, name, tmp_path)


def done(desk: desks.Desk, snapshot: str, operation: str, what: str, order: int = 1, total: int = 1) -> dict:
    return {
        "event": "done", "environment": desk.name, "order": order, "total": total, "message": f"{order}/{total} {what} snapshot {snapshot}",
        "operation": operation, "resource": f"snapshot.{snapshot}", "service": "es",
    }


def test_taken_listed_shown_and_deleted(desk):
    index = f"{desk.name}-a"
    events = desk.events("snapshot", "take", "one", "--indices", index)
    taken = desk.snapshot("one", [index])
    seen = {"event": "seen", "environment": desk.name, "message": "snapshot one is SUCCESS: 1 of 1 shard of 1 index in SECONDS"}
    note = {"event": "note", "environment": desk.name, "message": f"1 index goes into it: {index}"}
    assert [steady(event) for event in events if event["event"] not in ("progress", "environment")] == [
        note, done(desk, "one", "PUT _snapshot/_", "start"), seen,
    ]
    assert ended(events[-1]) == desk.environment(done=1, total=1, snapshot=taken)

    def document(snapshots):
        listed = {"environment": desk.name, "repository": desk.name, "snapshots": snapshots, "exit": 0, "error": None}
        return {"format_version": "2.0", "environments": [listed]}

    assert steady(desk.json("snapshot", "list")) == document([taken])
    assert steady(desk.json("snapshot", "show", "one")) == document([{**taken, "bytes": "BYTES"}])
    assert desk.json("snapshot", "show", "none", code=6)["environments"][0]["error"]["messages"] == [f"there is no snapshot none in repository {desk.name}"]

    again = desk.end("snapshot", "take", "one", "--indices", index, code=6)
    words = ["there is a snapshot one already, which is SUCCESS"]
    assert ended(again) == desk.environment(code=6, words=words, snapshot=None)

    desk.run("snapshot", "take", "two", "--indices", index)
    assert [each["name"] for each in desk.json("snapshot", "list")["environments"][0]["snapshots"]] == ["two", "one"]
    assert [steady(event) for event in desk.events("snapshot", "delete", "one", "--yes")][0] == done(desk, "one", "DELETE _snapshot/_", "delete")
    assert desk.held() == {"two": "SUCCESS"}


def test_a_snapshot_that_runs(engine, name, tmp_path):
    index = f"{name}-a"
    engine.repository(name, max_snapshot_bytes_per_sec=SLOW)
    engine.filled(index, documents=14, kilobytes=100)
    engine.filled(f"{name}-b")
    desk = desks.Desk(engine, name, tmp_path)
    events = desk.detached("snapshot", "take", "one", "--indices", index)
    error = events[-1]["error"]
    assert (error["task"], error["messages"]) == ("wait for snapshot one", ["a signal asked to stop waiting; it goes on"])
    command = error["hint"].removeprefix("to wait for it again: ")

    second = desk.end("snapshot", "take", "two", "--indices", f"{name}-b", "--wait-for-running", "1s", code=4)
    words = [f"{name}/one must end first"]
    assert ended(second) == desk.environment(code=4, total=1, words=words, not_done=["start snapshot two"], snapshot=None)
    guarded = desk.end("snapshot", "delete", "one", "--yes", code=6)
    assert ended(guarded) == desk.environment(code=6, words=["snapshot.one running: it runs: deleting it aborts it"])
    late = desk.end("snapshot", "wait", "one", "--timeout", "0s", code=4)
    assert late["error"]["task"] == "wait for snapshot one"
    assert desk.held() == {"one": "IN_PROGRESS"}

    waited = desk.printed(command, "--format", "json").events()
    assert ended(waited[-1]) == desk.environment(snapshot=desk.snapshot("one", [index]))
    assert desk.held() == {"one": "SUCCESS"}


def test_one_that_runs_is_waited_for(engine, name, tmp_path):
    """And with `--no-wait` the command ends once its own has started, with the next command."""
    engine.running(name, "one", f"{name}-a", megabytes=1)
    engine.filled(f"{name}-b")
    desk = desks.Desk(engine, name, tmp_path)
    started = desk.run("snapshot", "take", "two", "--indices", f"{name}-b", "--no-wait")
    assert engine.snapshot(name, "one")["state"] == "SUCCESS"
    (command,) = re.findall(r"^Snapshot two has started. Next: (.+)$", started.out, re.MULTILINE)
    assert re.fullmatch(rf"{name}: snapshot two is SUCCESS: 1 of 1 shard of 1 index in \d+s\n", desk.printed(command).out)


def test_one_that_runs_is_aborted_when_the_guard_is_lifted(engine, name, tmp_path):
    engine.running(name, "one", f"{name}-a", megabytes=1)
    desk = desks.Desk(engine, name, tmp_path)
    desk.run("snapshot", "delete", "one", "--yes", "--allow", "running=snapshot.one")
    assert desk.held() == {}


def test_a_shard_that_is_not_there(desk):
    engine, good, lost = desk.engine, f"{desk.name}-a", f"{desk.name}-lost"
    engine.unassigned(lost)
    reason = "primary shard is not allocated"
    end = desk.end("snapshot", "take", "part", "--indices", f"{good},{lost}", "--partial", code=3)
    words = ["snapshot part is PARTIAL: 1 of 2 shards of 2 indices in", f"{lost} shard 0: {reason}"]
    first, *others = end["error"]["messages"]
    assert [re.sub(r" \d+s$", "", first), *others] == words
    failure = {"index": lost, "shard": 0, "reason": reason}
    shards = {"total": 2, "successful": 1, "failed": 1}
    expected = desk.snapshot("part", sorted([good, lost]), state="PARTIAL", shards=shards, failures=[failure])
    found = steady(end["snapshot"])
    assert {**found, "indices": sorted(found["indices"])} == expected

    end = desk.end("snapshot", "take", "whole", "--indices", f"{good},{lost}", code=3 if engine.typed else 1)
    if engine.typed:  # 200, and it is stored as FAILED
        assert end["error"]["messages"][1:] == [f"Indices don't have primary shards [{lost}]", f"{lost} shard 0: {reason}"]
        assert desk.held() == {"part": "PARTIAL", "whole": "FAILED"}
    else:
        assert f"Indices don't have primary shards [{lost}]" in end["error"]["messages"][0]
        assert desk.held() == {"part": "PARTIAL"}
    rows = desk.run("snapshot", "list").out.splitlines()
    assert "PARTIAL" in rows[-1]


def test_what_means_nothing_is_not_taken(desk):
    name = desk.name

    def refused(*indices: str) -> list[str]:
        with between.Between(desk.engine) as proxy:
            through = desks.Desk(desk.engine, name, desk.folder, endpoint=proxy.url)
            end = through.end("snapshot", "take", "one", "--indices", *indices, code=6)
            assert proxy.writes == []
        return end["error"]["messages"]

    assert refused(f"{name}-none*") == [f"{name}-none* means no index"]
    assert refused(f"{name}-none") == [f"there is no index {name}-none"]
    assert refused(f"{name}-none", "--ignore-unavailable") == [f"{name}-none means no index"]
    assert refused("-*") == ["*,-* means no index"]
    desk.run("snapshot", "take", "UPPER", code=64)
    assert desk.held() == {}
    # All but what is excluded, which the engine alone would take for the name of an index.
    desk.engine.filled(f"{name}-b")
    others = [row["index"] for row in desk.engine.get("/_cat/indices?format=json&h=index") if not row["index"].startswith(name)]
    out = [f"-{each}" for each in [f"{name}-b", *others]]
    end = desk.end("snapshot", "take", "rest", "--indices", ",".join(out))
    assert end["snapshot"]["indices"] == [f"{name}-a"]


def test_who_may_not_is_told_what_is_missing(secured, name, tmp_path):
    secured.forget(name)
    secured.repository(name)
    desk = desks.Desk(secured, name, tmp_path, user="nobody")
    end = desk.end("snapshot", "take", "one", code=77)
    why = "and User [name=nobody, backend_roles=[], requestedTenant=null]"
    assert end["error"]["messages"] == [f"security_exception: no permissions for [cluster:admin/snapshot/get] {why}"]
    deleted = desk.end("snapshot", "delete", "one", "--yes", code=77)
    assert deleted["error"]["messages"] == [f"security_exception: no permissions for [cluster:admin/snapshot/get] {why}"]
    (tmp_path / "nobody.password").write_text("wrong")
    for command in (["take", "one"], ["wait", "one"], ["delete", "one", "--yes"]):
        assert desk.end("snapshot", *command, code=77)["error"]["messages"] == ["Unauthorized"]
    for command in (["list"], ["show", "one"]):
        (environment,) = desk.json("snapshot", *command, code=77)["environments"]
        assert environment["error"]["messages"] == ["Unauthorized"]
    secured.forget(name)


def test_a_lost_answer(desk):
    with between.Between(desk.engine, "answers") as proxy:
        through = desks.Desk(desk.engine, desk.name, desk.folder, endpoint=proxy.url)
        through.run("snapshot", "take", "one", "--indices", f"{desk.name}-a")
        assert desk.held() == {"one": "SUCCESS"}
        through.run("snapshot", "delete", "one", "--yes", "--allow", "last-good")
        assert desk.held() == {}
        assert [(each.method, each.path) for each in proxy.writes] == [
            ("PUT", f"/_snapshot/{desk.name}/one?wait_for_completion=false"), ("DELETE", f"/_snapshot/{desk.name}/one"),
        ]


def test_a_lost_request(desk):
    """It may have arrived, for all that can be known: it is not sent again, and the exit code says that it may work later."""
    with between.Between(desk.engine, "requests") as proxy:
        through = desks.Desk(desk.engine, desk.name, desk.folder, endpoint=proxy.url)
        end = through.end("snapshot", "take", "one", "--indices", f"{desk.name}-a", code=4)
        assert (end["done"], end["total"], end["not_done"], end["unknown"], len(proxy.writes)) == (0, 1, [], "start snapshot one", 1)
    assert desk.held() == {}


def test_names_that_are_none(desk):
    for snapshot in ("one", "two"):
        desk.engine.take(desk.name, snapshot, f"{desk.name}-a").ok()
    for names in (["none"], ["one", "none"], ["*"], ["o*"], ["one,two"], ["_all"], ["latest"]):
        with between.Between(desk.engine) as proxy:
            through = desks.Desk(desk.engine, desk.name, desk.folder, endpoint=proxy.url)
            end = through.end("snapshot", "delete", *names, "--yes", "--allow", "last-good", code=6)
            assert proxy.writes == []
        assert end["error"]["messages"] == [f"there is no snapshot {names[-1]} in repository {desk.name}"]
    guarded = desk.end("snapshot", "delete", "one", "two", "--yes", code=6)
    words = ["snapshot.two last-good: it is the newest good snapshot of the repository"]
    assert ended(guarded) == desk.environment(code=6, words=words)
    asked = desk.end("snapshot", "delete", "one", code=6)
    assert asked["error"]["messages"] == ["stdin is not a terminal; pass --yes to apply without a prompt"]
    assert desk.held() == {"one": "SUCCESS", "two": "SUCCESS"}


def test_a_snapshot_that_is_being_restored_is_not_deleted(engine, name, tmp_path):
    engine.restoring(name, "one", f"{name}-a", f"{name}-copy", megabytes=1)
    desk = desks.Desk(engine, name, tmp_path)
    with between.Between(engine) as proxy:
        through = desks.Desk(engine, name, tmp_path, endpoint=proxy.url)
        end = through.end("snapshot", "delete", "one", "--yes", "--allow", "last-good", code=4)
        assert proxy.writes == []
    words = [f"the restore from {name}/one must end first"]
    assert ended(end) == desk.environment(code=4, total=1, words=words, not_done=["delete snapshot one"])
    assert desk.held() == {"one": "SUCCESS"}


def test_prune_deletes_its_own_and_no_others(desk):
    engine, name = desk.engine, desk.name
    # Engines date a snapshot by a clock that they read five times a second, and less often under load: a snapshot right after the
    # creation of its index may seem older than the index, and would count as the last copy of another one.
    time.sleep(2)
    own = []
    for _ in range(3):
        own.append(desk.end("snapshot", "take", "--indices", f"{name}-a")["snapshot"]["name"])
        assert re.fullmatch(rf"{name}-\d{{4}}-\d\d-\d\d-\d{{6}}", own[-1])
        time.sleep(1)
    foreign = {"by-hand": None, f"{name}-production-2020-01-01-000000": None, f"{name}-2020-01-01": None}
    if not engine.typed:
        of_other = {"managed-by": "esbackup", "esbackup-environment": f"{name}-other"}
        foreign |= {f"{name}-2020-01-01-000000": of_other}
    for snapshot, metadata in foreign.items():
        engine.take(name, snapshot, f"{name}-a", **({"metadata": metadata} if metadata else {})).ok()
    before = desk.held()

    with between.Between(engine) as proxy:
        through = desks.Desk(engine, name, desk.folder, endpoint=proxy.url)
        own.sort()
        prepared, end = through.events("snapshot", "prune", "--keep-last", "1", "--max-count", "1", "--dry-run")
        assert proxy.writes == []
        shown = {one["name"]: one["decision"] for one in end["snapshots"]}
        assert {each for each, decision in shown.items() if decision == "delete"} == set(own[:2]), end["snapshots"]
        assert [call["path"] for call in prepared["calls"]] == [f"/_snapshot/{name}/{each}" for each in own[:2]]
        assert desk.held() == before
        asked = through.end("snapshot", "prune", "--keep-last", "1", "--max-count", "1", code=6)
        assert asked["error"]["messages"] == ["stdin is not a terminal; pass --yes to apply without a prompt"]
        through.run("snapshot", "prune", "--keep-last", "1", "--max-count", "1", "--yes")
        assert [(each.method, each.path) for each in proxy.writes] == [("DELETE", f"/_snapshot/{name}/{each}") for each in own[:2]]
    assert set(desk.held()) == set(before) - set(own[:2])
    desk.run("snapshot", "prune", "--yes", code=64)


def test_a_repository_that_does_not_answer(desk):
    """Its files are damaged; on S3 its bucket is gone. That is never taken for a repository without snapshots, nor for one that lacks a name."""
    engine, name = desk.engine, desk.name
    engine.take(name, "one", f"{name}-a").ok()
    if engine.s3:
        storage, bucket = engine.storage(), f"{name}-bucket"
        for each in storage.list_objects_v2(Bucket=bucket)["Contents"]:
            storage.delete_object(Bucket=bucket, Key=each["Key"])
        storage.delete_bucket(Bucket=bucket)
        code, layer, words = 4, "bucket", "The specified bucket does not exist"
    else:
        folder = pathlib.Path(engine.path_repo) / name
        for file in folder.glob("snap-*.dat"):
            file.write_bytes(b"damaged")
        code, layer, words = 1, "repository", "corrupt"
    (listed,) = desk.json("snapshot", "list", code=code)["environments"]
    # The engine still knows its name, and of its details nothing.
    (unread,) = listed["snapshots"]
    assert (unread["name"], unread["details_read"], unread["started"], unread["indices"]) == ("one", False, None, [f"{name}-a"])
    assert (listed["exit"], listed["error"]["layer"]) == (code, layer)
    assert words in " ".join(listed["error"]["messages"])
    (shown,) = desk.json("snapshot", "show", "one", code=code)["environments"]
    assert (shown["snapshots"], shown["error"]["layer"]) == ([], layer)
    assert words in " ".join(shown["error"]["messages"])

    engine.ask("DELETE", f"/_snapshot/{name}").ok()
    if not engine.s3:
        shutil.rmtree(folder)
    (listed,) = desk.json("snapshot", "list", code=1)["environments"]
    assert listed["error"]["messages"] == [f"repository_missing_exception: [{name}] missing"]


def test_a_dry_run_shows_what_is_sent(desk):
    with between.Between(desk.engine) as proxy:
        through = desks.Desk(desk.engine, desk.name, desk.folder, endpoint=proxy.url)
        commands = [
            ["take", "one", "--indices", f"{desk.name}-*,-{desk.name}-b", "--partial", "--include-global-state", "--ignore-unavailable"],
            ["take", "two", "--indices", f"{desk.name}-a"],
            ["delete", "two", "one", "--allow", "last-good"],
        ]
        for command in commands:
            proxy.asked.clear()
            *notes, prepared, end = through.events("snapshot", *command, "--dry-run")
            assert ({note["event"] for note in notes} <= {"note"}, prepared["event"], end["exit"], proxy.writes) == (True, "prepared", 0, [])
            shown = [between.Asked(call["method"], call["path"], call["body"]) for call in prepared["calls"]]
            through.run("snapshot", *command, "--yes")
            assert proxy.writes == shown
            assert shown != []
