"""Names that are taken: what a restore refuses before it sends anything, the engines refuse too, and the way that is printed helps."""

import json

import pytest

from desk import Desk
from test_refusals_engines import targets, told  # noqa: F401
from test_streams_engines import STREAMS, add, backing, count, forget_streams, made, streams  # noqa: F401

NOTHING = "nothing was sent that writes"
OTHER_NAME = "choose another name with --rename FROM TO or --prefix"
DUPLICATES = "names need to be unique, but the following duplicates were found"


def refused(desk: Desk, what: str, reason: str, way: str, *arguments: str) -> None:
    """A restore that is refused whole, and before anything is sent."""
    ran = desk.run("restore", "one", *arguments, code=6)
    assert told(ran) == f"  error: could not start restoring {what} from one\n    because:    {reason}\n    to do:      {way}\n"
    assert f"\n{desk.name}: {NOTHING}\n" in ran.err


def engine_refuses(engine, repository: str, indices: str, part: str, **rename) -> None:
    answer = engine.restore(repository, "one", indices, ignore_unavailable=True, **rename).error()
    assert part in answer[2], answer


def renamed(name: str, to: str) -> dict:
    """A rename of an index, or of a stream with its backing indices."""
    return {"rename_pattern": rf"^(\.ds-)?{name}(-\d{{6}})?$", "rename_replacement": f"$1{to}$2"}


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_stream_that_exists_is_not_overwritten(engine, made, tmp_path):  # noqa: F811
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.run("snapshot", "take", "one", "--indices", stream)
    way = f"{OTHER_NAME}, or --replace it once the restored one is proven"
    what = f"data stream {stream}"
    refused(desk, what, f"there is a data stream {stream}", way, "--indices", stream)
    reason = f"no engine closes the write index of a data stream, so {stream} cannot be overwritten"
    refused(desk, what, reason, way, "--indices", stream, "--close-existing", "--yes", "--allow", "replace")
    write = backing(stream, 2)[0]
    assert engine.ask("POST", f"/{write}/_close").error()[2] == f"cannot close the following data stream write indices [{write}]"
    engine_refuses(engine, made, ",".join([stream, *backing(stream, 1, 2)]), "an open index with same name already exists")
    desk.run("restore", "one", "--indices", stream, "--prefix", "r-")
    desk.run("restore", "one", "--indices", stream, "--rename", stream, f"{made}-other")
    assert (count(engine, f"r-{stream}"), count(engine, f"{made}-other")) == (5, 5)
    desk.run("restore", "one", "--indices", stream, "--replace", "--yes", "--allow", f"replace=index.{stream}")
    assert count(engine, stream) == 5


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_stream_is_not_restored_onto_a_name_that_is_taken(engine, made, tmp_path):  # noqa: F811
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.run("snapshot", "take", "one", "--indices", f"{made}-*")
    engine.create(f"{made}-x", aliases=(f"{made}-alias",))
    both = ",".join([stream, *backing(stream, 1, 2)])
    way = f"{OTHER_NAME}, or remove what has the name"
    for name, what in [(f"{made}-x", "an index"), (f"{made}-alias", f"an alias of {made}-x")]:
        reason = f"{name} is {what}, and a data stream of that name would come back"
        refused(desk, f"data stream {name}", reason, way, "--indices", stream, "--rename", stream, name)
        engine_refuses(engine, made, both, DUPLICATES, **renamed(stream, name))
        assert name not in streams(engine)
    plain = f"{made}-plain"
    refused(desk, stream, f"{stream} is a data stream", OTHER_NAME, "--indices", plain, "--rename", plain, stream)
    engine_refuses(engine, made, plain, DUPLICATES, **renamed(plain, stream))
    (later,) = backing(stream, 7)
    reason = f"{later} has the name of a backing index of data stream {stream}, and would not become part of it"
    way = f"choose another name with --rename {plain} NEW_NAME"
    refused(desk, later, reason, way, "--indices", plain, "--rename", plain, later)
    engine_refuses(engine, made, plain, "could create backing indices that conflict with", **renamed(plain, later))
    # The ways.
    desk.run("restore", "one", "--indices", plain, "--rename", plain, f"{made}-new")
    engine.ask("DELETE", f"/{made}-x").ok()
    desk.run("restore", "one", "--indices", stream, "--rename", stream, f"{made}-x")
    assert (count(engine, f"{made}-new"), count(engine, f"{made}-x")) == (4, 5)


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_stream_whose_backing_names_are_taken_is_not_restored(engine, made, tmp_path):  # noqa: F811
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.run("snapshot", "take", "one", "--indices", stream)
    both = ",".join([stream, *backing(stream, 1, 2)])
    for loose, part in [
        (backing(stream, 3), "could create backing indices that conflict with"),
        (backing(stream, 1), "an open index with same name already exists"),
    ]:
        forget_streams(engine)
        engine.create(loose[0])
        reason = f"{loose[0]} has the name of a backing index of data stream {stream}, which is not there"
        way = f"{OTHER_NAME}, or delete what is there once it is not needed any more"
        refused(desk, f"data stream {stream}", reason, way, "--indices", stream)
        engine_refuses(engine, made, both, part)
        desk.run("restore", "one", "--indices", stream, "--prefix", "r-")
        assert count(engine, f"r-{stream}") == 5
        engine.ask("DELETE", f"/{loose[0]}").ok()
        desk.run("restore", "one", "--indices", stream)
        assert count(engine, stream) == 5


def alias(engine, index: str, name: str, writes: bool) -> None:
    engine.ask("POST", "/_aliases", {"actions": [{"add": {"index": index, "alias": name, "is_write_index": writes}}]}).ok()


def refused_aliases(desk: Desk, what: str, reason: str, way: str, words: str, *arguments: str) -> None:
    """A restore with aliases that is refused before it is sent where the snapshot tells its aliases, and by the engine where it cannot."""
    arguments = ("--include-aliases", *arguments)
    if not desk.engine.typed:  # 6 keeps no metadata
        ran = desk.run("restore", "one", *arguments, code=6)
        assert told(ran) == f"  error: could not start restoring {what} from one\n    because:    {reason}\n    to do:      {way}\n"
        return
    ran = desk.run("restore", "one", *arguments, code=1)
    assert words in ran.err and "\n    meaning:    " in ran.err and "\n    to do:      " in ran.err, ran


def test_alias_that_would_write_to_two_indices_is_added_later(engine, name, targets, tmp_path):  # noqa: F811
    desk, first, second, writes = Desk(engine, name, tmp_path), f"{name}-a", f"{name}-b", f"{name}-w"
    engine.repository(name)
    engine.filled(first)
    alias(engine, first, writes, True)
    desk.run("snapshot", "take", "one", "--indices", first)
    engine.ask("DELETE", f"/{first}").ok()
    engine.create(second)
    alias(engine, second, writes, True)
    request = {"actions": [{"add": {"alias": writes, "index": first, "is_write_index": False}}]}
    body = json.dumps(request, separators=(",", ":"))
    way = f"leave out --include-aliases, then add the alias to what was restored with is_write_index false: POST /_aliases {body}"
    words = f"alias [{writes}] has more than one write index ["
    refused_aliases(desk, first, f"alias {writes} would write to more than one index: {first}, {second}", way, words)
    assert words in engine.restore(name, "one", first, include_aliases=True).error()[2]
    desk.run("restore", "one")
    engine.ask("POST", "/_aliases", request).ok()
    assert set(engine.get(f"/_alias/{writes}")) == {first, second}


def test_alias_whose_name_is_an_index_is_left_out(engine, name, tmp_path):
    desk, first, other = Desk(engine, name, tmp_path), f"{name}-a", f"{name}-w"
    engine.repository(name)
    engine.filled(first, aliases=(other,))
    desk.run("snapshot", "take", "one", "--indices", first)
    engine.ask("DELETE", f"/{first}").ok()
    engine.create(other)
    way = f"leave out --include-aliases; or remove what is called {other} once its data is safe, and run the same command again"
    refused_aliases(desk, first, f"alias {other} of the snapshot is an index here", way, DUPLICATES)
    assert DUPLICATES in engine.restore(name, "one", first, include_aliases=True).error()[2]
    # Both ways.
    desk.run("restore", "one")
    engine.ask("DELETE", f"/{first},{other}").ok()
    desk.run("restore", "one", "--include-aliases")
    assert set(engine.get(f"/_alias/{other}")) == {first}
    # Under the name of its own alias.
    engine.ask("DELETE", f"/{first}").ok()
    way = "leave out --include-aliases, or choose another name with --rename FROM TO or --prefix"
    reason = f"alias {other} of the snapshot is the new name of something that is restored"
    conflict = f"cannot rename index [{first}] into [{other}] because of conflict with an alias with the same name"
    rename = ("--rename", first, other)
    if not engine.typed:
        ran = desk.run("restore", "one", "--include-aliases", *rename, code=6)
        assert told(ran) == f"  error: could not start restoring {other} from one\n    because:    {reason}\n    to do:      {way}\n"
    assert conflict in engine.restore(name, "one", first, include_aliases=True, **renamed(first, other)).error()[2]
    desk.run("restore", "one", *rename)


def test_index_whose_name_is_an_alias_is_renamed(engine, name, targets, tmp_path):  # noqa: F811
    desk, first, other = Desk(engine, name, tmp_path), f"{name}-a", f"{name}-b"
    engine.repository(name)
    engine.filled(first)
    desk.run("snapshot", "take", "one", "--indices", first)
    engine.ask("DELETE", f"/{first}").ok()
    engine.create(other, aliases=(first,))
    refused(desk, first, f"{first} is an alias of {other}", f"{OTHER_NAME}, or remove the alias")
    _, kind, reason = engine.restore(name, "one", first).error()
    assert (kind, "already exists as alias" in reason) == ("invalid_index_name_exception", True)
    desk.run("restore", "one", "--prefix", "r-")
    engine.ask("DELETE", f"/{other}/_alias/{first}").ok()
    desk.run("restore", "one")
    assert (count(engine, first), count(engine, targets + "-a")) == (20, 20)


@pytest.mark.parametrize("engine", STREAMS, indirect=True)
def test_status_and_list_name_the_stream_of_what_is_exposed(engine, made, tmp_path):  # noqa: F811
    desk, stream = Desk(engine, made, tmp_path), f"{made}-s"
    desk.run("snapshot", "take", "one", "--indices", stream)
    engine.ask("POST", f"/{stream}/_rollover").ok()
    covered, later = backing(stream, 1, 2), backing(stream, 3)[0]
    (environment,) = desk.json("status")["environments"]
    lacking = {one["name"]: one.get("data_stream") for one in environment["indices"]["not_in_a_good_snapshot"]}
    assert not set(covered) & set(lacking)
    assert (lacking[later], lacking[f"{made}-plain"]) == (stream, None)
    shown = desk.run("status").out
    assert f"  not covered   {later} of data stream {stream} (open, created " in shown
    (environment,) = desk.json("indices", "list")["environments"]
    listed = {one["name"]: (one["data_stream"], one["last_good"] and one["last_good"]["snapshot"]) for one in environment["indices"]}
    assert [listed[one] for one in [*covered, later, f"{made}-plain"]] == [(stream, "one"), (stream, "one"), (stream, None), (None, None)]
    desk.run("snapshot", "take", "two", "--indices", stream)
    (environment,) = desk.json("status")["environments"]
    assert later not in {one["name"] for one in environment["indices"]["not_in_a_good_snapshot"]}
