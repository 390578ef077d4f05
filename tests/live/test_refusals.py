"""Refusals: wrong keys, missing permissions, the wrong account, an untrusted endpoint. Nothing is written, and the layer is named."""

import json
import uuid

import pytest

import addresses
import listener
import readback
import world


@pytest.fixture
def guarded(name, tmp_path) -> world.World:
    """An environment on the moto that checks signatures and permissions; its names are new in every run."""
    made = world.World(f"{name[:20]}-{uuid.uuid4().hex[:6]}", tmp_path, addresses.MOTO_AUTH)
    made.write(domain={"name": None, "endpoint": addresses.NODE, "auth": "none"}, role={"trust": {
        "source_accounts": [addresses.ACCOUNT], "source_arns": [made.domain_arn]}})
    return made


def give_user(w: world.World, *actions: str) -> None:
    """A user who may do exactly this, and whose keys the world runs with from here on."""
    iam = w.iam()
    iam.create_user(UserName=w.name)
    statement = {"Effect": "Allow", "Action": list(actions) or ["sts:GetCallerIdentity"], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=w.name, PolicyName="granted", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=w.name)["AccessKey"]
    w.access_key, w.secret_key = key["AccessKeyId"], key["SecretAccessKey"]


def without_id(error: dict) -> dict:
    """A failure without the id that is new in every request."""
    return {key: value for key, value in error.items() if key != "request_id"}


def error_of(answer: dict) -> dict:
    (environment,) = answer["environments"]
    return without_id(environment["error"])


def test_a_wrong_secret_is_refused_by_its_signature(guarded, enforced):
    give_user(guarded, "*")
    guarded.secret_key = "wrong" + guarded.secret_key[5:]
    with enforced:
        answer = guarded.plan(code=77)
    assert error_of(answer) == {
        "class": "credentials",
        "task": "confirm the account with STS",
        "layer": "signature",
        "messages": [
            "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        ],
        "cause": "the secret key is wrong, or something between here and the service changes the request",
        "hint": "check the credentials; a tunnel must leave Host alone: use `connect_to`",
    }


def test_an_unknown_key_is_refused(guarded, enforced):
    with enforced:
        answer = guarded.plan(code=77)
    assert error_of(answer) == {
        "class": "credentials",
        "task": "confirm the account with STS",
        "layer": "signature",
        "messages": ["InvalidClientTokenId: The security token included in the request is invalid."],
        "cause": "AWS does not know the caller's credentials",
        "hint": "check AWS_PROFILE, the partition and whether the key was deleted",
    }


def test_a_caller_without_permissions_sees_each_missing_one_and_writes_nothing(guarded, enforced):
    give_user(guarded)
    with enforced:
        answer = guarded.plan(code=77)
        guarded.apply(code=77)
    blocked = {change["kind"]: change["reason"] for change in guarded.changes(answer) if change["action"] == "blocked"}
    assert set(blocked) == {"bucket", "policy", "role", "repository"}
    assert "s3:ListBucket" in blocked["bucket"]
    assert "iam:GetPolicy" in blocked["policy"]
    assert "iam:GetRole" in blocked["role"]
    assert not readback.bucket_exists(guarded.bucket, guarded.s3())


UNNAMED = "a policy that the message does not name"
OTHERS = (
    "; or a permissions boundary, a session policy, a service control policy or a VPC endpoint policy: the message does not say which"
)


def test_a_caller_who_may_read_but_not_write_is_told_which_write(guarded, enforced):
    give_user(guarded, "s3:Get*", "s3:List*", "s3:HeadBucket", "iam:Get*", "iam:List*", "sts:GetCallerIdentity")
    with enforced:
        events = guarded.apply(code=77)
    (ended,) = [event for event in events if event["event"] == "environment"]
    assert without_id(ended["error"]) == {
        "class": "denied",
        "task": f"create bucket {guarded.bucket} in {addresses.REGION} (s3 CreateBucket)",
        "layer": UNNAMED,
        "messages": ["AccessDenied: Access Denied"],
        "cause": None,
        "hint": "allow the caller s3:CreateBucket, s3:PutBucketOwnershipControls, s3:TagResource "
        f"on arn:aws:s3:::{guarded.bucket}" + OTHERS,
    }
    assert not readback.bucket_exists(guarded.bucket, guarded.s3())


# The writes of a first apply whose permissions moto maps as AWS does, and all that each needs.
WRITES = {
    "CreateBucket": "s3:CreateBucket, s3:PutBucketOwnershipControls, s3:TagResource on arn:aws:s3:::{w.bucket}",
    "PutBucketVersioning": "s3:PutBucketVersioning on arn:aws:s3:::{w.bucket}",
    "PutBucketPolicy": "s3:PutBucketPolicy on arn:aws:s3:::{w.bucket}",
    "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration on arn:aws:s3:::{w.bucket}",
    "CreatePolicy": "iam:CreatePolicy, iam:TagPolicy on {w.policy_arn}",
    "CreateRole": "iam:CreateRole, iam:TagRole on {w.role_arn}",
    "AttachRolePolicy": "iam:AttachRolePolicy on {w.role_arn}",
}


@pytest.mark.parametrize("operation", WRITES)
def test_a_denied_write_names_what_to_grant_and_on_what(guarded, enforced, operation):
    needed = WRITES[operation].format(w=guarded)
    action = needed.split(",")[0].split(" ")[0]
    give_user(guarded, "*")
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
    guarded.iam().put_user_policy(UserName=guarded.name, PolicyName="denied", PolicyDocument=json.dumps(denied))
    with enforced:
        events = guarded.apply(code=77)
    (ended,) = [event for event in events if event["event"] == "environment"]
    error = ended["error"]
    assert f"{operation})" in error["task"], error
    # S3's message names no policy, IAM's does. A bucket that exists may have a policy that denies as well.
    layer, others = (UNNAMED, OTHERS) if action.startswith("s3:") else ("IAM of the caller", "")
    if layer == UNNAMED and operation != "CreateBucket":
        others = OTHERS.replace("; or ", "; or a Deny in the bucket's policy refuses it, or ")
        others = others.replace("a service control policy or", "a service control policy or resource control policy or")
    assert (error["layer"], error["hint"]) == (layer, f"allow the caller {needed}{others}"), error


def test_the_wrong_account_is_noticed_before_the_domain_hears_anything(fresh):
    with listener.Listener() as domain:
        fresh.write(account="999999999999", domain={"endpoint": domain.url})
        for command in ("plan", "drift"):
            ran = fresh.run(command, "--format", "json").expect(77)
            assert addresses.ACCOUNT in ran.err + ran.out and "999999999999" in ran.err + ran.out, str(ran)
        fresh.run("apply", "--yes").expect(77)
        assert domain.requests == []


def test_credentials_do_not_go_to_an_endpoint_that_nobody_vouches_for(fresh):
    with listener.Listener() as domain:
        fresh.write(domain={"endpoint": domain.url})
        ran = fresh.run("plan", trust=False)
        assert ran.code in (6, 77), str(ran)
        assert "--trust-endpoint" in ran.err + ran.out, str(ran)
        assert [each for each in domain.requests if each[2]] == []


def test_what_exists_without_our_mark_is_blocked_and_can_be_adopted(fresh):
    fresh.s3().create_bucket(Bucket=fresh.bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION})
    fresh.s3().put_bucket_tagging(Bucket=fresh.bucket, Tagging={"TagSet": [{"Key": "theirs", "Value": "1"}]})
    before = readback.bucket(fresh.bucket)
    answer = fresh.plan(code=6)
    (blocked,) = [change for change in fresh.changes(answer) if change["kind"] == "bucket"]
    assert blocked["action"] == "blocked" and f"--adopt bucket.{fresh.bucket}" in blocked["hint"]
    fresh.apply(code=6)
    assert readback.bucket(fresh.bucket) == before

    fresh.apply("--adopt", f"bucket.{fresh.bucket}")
    assert readback.bucket(fresh.bucket)["tags"] == {
        "theirs": "1", "team": "search", "managed-by": "esbackup", "esbackup-environment": fresh.name,
    }
    fresh.drift(code=0)


def test_what_another_environment_marked_is_blocked_with_its_name(applied, tmp_path):
    other = world.World(f"{applied.name[:30]}-two", tmp_path)
    other.create_domain()
    other.write(bucket={"name": applied.bucket})
    answer = other.plan(code=6)
    (blocked,) = [change for change in other.changes(answer) if change["kind"] == "bucket"]
    assert blocked["action"] == "blocked" and applied.name in blocked["reason"]
