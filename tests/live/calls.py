"""The calls that the sandbox and moto both get, in this order: the same boto3 client, the same parameters. Data only."""

import json
from dataclasses import dataclass, field

ACCOUNT = "123456789012"
REGION = "us-west-2"
BUCKET = "differential-bucket"
ABSENT_BUCKET = "differential-absent"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/team/differential"
ABSENT_ARN = f"arn:aws:iam::{ACCOUNT}:policy/absent"
ATTACHED_ARN = f"arn:aws:iam::{ACCOUNT}:policy/attached"
PATH = "/team/"


@dataclass(frozen=True)
class Call:
    """One call; `name` is what the table of known differences refers to."""

    name: str
    service: str
    operation: str
    parameters: dict = field(default_factory=dict)


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


TRUST = document({"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"}, "Action": "sts:AssumeRole"})
OTHER_TRUST = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"})
TLS_ONLY = {
    "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
RULES = {"Rules": [
    {"ID": "one", "Status": "Enabled", "Filter": {"Prefix": "p/"},
     "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
    {"ID": "two", "Status": "Disabled", "Filter": {"Prefix": "q/"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
]}
AES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
KMS = {"Rules": [{
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"},
    "BucketKeyEnabled": True}]}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
HERE = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}


def s3(name: str, operation: str, bucket: str = BUCKET, **parameters) -> Call:
    return Call(name, "s3", operation, {"Bucket": bucket, **parameters})


def iam(name: str, operation: str, **parameters) -> Call:
    return Call(name, "iam", operation, parameters)


CONFIGURATION = [
    ("encryption", "get_bucket_encryption"), ("versioning", "get_bucket_versioning"), ("block", "get_public_access_block"),
    ("ownership", "get_bucket_ownership_controls"), ("policy", "get_bucket_policy"), ("policy status", "get_bucket_policy_status"),
    ("lifecycle", "get_bucket_lifecycle_configuration"), ("tags", "get_bucket_tagging"), ("location", "get_bucket_location"),
    ("acl", "get_bucket_acl"), ("cors", "get_bucket_cors"), ("website", "get_bucket_website"),
    ("replication", "get_bucket_replication"), ("logging", "get_bucket_logging"),
    ("notification", "get_bucket_notification_configuration"), ("object lock", "get_object_lock_configuration"),
]

S3 = [
    s3("create bucket", "create_bucket", **HERE),
    s3("create bucket again", "create_bucket", **HERE),
    s3("create bucket with a bad name", "create_bucket", "Bad_Name", **HERE),
    s3("create bucket in another region than the client's", "create_bucket", "differential-elsewhere",
       CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
    s3("head bucket", "head_bucket"),
    s3("head absent bucket", "head_bucket", ABSENT_BUCKET),
    s3("head bucket of another owner", "head_bucket", ExpectedBucketOwner="999999999999"),
    *[s3(f"{what} of a new bucket", operation) for what, operation in CONFIGURATION],
    *[s3(f"{what} of an absent bucket", operation, ABSENT_BUCKET) for what, operation in CONFIGURATION[:8]],
    s3("put encryption", "put_bucket_encryption", ServerSideEncryptionConfiguration=AES),
    s3("encryption that was put", "get_bucket_encryption"),
    s3("put encryption with a key", "put_bucket_encryption", ServerSideEncryptionConfiguration=KMS),
    s3("encryption with a key", "get_bucket_encryption"),
    s3("put versioning", "put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
    s3("versioning that was put", "get_bucket_versioning"),
    s3("suspend versioning", "put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
    s3("suspended versioning", "get_bucket_versioning"),
    s3("put block", "put_public_access_block", PublicAccessBlockConfiguration=BLOCK),
    s3("block that was put", "get_public_access_block"),
    s3("delete block", "delete_public_access_block"),
    s3("deleted block", "get_public_access_block"),
    s3("put ownership", "put_bucket_ownership_controls", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}),
    s3("ownership that was put", "get_bucket_ownership_controls"),
    s3("delete ownership", "delete_bucket_ownership_controls"),
    s3("deleted ownership", "get_bucket_ownership_controls"),
    s3("put bucket policy", "put_bucket_policy", Policy=document(TLS_ONLY)),
    s3("bucket policy that was put", "get_bucket_policy"),
    s3("put bucket policy that is no JSON", "put_bucket_policy", Policy="not json"),
    s3("delete bucket policy", "delete_bucket_policy"),
    s3("deleted bucket policy", "get_bucket_policy"),
    s3("put lifecycle", "put_bucket_lifecycle_configuration", LifecycleConfiguration=RULES),
    s3("lifecycle that was put", "get_bucket_lifecycle_configuration"),
    s3("delete lifecycle", "delete_bucket_lifecycle"),
    s3("deleted lifecycle", "get_bucket_lifecycle_configuration"),
    s3("put tags", "put_bucket_tagging", Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}),
    s3("tags that were put", "get_bucket_tagging"),
    s3("put one tag twice", "put_bucket_tagging", Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
    s3("delete tags", "delete_bucket_tagging"),
    s3("deleted tags", "get_bucket_tagging"),
    s3("objects of an empty bucket", "list_objects_v2", Prefix="p/"),
    s3("versions of an empty bucket", "list_object_versions", MaxKeys=1),
    s3("uploads of an empty bucket", "list_multipart_uploads", MaxUploads=1),
    s3("delete bucket", "delete_bucket"),
    s3("delete bucket again", "delete_bucket"),
]

ROLE = {"RoleName": "differential"}
POLICY = {"PolicyArn": POLICY_ARN}
GRANT = document(allow("s3:GetObject", "arn:aws:s3:::b/*"))

IAM = [
    iam("absent policy", "get_policy", PolicyArn=ABSENT_ARN),
    iam("create policy", "create_policy", PolicyName="differential", Path=PATH, PolicyDocument=GRANT,
        Description="words", Tags=[{"Key": "a", "Value": "1"}]),
    iam("create policy again", "create_policy", PolicyName="differential", Path=PATH, PolicyDocument=GRANT),
    iam("create policy of that name elsewhere", "create_policy", PolicyName="differential", Path="/other/", PolicyDocument=GRANT),
    iam("create policy that is no JSON", "create_policy", PolicyName="bad", PolicyDocument="not json"),
    iam("create policy without statements", "create_policy", PolicyName="bad", PolicyDocument='{"Version": "2012-10-17"}'),
    iam("policy", "get_policy", **POLICY),
    iam("policy version", "get_policy_version", VersionId="v1", **POLICY),
    iam("absent policy version", "get_policy_version", VersionId="v9", **POLICY),
    *[iam(f"create version {n}", "create_policy_version", PolicyDocument=GRANT, SetAsDefault=n == 2, **POLICY) for n in (2, 3, 4, 5)],
    iam("create version 6", "create_policy_version", PolicyDocument=GRANT, SetAsDefault=True, **POLICY),
    iam("policy versions", "list_policy_versions", **POLICY),
    iam("delete the default version", "delete_policy_version", VersionId="v2", **POLICY),
    iam("delete the oldest version", "delete_policy_version", VersionId="v1", **POLICY),
    iam("create the version after it", "create_policy_version", PolicyDocument=GRANT, SetAsDefault=True, **POLICY),
    iam("set the default version", "set_default_policy_version", VersionId="v3", **POLICY),
    iam("tag policy", "tag_policy", Tags=[{"Key": "b", "Value": "2"}], **POLICY),
    iam("policy tags", "list_policy_tags", **POLICY),
    iam("untag policy", "untag_policy", TagKeys=["b"], **POLICY),
    iam("policies of this account under a path", "list_policies", Scope="Local", PathPrefix=PATH),
    iam("absent role", "get_role", RoleName="absent"),
    iam("create role", "create_role", Path=PATH, AssumeRolePolicyDocument=TRUST, Description="words",
        Tags=[{"Key": "a", "Value": "1"}], **ROLE),
    iam("create role again", "create_role", Path=PATH, AssumeRolePolicyDocument=TRUST, **ROLE),
    iam("create role in another case", "create_role", RoleName="Differential", AssumeRolePolicyDocument=TRUST),
    iam("create role whose trust is no JSON", "create_role", RoleName="bad", AssumeRolePolicyDocument="not json"),
    iam("role", "get_role", **ROLE),
    iam("update trust", "update_assume_role_policy", PolicyDocument=OTHER_TRUST, **ROLE),
    iam("update role", "update_role", Description="other words", MaxSessionDuration=7200, **ROLE),
    iam("updated role", "get_role", **ROLE),
    iam("update absent role", "update_role", RoleName="absent", Description="x"),
    iam("put boundary", "put_role_permissions_boundary", PermissionsBoundary=POLICY_ARN, **ROLE),
    iam("role with a boundary", "get_role", **ROLE),
    iam("delete boundary", "delete_role_permissions_boundary", **ROLE),
    iam("tag role", "tag_role", Tags=[{"Key": "b", "Value": "2"}], **ROLE),
    iam("role tags", "list_role_tags", **ROLE),
    iam("untag role", "untag_role", TagKeys=["b"], **ROLE),
    iam("attach absent policy", "attach_role_policy", PolicyArn=ABSENT_ARN, **ROLE),
    iam("attach to absent role", "attach_role_policy", RoleName="absent", **POLICY),
    iam("attach policy", "attach_role_policy", **POLICY, **ROLE),
    iam("attach policy again", "attach_role_policy", **POLICY, **ROLE),
    iam("attached policies", "list_attached_role_policies", **ROLE),
    iam("attached policies of absent role", "list_attached_role_policies", RoleName="absent"),
    iam("put inline policy", "put_role_policy", PolicyName="inline", PolicyDocument=GRANT, **ROLE),
    iam("inline policy", "get_role_policy", PolicyName="inline", **ROLE),
    iam("absent inline policy", "get_role_policy", PolicyName="absent", **ROLE),
    iam("inline policies", "list_role_policies", **ROLE),
    iam("delete role in use", "delete_role", **ROLE),
    iam("delete inline policy", "delete_role_policy", PolicyName="inline", **ROLE),
    iam("detach policy", "detach_role_policy", **POLICY, **ROLE),
    iam("detach policy again", "detach_role_policy", **POLICY, **ROLE),
    iam("delete role", "delete_role", **ROLE),
    iam("delete role again", "delete_role", **ROLE),
    iam("delete policy with versions", "delete_policy", **POLICY),
    iam("create a policy to attach", "create_policy", PolicyName="attached", PolicyDocument=GRANT),
    iam("create a role to attach to", "create_role", RoleName="holder", AssumeRolePolicyDocument=TRUST),
    iam("attach it", "attach_role_policy", RoleName="holder", PolicyArn=ATTACHED_ARN),
    iam("delete attached policy", "delete_policy", PolicyArn=ATTACHED_ARN),
]

OTHERS = [
    Call("caller", "sts", "get_caller_identity"),
    Call("absent domain", "opensearch", "describe_domain", {"DomainName": "absent"}),
]

CALLS = [*OTHERS, *S3, *IAM]
