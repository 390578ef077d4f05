"""Restoring on every real engine: the good ways, what stands in the way, and a replacement that is killed at each of its writes."""

import os
import pathlib
import shlex
import signal
import subprocess

import pytest
import yaml

import addresses
import binary
import engine as engines
import proxy

KEPT, OLD = 20, 25  # documents in the snapshot, and in the index when it is replaced
DELETES_THE_OLD = 4  # the write of a replacement that deletes the old index
WRITES = 7  # block, refresh, restore the copy, delete, restore, let writes in, remove the copy
PLAIN = [version for version, each in engines.engines().items() if not each.ca_file]


def written(folder, spec: dict, *arguments: str) -> list[str]:
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(spec))
    return ["restore", *arguments, "-f", str(file), "--trust-endpoint", "127.0.0.1"]


def restore(folder, spec: dict, *arguments: str) -> binary.Ran:
    return binary.run([*written(folder, spec, *arguments), "--format", "json"], folder)


def end(ran: binary.Ran) -> dict:
    return ran.events()[-1]


def taken(engine, name: str) -> str:
    """A snapshot `one` of an index with an alias, which gets more documents afterwards. Returns the index."""
    index = f"{name}-a"
    engine.repository(name)
    engine.filled(index, documents=KEPT, shards=2, aliases=(f"{name}-alias",))
    engine.take(name, "one", index).ok()
    engine.fill(index, documents=OLD - KEPT, seed=2)
    return index


def counts(engine, name: str) -> dict[str, str]:
    rows = engine.get(f"/_cat/indices/{name}*,esbackup-*?format=json&h=index,docs.count")
    return {row["index"]: row["docs.count"] for row in rows}


def refuses_writes(engine, index: str) -> bool:
    (settings,) = engine.get(f"/{index}/_settings").values()
    return settings["settings"]["index"].get("blocks", {}).get("write") == "true"


@pytest.fixture
def clean(engine):
    """Removes copies before and after: their names do not begin with the test's."""
    engine.forget("esbackup-")
    yield engine
    engine.forget("esbackup-")


def test_an_index_comes_back_under_another_name_and_is_counted(clean, name, tmp_path):
    index = taken(clean, name)
    ran = restore(tmp_path, engines.spec(clean, "good", name, tmp_path), "latest", "--indices", index, "--prefix", f"{name}-r-")
    assert end(ran.expect(0))["restored"] == [{"index": f"{name}-r-{index}", "from": index, "docs": KEPT}]
    assert counts(clean, name)[f"{name}-r-{index}"] == str(KEPT)


def test_what_has_the_name_already_stands_in_the_way(clean, name, tmp_path):
    index = taken(clean, name)
    spec = engines.spec(clean, "conflict", name, tmp_path)
    assert end(restore(tmp_path, spec, "one", "--indices", index).expect(6))["error"]["messages"] == [f"index {index} is open"]
    alias = end(restore(tmp_path, spec, "one", "--indices", index, "--rename", index, f"{name}-alias").expect(6))
    assert alias["error"]["messages"] == [f"{name}-alias is an alias of {index}"]
    clean.ask("POST", f"/{index}/_close").ok()
    closed = end(restore(tmp_path, spec, "one", "--indices", index).expect(6))
    assert closed["error"]["messages"] == [f"index {index} is closed, and a restore would overwrite it"]


def test_an_index_is_closed_and_overwritten_with_consent(clean, name, tmp_path):
    index = taken(clean, name)
    spec = engines.spec(clean, "closing", name, tmp_path)
    restore(tmp_path, spec, "one", "--indices", index, "--close-existing").expect(6)
    assert counts(clean, name) == {index: str(OLD)}
    consent = ("--allow", f"replace=index.{index}", "--yes")
    restore(tmp_path, spec, "one", "--indices", index, "--close-existing", *consent).expect(0)
    assert counts(clean, name) == {index: str(KEPT)}


def test_a_partial_snapshot_needs_a_word_and_what_it_lacks_is_told(clean, name, tmp_path):
    index, lost = f"{name}-a", f"{name}-lost"
    clean.partial(name, "half", index, lost)
    for each in (index, lost):
        clean.ask("DELETE", f"/{each}").ok()
    spec = engines.spec(clean, "partial", name, tmp_path)
    restore(tmp_path, spec, "half", "--indices", index).expect(6)
    restore(tmp_path, spec, "half", "--indices", index, "--partial").expect(0)
    assert end(restore(tmp_path, spec, "latest", "--indices", index).expect(6))["error"]["task"] == "find the latest snapshot"


def test_allocation_that_no_node_meets_is_seen_in_the_wait(clean, name, tmp_path):
    index = f"{name}-a"
    clean.repository(name)
    clean.filled(index)
    clean.ask("PUT", f"/{index}/_settings", {"index.routing.allocation.require.box": "none"}).ok()
    clean.take(name, "one", index).ok()
    clean.ask("DELETE", f"/{index}").ok()
    spec = engines.spec(clean, "allocation", name, tmp_path)
    restore(tmp_path, spec, "one", "--indices", index).expect(3)
    clean.ask("DELETE", f"/{index}").ok()
    ignore = ("--ignore-index-settings", "routing.allocation.require.box")
    assert end(restore(tmp_path, spec, "one", "--indices", index, *ignore).expect(0))["restored"][0]["docs"] == KEPT


def test_an_index_whose_writes_were_blocked_comes_back_open_for_them(clean, name, tmp_path):
    index = f"{name}-a"
    clean.repository(name)
    clean.filled(index)
    clean.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True}).ok()
    clean.take(name, "one", index).ok()
    clean.ask("DELETE", f"/{index}").ok()
    restore(tmp_path, engines.spec(clean, "blocked", name, tmp_path), "one", "--indices", index).expect(0)
    assert not refuses_writes(clean, index)


def test_a_replacement_without_consent_sends_nothing(clean, name, tmp_path):
    index = taken(clean, name)
    spec = engines.spec(clean, "replacing", name, tmp_path)
    for options in [(), ("--yes",), ("--allow", "replace")]:
        refused = end(restore(tmp_path, spec, "one", "--indices", index, "--replace", *options).expect(6))
        assert (refused["done"], refused["total"]) == (0, 0)
        assert not refuses_writes(clean, index) and counts(clean, name) == {index: str(OLD)}


@pytest.mark.parametrize("engine", PLAIN, indirect=True)
def test_a_replacement_that_was_cut_off_can_be_given_up(clean, name, tmp_path):
    index = taken(clean, name)
    spec = engines.spec(clean, "replacing", name, tmp_path)
    command = ("one", "--indices", index, "--replace", "--allow", "replace", "--yes")
    killed(tmp_path, spec, clean, DELETES_THE_OLD, "before", *command)
    written(tmp_path, spec)
    assert refuses_writes(clean, index) and sorted(counts(clean, name).values()) == [str(KEPT), str(OLD)]
    restore(tmp_path, spec, "one", "--indices", index, "--replace", "--cancel").expect(0)
    assert not refuses_writes(clean, index) and counts(clean, name) == {index: str(OLD)}


def test_a_replacement_keeps_the_alias_and_is_nothing_to_do_again(clean, name, tmp_path):
    index = taken(clean, name)
    spec = engines.spec(clean, "replaced", name, tmp_path)
    command = ("one", "--indices", index, "--replace", "--allow", "replace", "--yes")
    assert end(restore(tmp_path, spec, *command).expect(0))["restored"] == [{"index": index, "from": index, "docs": KEPT}]
    check_replaced(clean, name, index)
    again = end(restore(tmp_path, spec, *command).expect(0))
    assert (again["total"], again["restored"][0]["docs"]) == (0, KEPT)


def check_replaced(engine, name: str, index: str) -> None:
    assert counts(engine, name) == {index: str(KEPT)}
    assert not refuses_writes(engine, index)
    assert list(engine.get(f"/_alias/{name}-alias")) == [index]


def killed(folder, spec: dict, engine, number: int, when: str, *arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """Runs the binary until its write of this number and kills it there; its exit code, and the writes. What it says is in `said`."""
    child = None

    def kill(found: int, *_):
        if found == number:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            raise proxy.Dropped

    with proxy.Proxy(engine.url, **{when: kill}) as between:
        spec = {**spec, "domain": {**spec["domain"], "endpoint": between.url}}
        command = [addresses.BINARY, *written(folder, spec, *arguments)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
        with open(folder / "said", "w") as said:
            child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
            return child.wait(timeout=binary.TIME_LIMIT), between.writes


def printed(text: str, before: str) -> list[str]:
    """The command line that was printed behind these words, as a shell takes it."""
    (line,) = (line for line in text.splitlines() if before in line)
    words = shlex.split(line.split(before, 1)[1])
    assert words[0] == "esbackup", line
    return words[1:]


def go_on(folder: pathlib.Path, words: list[str]) -> binary.Ran:
    return binary.run([*words, "--format", "json"], folder)


@pytest.mark.parametrize("engine", PLAIN, indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_replacement_killed_at_any_write_loses_nothing_and_goes_on(clean, name, tmp_path, when):
    for number in range(1, WRITES + 1):
        clean.forget(name)
        index = taken(clean, name)
        spec = engines.spec(clean, "killed", name, tmp_path)
        command = ("one", "--indices", index, "--replace", "--allow", "replace", "--yes")
        code, writes = killed(tmp_path, spec, clean, number, when, *command)
        assert (code, len(writes)) == (-signal.SIGKILL, number), writes
        there = counts(clean, name)
        assert there.get(index) == str(OLD) or str(KEPT) in there.values(), (number, there)
        # The file of the spec still names the proxy.
        written(tmp_path, spec)
        go_on(tmp_path, printed((tmp_path / "said").read_text(), "if it is interrupted: ")).expect(0)
        check_replaced(clean, name, index)


def write_to(engine, alias: str, index: str, *others: str) -> None:
    """Makes an index the one that an alias writes to, and the others not."""
    adds = [{"add": {"index": each, "alias": alias, "is_write_index": each == index}} for each in (*others, index)]
    engine.ask("POST", "/_aliases", {"actions": adds}).ok()


@pytest.mark.parametrize("engine", PLAIN, indirect=True)
def test_an_index_that_was_rolled_over_is_refused_or_replaced_without_its_aliases(clean, name, tmp_path):
    index, alias, following = taken(clean, name), f"{name}-writes", f"{name}-b"
    write_to(clean, alias, index)
    clean.take(name, "two", index).ok()
    clean.filled(following, documents=1)
    write_to(clean, alias, following, index)
    spec = engines.spec(clean, "rolled", name, tmp_path)
    command = ("two", "--indices", index, "--replace", "--allow", "replace", "--yes")
    refused = end(restore(tmp_path, spec, *command).expect(6))["error"]
    assert refused["messages"][0].startswith(f"alias {alias} of {index} writes to {following}")
    assert not refuses_writes(clean, index) and counts(clean, name)[index] == str(OLD)
    # It is rolled over only when the old index is gone: what the snapshot holds is refused by the engine.
    clean.ask("POST", "/_aliases", {"actions": [{"remove": {"index": following, "alias": alias}}]}).ok()
    write_to(clean, alias, index)

    def roll_over(_, method: str, path: str):
        if (method, path) == ("DELETE", f"/{index}"):
            write_to(clean, alias, following)

    with proxy.Proxy(clean.url, after=roll_over) as between:
        through = {**spec, "domain": {**spec["domain"], "endpoint": between.url}}
        failed = end(restore(tmp_path, through, *command).expect(1))["error"]
        assert "has more than one write index" in " ".join(failed["messages"]), failed
        between.after = None
        words = printed(failed["hint"], "without them: ")
        assert words[-1] == "--without-aliases"
        go_on(tmp_path, words).expect(0)
    # In the snapshot it holds what was there when it was taken.
    assert counts(clean, name) == {index: str(OLD), following: "1"}
    assert list(clean.get(f"/_alias/{alias}")) == [following]


@pytest.mark.parametrize("engine", PLAIN, indirect=True)
def test_a_stray_write_that_creates_the_index_anew_is_noticed_and_nothing_is_lost(clean, name, tmp_path):
    index = taken(clean, name)

    def stray(_, method: str, path: str):
        if (method, path) == ("DELETE", f"/{index}"):
            clean.ask("PUT", f"/{index}/_doc/stray?refresh=true", {"number": 1}).ok()

    with proxy.Proxy(clean.url, after=stray) as between:
        spec = engines.spec(clean, "stray", name, tmp_path)
        spec["domain"]["endpoint"] = between.url
        command = ("one", "--indices", index, "--replace", "--allow", "replace", "--yes")
        ran = restore(tmp_path, spec, *command).expect(5)
        assert f"somebody created index {index} anew" in end(ran)["error"]["messages"][-1]
        assert sorted(counts(clean, name).values()) == ["1", str(KEPT)]
        restore(tmp_path, spec, *command).expect(5)
        clean.ask("DELETE", f"/{index}").ok()
        between.after = None
        restore(tmp_path, spec, *command).expect(0)
    check_replaced(clean, name, index)


@pytest.mark.parametrize("engine", PLAIN, indirect=True)
def test_a_restore_goes_on_without_its_command_and_is_waited_for_again(clean, name, tmp_path):
    index, target = f"{name}-a", f"{name}-r-{name}-a"
    clean.repository(name, max_restore_bytes_per_sec=engines.SLOW)
    clean.filled(index, documents=8, kilobytes=100)
    clean.take(name, "one", index).ok()
    spec = engines.spec(clean, "detached", name, tmp_path)
    command = [addresses.BINARY, *written(tmp_path, spec, "one", "--indices", index, "--prefix", f"{name}-r-")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"}
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    clean.until(lambda: target in counts(clean, name), "a restore that began")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=binary.TIME_LIMIT)
    assert child.returncode == 130 and "to see it and to wait for its end: esbackup restore one" in said, said
    # On a slow machine the restore may have ended by now: the printed command takes both for its own.
    assert "--resume" in said, said
    again = restore(tmp_path, spec, "one", "--indices", index, "--prefix", f"{name}-r-", "--resume").expect(0)
    assert end(again)["total"] == 0
    assert end(again)["restored"] == [{"index": target, "from": index, "docs": 8}]
