"""Where the sandbox and moto are known to answer differently, each with the reason. A row that is no longer true fails the test. Data only."""

NOT_CHECKED = "moto does not check this; the sandbox refuses it as AWS does"
NEW_BUCKET = "AWS gives every new bucket this setting; moto answers 404"

KNOWN: dict[str, str] = {
    "caller": "moto invents the user `moto` for keys that it does not know; the sandbox has a caller of its own",
    "create bucket with a bad name": NOT_CHECKED,
    "head bucket of another owner": "moto ignores ExpectedBucketOwner; AWS and the sandbox answer 403",
    "encryption of a new bucket": NEW_BUCKET,
    "block of a new bucket": NEW_BUCKET,
    "ownership of a new bucket": NEW_BUCKET,
    "policy status of a new bucket": "moto has no verdict to give; AWS answers NoSuchBucketPolicy",
    "put bucket policy that is no JSON": NOT_CHECKED,
    "create policy of that name elsewhere": "names of policies are unique in an account, whatever the path; moto goes by ARN",
    "create role in another case": "names of roles are unique without case; moto compares them with it",
    "create role whose trust is no JSON": NOT_CHECKED,
    "delete policy with versions": "AWS and the sandbox answer DeleteConflict; moto deletes",
    "delete attached policy": "AWS and the sandbox answer DeleteConflict; moto deletes",
}
