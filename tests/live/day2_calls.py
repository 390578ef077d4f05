"""The requests of snapshots and indices that go to engines and to the sandbox alike, and what is compared of their answers. Data, and pure functions.

`{n}` is the name of the test, of its repository, and the beginning of its indices. Each request has a name of its own."""

import json
import re

COLUMNS = "index,health,status,uuid,pri,rep,docs.count,store.size,pri.store.size,creation.date"
ONE_SHARD = {"settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0}}}
LOST = {"settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0, "routing.allocation.include._name": "nowhere"}}}


def taken(indices: str, **more) -> dict:
    return {"indices": indices, "include_global_state": False, **more}


def renamed(indices: str, to: str, **more) -> dict:
    return taken(indices, rename_pattern="(.+)", rename_replacement=to, include_aliases=False, **more)


def take(name: str, snapshot: str, body: dict | None, wait: bool = True) -> tuple:
    return (name, "PUT", f"/_snapshot/{{n}}/{snapshot}?wait_for_completion={str(wait).lower()}", body)


def restore(name: str, snapshot: str, body: dict | None) -> tuple:
    return (name, "POST", f"/_snapshot/{{n}}/{snapshot}/_restore?wait_for_completion=true", body)


def get(name: str, path: str) -> tuple:
    return (name, "GET", path, None)


# Each is a step: the answers of later ones depend on it.
STILL = [
    get("root", "/"),
    ("create index", "PUT", "/{n}-a", {**ONE_SHARD, "aliases": {"{n}-alias": {}}}),
    ("create index again", "PUT", "/{n}-a", ONE_SHARD),
    ("create index with a bad name", "PUT", "/{n}-UPPER", ONE_SHARD),
    ("create index with the name of an alias", "PUT", "/{n}-alias", ONE_SHARD),
    ("first document", "PUT", "/{n}-a/_doc/1?refresh=true", {"number": 1}),
    ("second document", "PUT", "/{n}-a/_doc/2?refresh=true", {"number": 2}),
    get("count", "/{n}-a/_count"),
    get("count of what is not there", "/{n}-none/_count"),
    get("settings", "/{n}-a/_settings?flat_settings=true"),
    get("settings of what is not there", "/{n}-none/_settings?flat_settings=true"),
    get("mapping", "/{n}-a/_mapping"),
    get("mapping of what is not there", "/{n}-none/_mapping"),
    get("table of an index", f"/_cat/indices/{{n}}-a?format=json&bytes=b&h={COLUMNS}"),
    get("table of what is not there", f"/_cat/indices/{{n}}-none?format=json&bytes=b&h={COLUMNS}"),
    get("table of a pattern that means nothing", f"/_cat/indices/{{n}}-none*?format=json&bytes=b&h={COLUMNS}"),
    get("table of all", f"/_cat/indices?format=json&bytes=b&h={COLUMNS}&expand_wildcards=all"),
    get("health of an index", "/_cluster/health/{n}-a?level=indices&timeout=1s"),
    get("health of what is not there", "/_cluster/health/{n}-none?level=indices&timeout=1s"),
    get("health", "/_cluster/health"),
    get("aliases", "/_alias"),
    get("alias", "/_alias/{n}-alias"),
    get("alias that is not there", "/_alias/{n}-none"),
    get("data streams", "/_data_stream"),
    get("recovery of what was never restored", "/_cat/recovery/{n}-a?format=json&bytes=b"),
    get("recovery of what is not there", "/_cat/recovery/{n}-none?format=json&bytes=b"),
    get("recoveries that run", "/_cat/recovery?format=json&active_only=true"),
    get("shards", "/_cat/shards/{n}-a?format=json&h=index,shard,prirep,state,unassigned.reason,unassigned.details"),
    get("disks", "/_cat/allocation?format=json&bytes=b"),
    get("nodes", "/_cat/nodes?format=json"),
    get("cluster settings", "/_cluster/settings?flat_settings=true"),
    # Snapshots
    get("empty list", "/_snapshot/{n}/_all"),
    get("what runs", "/_snapshot/_status"),
    take("take", "one", taken("{n}-a", metadata={"by": "a test"})),
    take("take again", "one", taken("{n}-a")),
    take("take in upper case", "UPPER", taken("{n}-a")),
    take("take with a blank", "a%20b", taken("{n}-a")),
    take("take with a comma", "a,b", taken("{n}-a")),
    take("take with a star", "a*", taken("{n}-a")),
    take("take with a first underscore", "_a", taken("{n}-a")),
    take("take with a hash", "a%23b", taken("{n}-a")),
    take("take what is not there", "none", taken("{n}-none")),
    take("take an exclusion alone", "none", taken("-{n}-none")),
    take("take a pattern that means nothing", "nothing", taken("{n}-none*")),
    take("take what is not there and may lack", "lacking", taken("{n}-none", ignore_unavailable=True)),
    take("take by an alias", "alias", taken("{n}-alias")),
    ("take into no repository", "PUT", "/_snapshot/{n}-none/one?wait_for_completion=true", taken("{n}-a")),
    get("snapshot", "/_snapshot/{n}/one"),
    get("status", "/_snapshot/{n}/one/_status"),
    get("list", "/_snapshot/{n}/_all"),
    get("short list", "/_snapshot/{n}/_all?verbose=false"),
    get("snapshot that is not there", "/_snapshot/{n}/none"),
    get("snapshot that need not be there", "/_snapshot/{n}/none?ignore_unavailable=true"),
    get("status of what is not there", "/_snapshot/{n}/none/_status"),
    get("list of no repository", "/_snapshot/{n}-none/_all"),
    get("repository that is not there", "/_snapshot/{n}-none"),
    # Restores
    restore("restore over an open index", "one", taken("{n}-a")),
    restore("restore from no snapshot", "none", taken("{n}-a")),
    restore("restore what it lacks", "one", taken("{n}-none")),
    restore("restore a pattern that means nothing", "one", taken("{n}-none*")),
    restore("restore with an unknown key", "one", {"nonsense": True}),
    restore("restore onto an alias", "one", renamed("{n}-a", "{n}-alias")),
    restore("restore to a bad name", "one", renamed("{n}-a", "{n}-UPPER")),
    restore("restore", "one", renamed("{n}-a", "{n}-copy")),
    get("count of the copy", "/{n}-copy/_count"),
    get("recovery of the copy", "/_cat/recovery/{n}-copy?format=json&bytes=b"),
    get("settings of the copy", "/{n}-copy/_settings?flat_settings=true"),
    get("health of the copy", "/_cluster/health/{n}-copy?level=indices&timeout=1s"),
    restore("restore with a replica", "one", renamed("{n}-a", "{n}-replica", index_settings={"index.number_of_replicas": 1})),
    get("health with a replica", "/_cluster/health/{n}-replica?level=indices&timeout=1s"),
    # Aliases that cannot come back
    ("create a writer", "PUT", "/{n}-w1", {**ONE_SHARD, "aliases": {"{n}-writes": {"is_write_index": True}}}),
    take("take a writer", "writer", taken("{n}-w1")),
    restore("restore a second writer", "writer", renamed("{n}-w1", "{n}-w2") | {"include_aliases": True}),
    restore("restore a writer without its alias", "writer", renamed("{n}-w1", "{n}-w3")),
    ("create what has an alias", "PUT", "/{n}-x", {**ONE_SHARD, "aliases": {"{n}-y": {}}}),
    take("take what has an alias", "named", taken("{n}-x")),
    ("delete what has an alias", "DELETE", "/{n}-x", None),
    ("create the alias's name", "PUT", "/{n}-y", ONE_SHARD),
    restore("restore an alias with the name of an index", "named", taken("{n}-x")),
    # Blocks, closed indices
    ("block writes", "PUT", "/{n}-a/_settings", {"index.blocks.write": True}),
    ("write to what is blocked", "PUT", "/{n}-a/_doc/3", {"number": 3}),
    ("refresh what is blocked", "POST", "/{n}-a/_refresh", None),
    take("take what is blocked", "blocked", taken("{n}-a")),
    restore("restore what is blocked", "blocked", renamed("{n}-a", "{n}-blocked")),
    get("settings of a blocked copy", "/{n}-blocked/_settings?flat_settings=true"),
    restore("restore without the block", "blocked", renamed("{n}-a", "{n}-free", ignore_index_settings=["index.blocks.write"])),
    get("settings of a free copy", "/{n}-free/_settings?flat_settings=true"),
    ("close", "POST", "/{n}-copy/_close", None),
    get("table of a closed index", "/_cat/indices/{n}-copy?format=json&bytes=b&h=index,status,uuid,docs.count,store.size"),
    get("count of a closed index", "/{n}-copy/_count"),
    take("take a closed index", "closed", taken("{n}-copy")),
    restore("restore over a closed index", "one", renamed("{n}-a", "{n}-copy")),
    # A shard that is not there
    ("create an index without a shard", "PUT", "/{n}-lost?wait_for_active_shards=0", LOST),
    get("health without a shard", "/_cluster/health/{n}-lost?level=indices&timeout=1s"),
    get("table of an index without a shard", f"/_cat/indices/{{n}}-lost?format=json&bytes=b&h={COLUMNS}"),
    take("take without a shard", "whole", taken("{n}-a,{n}-lost")),
    take("take in part", "part", taken("{n}-a,{n}-lost", partial=True)),
    get("partial snapshot", "/_snapshot/{n}/part"),
    get("status of a partial one", "/_snapshot/{n}/part/_status"),
    restore("restore what failed", "part", renamed("{n}-lost", "{n}-b")),
    restore("restore what failed in part", "part", renamed("{n}-lost", "{n}-c", partial=True)),
    restore("restore what is whole of it", "part", renamed("{n}-a", "{n}-d")),
    # Deleting
    ("delete an index by its alias", "DELETE", "/{n}-alias", None),
    ("delete a pattern that means nothing", "DELETE", "/{n}-none*", None),
    ("delete an index that is not there", "DELETE", "/{n}-none", None),
    ("delete an index", "DELETE", "/{n}-copy", None),
    ("delete no snapshot", "DELETE", "/_snapshot/{n}/none", None),
    ("delete a snapshot", "DELETE", "/_snapshot/{n}/one", None),
    ("delete two by a comma", "DELETE", "/_snapshot/{n}/blocked,alias", None),
    ("delete by a star", "DELETE", "/_snapshot/{n}/n*", None),
    get("list after deleting", "/_snapshot/{n}/_all?verbose=false"),
    ("delete no repository", "DELETE", "/_snapshot/{n}-none", None),
]

# While `one` of `{n}-a` runs; `{n}-b` is another index.
RUNNING = [
    get("running snapshot", "/_snapshot/{n}/one"),
    get("list with a running one", "/_snapshot/{n}/_all"),
    get("status of a running one", "/_snapshot/{n}/one/_status"),
    get("what runs now", "/_snapshot/_status"),
    take("take the running one", "one", taken("{n}-b"), wait=False),
    restore("restore from the running one", "one", renamed("{n}-a", "{n}-copy")),
    ("delete an index that is taken", "DELETE", "/{n}-a", None),
    ("close an index that is taken", "POST", "/{n}-a/_close", None),
    ("delete its repository", "DELETE", "/_snapshot/{n}", None),
    take("take a second one", "two", taken("{n}-b"), wait=False),
]

# While `{n}-a` is restored as `{n}-copy` from `one`.
RESTORING = [
    get("health while restoring", "/_cluster/health/{n}-copy?level=indices&timeout=1s"),
    get("table while restoring", f"/_cat/indices/{{n}}-copy?format=json&bytes=b&h={COLUMNS}"),
    get("recovery while restoring", "/_cat/recovery/{n}-copy?format=json&bytes=b"),
    get("recoveries while restoring", "/_cat/recovery?format=json&active_only=true"),
    get("count while restoring", "/{n}-copy/_count"),
    restore("restore over it", "one", renamed("{n}-a", "{n}-copy")),
    ("delete the snapshot", "DELETE", "/_snapshot/{n}/one", None),
    ("delete the target", "DELETE", "/{n}-copy", None),
]

EVERY = [*STILL, *RUNNING, *RESTORING]

# What esbackup reads of an answer, wherever it stands. Below mappings and settings it reads everything.
READ = set("""
accepted acknowledged snapshots snapshot state indices data_streams shards failures index shard_id reason metadata include_global_state
start_time_in_millis end_time_in_millis uuid total failed successful version number distribution repository shards_stats initializing started
finalizing done stats incremental processed size_in_bytes error type status timed_out number_of_data_nodes initializing_shards unassigned_shards
number_of_shards active_primary_shards health pri rep docs.count store.size pri.store.size creation.date aliases count _shards settings mappings
stage bytes bytes_recovered bytes_total shard prirep unassigned.reason attr value disk.avail disk.total result
""".split())
WHOLE = {"settings", "mappings", "transient", "persistent"}
# Only whether it is there, and whether it is zero.
VOLATILE = set("""
uuid start_time_in_millis end_time_in_millis size_in_bytes store.size pri.store.size creation.date bytes bytes_recovered bytes_total disk.avail
disk.total index.creation_date index.uuid index.version.created
""".split())
# The rest of the cluster is another one's business.
OTHERS = {"number_of_data_nodes", "active_primary_shards", "initializing_shards", "unassigned_shards"}
ID = re.compile(r"/[\w-]{22}(?=\])")
# Engines list them in no order.
WRITERS = re.compile(r"(?<=more than one write index \[)[^\]]+")


def seen(value, key: str, name: str, whole: bool = False):
    """What is compared of a value."""
    if isinstance(value, dict):
        if key == "processed":  # whole files, whenever they are through
            return "something"
        kept = {each: value[each] for each in value if whole or each in READ or each.startswith(name)}
        if isinstance(kept.get("snapshots"), list):  # those of other tests too
            kept["snapshots"] = [one for one in kept["snapshots"] if one.get("repository", name).startswith(name)]
        if key.startswith(name) and "stats" in kept:
            del kept["stats"]  # of one index in a status
        if key == "stats" and "processed" not in kept:
            kept.pop("start_time_in_millis", None)  # 6.8 says 0 where a shard failed, or not; esbackup reads it while a snapshot runs
        if "disk.avail" in kept:
            kept.pop("shards", None)  # those of other tests too
        return {each: seen(below, each, name, whole or each in WHOLE) for each, below in kept.items()}
    if isinstance(value, list):
        rows = [seen(each, key, name, whole) for each in value]
        mine = [row for row in rows if not (isinstance(row, dict) and isinstance(row.get("index"), str) and not row["index"].startswith(name))]
        return sorted(mine, key=lambda row: json.dumps(row, sort_keys=True))
    if key in VOLATILE:
        return None if value is None else "something" if value not in (0, "0") else "zero"
    if isinstance(value, str):
        return WRITERS.sub(lambda found: ",".join(sorted(found[0].split(","))), ID.sub("", value))
    return value


def compared(answer, path: str, name: str):
    """What is compared of an answer."""
    found = seen(answer.body, "", name)
    if isinstance(found, dict) and path.startswith("/_cluster/health"):
        found = {each: below for each, below in found.items() if each not in OTHERS and (each != "status" or answer.status != 200)}
    return answer.status, found
