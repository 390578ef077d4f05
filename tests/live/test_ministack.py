"""A second opinion beside moto: ministack verifies signatures and permissions, asks for TLS where the bucket policy does, and has S3's defaults."""

import json

import pytest

import addresses
import binary
import world

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Mini(world.World):
    """An environment whose AWS is ministack; the node keeps its files in a bucket of the same name in moto."""

    def run(self, command: str, *arguments: str, trust: bool = True) -> binary.Ran:
        trusted = ["--trust-endpoint", "127.0.0.1"] if trust and command != "validate" else []
        return binary.run(
            [command, "-f", str(self.file), *trusted, *arguments],
            self.folder, self.endpoint, self.access_key, self.secret_key,
            {"SSL_CERT_FILE": addresses.MINISTACK_CA, "NO_PROXY": "127.0.0.1,localhost"},
        )


@pytest.fixture
def mini(name, tmp_path) -> Mini:
    made = Mini(name, tmp_path, endpoint=addresses.MINISTACK)
    iam = addresses.client("iam", addresses.MINISTACK, "test", "test")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    made.access_key, made.secret_key = key["AccessKeyId"], key["SecretAccessKey"]
    addresses.client("opensearch", addresses.MINISTACK, "test", "test").create_domain(DomainName=made.domain, EngineVersion="OpenSearch_2.19")
    place = {"LocationConstraint": addresses.REGION}
    addresses.client("s3").create_bucket(Bucket=made.bucket, CreateBucketConfiguration=place)
    return made


def test_signatures_are_verified_and_a_whole_apply_is_taken(mini):
    secret, mini.secret_key = mini.secret_key, "not-the-secret"
    refused = mini.run("plan").expect(77)
    assert "SignatureDoesNotMatch" in refused.out
    mini.secret_key = secret
    mini.apply()
    mini.drift(code=0)
    (environment,) = mini.plan()["environments"]
    assert {change["kind"]: change["action"] for change in environment["changes"]} == {
        "bucket": "none", "policy": "none", "role": "none", "repository": "none",
    }


def test_the_defaults_of_a_new_bucket_are_no_drift(mini):
    """AWS creates buckets encrypted, without ACLs and with public access blocked: one of ours that is just created needs less."""
    s3 = addresses.client("s3", addresses.MINISTACK, mini.access_key, mini.secret_key)
    s3.create_bucket(Bucket=mini.bucket, CreateBucketConfiguration={"LocationConstraint": addresses.REGION})
    # Without them it would be read as one of somebody else, and ministack takes one of those reads for a listing.
    tags = {"managed-by": "esbackup", "esbackup-environment": mini.name}
    s3.put_bucket_tagging(Bucket=mini.bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})
    (environment,) = mini.plan()["environments"]
    (bucket,) = [change for change in environment["changes"] if change["kind"] == "bucket"]
    changed = {field["path"] for field in bucket["fields"]}
    assert not changed & {"encryption", "ownership", "public_access_block"}, bucket


def test_a_caller_without_a_permission_is_told_which(mini):
    iam = addresses.client("iam", addresses.MINISTACK, "test", "test")
    denial = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetBucketTagging", "Resource": "*"}]}
    mini.apply()
    iam.put_user_policy(UserName=mini.name, PolicyName="denial", PolicyDocument=json.dumps(denial))
    answer = mini.plan(code=77)
    (environment,) = answer["environments"]
    (bucket,) = [change for change in environment["changes"] if change["kind"] == "bucket"]
    assert "s3:GetBucketTagging" in bucket["reason"]
