"""For every managed field: someone changes it with boto3 (or on the node), drift names exactly that field, apply heals it, all is as before."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import addresses
import readback
from world import World


@dataclass(frozen=True)
class Case:
    """A change made behind the product's back, and what it must say about it."""

    name: str
    kind: str
    change: Callable[[World], object]
    fields: tuple[str, ...]
    action: str = "update"
    risk: str | None = None  # what apply demands to be allowed before it heals


BUCKET: list[Case] = []
POLICY: list[Case] = []
ROLE: list[Case] = []
REPOSITORY: list[Case] = []


def case(cases: list[Case], kind: str, *fields: str, **more):
    """Adds the decorated change as a case of its own name."""

    def add(change):
        cases.append(Case(change.__name__, kind, change, fields, **more))
        return change

    return add


# ---- bucket


@case(BUCKET, "bucket", "encryption")
def encryption_is_another_key(w: World):
    key = f"arn:aws:kms:{addresses.REGION}:{addresses.ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
    w.s3().put_bucket_encryption(Bucket=w.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


@case(BUCKET, "bucket", "versioning")
def versioning_is_suspended(w: World):
    w.s3().put_bucket_versioning(Bucket=w.bucket, VersioningConfiguration={"Status": "Suspended"})


def block_without(setting: str) -> Callable[[World], object]:
    def change(w: World):
        settings = readback.bucket(w.bucket)["public_access_block"]["PublicAccessBlockConfiguration"]
        w.s3().put_public_access_block(Bucket=w.bucket, PublicAccessBlockConfiguration={**settings, setting: False})

    return change


for setting, field in (
    ("BlockPublicAcls", "block_public_acls"),
    ("IgnorePublicAcls", "ignore_public_acls"),
    ("BlockPublicPolicy", "block_public_policy"),
    ("RestrictPublicBuckets", "restrict_public_buckets"),
):
    BUCKET.append(Case(f"{field}_is_off", "bucket", block_without(setting), (f"public_access_block.{field}",)))


@case(
    BUCKET, "bucket",
    "public_access_block.block_public_acls", "public_access_block.ignore_public_acls",
    "public_access_block.block_public_policy", "public_access_block.restrict_public_buckets",
)
def the_public_access_block_is_gone(w: World):
    w.s3().delete_public_access_block(Bucket=w.bucket)


@case(BUCKET, "bucket", "ownership")
def ownership_lets_acls_in(w: World):
    w.s3().put_bucket_ownership_controls(Bucket=w.bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


@case(BUCKET, "bucket", "ownership")
def ownership_is_not_set(w: World):
    w.s3().delete_bucket_ownership_controls(Bucket=w.bucket)


@case(BUCKET, "bucket", "policy")
def the_bucket_policy_is_gone(w: World):
    w.s3().delete_bucket_policy(Bucket=w.bucket)


@case(BUCKET, "bucket", "policy")
def a_statement_of_the_bucket_policy_refuses_less(w: World):
    document = readback.bucket(w.bucket)["policy"]
    document["Statement"][0]["Resource"] = f"arn:aws:s3:::{w.bucket}"
    w.s3().put_bucket_policy(Bucket=w.bucket, Policy=json.dumps(document))


def change_rules(w: World, edit: Callable[[list[dict]], list[dict]]) -> None:
    rules = edit(readback.bucket(w.bucket)["lifecycle"])
    w.s3().put_bucket_lifecycle_configuration(Bucket=w.bucket, LifecycleConfiguration={"Rules": rules})


def with_value(rules: list[dict], key: str, value) -> list[dict]:
    return [{**rule, key: value} if key in rule else rule for rule in rules]


@case(BUCKET, "bucket", "lifecycle.noncurrent_versions_expire_after")
def old_versions_are_kept_longer(w: World):
    change_rules(w, lambda rules: with_value(rules, "NoncurrentVersionExpiration", {"NoncurrentDays": 90}))


@case(BUCKET, "bucket", "lifecycle.abort_incomplete_uploads_after")
def unfinished_uploads_are_kept_longer(w: World):
    change_rules(w, lambda rules: with_value(rules, "AbortIncompleteMultipartUpload", {"DaysAfterInitiation": 70}))


@case(BUCKET, "bucket", "lifecycle.abort_incomplete_uploads_after", "lifecycle.noncurrent_versions_expire_after")
def the_lifecycle_rules_are_gone(w: World):
    w.s3().delete_bucket_lifecycle(Bucket=w.bucket)


def tag_bucket(w: World, **changes: str | None) -> None:
    tags = {**readback.bucket(w.bucket)["tags"], **changes}
    kept = [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
    w.s3().put_bucket_tagging(Bucket=w.bucket, Tagging={"TagSet": kept})


@case(BUCKET, "bucket", "tags.team")
def a_tag_of_the_bucket_is_changed(w: World):
    tag_bucket(w, team="marketing")


@case(BUCKET, "bucket", "tags.team")
def a_tag_of_the_bucket_is_removed(w: World):
    tag_bucket(w, team=None)


# ---- managed policy


def new_default(w: World, edit: Callable[[dict], dict]) -> None:
    document = edit(readback.policy(w.policy_arn)["document"])
    w.iam().create_policy_version(PolicyArn=w.policy_arn, PolicyDocument=json.dumps(document), SetAsDefault=True)


@case(POLICY, "policy", "document")
def the_policy_grants_more(w: World):
    more = {"Sid": "More", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    new_default(w, lambda document: {**document, "Statement": [*document["Statement"], more]})


@case(POLICY, "policy", "document", risk="widens-access")
def the_policy_grants_less(w: World):
    new_default(w, lambda document: {**document, "Statement": document["Statement"][:1]})


@case(POLICY, "policy", "tags.team")
def a_tag_of_the_policy_is_changed(w: World):
    w.iam().tag_policy(PolicyArn=w.policy_arn, Tags=[{"Key": "team", "Value": "marketing"}])


@case(POLICY, "policy", "tags.team")
def a_tag_of_the_policy_is_removed(w: World):
    w.iam().untag_policy(PolicyArn=w.policy_arn, TagKeys=["team"])


# ---- role


def new_trust(w: World, edit: Callable[[dict], dict]) -> None:
    document = edit(readback.role(w.role)["trust"])
    w.iam().update_assume_role_policy(RoleName=w.role, PolicyDocument=json.dumps(document))


@case(ROLE, "role", "trust")
def the_trust_lets_others_in(w: World):
    other = {"Sid": "Other", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    new_trust(w, lambda document: {**document, "Statement": [*document["Statement"], other]})


@case(ROLE, "role", "trust", risk="widens-access")
def the_trust_names_another_domain(w: World):
    other = f"arn:aws:es:{addresses.REGION}:{addresses.ACCOUNT}:domain/another"

    def edit(document: dict) -> dict:
        return json.loads(json.dumps(document).replace(w.domain_arn, other))

    new_trust(w, edit)


@case(ROLE, "role", "max_session_duration")
def sessions_are_longer(w: World):
    w.iam().update_role(RoleName=w.role, MaxSessionDuration=7200, Description=readback.role(w.role)["description"])


@case(ROLE, "role", "description")
def the_description_is_changed(w: World):
    w.iam().update_role(RoleName=w.role, MaxSessionDuration=3600, Description="somebody else's words")


@case(ROLE, "role", "policies")
def the_policy_is_detached(w: World):
    w.iam().detach_role_policy(RoleName=w.role, PolicyArn=w.policy_arn)


@case(ROLE, "role", "permissions_boundary")
def the_boundary_is_removed(w: World):
    w.iam().delete_role_permissions_boundary(RoleName=w.role)


@case(ROLE, "role", "tags.team")
def a_tag_of_the_role_is_changed(w: World):
    w.iam().tag_role(RoleName=w.role, Tags=[{"Key": "team", "Value": "marketing"}])


@case(ROLE, "role", "tags.team")
def a_tag_of_the_role_is_removed(w: World):
    w.iam().untag_role(RoleName=w.role, TagKeys=["team"])


# ---- repository


def register(w: World, **changes: str | None) -> None:
    held = readback.repositories()[w.repository]
    settings = {key: value for key, value in {**held["settings"], **changes}.items() if value is not None}
    readback.node("PUT", f"/_snapshot/{w.repository}", {"type": "s3", "settings": settings}).raise_for_status()


@case(REPOSITORY, "repository", "base_path", risk="repoints")
def the_repository_is_at_another_path(w: World):
    register(w, base_path="elsewhere")


@case(REPOSITORY, "repository", "readonly", risk="repoints")
def the_repository_is_read_only(w: World):
    register(w, readonly="true")


@case(REPOSITORY, "repository", "settings.max_snapshot_bytes_per_sec")
def the_repository_has_a_limit(w: World):
    register(w, max_snapshot_bytes_per_sec="10mb")


@case(REPOSITORY, "repository", "region")
def the_repository_has_no_region(w: World):
    register(w, region=None)


CASES = [*BUCKET, *POLICY, *ROLE, *REPOSITORY]


@pytest.fixture
def complete(fresh) -> World:
    """An applied environment in which every managed field has a value."""
    boundary = fresh.iam().create_policy(
        PolicyName=f"{fresh.name}-boundary",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    )["Policy"]["Arn"]
    fresh.write(role={"permissions_boundary": boundary, "description": "snapshots of this domain"})
    fresh.apply()
    return fresh


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in CASES])
def test_drift(complete, case):
    before = complete.held()
    case.change(complete)
    assert complete.held() != before, "the change did not take, so nothing would be proved"

    (change,) = complete.changes(complete.drift(code=2))
    assert (change["kind"], change["action"]) == (case.kind, case.action)
    assert sorted(field["path"] for field in change["fields"]) == sorted(case.fields)
    assert change["risks"] == ([case.risk] if case.risk else [])

    if case.risk:
        moved = complete.held()
        complete.apply(code=6)
        assert complete.held() == moved, "apply wrote although nobody allowed it"
        complete.apply("--allow", f"{case.risk}={case.kind}.{change['name']}")
    else:
        complete.apply()
    assert complete.held() == before
    complete.drift(code=0)


def test_repository_deleted_on_the_node_is_registered_again(complete):
    before = complete.held()
    readback.node("DELETE", f"/_snapshot/{complete.repository}").raise_for_status()
    (change,) = complete.changes(complete.drift(code=2))
    assert (change["kind"], change["action"]) == ("repository", "create")
    complete.apply()
    assert complete.held() == before
    assert readback.verify(complete.repository) == 200
    complete.drift(code=0)
