"""Which permissions each request needs on the node with the security plugin: a user is given what the refusal names until it is granted."""

import re

import pytest

import engine as engines

API = "/_plugins/_security/api"
ADMIN, MONITOR = "cluster:admin", "cluster:monitor"

# The request, the cluster permissions, the index permissions. `{n}` is another number in every attempt, `p-a` an index that is there.
READS = {
    "/": ({f"{MONITOR}/main"}, set()),
    "/_snapshot/{r}": ({f"{ADMIN}/repository/get"}, set()),
    "/_snapshot/{r}/_all": ({f"{ADMIN}/snapshot/get"}, set()),
    "/_snapshot/{r}/one": ({f"{ADMIN}/snapshot/get"}, set()),
    "/_snapshot/_status": ({f"{ADMIN}/snapshot/status"}, set()),
    "/_snapshot/{r}/one/_status": ({f"{ADMIN}/snapshot/status"}, set()),
    "/_cluster/health/{i}?level=indices": ({f"{MONITOR}/health"}, set()),
    "/_cluster/settings": ({f"{MONITOR}/state"}, set()),
    "/_cat/indices/{i}?format=json": (
        {f"{MONITOR}/health", f"{MONITOR}/state"}, {"indices:monitor/settings/get", "indices:monitor/stats"},
    ),
    "/_cat/recovery/{i}?format=json": (set(), {"indices:monitor/recovery"}),
    "/_cat/allocation?format=json": ({f"{MONITOR}/state", f"{MONITOR}/nodes/stats"}, set()),
    "/_cat/nodeattrs?format=json": ({f"{MONITOR}/state", f"{MONITOR}/nodes/info"}, set()),
    "/{i}": (set(), {"indices:admin/get"}),
    "/{i}/_settings": (set(), {"indices:monitor/settings/get"}),
    "/{i}/_mapping": (set(), {"indices:admin/mappings/get"}),
    "/{i}/_alias": (set(), {"indices:admin/aliases/get"}),
    "/{i}/_count": (set(), {"indices:data/read/search"}),
    "/{i}/_stats": (set(), {"indices:monitor/stats"}),
    "/_alias": (set(), {"indices:admin/aliases/get"}),
    "/_data_stream": (set(), {"indices:admin/data_stream/get"}),
    "/_cat/nodes?format=json": ({f"{MONITOR}/state", f"{MONITOR}/nodes/info", f"{MONITOR}/nodes/stats"}, set()),
    "/_cat/shards/{i}?format=json": ({f"{MONITOR}/state", f"{MONITOR}/shards"}, {"indices:monitor/stats"}),
}
# What is about every index is granted on every one.
OF_ALL = {"/_alias", "/_data_stream"}
TAKE = {"indices": "{i}", "include_global_state": False}
RESTORE = {**TAKE, "rename_pattern": "(.+)", "rename_replacement": "$1-{n}"}
WRITES = {
    ("POST", "/_snapshot/{r}/_verify"): (None, {f"{ADMIN}/repository/verify"}, set()),
    ("PUT", "/_snapshot/{r}/take-{n}?wait_for_completion=true"): (TAKE, {f"{ADMIN}/snapshot/create"}, set()),
    ("POST", "/_snapshot/{r}/one/_restore?wait_for_completion=true"): (
        RESTORE, {f"{ADMIN}/snapshot/restore"}, {"indices:admin/create", "indices:data/write/index"},
    ),
    ("PUT", "/{i}/_settings"): ({"index.blocks.write": None}, set(), {"indices:admin/settings/update"}),
    ("POST", "/{i}/_refresh"): (None, set(), {"indices:admin/refresh*"}),
    ("POST", "/{i}/_close"): (None, set(), {"indices:admin/close*"}),
    ("DELETE", "/_snapshot/{r}/one"): (None, {f"{ADMIN}/snapshot/delete"}, set()),
    ("DELETE", "/{i}"): (None, set(), {"indices:admin/delete"}),
    ("DELETE", "/_data_stream/{i}"): (None, set(), {"indices:admin/data_stream/delete"}),
}
EXPLAIN = ({"index": "{i}", "shard": 0, "primary": True}, {f"{MONITOR}/allocation/explain"}, set())
REQUESTS = [("GET", path, None, *needed) for path, needed in READS.items()]
REQUESTS += [("GET", "/_cluster/allocation/explain", *EXPLAIN)]
REQUESTS += [(method, path, *rest) for (method, path), rest in WRITES.items()]


def refusals(answer: engines.Answer) -> list[str]:
    """The actions that an answer says are missing. Some requests are granted and refused for each shard: with those below them."""
    if answer.status != 403:
        text = str(answer.body)
        return [f"{action}*" for action in ("indices:admin/refresh", "indices:admin/close") if f"no permissions for [{action}" in text]
    named = re.match(r"no permissions for \[(.+?)\] and User", answer.error()[2])
    assert named, answer
    return [WHOLE.get(action, action) for action in named[1].split(", ")]


# Actions that are granted with those below them.
WHOLE = {action: f"{action}*" for action in ("indices:admin/refresh", "indices:admin/close")}


class Probe:
    """A user whose role is written anew for every attempt."""

    def __init__(self, engine: engines.Engine, name: str):
        self.engine, self.role, self.pattern = engine, name, f"{name}*"
        self.password = "Dromedary-7-under-Lanterns"
        engine.ask("PUT", f"{API}/internalusers/{name}", {"password": self.password}).ok()
        self.may(set(), set())
        engine.ask("PUT", f"{API}/rolesmapping/{name}", {"users": [name]}).ok()

    def may(self, cluster: set[str], index: set[str], pattern: str | None = None) -> None:
        granted = [{"index_patterns": [pattern or self.pattern], "allowed_actions": sorted(index)}] if index else []
        body = {"cluster_permissions": sorted(cluster), "index_permissions": granted}
        self.engine.ask("PUT", f"{API}/roles/{self.role}", body).ok()

    def ask(self, method: str, path: str, body: dict | None) -> engines.Answer:
        return self.engine.ask(method, path, body, user=self.role, password=self.password)

    def needs(self, method: str, path: str, body: dict | None) -> tuple[set[str], set[str]]:
        """The permissions under which the request is granted, each of which was refused by its name before."""
        cluster, index = set(), set()
        for _ in range(8):
            self.may(cluster, index, "*" if path in OF_ALL else None)
            answer = self.ask(method, path, body)
            refused = refusals(answer)
            if not refused:
                answer.ok()
                return cluster, index
            for action in refused:
                (index if action.startswith("indices:") else cluster).add(action)
        raise AssertionError(answer)


@pytest.fixture(scope="module")
def probe(secured):
    name = "permissions"
    secured.forget(name)
    made = Probe(secured, name)
    secured.repository(name)
    secured.filled(f"{name}-a")
    secured.take(name, "one", f"{name}-a").ok()
    yield made
    secured.forget(name)
    for kind in ("rolesmapping", "roles", "internalusers"):
        secured.ask("DELETE", f"{API}/{kind}/{name}")


def filled_in(value, **names):
    """`value` with the names put in, wherever they stand."""
    if isinstance(value, dict):
        return {key: filled_in(each, **names) for key, each in value.items()}
    if isinstance(value, str):
        for key, name in names.items():
            value = value.replace("{" + key + "}", name)
    return value


@pytest.mark.parametrize(("method", "path", "body", "cluster", "index"), REQUESTS, ids=[f"{each[0]} {each[1]}" for each in REQUESTS])
def test_a_request_needs_exactly(probe, method, path, body, cluster, index):
    names = {"r": probe.role, "i": f"{probe.role}-a", "n": "copy"}
    assert probe.needs(method, filled_in(path, **names), filled_in(body, **names)) == (cluster, index)


def test_a_user_with_nothing_is_told_what_is_missing(probe):
    probe.may(set(), set())
    status, kind, reason = probe.ask("GET", "/_snapshot/_status", None).error()
    expected = f"no permissions for [cluster:admin/snapshot/status] and User [name={probe.role}, backend_roles=[], requestedTenant=null]"
    assert (status, kind, reason) == (403, "security_exception", expected)
    assert probe.engine.ask("GET", "/_snapshot/_status", password="wrong") == engines.Answer(401, "Unauthorized")
    assert probe.engine.ask("GET", "/_snapshot/_status", user=None) == engines.Answer(401, "Unauthorized")


def test_one_index_that_is_not_granted_refuses_the_list_of_all(probe):
    probe.may({"cluster:monitor/*"}, {"indices:*"})
    assert probe.ask("GET", "/_cat/indices?format=json", None).status == 403
    assert probe.ask("GET", f"/_cat/indices/{probe.role}*?format=json", None).status == 200
