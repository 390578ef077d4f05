"""The reads of one plan with boto3, one after another: what a careful script would do. Arguments as for bench-bare."""

import sys
import urllib.request

import boto3

bucket, policy, role, domain, repository, account = sys.argv[1:]

boto3.client("sts").get_caller_identity()

s3 = boto3.client("s3")
for read in (
    s3.head_bucket,
    s3.get_bucket_encryption,
    s3.get_bucket_versioning,
    s3.get_public_access_block,
    s3.get_bucket_ownership_controls,
    s3.get_bucket_policy,
    s3.get_bucket_lifecycle_configuration,
    s3.get_bucket_tagging,
):
    read(Bucket=bucket, ExpectedBucketOwner=account)

iam = boto3.client("iam")
version = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
iam.get_policy_version(PolicyArn=policy, VersionId=version)
iam.list_policy_versions(PolicyArn=policy)
iam.get_role(RoleName=role)
iam.list_attached_role_policies(RoleName=role)
iam.list_role_policies(RoleName=role)

for path in ("/", "/_snapshot", f"/_snapshot/{repository}/_all?verbose=false"):
    with urllib.request.urlopen(domain + path, timeout=30) as answer:
        answer.read()
