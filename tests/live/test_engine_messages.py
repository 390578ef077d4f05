"""Refusals of the real engines, each against the kept list of messages: what an engine says stands there for its version and exception."""

import csv
import pathlib
import re

LIST = pathlib.Path(__file__).parents[2] / "src/diagnosis/tests/engine_messages.tsv"


def kept() -> list[dict]:
    with LIST.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def snake(exception: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", exception).lower()


def template(message: str) -> re.Pattern:
    """Words with `{}` for what varies; what is joined with spaces or brackets may end there."""
    parts = [re.escape(part.strip()) for part in message.split("{}")]
    return re.compile(".*".join(parts), re.DOTALL)


def known(engine, answer) -> bool:
    _, kind, reason = answer.error()
    version = f"{'es' if 'Elasticsearch' in engine.name else 'os'}-{engine.version}"
    return any(
        snake(row["exception"]) == kind and version in row["engines"].split(",") and template(row["message"]).search(reason)
        for row in kept()
    )


def check(engine, answer, part: str) -> None:
    status, kind, reason = answer.error()
    assert status >= 400 and part in reason, (status, kind, reason)
    assert known(engine, answer), (kind, reason)


def test_refused_restores_are_in_the_list(engine, name):
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index)
    engine.take(name, "one", index).ok()
    check(engine, engine.restore(name, "one", index), "an open index with same name already exists")
    if not engine.users:  # the security plugin looks first, and denies what it cannot resolve
        check(engine, engine.restore(name, "none", index), "snapshot does not exist")
    renamed = {"rename_pattern": "(.+)", "rename_replacement": f"{name}-b"}
    for settings, part in [
        ({"index_settings": {"index.number_of_shards": 7}}, "cannot modify "),
        ({"ignore_index_settings": ["index.number_of_shards"]}, "cannot remove "),
    ]:
        check(engine, engine.restore(name, "one", index, **renamed, **settings), part)
    engine.create(f"{name}-c", aliases=(f"{name}-alias",))
    to_alias = {**renamed, "rename_replacement": f"{name}-alias"}
    # The check of the name comes before the service's own.
    _, kind, reason = engine.restore(name, "one", index, **to_alias).error()
    assert (kind, "already exists as alias" in reason) == ("invalid_index_name_exception", True), reason
    engine.filled(f"{name}-d")
    engine.take(name, "two", f"{index},{name}-d").ok()
    check(engine, engine.restore(name, "two", f"{index},{name}-d", **renamed), "are renamed into the same index")


def test_restore_of_an_index_that_lacks_shards_is_in_the_list(engine, name):
    lost = f"{name}-lost"
    engine.partial(name, "part", f"{name}-a", lost)
    renamed = {"rename_pattern": "(.+)", "rename_replacement": f"{name}-b"}
    check(engine, engine.restore(name, "part", lost, **renamed), "wasn't fully snapshotted")


def test_refused_snapshots_are_in_the_list(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    check(engine, engine.take(name, "one", f"{name}-a"), "snapshot with the same name already exists")
    check(engine, engine.take(name, "UPPER", f"{name}-a"), "must be lowercase")
    check(engine, engine.take(name, "_x", f"{name}-a"), "must not start with '_'")
    if not engine.typed:  # 6 takes the snapshot and stores it as FAILED
        engine.unassigned(f"{name}-lost")
        check(engine, engine.take(name, "two", f"{name}-lost"), "Indices don't have primary shards")


def test_refused_registrations_are_in_the_list(engine, name):
    answer = engine.ask("PUT", f"/_snapshot/{name}", {"type": "hdfs", "settings": {}})
    check(engine, answer, "repository type [hdfs] does not exist")


def test_readonly_repository_refuses_in_the_words_of_the_list(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    engine.repository(name, readonly=True)
    check(engine, engine.take(name, "two", f"{name}-a"), "cannot create snapshot in a readonly repository")
    check(engine, engine.ask("DELETE", f"/_snapshot/{name}/one"), "cannot delete snapshot from a readonly repository")
    engine.repository(name)  # so that it can be cleaned up


def test_shard_that_a_filter_keeps_from_its_node_is_explained(engine, name):
    engine.unassigned(f"{name}-lost")
    asked = {"index": f"{name}-lost", "shard": 0, "primary": True}
    answer = engine.ask("GET", "/_cluster/allocation/explain", asked).ok()
    deciders = [decider for node in answer["node_allocation_decisions"] for decider in node["deciders"]]
    (said,) = {decider["explanation"] for decider in deciders if decider["decider"] == "filter" and decider["decision"] == "NO"}
    assert "index setting [index.routing.allocation.include] filters" in said
