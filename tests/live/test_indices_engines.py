"""`indices list` and `indices delete` against every real engine: what is refused, what is guarded, and what is gone afterwards."""

import os
import pty
import subprocess

import pytest
import yaml

import addresses
import binary
import engine as engines


def prepare(engine, name, folder, user="operator") -> list[str]:
    """The options that name a spec of the engine and its repository."""
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(engines.spec(engine, name, name, folder, user)))
    return ["-f", str(file), "--trust-endpoint", "127.0.0.1"]


def run(folder, options, *arguments) -> binary.Ran:
    return binary.run([*arguments, *options], folder)


def delete(folder, options, *arguments) -> tuple[int, dict]:
    """The exit code and the end of a deletion that is not asked about."""
    ran = run(folder, options, "indices", "delete", *arguments, "--yes", "--format", "json")
    return ran.code, ran.events()[-1]


def is_there(engine, index) -> bool:
    return engine.ask("HEAD", f"/{index}").status == 200


def blocked(engine, index) -> bool:
    settings = engine.get(f"/{index}/_settings?flat_settings=true")[index]["settings"]
    return settings.get("index.blocks.write") == "true"


def test_a_list_tells_the_newest_complete_snapshot_of_each_index(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a", documents=7)
    engine.filled(f"{name}-b")
    engine.take(name, "one", f"{name}-a").ok()
    engine.take(name, "two", f"{name}-a").ok()
    engine.take(name, "nothing", f"{name}-none*").ok()
    (environment,) = run(tmp_path, options, "indices", "list", "--format", "json").expect(0).json()["environments"]
    found = {index["name"]: index for index in environment["indices"] if index["name"].startswith(name)}
    a, b = found[f"{name}-a"], found[f"{name}-b"]
    assert (a["docs"], a["health"], a["open"], a["primaries"]) == (7, "green", True, 1)
    assert (a["last_good"]["snapshot"], a["last_good"]["older_than_the_index"]) == ("two", False)
    assert b["last_good"] is None


def test_whatever_is_not_one_index_is_refused(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    engine.create(f"{name}-a", aliases=(f"{name}-alias",))
    engine.create(f"{name}-b")
    both = f"{name}-a, {name}-b"
    refused = {
        f"{name}-*": f"{name}-* is a pattern; it would have meant {both}",
        f"{name}-b,{name}-a": f"{name}-b,{name}-a is a list; it would have meant {both}",
        f"{name}-alias": f"{name}-alias is an alias; it would have meant {name}-a",
        f"<{name}-{{now/d}}>":
            f"<{name}-{{now/d}}> is date math, which the engine resolves to a name of its own; it would have meant {both}",
        f"{name}-c": f"there is no index {name}-c",
    }
    for given, words in refused.items():
        code, end = delete(tmp_path, options, given, "--allow", "no-snapshot")
        assert (code, end["error"]["messages"], end["deleted"]) == (6, [words], []), given
    code, end = delete(tmp_path, options, "_all", "--allow", "no-snapshot")
    assert code == 6 and "stands for every index" in end["error"]["messages"][0]
    assert is_there(engine, f"{name}-a") and is_there(engine, f"{name}-b")


def test_system_and_backing_indices_are_refused(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    dotted = f".{name}"
    engine.create(dotted)
    try:
        code, end = delete(tmp_path, options, dotted, "--allow", "no-snapshot")
        assert (code, end["error"]["messages"]) == (6, [f"{dotted} is a system index, or a hidden one of a plugin"])
        assert is_there(engine, dotted)
    finally:
        engine.ask("DELETE", f"/{dotted}")
    if not engine.s3 and engine.version != "2.19.4":
        return  # no data streams
    template = {"index_patterns": [f"{name}-stream"], "data_stream": {}, "priority": 900}
    engine.ask("PUT", f"/_index_template/{name}", template).ok()
    engine.ask("PUT", f"/_data_stream/{name}-stream").ok()
    try:
        (stream,) = engine.get(f"/_data_stream/{name}-stream")["data_streams"]
        backing = stream["indices"][0]["index_name"]
        code, end = delete(tmp_path, options, f"{name}-stream", "--allow", "no-snapshot")
        assert (code, end["deleted"]) == (0, [f"{name}-stream"])
        engine.ask("PUT", f"/_data_stream/{name}-stream").ok()
        code, end = delete(tmp_path, options, backing, "--allow", "no-snapshot")
        assert (code, end["error"]["messages"]) == (6, [f"{backing} is a backing index of the data stream {name}-stream"])
        assert is_there(engine, backing)
    finally:
        engine.ask("DELETE", f"/_data_stream/{name}-stream")
        engine.ask("DELETE", f"/_index_template/{name}")


def test_an_index_that_no_newer_snapshot_holds_is_guarded(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index)
    code, end = delete(tmp_path, options, index)
    assert code == 6 and end["error"]["hint"] == f"if it is wanted, add --allow no-snapshot=index.{index}"
    # An older snapshot of another index of the same name does not count.
    engine.take(name, "old", index).ok()
    engine.ask("DELETE", f"/{index}").ok()
    engine.filled(index, documents=3)
    code, end = delete(tmp_path, options, index)
    assert code == 6 and "snapshot old holds an index of that name" in end["error"]["messages"][0]
    assert is_there(engine, index)
    engine.take(name, "new", index).ok()
    code, end = delete(tmp_path, options, index)
    assert (code, end["deleted"], end["error"]) == (0, [index], None)
    assert "engines do not tell whether documents were written since" in end["notes"][0]
    assert not is_there(engine, index)


def test_a_lifted_guard_deletes_and_a_dry_run_does_not(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.create(index)
    allow = ("--allow", f"no-snapshot=index.{index}")
    shown = run(tmp_path, options, "indices", "delete", index, *allow, "--dry-run", "--format", "json").expect(0).events()[0]
    assert [(call["method"], call["path"]) for call in shown["calls"]] == [("DELETE", f"/{index}")]
    assert is_there(engine, index)
    # Without --yes, and nobody to ask.
    run(tmp_path, options, "indices", "delete", index, *allow).expect(6)
    assert is_there(engine, index)
    assert delete(tmp_path, options, index, *allow)[0] == 0
    assert not is_there(engine, index)
    assert delete(tmp_path, options, index, *allow)[0] == 6
    assert delete(tmp_path, options, index, *allow, "--ignore-unavailable")[0] == 0


def test_the_name_is_typed_at_a_terminal(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.create(index)
    for typed, code in (("no", 1), (index, 0)):
        ours, theirs = pty.openpty()
        environment = {"PATH": "/usr/bin:/bin", **binary.aws_environment(addresses.MOTO, "tester", "tester-secret")}
        command = [addresses.BINARY, "indices", "delete", index, "--allow", "no-snapshot", *options]
        done = subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
        os.write(ours, f"{typed}\n".encode())
        assert done.wait(60) == code
        os.close(theirs)
        os.close(ours)
    assert not is_there(engine, index)


def test_a_snapshot_is_taken_first_and_must_be_complete(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index, lost = f"{name}-a", f"{name}-lost"
    engine.filled(index)
    code, end = delete(tmp_path, options, index, "--snapshot-first", "--snapshot-name", "first")
    assert (code, end["deleted"]) == (0, [index])
    assert not is_there(engine, index)
    taken = engine.snapshot(name, "first")
    assert (taken["state"], taken["indices"]) == ("SUCCESS", [index])
    # One of which no shard is there cannot be taken: nothing is deleted, and writes are let in again.
    engine.filled(index)
    engine.unassigned(lost)
    code, end = delete(tmp_path, options, index, lost, "--snapshot-first", "--snapshot-name", "second")
    assert code in (1, 3) and end["deleted"] == []
    assert is_there(engine, index) and is_there(engine, lost)
    assert not blocked(engine, index) and not blocked(engine, lost)


def test_nothing_is_deleted_while_a_snapshot_runs(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    index = f"{name}-a"
    engine.create(f"{name}-b")
    engine.running(name, "one", index, megabytes=1)
    for given in (index, f"{name}-b"):
        code, end = delete(tmp_path, options, given, "--allow", "no-snapshot")
        assert code == 4 and end["error"]["messages"][0].startswith(f"snapshot {name}/one runs"), end
        assert delete(tmp_path, options, given, "--snapshot-first")[0] == 4
    assert is_there(engine, index) and is_there(engine, f"{name}-b")


def test_an_index_that_is_being_restored_is_not_deleted(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    target = f"{name}-r"
    engine.restoring(name, "one", f"{name}-a", target, megabytes=1)
    code, end = delete(tmp_path, options, target, "--allow", "no-snapshot")
    assert (code, end["error"]["messages"]) == (4, [f"index {target} is being restored from {name}/one"])
    assert is_there(engine, target)


@pytest.mark.parametrize("command", [["list"], ["delete", "some", "--yes"]])
def test_who_may_not_read_is_told_so(secured, name, tmp_path, command):
    run(tmp_path, prepare(secured, name, tmp_path, user="nobody"), "indices", *command).expect(77)
    options = prepare(secured, name, tmp_path)
    (tmp_path / "operator.password").write_text("wrong")
    run(tmp_path, options, "indices", *command).expect(77)
