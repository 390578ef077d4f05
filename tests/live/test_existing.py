"""`existing: true`: what someone else keeps is checked and used, never created and never changed."""

import json

import addresses
import readback
import world


def existing_of(applied: world.World, tmp_path) -> world.World:
    """A second environment that uses everything of the first."""
    other = world.World(f"{applied.name[:30]}-two", tmp_path)
    other.domain, other.domain_arn = applied.domain, applied.domain_arn
    other.spec = {
        **applied.spec,
        "name": other.name,
        "bucket": {"name": applied.bucket, "existing": True},
        "policy": {"name": applied.policy, "existing": True},
        "role": {"name": applied.role, "existing": True},
        "repository": {"name": other.repository, "base_path": applied.name, "readonly": True},
    }
    other.write()
    return other


def test_only_the_repository_is_created(applied, tmp_path):
    before = applied.held()
    other = existing_of(applied, tmp_path)
    (change,) = other.changes(other.plan())
    assert (change["kind"], change["name"], change["action"]) == ("repository", other.repository, "create")
    other.apply()
    assert applied.held() == before
    assert list(readback.repositories_of(other.repository)) == [other.repository]
    other.drift(code=0)


def test_an_existing_repository_is_used_as_it_is(applied, tmp_path):
    before = applied.held()
    other = existing_of(applied, tmp_path)
    other.write(repository={"name": applied.repository, "existing": True, "readonly": None})
    assert other.changes(other.plan()) == []
    other.apply()
    assert applied.held() == before


def test_what_is_said_to_exist_and_does_not_is_blocked(fresh):
    fresh.write(bucket={"existing": True}, policy={"existing": True}, role={"existing": True})
    answer = fresh.plan(code=6)
    actions = {change["kind"]: change["action"] for change in fresh.changes(answer)}
    assert actions == {"bucket": "blocked", "policy": "blocked", "role": "blocked", "repository": "blocked"}
    fresh.apply(code=6)
    assert readback.repositories_of(fresh.repository) == {}


def test_a_bucket_that_has_a_policy_is_adopted_with_it(fresh):
    """Its policy's status is read first: a bucket that lets everyone in is not taken over."""
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl", "Resource": f"arn:aws:s3:::{fresh.bucket}"}
    place = {"LocationConstraint": addresses.REGION}
    fresh.s3().create_bucket(Bucket=fresh.bucket, CreateBucketConfiguration=place)
    fresh.s3().put_bucket_policy(Bucket=fresh.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    fresh.apply(code=6)
    fresh.apply("--adopt", f"bucket.{fresh.bucket}")
    fresh.drift(code=0)
    statements = readback.bucket(fresh.bucket)["policy"]["Statement"]
    assert [statement["Sid"] for statement in statements if statement["Sid"] == "Theirs"] == ["Theirs"]
    assert len(statements) == 2
