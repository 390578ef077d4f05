"""Data streams: what the engines answer where it decides what the commands may do, and the commands against them."""

import pytest

import engine as engines
from desk import Desk

STREAMS = [version for version in engines.engines() if version in ("3.8.0", "2.19.4")]  # the pinned Elasticsearch builds have none
CHOKES = (500, "null_pointer_exception")


@pytest.fixture
def made(engine, name):
    """A repository, a stream of two backing indices (3 and 2 documents), another stream, and a plain index of 4 documents."""
    engine.repository(name)
    template = {"index_patterns": [f"{name}-s*"], "data_stream": {}, "priority": 900, "template": {"settings": {"number_of_replicas": 0}}}
    engine.ask("PUT", f"/_index_template/{name}", template).ok()
    add(engine, f"{name}-s", 3)
    engine.ask("POST", f"/{name}-s/_rollover").ok()
    add(engine, f"{name}-s", 2)
    add(engine, f"{name}-s2", 1)
    engine.filled(f"{name}-plain", documents=4)
    yield name
    forget_streams(engine)
    engine.ask("DELETE", f"/_index_template/{name}")


def add(engine, stream: str, documents: int) -> None:
    for number in range(documents):
        engine.ask("POST", f"/{stream}/_doc?refresh=true", {"@timestamp": "2026-01-01T00:00:00Z", "number": number}).ok()


def forget_streams(engine) -> None:
    for stream in streams(engine):
        engine.ask("DELETE", f"/_data_stream/{stream}")


def streams(engine) -> dict[str, list[str]]:
    found = engine.get("/_data_stream")["data_streams"]
    return {one["name"]: [index["index_name"] for index in one["indices"]] for one in found}


def held(engine, repository: str, snapshot: str) -> tuple[set[str], set[str]]:
    found = engine.snapshot(repository, snapshot)
    return set(found["indices"]), set(found["data_streams"])


def count(engine, name: str) -> int:
    engine.ask("POST", f"/{name}/_refresh").ok()
    return engine.get(f"/{name}/_count")["count"]


def backing(name: str, *generations: int) -> list[str]:
    return [f".ds-{name}-{number:06}" for number in generations]


def documents(engine, stream: str) -> int | None:
    return count(engine, stream) if stream in streams(engine) else None


# What the engines answer.


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_fact_streams_and_indices_of_a_snapshot_are_resolved_apart(engine, made):
    name, both = made, backing(f"{made}-s", 1, 2)
    for number, (expression, indices, whole) in enumerate([
        (f"{name}-s", both, {f"{name}-s"}),
        (f"{name}-s*", [*both, *backing(f"{name}-s2", 1)], {f"{name}-s", f"{name}-s2"}),
        (f"{name}-p*,{name}-s", [f"{name}-plain", *both], {f"{name}-s"}),
        (f"{name}-s*,-{name}-s", [*both, *backing(f"{name}-s2", 1)], {f"{name}-s2"}),  # excluded by name: the data stays
        (f"{name}-s*,-*{name}-s", backing(f"{name}-s2", 1), {f"{name}-s2"}),
        (f".ds-{name}-s-*", both, set()),
    ]):
        engine.take(name, f"t{number}", expression).ok()
        assert held(engine, name, f"t{number}") == (set(indices), whole), expression


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_fact_a_stream_without_a_backing_index_fails_at_the_end(engine, made):
    for number, expression in enumerate([f"{made}-*,-.*", f"{made}-s*,-.ds-{made}-s-*", f"{made}-s*,-{backing(f'{made}-s', 1)[0]}"]):
        assert engine.take(made, f"t{number}", expression).error()[:2] == CHOKES, expression
        assert engine.ask("GET", f"/_snapshot/{made}/t{number}").status == 404
    # A pattern takes no closed index, and the stream all the same; its name takes them.
    engine.ask("POST", f"/{backing(f'{made}-s', 1)[0]}/_close").ok()
    assert engine.take(made, "shut", f"{made}-*").error()[:2] == CHOKES
    engine.take(made, "named", f"{made}-*,{made}-s").ok()
    assert set(backing(f"{made}-s", 1, 2)) <= held(engine, made, "named")[0]


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_fact_the_short_list_knows_no_streams(engine, made):
    engine.take(made, "one", f"{made}-s").ok()
    (found,) = engine.get(f"/_snapshot/{made}/_all?verbose=false")["snapshots"]
    assert found["data_streams"] == []


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_fact_how_a_stream_comes_back(engine, made):
    stream, both = f"{made}-s", backing(f"{made}-s", 1, 2)
    engine.take(made, "one", f"{made}-*").ok()
    forget_streams(engine)
    # Backing indices alone make no stream.
    engine.restore(made, "one", ",".join(both)).ok()
    assert stream not in streams(engine)
    for index in both:
        engine.ask("DELETE", f"/{index}").ok()
    # The security plugin takes the name of a stream for an index that is not there.
    named = engine.restore(made, "one", stream)
    assert named.status == (404 if engine.users else 200)
    forget_streams(engine)
    engine.restore(made, "one", ",".join([stream, *both]), ignore_unavailable=True).ok()
    assert streams(engine)[stream] == both
    # A rename passes over the `.ds-` of backing indices.
    rename = {"rename_pattern": r"^(.*)s(-(?:\d{4}\.\d{2}\.\d{2}-)?\d{6,})?$", "rename_replacement": "$1sr$2"}
    engine.restore(made, "one", ",".join([stream, *both]), ignore_unavailable=True, **rename).ok()
    assert streams(engine)[f"{stream}r"] == backing(f"{stream}r", 1, 2)
    # An index where the stream would put its next one.
    forget_streams(engine)
    engine.create(backing(stream, 3)[0])
    refused = engine.restore(made, "one", ",".join([stream, *both]), ignore_unavailable=True).error()
    assert refused[:2] == (500, "illegal_state_exception") and "could create backing indices that conflict with" in refused[2]
    engine.ask("DELETE", f"/{backing(stream, 3)[0]}").ok()


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_fact_how_a_stream_goes(engine, made):
    stream, (first, write) = f"{made}-s", backing(f"{made}-s", 1, 2)
    assert engine.ask("DELETE", f"/{stream}").error()[:2] == (404, "index_not_found_exception")
    head = f"index [{write}] is the write index for data stream [{stream}] and cannot be deleted"
    assert engine.ask("DELETE", f"/{write}").error() == (400, "illegal_argument_exception", head)
    shut = f"cannot close the following data stream write indices [{write}]"
    assert engine.ask("POST", f"/{write}/_close").error() == (400, "illegal_argument_exception", shut)
    engine.ask("DELETE", f"/{first}").ok()
    engine.ask("DELETE", f"/_data_stream/{stream}").ok()
    assert engine.ask("GET", f"/_data_stream/{stream}").error()[:2] == (404, "index_not_found_exception")
    engine.ask("DELETE", f"/_data_stream/{stream}").ok()  # confirmed although there is none


def test_fact_closed_indices_by_name(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-shut", aliases=(f"{name}-alias",))
    engine.ask("POST", f"/{name}-shut/_close").ok()
    for number, expression in enumerate([f"{name}-shut", f"{name}-*,{name}-shut", f"{name}-alias"]):
        answer = engine.take(name, f"t{number}", expression)
        if engine.typed:
            assert answer.error()[:2] == (403, "cluster_block_exception"), expression
        elif "alias" not in expression:
            assert answer.ok()["snapshot"]["indices"] == [f"{name}-shut"]


# The commands.


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_take_knows_streams_by_name_pattern_and_exclusion(engine, made, tmp_path):
    desk, name = Desk(engine, made, tmp_path), made
    both, other, plain = backing(f"{name}-s", 1, 2), backing(f"{name}-s2", 1), [f"{name}-plain"]
    for number, (expression, indices, whole) in enumerate([
        (f"{name}-s", both, {f"{name}-s"}),
        (f"{name}-*", [*both, *other, *plain], {f"{name}-s", f"{name}-s2"}),
        (f"{name}-*,-{name}-s", [*other, *plain], {f"{name}-s2"}),
        (f"{name}-s,{name}-p*,-{name}-s*", plain, set()),
    ]):
        desk.end("snapshot", "take", f"t{number}", "--indices", expression)
        assert held(engine, name, f"t{number}") == (set(indices), whole), expression


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_take_refuses_what_chokes_with_what_works(engine, made, tmp_path):
    desk, both = Desk(engine, made, tmp_path), set(backing(f"{made}-s", 1, 2))
    for number, expression in enumerate([f"{made}-*,-.*", f"{made}-s*,-.ds-{made}-s-*", f"{made}-*,-{backing(f'{made}-s', 1)[0]}"]):
        end = desk.end("snapshot", "take", f"refused{number}", "--indices", expression, code=6)
        assert "without its backing indices" in end["error"]["messages"][0]
        ways = [part.split("'")[1] for part in end["error"]["hint"].split("; ")]
        assert len(ways) == 2, end["error"]["hint"]
        for way, expected in zip(ways, (True, False)):
            taken = f"t{number}-{str(expected).lower()}"
            desk.end("snapshot", "take", taken, "--indices", way)
            indices, whole = held(engine, made, taken)
            assert (both <= indices, f"{made}-s" in whole) == (expected, expected), (expression, way)


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_take_of_everything_beside_a_closed_backing_index(engine, made, tmp_path):
    desk = Desk(engine, made, tmp_path)
    engine.ask("POST", f"/{backing(f'{made}-s', 1)[0]}/_close").ok()
    desk.end("snapshot", "take", "all", "--indices", f"{made}-*")
    indices, whole = held(engine, made, "all")
    assert set(backing(f"{made}-s", 1, 2)) <= indices and f"{made}-s" in whole


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_restore_brings_streams_back_as_streams(engine, made, tmp_path):
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.end("snapshot", "take", "one", "--indices", f"{made}-*")
    refused = desk.end("restore", "one", "--indices", stream, code=6)
    assert f"there is a data stream {stream}" in refused["error"]["messages"]
    desk.end("restore", "one", "--prefix", "r-")
    assert streams(engine)[f"r-{stream}"] == backing(f"r-{stream}", 1, 2)
    assert (count(engine, f"r-{stream}"), count(engine, f"r-{made}-s2"), count(engine, f"r-{made}-plain")) == (5, 1, 4)
    desk.end("restore", "one", "--indices", stream, "--rename", stream, f"{made}-other")
    assert streams(engine)[f"{made}-other"] == backing(f"{made}-other", 1, 2)
    forget_streams(engine)
    end = desk.end("restore", "one", "--indices", f"{made}-s*")
    assert {one["index"]: one["docs"] for one in end["restored"]} == {stream: 5, f"{made}-s2": 1}
    add(engine, stream, 1)
    assert count(engine, stream) == 6
    engine.ask("DELETE", f"/r-{made}-plain")


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_restore_test_of_a_stream_leaves_nothing(engine, made, tmp_path):
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.end("snapshot", "take", "one", "--indices", f"{made}-*")
    before = streams(engine)
    end = desk.end("verify", "one", "--level", "restore", "--indices", stream)
    results = {check["what"]: check["result"] for check in end["checks"]}
    assert results[f"restore of data stream {stream}"] == "ok"
    assert all(results[f"documents of {index}"] == "ok" for index in backing(stream, 1, 2)), results
    assert streams(engine) == before
    # The sample knows streams too.
    end = desk.end("verify", "one", "--level", "restore", "--sample", "3")
    assert f"restore of data stream {stream}" in {check["what"] for check in end["checks"]}
    assert streams(engine) == before


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_delete_takes_a_stream_behind_the_guards(engine, made, tmp_path):
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    engine.take(made, "loose", f".ds-{stream}-*").ok()
    end = desk.end("indices", "delete", stream, "--yes", code=6)
    assert f"--allow no-snapshot=index.{stream}" in end["error"]["hint"]
    refused = desk.end("indices", "delete", backing(stream, 1)[0], "--yes", code=6)
    assert f"`esbackup indices delete {stream} " in refused["error"]["hint"]
    desk.end("snapshot", "take", "one", "--indices", stream)
    engine.ask("POST", f"/{stream}/_rollover").ok()  # what came since is in no snapshot
    desk.end("indices", "delete", stream, "--yes", code=6)
    assert stream in streams(engine)
    end = desk.end("indices", "delete", stream, "--snapshot-first", "--snapshot-name", "last", "--yes")
    assert end["deleted"] == [stream] and stream not in streams(engine)
    assert engine.ask("HEAD", f"/{backing(stream, 1)[0]}").status == 404
    desk.end("restore", "last")
    assert count(engine, stream) == 5
    # Writes are let in again: the block of the deletion is not restored.
    add(engine, stream, 1)


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_replace_proves_a_stream_before_the_old_one_goes(engine, made, tmp_path):
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.end("snapshot", "take", "one", "--indices", stream)
    add(engine, stream, 3)
    desk.end("restore", "one", "--indices", stream, "--replace", "--yes", code=6)
    add(engine, stream, 1)  # nothing was blocked
    assert count(engine, stream) == 9
    engine.ask("POST", f"/{stream}/_rollover").ok()
    end = desk.end("restore", "one", "--indices", stream, "--replace", "--yes", "--allow", f"replace=index.{stream}")
    assert end["restored"][0]["docs"] == 5 and count(engine, stream) == 5
    assert streams(engine)[stream] == backing(stream, 1, 2)
    add(engine, stream, 1)
    assert [one for one in streams(engine) if one.startswith("esbackup-")] == []


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_list_and_status_know_streams(engine, made, tmp_path):
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.end("snapshot", "take", "one", "--indices", stream)
    (environment,) = desk.json("indices", "list")["environments"]
    found = {one["name"]: one for one in environment["indices"]}
    first = found[backing(stream, 1)[0]]
    assert (first["data_stream"], first["last_good"]["snapshot"]) == (stream, "one")
    assert found[f"{made}-plain"]["data_stream"] is None
    shown = desk.run("snapshot", "show", "one").out
    assert "data stream" in shown and stream in shown


def test_take_of_a_closed_index(engine, name, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-open")
    engine.filled(f"{name}-shut")
    engine.ask("POST", f"/{name}-shut/_close").ok()
    ran = desk.run("snapshot", "take", "some", "--indices", f"{name}-*")
    if engine.typed:
        assert "this engine takes none; open an index to take it" in ran.err
        for expression in (f"{name}-shut", f"{name}-*,{name}-shut", f"{name}-open,{name}-shut"):
            end = desk.end("snapshot", "take", "refused", "--indices", expression, code=6)
            assert f"takes no snapshot of a closed index: {name}-shut" in end["error"]["messages"][0]
        return
    assert f"--indices '{name}-*,{name}-shut'" in ran.err
    desk.end("snapshot", "take", "all", "--indices", f"{name}-*,{name}-shut")
    assert set(engine.snapshot(name, "all")["indices"]) == {f"{name}-open", f"{name}-shut"}
