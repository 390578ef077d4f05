"""What others put on our resources stays as they left it, through an apply that writes beside it."""

import json

import readback

FOREIGN_STATEMENT = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl", "Resource": "*"}
FOREIGN_RULE = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "theirs/"}, "Expiration": {"Days": 7}}
FOREIGN_INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::theirs/*"}]}


def add_foreign_things(w) -> None:
    held = readback.bucket(w.bucket)
    statements = [FOREIGN_STATEMENT, *held["policy"]["Statement"]]
    w.s3().put_bucket_policy(Bucket=w.bucket, Policy=json.dumps({**held["policy"], "Statement": statements}))
    rules = [FOREIGN_RULE, *held["lifecycle"]]
    w.s3().put_bucket_lifecycle_configuration(Bucket=w.bucket, LifecycleConfiguration={"Rules": rules})
    tags = [{"Key": key, "Value": value} for key, value in {**held["tags"], "theirs": "1"}.items()]
    w.s3().put_bucket_tagging(Bucket=w.bucket, Tagging={"TagSet": tags})
    w.iam().tag_role(RoleName=w.role, Tags=[{"Key": "theirs", "Value": "1"}])
    w.iam().tag_policy(PolicyArn=w.policy_arn, Tags=[{"Key": "theirs", "Value": "1"}])
    w.iam().put_role_policy(RoleName=w.role, PolicyName="theirs", PolicyDocument=json.dumps(FOREIGN_INLINE))


def break_what_is_ours(w) -> None:
    held = readback.bucket(w.bucket)
    w.s3().put_bucket_policy(Bucket=w.bucket, Policy=json.dumps({**held["policy"], "Statement": [FOREIGN_STATEMENT]}))
    w.s3().put_bucket_lifecycle_configuration(Bucket=w.bucket, LifecycleConfiguration={"Rules": [FOREIGN_RULE]})
    tags = [{"Key": key, "Value": value} for key, value in {**held["tags"], "team": "marketing"}.items()]
    w.s3().put_bucket_tagging(Bucket=w.bucket, Tagging={"TagSet": tags})
    w.iam().tag_role(RoleName=w.role, Tags=[{"Key": "team", "Value": "marketing"}])
    w.iam().tag_policy(PolicyArn=w.policy_arn, Tags=[{"Key": "team", "Value": "marketing"}])


def in_any_order(held: dict) -> dict:
    """Statements and rules are sets: which comes first is nobody's promise."""
    ordered = json.loads(json.dumps(held))
    ordered["bucket"]["policy"]["Statement"].sort(key=json.dumps)
    ordered["bucket"]["lifecycle"].sort(key=json.dumps)
    return ordered


def findings(environment: dict) -> list[tuple[str, str, str]]:
    return [(found["code"], found["severity"], found["resource"].split(".")[0]) for found in environment["findings"]]


def test_what_others_added_is_no_change_and_is_judged(applied):
    (environment,) = applied.drift(code=0)["environments"]
    assert findings(environment) == []
    add_foreign_things(applied)
    (environment,) = applied.drift(code=2)["environments"]
    # The rule and the statement touch nothing of the backups; the inline policy reads another bucket.
    assert findings(environment) == [("role-exceeds-spec", "danger", "role")]
    assert environment["summary"]["update"] == 0
    assert {change["kind"]: change["unmanaged"] for change in environment["changes"] if change["unmanaged"]} == {
        "bucket": ["tag theirs", "bucket policy statement Theirs", "lifecycle rule theirs"],
        "policy": ["tag theirs"],
        "role": ["tag theirs", "inline policy theirs"],
    }


def test_what_others_added_survives_an_apply_beside_it(applied):
    add_foreign_things(applied)
    before = in_any_order(applied.held())
    break_what_is_ours(applied)
    applied.apply()
    assert in_any_order(applied.held()) == before


def test_rules_and_statements_that_endanger_backups_are_dangers(applied):
    held = readback.bucket(applied.bucket)
    rules = [
        {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}},
        {"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}]},
    ]
    applied.s3().put_bucket_lifecycle_configuration(Bucket=applied.bucket, LifecycleConfiguration={"Rules": [*rules, *held["lifecycle"]]})
    reader = {
        "Sid": "Reader",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{applied.bucket}/*",
    }
    document = {**held["policy"], "Statement": [reader, *held["policy"]["Statement"]]}
    applied.s3().put_bucket_policy(Bucket=applied.bucket, Policy=json.dumps(document))
    (environment,) = applied.drift(code=2)["environments"]
    assert findings(environment) == [
        ("expires-backups", "danger", "bucket"),
        ("archives-backups", "danger", "bucket"),
        ("unmanaged-grant", "danger", "bucket"),
    ]
    assert "lets account 999988887777 read every object" in environment["findings"][2]["message"]
