"""Refusals that the engines really give, as the commands tell them: the whole sentence, the exit code and the next command, which is then
run and helps."""

import contextlib
import pathlib
import shlex
import shutil

import pytest
import yaml

import addresses
import binary
import engine as engines
from desk import Desk

AWARENESS = "cluster.routing.allocation.awareness"
# An attribute that every OpenSearch node has by itself.
ATTRIBUTE = "shard_indexing_pressure_enabled"
LIMIT = "cluster.max_shards_per_node"
# The settings of a whole cluster are changed where no test of another engine works at the same time.
OPENSEARCH = [version for version in engines.engines() if version in ("3.8.0", "2.19.4")]


def only(version: str, *others: str) -> list[str]:
    """The version, where this run has it and the others."""
    return [version] if {version, *others} <= set(engines.engines()) else []


@contextlib.contextmanager
def cluster(engine, **settings):
    """The cluster with other transient settings."""
    engine.ask("PUT", "/_cluster/settings", {"transient": settings}).ok()
    try:
        yield
    finally:
        engine.ask("PUT", "/_cluster/settings", {"transient": dict.fromkeys(settings)}).ok()


def told(ran: binary.Ran) -> str:
    """What an error says, without the progress before it."""
    return ran.err[ran.err.index("  error: ") :]


def commands(text: str) -> list[str]:
    return [part for part in text.split("`")[1::2] if part.startswith("esbackup ")]


def follow(desk: Desk, text: str, *more: str, code: int = 0) -> binary.Ran:
    """Runs the first command of a hint."""
    return desk.printed(commands(text)[0], *more, code=code)


def options(desk: Desk) -> str:
    return f"--trust-endpoint 127.0.0.1 -f {shlex.quote(str(desk.file))}"


def own(desk: Desk) -> str:
    """What a printed restore carries."""
    return f"{options(desk)} --env {desk.name}"


def count(engine, index: str) -> int:
    engine.ask("POST", f"/{index}/_refresh").ok()
    return engine.get(f"/{index}/_count")["count"]


@pytest.fixture
def targets(engine, name):
    """The prefix of restored indices, which are removed at the end."""
    engine.forget(f"r-{name}")
    yield f"r-{name}"
    engine.forget(f"r-{name}")


@pytest.mark.parametrize("engine", OPENSEARCH, indirect=True)
def test_restore_beyond_the_shards_limit_fits_without_replicas(engine, name, targets, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a", shards=2)
    engine.ask("PUT", f"/{name}-a/_settings", {"index.number_of_replicas": 1}).ok()
    engine.take(name, "one", f"{name}-a").ok()
    engine.ask("DELETE", f"/{name}-a").ok()
    there = sum(1 for shard in engine.get("/_cat/shards?format=json") if not shard["index"].startswith(name))
    with cluster(engine, **{LIMIT: there + 2}):
        ran = desk.run("restore", "one", "--prefix", "r-", code=1)
        kind = "LOCAL_ONLY " if engine.version == "3.8.0" else ""
        assert told(ran) == (
            f"  error: could not start restoring {targets}-a from one\n"
            "    refused by: domain\n"
            f"    said:       validation_exception: Validation Failed: 1: this action would add [4] total {kind}shards, but this cluster "
            f"currently has [{there}]/[{there + 2}] maximum {kind}shards open;\n"
            "    meaning:    the domain holds as many shards as its nodes may\n"
            "    to do:      restore without replicas: `esbackup restore one --prefix=r- --index-settings index.number_of_replicas=0 "
            f"{own(desk)}`; or restore fewer indices with `--indices`, delete or close some (`esbackup indices list {options(desk)}` shows "
            "them), or add data nodes\n"
            f"    not done:   start restoring {targets}-a from one\n"
        )
        follow(desk, ran.err)
    assert count(engine, f"{targets}-a") == 20


@pytest.mark.parametrize("engine", OPENSEARCH, indirect=True)
def test_restore_that_leaves_zones_uneven_gets_the_number_of_replicas(engine, name, targets, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    zones = {f"{AWARENESS}.attributes": ATTRIBUTE, f"{AWARENESS}.force.{ATTRIBUTE}.values": ["true", "b"], f"{AWARENESS}.balance": True}
    with cluster(engine, **zones):
        ran = desk.run("restore", "one", "--prefix", "r-", "--indices", f"{name}-*", code=1)
        assert told(ran) == (
            f"  error: could not start restoring {targets}-a from one\n"
            "    refused by: domain\n"
            "    said:       validation_exception: Validation Failed: 1: expected total copies needs to be a multiple of total awareness "
            "attributes [2];\n"
            "    meaning:    the domain spreads copies over its zones and takes only as many as come out even\n"
            f"    to do:      restore with as many copies as there are zones: `esbackup restore one --indices='{name}-*' --prefix=r- "
            f"--index-settings index.number_of_replicas=1 {own(desk)}`\n"
            f"    not done:   start restoring {targets}-a from one\n"
        )
        follow(desk, ran.err)
    assert count(engine, f"{targets}-a") == 20


def copied(source, engine, repository: str) -> None:
    """Registers the folder of a repository of another engine, for reading."""
    folder = pathlib.Path(engine.path_repo) / repository
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pathlib.Path(source.path_repo) / repository, folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    body = {"type": "fs", "settings": {"location": repository, "readonly": True}}
    engine.ask("PUT", f"/_snapshot/{repository}", body).ok()


def folder_of(engine, repository: str) -> None:
    engine.ask("PUT", f"/_snapshot/{repository}", {"type": "fs", "settings": {"location": repository}}).ok()


@pytest.fixture
def elsewhere(name):
    """Other engines, which are cleared of what the test makes there."""
    used = []

    def use(version: str) -> engines.Engine:
        engine = engines.engines()[version]
        forget(engine)
        used.append(engine)
        return engine

    def forget(engine) -> None:
        found = [repository for repository in engine.get("/_snapshot") if repository.startswith(name)]
        for repository in found:
            engine.ask("DELETE", f"/_snapshot/{repository}")
        engine.forget(name)
        for repository in pathlib.Path(engine.path_repo).glob(f"{name}*"):
            shutil.rmtree(repository)

    yield use
    for engine in used:
        forget(engine)


@pytest.mark.parametrize("engine", only("3.8.0", "2.19.4"), indirect=True)
def test_snapshot_of_a_newer_engine_is_refused_before_sending(engine, name, elsewhere, tmp_path):
    elsewhere("3.8.0")
    older = elsewhere("2.19.4")
    folder_of(engine, name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    copied(engine, older, name)
    desk = Desk(older, name, tmp_path)
    # What it would be refused with.
    status, kind, reason = older.restore(name, "one", f"{name}-a").error()
    assert (status, kind) == (500, "snapshot_restore_exception")
    assert reason.endswith("the snapshot was created with OpenSearch version [3.8.0] which is higher than the version of this node [2.19.4]")
    ran = desk.run("restore", "one", code=6)
    assert told(ran) == (
        f"  error: could not start restoring {name}-a from one\n"
        "    because:    OpenSearch 3.8.0 took the snapshot, and OpenSearch 2.19.4 restores none of a later engine\n"
        "    to do:      restore it on a domain with that engine or a later one\n"
    )
    # That helps.
    Desk(engine, name, tmp_path).run("restore", "one", "--prefix", "r-")
    engine.ask("DELETE", f"/r-{name}-a")
    older.ask("DELETE", f"/_snapshot/{name}")


@pytest.mark.parametrize("engine", only("2.19.4", "7.10.2", "6.8.23"), indirect=True)
def test_index_that_is_too_old_is_named_and_left_out(engine, name, elsewhere, targets, tmp_path):
    oldest, old = elsewhere("6.8.23"), elsewhere("7.10.2")
    elsewhere("2.19.4")
    first, second = f"{name}-6", f"{name}-7"
    folder_of(oldest, first)
    oldest.filled(f"{name}-old")
    oldest.take(first, "six", f"{name}-old").ok()
    copied(oldest, old, first)
    old.restore(first, "six", f"{name}-old").ok()
    folder_of(old, second)
    old.filled(f"{name}-new")
    old.take(second, "seven", f"{name}-old,{name}-new").ok()
    copied(old, engine, second)
    desk = Desk(engine, second, tmp_path)
    ran = desk.run("restore", "seven", "--prefix", "r-", "--indices", f"{name}-*", code=1)
    said = told(ran).splitlines()
    assert said[:2] == [
        f"  error: could not start restoring {targets}-new, {targets}-old from seven",
        "    refused by: domain",
    ]
    assert said[2].startswith("    said:       snapshot_restore_exception: ")
    assert said[2].endswith(f"] cannot restore index [{name}-old] because it cannot be upgraded")
    assert said[4:] == [
        "    meaning:    the index was created by an engine too old for this one",
        "    to do:      restore it on a domain of the version in between, reindex it there and take a new snapshot; or leave it out with "
        f"`esbackup restore seven --prefix=r- --indices '{name}-*,-{name}-old' {own(desk)}`",
        f"    not done:   start restoring {targets}-new, {targets}-old from seven",
    ]
    follow(desk, ran.err)
    assert count(engine, f"{targets}-new") == 20
    # The engine in between is skipped: that is seen before.
    copied(oldest, engine, first)
    ran = Desk(engine, first, tmp_path).run("restore", "six", code=6)
    assert told(ran) == (
        f"  error: could not start restoring {name}-old from six\n"
        "    because:    Elasticsearch 6.8.23 took the snapshot, which is too old for OpenSearch 2.19.4\n"
        "    to do:      restore it on a domain with an engine in between, and reindex there first\n"
    )
    assert "because it cannot be upgraded" in engine.restore(first, "six", f"{name}-old").error()[2]
    for repository in (first, second):
        engine.ask("DELETE", f"/_snapshot/{repository}")


@pytest.mark.parametrize("engine", only("3.8.0", "6.8.23"), indirect=True)
def test_snapshot_whose_engine_is_not_told_is_refused_with_a_reason(engine, name, elsewhere, tmp_path):
    oldest = elsewhere("6.8.23")
    elsewhere("3.8.0")
    folder_of(oldest, name)
    oldest.filled(f"{name}-old")
    oldest.take(name, "six", f"{name}-old").ok()
    copied(oldest, engine, name)
    ran = Desk(engine, name, tmp_path).run("restore", "six", code=1)
    said = told(ran).splitlines()
    assert said[2].endswith("] the snapshot has an unknown or unsupported version and cannot be restored")
    assert said[3:5] == [
        "    meaning:    the snapshot was written by an engine that this one does not know",
        "    to do:      restore it on a domain of the version that took it, reindex it there and take a new snapshot; this engine does not "
        "tell that version",
    ]
    engine.ask("DELETE", f"/_snapshot/{name}")


@pytest.mark.parametrize("engine", only("6.8.23", "7.10.2"), indirect=True)
def test_repository_in_a_newer_format_is_told(engine, name, elsewhere, tmp_path):
    newer = elsewhere("7.10.2")
    elsewhere("6.8.23")
    folder_of(newer, name)
    newer.filled(f"{name}-a")
    newer.take(name, "one", f"{name}-a").ok()
    copied(newer, engine, name)
    desk = Desk(engine, name, tmp_path)
    for line in (["snapshot", "list"], ["restore", "one"], ["status"]):
        ran = desk.run(*line, code=1)
        _, said = f"{ran.out}{ran.err}".split("    said:       ")
        place, *rest = said.rstrip().splitlines()
        assert place.startswith("illegal_state_exception: Can't get text on a FIELD_NAME at ")
        assert rest == [
            "    meaning:    a newer engine wrote the list of snapshots, and this one does not read its format",
            "    to do:      use the repository on a domain of the version that wrote to it, or a newer one; for this domain register another "
            "base path",
        ], line
    engine.ask("DELETE", f"/_snapshot/{name}")


def test_take_of_a_red_index_names_the_others(engine, name, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.unassigned(f"{name}-red")
    if engine.typed:  # 6 takes the snapshot and stores it as FAILED
        ran = desk.run("snapshot", "take", "one", "--indices", f"{name}-*", code=3)
        assert told(ran) == (
            "  error: could not take snapshot one\n"
            "    because:    snapshot one is FAILED: 1 of 2 shards of 2 indices in 0s\n"
            f"                Indices don't have primary shards [{name}-red]\n"
            f"                {name}-red shard 0: primary shard is not allocated\n"
            "    to do:      it is no complete backup: find out with `GET _cluster/allocation/explain` why the shards have no node, then take "
            f"another one: `esbackup snapshot take {options(desk)}`\n"
        )
        return
    ran = desk.run("snapshot", "take", "one", "--indices", f"{name}-*", code=1)
    said = told(ran).splitlines()
    assert said[2].endswith(f"] Indices don't have primary shards [{name}-red]")
    assert [*said[:2], *said[3:]] == [
        "  error: could not start snapshot one",
        "    refused by: domain",
        "    meaning:    a primary shard of these indices is not started, so nothing can be read from it",
        "    to do:      find out why with `GET _cluster/allocation/explain`; until then take the others: "
        f"`esbackup snapshot take one --indices '{name}-*,-{name}-red' {options(desk)}`",
        "    not done:   start snapshot one",
    ]
    follow(desk, ran.err)
    assert engine.snapshot(name, "one")["indices"] == [f"{name}-a"]


def test_restore_of_a_partial_snapshot_takes_what_is_whole(engine, name, targets, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.partial(name, "part", f"{name}-a", f"{name}-lost")
    engine.ask("DELETE", f"/{name}-lost").ok()
    ran = desk.run("restore", "part", "--prefix", "r-", code=6)
    assert told(ran) == (
        f"  error: could not start restoring {targets}-a, {targets}-lost from part\n"
        f"    because:    snapshot part is PARTIAL: shards are missing of {name}-lost\n"
        "    to do:      choose a snapshot that is SUCCESS, or add --partial\n"
    )
    # The engine refuses the same.
    renamed = {"rename_pattern": "(.+)", "rename_replacement": "r-$1"}
    assert "wasn't fully snapshotted - cannot restore" in engine.restore(name, "part", f"{name}-lost", **renamed).error()[2]
    desk.run("restore", "part", "--prefix", "r-", "--partial", "--indices", f"{name}-a")
    assert count(engine, f"{targets}-a") == 20


def test_index_that_no_node_takes_is_restored_without_its_filter(engine, name, targets, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.ask("PUT", f"/{name}-a/_settings", {"index.routing.allocation.require.box": "warm"}).ok()
    engine.take(name, "one", f"{name}-a").ok()
    # Beside the index its setting is known before.
    ran = desk.run("restore", "one", "--prefix", "r-", code=6)
    assert told(ran) == (
        f"  error: could not start restoring {targets}-a from one\n"
        f"    because:    no node meets the allocation settings of {name}-a: index.routing.allocation.require.box\n"
        "    to do:      restore it without them: --ignore-index-settings index.routing.allocation.require.box\n"
    )
    engine.ask("DELETE", f"/{name}-a").ok()
    ran = desk.run("restore", "one", "--prefix", "r-", code=3)
    said = told(ran).splitlines()
    assert said[0] == "  error: could not see a good end of the restore from one"
    filtered = 'node does not match index setting [index.routing.allocation.require] filters [box:"warm"]'
    assert any(line.endswith(f"{targets}-a shard 0: filter: {filtered}") for line in said), said
    assert said[-1] == (
        "    to do:      no node meets the setting index.routing.allocation.require that came with the index: restore it once more over what "
        "is there now, without that setting: `esbackup restore one --prefix=r- --close-existing --ignore-index-settings "
        f"'index.routing.allocation.require.*' {own(desk)}`; or give a node the attribute that it names"
    )
    refused = follow(desk, said[-1], code=6)
    assert f"--allow replace=index.{targets}-a" in refused.err
    follow(desk, said[-1], "--yes", "--allow", f"replace=index.{targets}-a")
    assert count(engine, f"{targets}-a") == 20


def test_blocks_that_come_back_are_noted_and_can_be_left_out(engine, name, targets, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.ask("PUT", f"/{name}-a/_settings", {"index.blocks.read_only": True}).ok()
    engine.take(name, "one", f"{name}-a").ok()
    engine.ask("PUT", f"/{name}-a/_settings", {"index.blocks.read_only": None}).ok()
    ran = desk.run("restore", "one", "--prefix", "r-")
    assert [line for line in ran.out.splitlines() if line.startswith("note: ")] == [
        f'note: {targets}-a came back with index.blocks.read_only, as the snapshot has it: {{"index.blocks.read_only": null}} sent to '
        f'{targets}-a/_settings lifts it, and a restore with --ignore-index-settings "index.blocks.*" leaves it out'
    ]
    engine.ask("PUT", f"/{targets}-a/_settings", {"index.blocks.read_only": None}).ok()
    engine.ask("DELETE", f"/{targets}-a").ok()
    ran = desk.run("restore", "one", "--prefix", "r-", "--ignore-index-settings", "index.blocks.*")
    assert "note: " not in ran.out
    engine.fill(f"{targets}-a", documents=1, seed=2)


@pytest.mark.parametrize("engine", [one for one in engines.engines() if one != "3.8.0"], indirect=True)
def test_engine_without_the_plugin_registers_nothing_and_says_so(engine, name, tmp_path):
    short = f"no-plugin-{engine.version.replace('.', '-')}"
    spec = engines.spec(engine, name, name, tmp_path)
    spec["repository"] = {"name": name, "base_path": name}
    spec["bucket"] = {"name": short}
    spec["policy"] = {"name": short}
    spec["role"] = {"name": short, "trust": {"source_arns": [f"arn:aws:es:{addresses.REGION}:{addresses.ACCOUNT}:domain/{short}"]}}
    file = tmp_path / "apply.yaml"
    file.write_text(yaml.safe_dump(spec))
    arguments = ["apply", "--yes", "--patience", "0s", "-f", str(file), "--trust-endpoint", "127.0.0.1"]
    ran = binary.run(arguments, tmp_path).expect(1)
    kept = [line for line in told(ran).splitlines() if not line.startswith("    not done:")]
    candidate = f"{name}--esbackup-candidate"
    assert kept[0] == f"  error: could not register repository {candidate}"
    assert kept[1] == "    refused by: repository"
    assert kept[2].startswith("    said:       repository_exception: ")
    assert "] repository type [s3] does not exist" in "".join(kept[2:4])
    assert kept[-2:] == [
        "    meaning:    the engine has no plugin for repositories of this type",
        "    to do:      use the type `s3`; a cluster of your own needs the plugin repository-s3 on every node, then a restart",
    ]
    # Engines keep no registration that they could not set up, or it was removed: nothing says that one is there.
    assert not {name, candidate} & set(engine.get("/_snapshot"))
    assert f"    not done:   register repository {name}\n" in ran.err
    assert "is registered" not in ran.err and "stored" not in ran.err
