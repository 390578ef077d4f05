"""The main job from nothing to a verified repository: validate, plan, apply, apply again, drift, and everything read back as whole values."""

import addresses
import readback


def environment_summary(answer: dict) -> dict:
    (environment,) = answer["environments"]
    return environment["summary"]


UNCHANGED = {"create": 0, "update": 0, "delete": 0, "unchanged": 4, "blocked": 0}


def test_a_valid_spec_is_valid(fresh):
    fresh.run("validate").expect(0)


def test_an_invalid_spec_is_refused_before_anything_is_asked(fresh):
    fresh.write(bucket={"name": "Not A Bucket", "versionning": "enabled"})
    ran = fresh.run("plan").expect(65)
    assert ran.out == ""
    assert "versionning" in ran.err and "Not A Bucket" in ran.err


def test_the_plan_of_a_new_environment(fresh, golden):
    golden("plan-new.json", fresh.plan())


def test_planning_writes_nothing(fresh):
    fresh.plan()
    assert not readback.bucket_exists(fresh.bucket)
    assert readback.repositories_of(fresh.repository) == {}


def test_apply_creates_everything_as_specified(fresh, golden):
    fresh.apply()
    golden("held-after-apply.json", fresh.held())
    assert readback.verify(fresh.repository) == 200
    assert addresses.client("s3").list_objects_v2(Bucket=fresh.bucket)["KeyCount"] == 0


def test_a_second_apply_finds_nothing_to_do(applied):
    before = applied.held()
    events = applied.apply()
    assert events[-1] == {"event": "summary", "summary": UNCHANGED, "environments": 1, "done": 1, "exit": 0}
    assert applied.held() == before
    assert environment_summary(applied.plan()) == UNCHANGED
    assert environment_summary(applied.drift(code=0)) == UNCHANGED


def test_apply_without_yes_asks_nobody_and_writes_nothing(fresh):
    fresh.run("apply").expect(6)
    assert not readback.bucket_exists(fresh.bucket)


def test_drift_of_what_was_never_applied_is_a_difference(fresh):
    fresh.drift(code=2)


def test_the_repository_takes_a_snapshot_and_lists_it(applied):
    index = f"{applied.name}-docs"
    readback.node("PUT", f"/{index}/_doc/1?refresh=true", {"text": "one"}).raise_for_status()
    path = f"/_snapshot/{applied.repository}/first"
    readback.node("PUT", f"{path}?wait_for_completion=true", {"indices": index}).raise_for_status()
    (snapshot,) = readback.node("GET", path).json()["snapshots"]
    assert (snapshot["state"], snapshot["indices"]) == ("SUCCESS", [index])
    applied.drift(code=0)


def test_a_bucket_with_every_option(fresh, golden):
    fresh.write(
        bucket={
            "versioning": "suspended",
            "encryption": {
                "kms_key": f"arn:aws:kms:{addresses.REGION}:{addresses.ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
                "bucket_key": True,
            },
            "lifecycle": {"noncurrent_versions_expire_after": "45d", "abort_incomplete_uploads_after": "3d"},
            "tags": {"cost": "42"},
        },
        policy={"path": "/backup/", "description": "what the snapshots need"},
        role={"path": "/backup/", "max_session_duration": "2h"},
    )
    fresh.policy_arn = f"arn:aws:iam::{addresses.ACCOUNT}:policy/backup/{fresh.policy}"
    fresh.apply()
    golden("held-with-every-option.json", fresh.held())
    fresh.drift(code=0)
