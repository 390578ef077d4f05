"""Registration against the real node: what fails leaves no trace, and nothing that works is replaced by something unproven."""

import random

import pytest

import addresses
import readback


def failure(answer: dict) -> dict:
    (environment,) = answer["environments"]
    return environment["error"]


def make_bucket_by_hand(w) -> None:
    w.s3().create_bucket(Bucket=w.bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION})


def take_snapshot(w) -> None:
    index = f"{w.name}-docs"
    for number in range(5):
        readback.node("PUT", f"/{index}/_doc/{number}?refresh=true", {"number": number}).raise_for_status()
    path = f"/_snapshot/{w.repository}/kept?wait_for_completion=true"
    readback.node("PUT", path, {"indices": index}).raise_for_status()


def snapshots(w) -> list[tuple[str, str]]:
    answer = readback.node("GET", f"/_snapshot/{w.repository}/_all")
    answer.raise_for_status()
    return [(each["snapshot"], each["state"]) for each in answer.json()["snapshots"]]


def register_by_hand(w, **settings) -> None:
    """A registration that its environment only uses: no bucket, policy or role of ours behind it."""
    body = {"type": "s3", "settings": {"bucket": w.bucket, "region": addresses.REGION, "base_path": w.name, **settings}}
    readback.node("PUT", f"/_snapshot/{w.repository}?verify=false", body).raise_for_status()


def test_a_registration_to_a_bucket_that_s3_has_not_fails_and_leaves_nothing(applied):
    readback.node("DELETE", f"/_snapshot/{applied.repository}").raise_for_status()
    applied.write(repository={"settings": {"client": "denied"}})  # the second moto, which has no such bucket
    ran = applied.run("apply", "--yes", "--patience", "5s")
    assert ran.code in (1, 4, 77), str(ran)
    assert "repository_verification_exception" in ran.err, str(ran)
    assert readback.repositories_of(applied.repository) == {}


@pytest.fixture
def denied(applied):
    """An environment whose node may not write to the bucket: S3 answers its role's requests with AccessDenied."""
    readback.node("DELETE", f"/_snapshot/{applied.repository}").raise_for_status()
    other = addresses.client("s3", addresses.MOTO_AUTH)
    other.create_bucket(Bucket=applied.bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION})
    applied.write(repository={"settings": {"client": "denied"}})
    return applied


def test_a_denied_role_is_named_and_leaves_nothing(denied, enforced):
    """The role is seconds old, so that IAM may not have it everywhere yet: when patience is at its end, trying again is the advice."""
    with enforced:
        ran = denied.run("apply", "--yes", "--patience", "5s").expect(4)
    assert "Access Denied" in ran.err, str(ran)
    assert readback.repositories_of(denied.repository) == {}


def test_without_patience_a_denied_role_is_a_denial(denied, enforced):
    """The same refusal where nothing is waited for: it is what it is, with who refused and what to do."""
    with enforced:
        ran = denied.run("apply", "--yes", "--patience", "0s", "--format", "json").expect(77)
    (ended,) = [event for event in ran.events() if event["event"] == "environment"]
    error = ended["error"]
    said = {key: error[key] for key in ("task", "layer")}
    assert said == {
        "task": f"register repository {denied.repository}--esbackup-candidate",
        "layer": "a policy that the message does not name",
    }
    # The policy of the spec allows it: what else may be in the way is listed.
    assert error["hint"].startswith(f"the policy {denied.policy_arn} of this spec"), error
    assert "a service control policy" in error["hint"], error
    assert any("Access Denied" in words for words in error["messages"])
    assert readback.repositories_of(denied.repository) == {}


def test_a_working_registration_survives_a_failed_change(applied, enforced):
    take_snapshot(applied)
    before = readback.repositories_of(applied.repository)
    addresses.client("s3", addresses.MOTO_AUTH).create_bucket(
        Bucket=applied.bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION}
    )
    applied.write(repository={"settings": {"client": "denied"}})
    with enforced:
        applied.run("apply", "--yes", "--patience", "5s", "--allow", "repoints").expect(4)
    assert readback.repositories_of(applied.repository) == before
    assert snapshots(applied) == [("kept", "SUCCESS")]
    assert readback.verify(applied.repository) == 200


def test_a_candidate_left_by_a_kill_is_removed(applied):
    settings = readback.repositories()[applied.repository]
    candidate = f"{applied.repository}--esbackup-candidate"
    readback.node("PUT", f"/_snapshot/{candidate}", settings).raise_for_status()
    applied.apply()
    assert list(readback.repositories_of(applied.repository)) == [applied.repository]


def test_a_broken_registration_of_equal_settings_is_drift(applied):
    """Equal settings are not a working repository: without its bucket's content the node no longer reads it."""
    take_snapshot(applied)
    s3 = applied.s3()
    for each in s3.list_objects_v2(Bucket=applied.bucket, Prefix=f"{applied.name}/index")["Contents"]:
        s3.put_object(Bucket=applied.bucket, Key=each["Key"], Body=b"not a repository")
    readback.node("DELETE", f"/_snapshot/{applied.repository}").raise_for_status()
    register_by_hand(applied, role_arn=applied.role_arn)
    assert readback.node("GET", f"/_snapshot/{applied.repository}/_all?verbose=false").status_code == 500
    answer = applied.drift(code=2)
    (change,) = applied.changes(answer)
    assert change["kind"] == "repository"


def test_a_path_that_holds_someone_elses_repository_is_blocked(fresh):
    make_bucket_by_hand(fresh)
    register_by_hand(fresh)
    take_snapshot(fresh)
    readback.node("DELETE", f"/_snapshot/{fresh.repository}").raise_for_status()
    fresh.write(bucket={"existing": True})
    answer = fresh.plan(code=6)
    blocked = [change["kind"] for change in fresh.changes(answer) if change["action"] == "blocked"]
    assert blocked == ["repository"]


def test_nothing_is_changed_while_a_snapshot_runs(fresh):
    fresh.write(repository={"settings": {"max_snapshot_bytes_per_sec": "100kb"}})
    fresh.apply()
    index = f"{fresh.name}-docs"
    for number in range(6):
        text = random.Random(number).randbytes(500_000).hex()
        readback.node("PUT", f"/{index}/_doc/{number}?refresh=true", {"text": text}).raise_for_status()
    before = readback.repositories_of(fresh.repository)
    readback.node("PUT", f"/_snapshot/{fresh.repository}/running", {"indices": index}).raise_for_status()
    fresh.write(repository={"settings": {"compress": "false"}})
    try:
        fresh.run("apply", "--yes").expect(4)
        assert readback.repositories_of(fresh.repository) == before
    finally:
        readback.node("DELETE", f"/_snapshot/{fresh.repository}/running").raise_for_status()
    fresh.apply()
    fresh.drift(code=0)


THROTTLES = {
    "max_snapshot_bytes_per_sec": "40mb",
    "max_restore_bytes_per_sec": "0",
    "max_remote_upload_bytes_per_sec": "0",
    "max_remote_low_priority_upload_bytes_per_sec": "0",
    "max_remote_download_bytes_per_sec": "0",
}


def settings_of(w) -> dict[str, str]:
    return readback.repositories()[w.repository]["settings"]


@pytest.mark.parametrize("setting", THROTTLES)
def test_the_node_keeps_a_throttle_that_a_registration_leaves_out(applied, setting):
    """What the product is built on: an engine that forgets it again needs no default in its place."""
    before = settings_of(applied)
    for settings in ({**before, setting: "10mb"}, before):
        body = {"type": "s3", "settings": settings}
        readback.node("PUT", f"/_snapshot/{applied.repository}", body).raise_for_status()
    assert settings_of(applied) == {**before, setting: "10mb"}


@pytest.mark.parametrize("setting", ["max_snapshot_bytes_per_sec", "max_restore_bytes_per_sec"])
def test_a_throttle_taken_out_of_the_spec_is_gone_after_one_apply(fresh, setting):
    fresh.write(repository={"settings": {setting: "10mb"}})
    fresh.apply()
    fresh.write(repository={"settings": None})
    (change,) = fresh.changes(fresh.drift(code=2))
    assert change["fields"] == [{"path": f"settings.{setting}", "before": "10mb", "after": THROTTLES[setting]}]
    fresh.apply()
    assert settings_of(fresh)[setting] == THROTTLES[setting]
    fresh.drift(code=0)
    before = readback.repositories_of(fresh.repository)
    fresh.apply()
    assert readback.repositories_of(fresh.repository) == before


@pytest.mark.parametrize("setting", THROTTLES)
def test_a_throttle_set_by_hand_is_put_back(applied, setting):
    body = {"type": "s3", "settings": {**settings_of(applied), setting: "10mb"}}
    readback.node("PUT", f"/_snapshot/{applied.repository}", body).raise_for_status()
    (change,) = applied.changes(applied.drift(code=2))
    assert change["fields"] == [{"path": f"settings.{setting}", "before": "10mb", "after": THROTTLES[setting]}]
    applied.apply()
    assert settings_of(applied)[setting] == THROTTLES[setting]
    applied.drift(code=0)


def test_all_throttles_set_by_hand_beside_another_setting_are_put_back(applied):
    settings = {**settings_of(applied), **dict.fromkeys(THROTTLES, "10mb"), "compress": "false"}
    readback.node("PUT", f"/_snapshot/{applied.repository}", {"type": "s3", "settings": settings}).raise_for_status()
    applied.drift(code=2)
    applied.apply()
    held = settings_of(applied)
    assert {name: held.get(name) for name in (*THROTTLES, "compress")} == {**THROTTLES, "compress": None}
    applied.drift(code=0)


def test_a_throttle_unset_by_null_is_no_drift(applied):
    """The node echoes `null` for it, and works with its default."""
    settings = {**settings_of(applied), "max_restore_bytes_per_sec": None}
    readback.node("PUT", f"/_snapshot/{applied.repository}", {"type": "s3", "settings": settings}).raise_for_status()
    applied.drift(code=0)
