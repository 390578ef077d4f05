"""Changes to every managed field, made behind the product's back with boto3 or on the node, and what drift must call each. Data and small edits only."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import addresses
import readback
from world import World


# A field's path; with its value before and after where that is short enough to be read here.
Field = str | tuple[str, object, object]


@dataclass(frozen=True)
class Case:
    """A change made behind the product's back, and what it must say about it."""

    name: str
    kind: str
    change: Callable[[World], object]
    fields: tuple[Field, ...]
    action: str = "update"
    risk: str | None = None  # what apply demands to be allowed before it heals


BUCKET: list[Case] = []
POLICY: list[Case] = []
ROLE: list[Case] = []
REPOSITORY: list[Case] = []


def case(cases: list[Case], kind: str, *fields: Field, **more):
    """Adds the decorated change as a case of its own name."""

    def add(change):
        cases.append(Case(change.__name__, kind, change, fields, **more))
        return change

    return add


# ---- bucket


KEY = f"arn:aws:kms:{addresses.REGION}:{addresses.ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


@case(BUCKET, "bucket", ("encryption", {"kms_key": KEY, "bucket_key": True}, "AES256"), risk="weakens")
def encryption_is_another_key(w: World):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, "BucketKeyEnabled": True}
    w.s3().put_bucket_encryption(Bucket=w.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


@case(BUCKET, "bucket", ("versioning", "suspended", "enabled"))
def versioning_is_suspended(w: World):
    w.s3().put_bucket_versioning(Bucket=w.bucket, VersioningConfiguration={"Status": "Suspended"})


def block_without(setting: str) -> Callable[[World], object]:
    def change(w: World):
        settings = readback.bucket(w.bucket)["public_access_block"]["PublicAccessBlockConfiguration"]
        w.s3().put_public_access_block(Bucket=w.bucket, PublicAccessBlockConfiguration={**settings, setting: False})

    return change


BLOCK = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}
ALL_ON = dict.fromkeys(BLOCK.values(), True)
for setting, word in BLOCK.items():
    turned_off = ("public_access_block", {**ALL_ON, word: False}, ALL_ON)
    BUCKET.append(Case(f"{word}_is_off", "bucket", block_without(setting), (turned_off,)))


@case(BUCKET, "bucket", ("public_access_block", dict.fromkeys(BLOCK.values(), False), ALL_ON))
def the_public_access_block_is_gone(w: World):
    w.s3().delete_public_access_block(Bucket=w.bucket)


@case(BUCKET, "bucket", ("ownership", "ObjectWriter", "BucketOwnerEnforced"))
def ownership_lets_acls_in(w: World):
    w.s3().put_bucket_ownership_controls(Bucket=w.bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


@case(BUCKET, "bucket", ("ownership", None, "BucketOwnerEnforced"))
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


@case(BUCKET, "bucket", ("lifecycle.noncurrent_versions_expire_after", "90d", "30d"))
def old_versions_are_kept_longer(w: World):
    change_rules(w, lambda rules: with_value(rules, "NoncurrentVersionExpiration", {"NoncurrentDays": 90}))


@case(BUCKET, "bucket", ("lifecycle.abort_incomplete_uploads_after", "70d", "7d"))
def unfinished_uploads_are_kept_longer(w: World):
    change_rules(w, lambda rules: with_value(rules, "AbortIncompleteMultipartUpload", {"DaysAfterInitiation": 70}))


@case(BUCKET, "bucket", ("lifecycle.expire_delete_markers", False, True))
def delete_markers_stay(w: World):
    change_rules(w, lambda rules: [{key: value for key, value in rule.items() if key != "Expiration"} for rule in rules])


@case(BUCKET, "bucket", ("lifecycle.enabled", False, True))
def the_lifecycle_rule_is_off(w: World):
    change_rules(w, lambda rules: with_value(rules, "Status", "Disabled"))


@case(
    BUCKET, "bucket",
    "lifecycle.abort_incomplete_uploads_after", "lifecycle.expire_delete_markers",
    "lifecycle.noncurrent_versions_expire_after", "lifecycle.prefix",
)
def the_lifecycle_rules_are_gone(w: World):
    w.s3().delete_bucket_lifecycle(Bucket=w.bucket)


def tag_bucket(w: World, **changes: str | None) -> None:
    tags = {**readback.bucket(w.bucket)["tags"], **changes}
    kept = [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
    w.s3().put_bucket_tagging(Bucket=w.bucket, Tagging={"TagSet": kept})


@case(BUCKET, "bucket", ("tags.team", "marketing", "search"))
def a_tag_of_the_bucket_is_changed(w: World):
    tag_bucket(w, team="marketing")


@case(BUCKET, "bucket", ("tags.team", None, "search"))
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


@case(POLICY, "policy", ("tags.team", "marketing", "search"))
def a_tag_of_the_policy_is_changed(w: World):
    w.iam().tag_policy(PolicyArn=w.policy_arn, Tags=[{"Key": "team", "Value": "marketing"}])


@case(POLICY, "policy", ("tags.team", None, "search"))
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


@case(ROLE, "role", ("max_session_duration", "2h", "1h"))
def sessions_are_longer(w: World):
    w.iam().update_role(RoleName=w.role, MaxSessionDuration=7200, Description=readback.role(w.role)["description"])


@case(ROLE, "role", ("description", "somebody else's words", "snapshots of this domain"))
def the_description_is_changed(w: World):
    w.iam().update_role(RoleName=w.role, MaxSessionDuration=3600, Description="somebody else's words")


@case(ROLE, "role", "policies")
def the_policy_is_detached(w: World):
    w.iam().detach_role_policy(RoleName=w.role, PolicyArn=w.policy_arn)


@case(ROLE, "role", "permissions_boundary")
def the_boundary_is_removed(w: World):
    w.iam().delete_role_permissions_boundary(RoleName=w.role)


@case(ROLE, "role", ("tags.team", "marketing", "search"))
def a_tag_of_the_role_is_changed(w: World):
    w.iam().tag_role(RoleName=w.role, Tags=[{"Key": "team", "Value": "marketing"}])


@case(ROLE, "role", ("tags.team", None, "search"))
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


@case(REPOSITORY, "repository", ("settings.compress", "false", None))
def the_repository_does_not_compress(w: World):
    register(w, compress="false")


@case(REPOSITORY, "repository", ("region", None, "us-west-2"), risk="repoints")
def the_repository_has_no_region(w: World):
    register(w, region=None)


CASES = [*BUCKET, *POLICY, *ROLE, *REPOSITORY]
