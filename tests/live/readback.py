"""What AWS and the node hold, read without the product: whole values that two tests can compare. Writes nothing."""

import json
import urllib.parse

import requests
from botocore.exceptions import ClientError

import addresses

NOTHING = {
    "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration",
    "OwnershipControlsNotFoundError", "ServerSideEncryptionConfigurationNotFoundError",
}


def ask(call, **parameters):
    """The answer without its envelope; None where the service says that there is no such setting."""
    try:
        answer = call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOTHING:
            return None
        raise
    answer.pop("ResponseMetadata")
    return answer


def by_key(tags: list[dict]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def bucket_exists(name: str, s3=None) -> bool:
    listed = (s3 or addresses.client("s3")).list_buckets()["Buckets"]
    return name in {each["Name"] for each in listed}


def bucket(name: str, s3=None) -> dict:
    s3 = s3 or addresses.client("s3")
    policy = ask(s3.get_bucket_policy, Bucket=name)
    tags = ask(s3.get_bucket_tagging, Bucket=name)
    lifecycle = ask(s3.get_bucket_lifecycle_configuration, Bucket=name)
    return {
        "location": ask(s3.get_bucket_location, Bucket=name),
        "encryption": ask(s3.get_bucket_encryption, Bucket=name),
        "versioning": ask(s3.get_bucket_versioning, Bucket=name),
        "public_access_block": ask(s3.get_public_access_block, Bucket=name),
        "ownership": ask(s3.get_bucket_ownership_controls, Bucket=name),
        "policy": policy and json.loads(policy["Policy"]),
        "lifecycle": lifecycle and lifecycle["Rules"],
        "tags": tags and by_key(tags["TagSet"]),
    }


def policy(arn: str, iam=None) -> dict:
    iam = iam or addresses.client("iam")
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": found["Arn"],
        "path": found["Path"],
        "description": found.get("Description", ""),
        "attachments": found["AttachmentCount"],
        "document": version["Document"],
        "tags": by_key(iam.list_policy_tags(PolicyArn=arn)["Tags"]),
    }


def role(name: str, iam=None) -> dict:
    iam = iam or addresses.client("iam")
    found = iam.get_role(RoleName=name)["Role"]
    return {
        "arn": found["Arn"],
        "path": found["Path"],
        "description": found.get("Description", ""),
        "max_session_duration": found["MaxSessionDuration"],
        "boundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "trust": found["AssumeRolePolicyDocument"],
        "attached": sorted(each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]),
        "inline": iam.list_role_policies(RoleName=name)["PolicyNames"],
        "tags": by_key(iam.list_role_tags(RoleName=name)["Tags"]),
    }


def node(method: str, path: str, body: dict | None = None) -> requests.Response:
    return requests.request(method, f"{addresses.NODE}{path}", json=body, timeout=60)


def repositories() -> dict[str, dict]:
    answer = node("GET", "/_snapshot")
    answer.raise_for_status()
    return answer.json()


def repositories_of(name: str) -> dict[str, dict]:
    """The registrations under this name and under names made from it: what a run may have left behind."""
    return {found: held for found, held in repositories().items() if found.startswith(name)}


def verify(name: str) -> int:
    """The status of `_verify`: 200 when every node reaches the bucket."""
    return node("POST", f"/_snapshot/{urllib.parse.quote(name, safe='')}/_verify").status_code
