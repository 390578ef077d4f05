"""`verify` against every real engine: what is in order, what is broken for real, and a drill that is killed in the middle."""

import subprocess
import time

import pytest
import yaml

import addresses
import binary
import engine as engines

DRILL = "esbackup-drill-"


def prepare(engine, name, folder, user="operator") -> list[str]:
    """The options that name a spec of the engine and its repository, and of its bucket where it has one."""
    spec = engines.spec(engine, name, name, folder, user)
    if engine.s3:
        spec["bucket"] = {"name": f"{name}-bucket", "existing": True}
        spec["repository"]["base_path"] = name
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(spec))
    return ["-f", str(file), "--trust-endpoint", "127.0.0.1"]


def verify(folder, options, *arguments) -> tuple[int, dict[str, str], dict]:
    """The exit code, what each check gave, and the whole end."""
    ran = binary.run(["verify", *arguments, *options, "--format", "json"], folder)
    end = ran.events()[-1]
    return ran.code, {check["what"]: check["result"] for check in end["checks"]}, end


def words(end, what) -> list[str]:
    (found,) = [check["messages"] for check in end["checks"] if check["what"] == what]
    return found


def drills(engine) -> list[str]:
    every = "" if engine.typed else "&expand_wildcards=all"
    indices = engine.get(f"/_cat/indices?format=json&h=index{every}")
    return [index["index"] for index in indices if index["index"].startswith(DRILL)]


def good(engine, seen: dict[str, str]) -> dict[str, str]:
    """What the lower levels give of a good snapshot."""
    if engine.s3:
        files = {"files in the bucket": "ok", "data in the bucket": "not_checked"}
    else:
        files = {"files in the bucket": "not_checked"}
    return {"registration": "ok", "nodes": "ok", "state": "ok", "shards": "ok", "file lists": "ok", **files, **seen}


def test_a_good_snapshot_is_in_order_at_every_level(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index, shards=2, aliases=(f"{name}-alias",))
    engine.take(name, "one", index).ok()
    uuid = engine.get(f"/{index}/_settings")[index]["settings"]["index"]["uuid"]

    code, seen, _ = verify(tmp_path, options, "--level", "registered")
    assert (code, seen) == (0, {"registration": "ok"})
    code, seen, _ = verify(tmp_path, options, "--level", "nodes")
    assert (code, seen) == (0, {"registration": "ok", "nodes": "ok"})
    code, seen, end = verify(tmp_path, options)
    assert (code, seen, end["snapshot"]) == (0, good(engine, {}), "one")
    code, seen, end = verify(tmp_path, options, "--level", "restore")
    restored = {f"restore of {index}": "ok", f"documents of {index}": "ok", f"mapping of {index}": "ok"}
    assert (code, seen) == (0, good(engine, restored))
    assert words(end, f"documents of {index}") == ["20, as in the live index, which took no write since"]

    # Nothing but the drill's own index was touched, and that is gone.
    assert drills(engine) == []
    assert engine.get(f"/{index}/_settings")[index]["settings"]["index"]["uuid"] == uuid
    assert list(engine.get(f"/_alias/{name}-alias")) == [index]


def test_a_live_index_that_was_written_to_since_is_no_failure(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index)
    engine.take(name, "one", index).ok()
    engine.fill(index, documents=5, seed=2)
    code, _, end = verify(tmp_path, options, "--level", "restore")
    assert code == 0
    said = "20 were restored, and the live index has 25; the live index was written to since, so that is no failure"
    assert words(end, f"documents of {index}") == [said]


def test_an_index_that_is_gone_or_blocked_is_restored_all_the_same(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index)
    engine.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True}).ok()
    engine.take(name, "one", index).ok()
    engine.ask("DELETE", f"/{index}").ok()
    code, seen, _ = verify(tmp_path, options, "--level", "restore", "--indices", index)
    unchecked = {f"documents of {index}": "not_checked", f"mapping of {index}": "not_checked"}
    assert (code, seen) == (0, good(engine, {f"restore of {index}": "ok", **unchecked}))


def test_a_dry_run_shows_each_call_and_sends_none(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.repository(name)
    index = f"{name}-a"
    engine.filled(index)
    engine.take(name, "one", index).ok()
    ran = binary.run(["verify", "--level", "restore", "--dry-run", *options, "--format", "json"], tmp_path).expect(0)
    calls = [(call["method"], call["path"]) for call in ran.events()[0]["calls"]]
    temporary = calls[-1][1].removeprefix("/")
    assert temporary.startswith(DRILL) and temporary.endswith(f"-{index}")
    assert calls == [
        ("POST", f"/_snapshot/{name}/_verify"), ("POST", f"/_snapshot/{name}/one/_restore"), ("DELETE", f"/{temporary}"),
    ]
    assert drills(engine) == []


def test_a_partial_snapshot_fails_with_its_shards(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    engine.partial(name, "one", f"{name}-a", f"{name}-lost")
    code, seen, end = verify(tmp_path, options, "one", "--level", "restore")
    assert code == 3
    assert (seen["state"], seen["shards"], seen["drill"]) == ("failed", "failed", "not_checked")
    assert words(end, "state") == ["PARTIAL"]
    assert words(end, "shards")[0] == "1 of 2 are in it"
    # It does not count as a backup: there is no newest good one.
    code, seen, _ = verify(tmp_path, options)
    assert (code, seen["snapshot"]) == (3, "failed")


def test_what_is_not_there_fails(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    code, seen, _ = verify(tmp_path, options, "--level", "nodes")
    assert (code, seen) == (3, {"registration": "failed", "nodes": "not_checked"})
    engine.repository(name)
    # A name that no snapshot has is refused before the nodes are asked.
    code, seen, _ = verify(tmp_path, options, "none", "--level", "snapshot")
    assert (code, seen["nodes"], seen["snapshot"]) == (6, "not_checked", "not_checked")
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    code, seen, _ = verify(tmp_path, options, "--level", "restore", "--indices", f"{name}-*")
    assert (code, seen["named indices"]) == (3, "failed")


@pytest.fixture
def on_s3() -> engines.Engine:
    return engines.engines()["3.8.0"]


@pytest.fixture
def stored(on_s3, name):
    """Objects of the repository of this test."""
    on_s3.forget(name)
    on_s3.repository(name)
    on_s3.filled(f"{name}-a", documents=100)
    on_s3.take(name, "one", f"{name}-a").ok()

    def remove(part: str) -> int:
        client = addresses.client("s3")
        keys = [each["Key"] for each in client.list_objects_v2(Bucket=f"{name}-bucket")["Contents"]]
        lost = [key for key in keys if part in key]
        for key in lost:
            client.delete_object(Bucket=f"{name}-bucket", Key=key)
        return len(lost)

    yield remove
    on_s3.forget(name)


def test_a_lost_list_of_files_is_found(on_s3, stored, name, tmp_path):
    options = prepare(on_s3, name, tmp_path)
    assert stored("/0/snap-") == 1
    code, seen, _ = verify(tmp_path, options)
    assert code == 3
    assert seen["files in the bucket"] == "failed"


def test_lost_data_is_found_by_its_size_and_by_a_drill(on_s3, stored, name, tmp_path):
    options = prepare(on_s3, name, tmp_path)
    assert stored("/0/__") > 0
    code, seen, _ = verify(tmp_path, options)
    assert (code, seen["files in the bucket"], seen["data in the bucket"]) == (3, "ok", "failed")
    code, seen, _ = verify(tmp_path, options, "--level", "restore")
    assert (code, seen[f"restore of {name}-a"]) == (3, "failed")
    assert drills(on_s3) == []


def test_a_bucket_that_is_gone_is_found(on_s3, stored, name, tmp_path):
    options = prepare(on_s3, name, tmp_path)
    stored("")
    addresses.client("s3").delete_bucket(Bucket=f"{name}-bucket")
    code, seen, _ = verify(tmp_path, options, "--level", "nodes")
    assert (code, seen["nodes"]) == (3, "failed")
    place = {"CreateBucketConfiguration": {"LocationConstraint": addresses.REGION}}
    addresses.client("s3").create_bucket(Bucket=f"{name}-bucket", **place)


def test_a_drill_that_was_killed_is_found_and_removed(engine, name, tmp_path):
    options = prepare(engine, name, tmp_path)
    index = f"{name}-a"
    engine.repository(name, max_restore_bytes_per_sec=engines.SLOW)
    engine.filled(index, documents=10, kilobytes=100)
    engine.take(name, "one", index).ok()
    command = [addresses.BINARY, "verify", "--level", "restore", *options]
    environment = {"PATH": "/usr/bin:/bin", **binary.aws_environment(addresses.MOTO, "tester", "tester-secret")}
    killed = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (left,) = engine.until(lambda: drills(engine), "the drill's index")
    killed.kill()
    killed.wait()
    engine.until(lambda: engine.recovery(left), "a recovery")
    code, _, end = verify(tmp_path, options, "--level", "restore")
    assert (code, end["error"]["task"]) == (4, "begin the drill")
    engine.until(lambda: not engine.recovery(left), "the end of the restore")

    # Nobody is there to be asked.
    assert verify(tmp_path, options, "--level", "restore")[0] == 6
    assert drills(engine) == [left]
    # Somebody's own index of such a name is nobody's leftover.
    own = f"{DRILL}01234567-{name}"
    engine.create(own)
    began = time.monotonic()
    code, seen, _ = verify(tmp_path, options, "--level", "restore", "--yes")
    assert time.monotonic() - began < 60
    assert (code, seen["left over by an interrupted drill"], seen[f"documents of {index}"]) == (0, "ok", "ok")
    assert drills(engine) == [own]


def test_who_may_not_is_told_so(secured, name, tmp_path):
    secured.forget(name)
    secured.repository(name)
    assert verify(tmp_path, prepare(secured, name, tmp_path, user="nobody"))[0] == 77
    options = prepare(secured, name, tmp_path)
    (tmp_path / "operator.password").write_text("wrong")
    code, seen, _ = verify(tmp_path, options)
    assert (code, seen) == (77, {"registered": "not_checked", "nodes": "not_checked", "snapshot": "not_checked"})
    secured.forget(name)
