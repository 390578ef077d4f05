"""Where the sandbox and moto are known to answer differently, each with the reason. A row that is no longer true fails the test. Data only."""

NOT_CHECKED = "moto does not check this; the sandbox refuses it as AWS does"
NEW_BUCKET = "AWS gives every new bucket this setting, and so does the sandbox; moto answers 404"
NO_BOUNDARY_COUNT = "AWS and the sandbox tell PermissionsBoundaryUsageCount; moto leaves it out"
NO_DOCUMENT = "IAM returns the document of a version from GetPolicyVersion only; moto returns it here too"

KNOWN: dict[str, str] = {
    "caller": "moto invents the user `moto` for keys that it does not know; the sandbox has a caller of its own",
    # S3
    "create bucket": "moto leaves out Location and BucketArn",
    "create bucket with a bad name": NOT_CHECKED,
    "head bucket": "moto leaves out BucketArn and AccessPointAlias",
    "head bucket of another owner": "moto ignores ExpectedBucketOwner; AWS and the sandbox answer 403",
    "encryption of a new bucket": NEW_BUCKET,
    "block of a new bucket": NEW_BUCKET,
    "ownership of a new bucket": NEW_BUCKET,
    "acl of a new bucket": "moto adds a DisplayName, which S3 no longer returns",
    "put bucket policy": "S3 and the sandbox answer 204, moto 200",
    "put bucket policy that is no JSON": NOT_CHECKED,
    "put lifecycle": "moto knows no TransitionDefaultMinimumObjectSize",
    "tags that were put": "moto turns an empty value into the word None",
    "versions of an empty bucket": "moto turns an absent delimiter into the word None and leaves out EncodingType",
    "uploads of an empty bucket": "moto ignores MaxUploads and leaves out Prefix",
    # IAM
    "create policy": "moto leaves the description out here; " + NO_BOUNDARY_COUNT,
    "create policy of that name elsewhere": "names of policies are unique in an account, whatever the path; moto goes by ARN",
    "create a policy to attach": NO_BOUNDARY_COUNT,
    "policy": NO_BOUNDARY_COUNT,
    "policies of this account under a path": NO_BOUNDARY_COUNT,
    "create version 2": NO_DOCUMENT,
    "create version 3": NO_DOCUMENT,
    "create version 4": NO_DOCUMENT,
    "create version 5": NO_DOCUMENT,
    "create the version after it": NO_DOCUMENT,
    "policy versions": "IAM lists the newest first; " + NO_DOCUMENT,
    "create role in another case": "names of roles are unique without case; moto compares them with it",
    "create role whose trust is no JSON": NOT_CHECKED,
    "role with a boundary": "IAM and the sandbox call the boundary's type `Policy`, moto `PermissionsBoundaryPolicy`",
    "delete policy with versions": "AWS and the sandbox answer DeleteConflict; moto deletes",
    "delete attached policy": "AWS and the sandbox answer DeleteConflict; moto deletes",
}
