"""What the engines answer where it decides what the commands may do, pinned by version: when an engine is added, this says how it differs."""

import re

CONFLICT = (
    "cannot restore index [{}] because an open index with same name already exists in the cluster. Either close or delete the existing "
    "index or restore the index under a different name by providing a rename pattern and replacement name"
)
IDLE = {"initializing": 0, "started": 0, "finalizing": 0, "done": 0, "failed": 0, "total": 1}
RENAMED = {"rename_pattern": "(.+)"}


def of(engine, **by_version):
    """The value for this engine: `v6` and `v7` for Elasticsearch, `v2` and `v3` for OpenSearch, else `rest`."""
    return by_version.get(f"v{engine.version.split('.')[0]}", by_version.get("rest"))


def without_ids(reason: str) -> str:
    return re.sub(r"/[\w-]{22}\]", "]", reason)


def error(answer) -> tuple[int, str, str]:
    status, kind, reason = answer.error()
    return status, kind, without_ids(reason)


def test_a_snapshot_keeps_metadata_except_on_6(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a", metadata={"by": "esbackup"}).ok()
    assert engine.snapshot(name, "one").get("metadata") == of(engine, v6=None, rest={"by": "esbackup"})


def test_the_short_list_has_no_times(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    uuid = engine.take(name, "one", f"{name}-a").ok()["snapshot"]["uuid"]
    streams = {} if engine.typed else {"data_streams": []}
    (found,) = engine.get(f"/_snapshot/{name}/_all?verbose=false")["snapshots"]
    assert found == {"snapshot": "one", "uuid": uuid, "indices": [f"{name}-a"], "state": "SUCCESS", **streams}


def test_what_is_not_there(engine, name):
    engine.repository(name)
    missing = (404, "snapshot_missing_exception", f"[{name}:none] is missing")
    assert error(engine.ask("GET", f"/_snapshot/{name}/none")) == missing
    assert error(engine.ask("GET", f"/_snapshot/{name}/none/_status")) == missing
    assert engine.get(f"/_snapshot/{name}/none?ignore_unavailable=true") == {"snapshots": []}
    assert engine.get(f"/_snapshot/{name}/_all?ignore_unavailable=true") == {"snapshots": []}
    assert engine.get("/_snapshot/_status") == {"snapshots": []}
    absent = (404, "repository_missing_exception", f"[{name}-none] missing")
    assert error(engine.ask("GET", f"/_snapshot/{name}-none/_all")) == absent


def test_a_selection_that_matches_nothing_is_a_success(engine, name):
    engine.repository(name)
    taken = engine.take(name, "one", f"{name}-none*").ok()["snapshot"]
    nothing = {"total": 0, "failed": 0, "successful": 0}
    assert (taken["state"], taken["indices"], taken["shards"]) == ("SUCCESS", [], nothing)
    assert engine.take(name, "two", f"{name}-none", ignore_unavailable=True).ok()["snapshot"]["indices"] == []
    assert engine.take(name, "three", f"{name}-none").error()[:2] == (404, "index_not_found_exception")
    assert engine.take(name, "four", f"-{name}-none").error()[:2] == (404, "index_not_found_exception")


def test_a_running_snapshot(engine, name):
    index = f"{name}-a"
    engine.filled(f"{name}-b")
    engine.running(name, "one", index, megabytes=1)
    found = engine.snapshot(name, "one")
    assert found["state"] == "IN_PROGRESS"
    assert (found["end_time_in_millis"], found["duration_in_millis"]) == (0, 0)
    assert found["shards"] == {"total": 0, "failed": 0, "successful": 0}

    status = engine.status(name, "one")
    assert (status["state"], status["shards_stats"]) == ("STARTED", {**IDLE, "started": 1})
    old = {"number_of_files", "processed_files", "total_size_in_bytes", "processed_size_in_bytes"} if engine.typed else set()
    assert set(status["stats"]) == {"incremental", "processed", "total", "start_time_in_millis", "time_in_millis"} | old
    assert status["indices"][index]["shards"]["0"]["stage"] == "STARTED"

    again, second = (engine.take(name, snapshot, f"{name}-b", wait=False) for snapshot in ("one", "two"))
    if engine.typed:
        busy = (503, "concurrent_snapshot_execution_exception")
        assert error(again) == (*busy, f"[{name}:one]  a snapshot is already running")
        assert error(second) == (*busy, f"[{name}:two]  a snapshot is already running")
    else:
        reason = f"[{name}:one] Invalid snapshot name [one], snapshot with the same name is already in-progress"
        assert error(again) == (400, "invalid_snapshot_name_exception", reason)
        assert second.ok() == {"accepted": True}
    forbidden = "no permissions for [] and User [name=admin, backend_roles=[], requestedTenant=null]"
    absent = (500, "snapshot_restore_exception", f"[{name}:one] snapshot does not exist")
    restored = engine.restore(name, "one", index, **RENAMED, rename_replacement=f"{name}-c")
    assert error(restored) == ((403, "security_exception", forbidden) if engine.users else absent)


def test_what_a_running_snapshot_holds(engine, name):
    index = f"{name}-a"
    engine.running(name, "one", index, megabytes=1)
    deleted = engine.ask("DELETE", f"/{index}").error()
    assert deleted[:2] == (400, "snapshot_in_progress_exception")
    assert deleted[2].startswith(f"Cannot delete indices that are being snapshotted: [[{index}/")
    used = "trying to modify or unregister repository that is currently used"
    equal = engine.repository_body(name, max_snapshot_bytes_per_sec="100kb")
    other = {**equal, "settings": {**equal["settings"], **({"base_path": "other"} if engine.s3 else {"location": f"{name}-other"})}}
    for answer in (engine.ask("PUT", f"/_snapshot/{name}", other), engine.ask("DELETE", f"/_snapshot/{name}")):
        status, kind, reason = answer.error()
        assert (status, kind, reason.strip()) == (500, "illegal_state_exception", used)
    assert engine.ask("PUT", f"/_snapshot/{name}", equal).status == of(engine, v3=200, rest=500)
    assert engine.ask("POST", f"/{index}/_close").error()[:2] == (400, "snapshot_in_progress_exception")


def test_a_finished_snapshot_by_its_status(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.take(name, "one", f"{name}-a").ok()
    status = engine.status(name, "one")
    old = {"number_of_files", "processed_files", "total_size_in_bytes", "processed_size_in_bytes"} if engine.typed else set()
    assert (status["state"], status["shards_stats"]) == ("SUCCESS", {**IDLE, "done": 1})
    assert set(status["stats"]) == {"incremental", "total", "start_time_in_millis", "time_in_millis"} | old
    assert set(status["stats"]["total"]) == {"file_count", "size_in_bytes"}


def test_a_partial_snapshot(engine, name):
    good, lost = f"{name}-a", f"{name}-lost"
    taken = engine.partial(name, "one", good, lost)
    failure = {"index": lost, "index_uuid": lost, "shard_id": 0, "reason": "primary shard is not allocated", "status": "INTERNAL_SERVER_ERROR"}
    assert (taken["state"], taken["failures"]) == ("PARTIAL", [failure])
    assert taken["shards"] == {"total": 2, "failed": 1, "successful": 1}
    status = engine.status(name, "one")
    assert status["state"] == of(engine, v6="SUCCESS", v7="SUCCESS", rest="PARTIAL")
    assert status["shards_stats"] == {**IDLE, "done": 1, "failed": 1, "total": 2}
    assert status["indices"][lost]["shards"]["0"]["stage"] == "FAILURE"

    refused = (500, "snapshot_restore_exception", f"[{name}:one] index [{lost}] wasn't fully snapshotted - cannot restore")
    assert error(engine.restore(name, "one", lost, **RENAMED, rename_replacement=f"{name}-b")) == refused
    forced = engine.restore(name, "one", lost, partial=True, **RENAMED, rename_replacement=f"{name}-c").ok()["snapshot"]
    assert forced["shards"] == {"total": 1, "failed": 1, "successful": 0}
    whole = engine.restore(name, "one", good, **RENAMED, rename_replacement=f"{name}-d").ok()["snapshot"]
    assert whole["shards"] == {"total": 1, "failed": 0, "successful": 1}


def test_a_failed_snapshot_is_200_on_6(engine, name):
    lost = f"{name}-lost"
    answer = engine.failed(name, "one", lost)
    if not engine.typed:
        reason = f"[{name}:one] Indices don't have primary shards [{lost}]"
        assert error(answer) == (500, "snapshot_exception", reason)
        assert engine.get(f"/_snapshot/{name}/_all") == {"snapshots": []}
        return
    taken = answer.ok()["snapshot"]
    assert (taken["state"], taken["reason"]) == ("FAILED", f"Indices don't have primary shards [{lost}]")
    assert engine.snapshot(name, "one") == taken
    refused = (500, "snapshot_restore_exception", f"[{name}:one] unsupported snapshot state [FAILED]")
    assert error(engine.restore(name, "one", lost)) == refused


def test_restoring_over_what_is_there(engine, name):
    index = f"{name}-a"
    engine.repository(name)
    engine.filled(index, aliases=(f"{name}-alias",))
    engine.take(name, "one", index).ok()
    assert error(engine.restore(name, "one", index)) == (500, "snapshot_restore_exception", f"[{name}:one] " + CONFLICT.format(index))
    onto_alias = engine.restore(name, "one", index, **RENAMED, rename_replacement=f"{name}-alias")
    assert onto_alias.error() == (400, "invalid_index_name_exception", f"Invalid index name [{name}-alias], already exists as alias")
    uuid = engine.get(f"/_cat/indices/{index}?format=json")[0]["uuid"]
    engine.ask("POST", f"/{index}/_close").ok()
    engine.restore(name, "one", index).ok()
    (found,) = engine.get(f"/_cat/indices/{index}?format=json")
    assert (found["status"], found["uuid"] == uuid) == ("open", True)


def test_what_a_restored_index_keeps(engine, name):
    index, copy = f"{name}-a", f"{name}-copy"
    engine.repository(name)
    engine.filled(index, documents=7, aliases=(f"{name}-alias",))
    engine.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True}).ok()
    engine.take(name, "one", index).ok()
    engine.restore(name, "one", index, **RENAMED, rename_replacement=copy).ok()
    before, after = (engine.get(f"/{each}/_settings")[each]["settings"]["index"] for each in (index, copy))
    assert (before["creation_date"], before["provided_name"], "true") == (after["creation_date"], after["provided_name"], after["blocks"]["write"])
    assert before["uuid"] != after["uuid"]
    assert set(engine.get(f"/_alias/{name}-alias")) == {index, copy}
    assert engine.get(f"/{copy}/_count")["count"] == 7


def test_an_index_while_it_is_restored(engine, name):
    copy = f"{name}-copy"
    engine.restoring(name, "one", f"{name}-a", copy, megabytes=1)
    (row,) = engine.get(f"/_cat/recovery/{copy}?format=json&bytes=b")
    assert set(row) == {
        "index", "shard", "time", "type", "stage", "source_host", "source_node", "target_host", "target_node", "repository", "snapshot",
        "files", "files_recovered", "files_percent", "files_total", "bytes", "bytes_recovered", "bytes_percent", "bytes_total",
        "translog_ops", "translog_ops_recovered", "translog_ops_percent",
    }
    assert (row["type"], row["repository"], row["snapshot"]) == ("snapshot", name, "one")
    health = engine.get(f"/_cluster/health/{copy}?level=indices")["indices"][copy]
    assert health == {
        "status": "yellow", "number_of_shards": 1, "number_of_replicas": 0, "active_primary_shards": 0, "active_shards": 0,
        "relocating_shards": 0, "initializing_shards": 1, "unassigned_shards": 0,
    }
    (listed,) = engine.get(f"/_cat/indices/{copy}?format=json&bytes=b")
    assert (listed["docs.count"], listed["store.size"]) == (None, None)
    assert engine.ask("GET", f"/{copy}/_count").status == 503
    status, kind, reason = error(engine.ask("DELETE", f"/_snapshot/{name}/one"))
    assert (status, kind) == (of(engine, v3=409, rest=503), "concurrent_snapshot_execution_exception")
    assert f"[{name}:one] cannot delete snapshot during a restore" in reason
    assert error(engine.restore(name, "one", f"{name}-a", **RENAMED, rename_replacement=copy))[0] == 500


def test_listing_indices(engine, name):
    index = f"{name}-a"
    engine.filled(index, documents=3)
    (row,) = engine.get(f"/_cat/indices/{index}?format=json&bytes=b")
    assert set(row) == {"health", "status", "index", "uuid", "pri", "rep", "docs.count", "docs.deleted", "store.size", "pri.store.size"}
    assert (row["health"], row["docs.count"], row["store.size"].isdigit()) == ("green", "3", True)
    every = engine.ask("GET", "/_cat/indices?format=json&bytes=b&expand_wildcards=all")
    if engine.typed:
        reason = "request [/_cat/indices] contains unrecognized parameter: [expand_wildcards]"
        assert every.error() == (400, "illegal_argument_exception", reason)
        assert engine.ask("GET", f"/_resolve/index/{index}").error()[:2] == (404, "index_not_found_exception")
    else:
        assert index in {each["index"] for each in every.ok()}
        resolved = {"indices": [{"name": index, "attributes": ["open"]}], "aliases": [], "data_streams": []}
        assert engine.get(f"/_resolve/index/{index}") == resolved


def test_documents_that_were_not_refreshed_are_not_counted(engine, name):
    index = f"{name}-a"
    engine.create(index, refresh_interval="-1")
    engine.ask("PUT", f"/{index}/_doc/1", {"number": 1}).ok()
    assert engine.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True}).ok() == {"acknowledged": True}
    refused = engine.ask("PUT", f"/{index}/_doc/2", {"number": 2}).error()
    assert refused[:2] == (403, "cluster_block_exception")
    assert engine.get(f"/{index}/_count")["count"] == 0
    engine.ask("POST", f"/{index}/_refresh").ok()
    assert engine.get(f"/{index}/_count")["count"] == 1


def test_deleting_what_is_no_index(engine, name):
    engine.create(f"{name}-a", aliases=(f"{name}-alias",))
    reason = f"The provided expression [{name}-alias] matches an alias, specify the corresponding concrete indices instead."
    assert engine.ask("DELETE", f"/{name}-alias").error() == (400, "illegal_argument_exception", reason)
    assert engine.ask("DELETE", f"/{name}-none*").ok() == {"acknowledged": True}
    assert engine.ask("DELETE", f"/{name}-none").error()[:2] == (404, "index_not_found_exception")
    resolved = engine.ask("DELETE", f"/%3C{name}-%7Bnow%2Fyyyy%7Cnow%2Fd%7D%3E")  # no date in that form
    dated = engine.ask("DELETE", f"/%3C{name}-%7Bnow%2Fd%7D%3E")
    assert resolved.status >= 400
    assert (dated.status, re.sub(r"\d", "9", dated.body["error"]["index"])) == (404, re.sub(r"\d", "9", f"{name}-2026.11.24"))


def test_deleting_several_snapshots_by_one_name(engine, name):
    engine.repository(name)
    engine.filled(f"{name}-a")
    for snapshot in ("one", "two", "three"):
        engine.take(name, snapshot, f"{name}-a").ok()
    statuses = [engine.ask("DELETE", f"/_snapshot/{name}/{path}").status for path in ("one,two", "t*")]
    left = {each["snapshot"] for each in engine.get(f"/_snapshot/{name}/_all")["snapshots"]}
    assert (statuses, left) == of(engine, v6=([404, 404], {"one", "two", "three"}), rest=([200, 200], set()))


def test_disks_and_health(engine, name):
    engine.unassigned(f"{name}-lost")
    rows = engine.get("/_cat/allocation?format=json&bytes=b")
    fields = {"shards", "disk.indices", "disk.used", "disk.avail", "disk.total", "disk.percent", "host", "ip", "node"}
    assert [(each["node"], set(each)) for each in rows] == [("node-1", fields), ("UNASSIGNED", fields)]
    assert rows[0]["disk.avail"].isdigit() and rows[1]["disk.avail"] is None
    missing = engine.ask("GET", f"/_cluster/health/{name}-none?level=indices&timeout=1s")
    assert (missing.status, missing.body["status"], missing.body["timed_out"], missing.body["indices"]) == (408, "red", True, {})
