"""moto's server with the corrections without which it is no stand-in for AWS where the tests need one. Each says what AWS does instead."""

import json
import sys

from moto.core.exceptions import RESTError

# AWS answers errors as <ErrorResponse><Error>, in plain text. moto puts an <Errors> between and CDATA inside, and the AWS SDK for Rust
# reads neither. The services copy these texts when they are imported, so this comes before.
for name, text in RESTError.templates.items():
    for odd in ("<Errors>", "</Errors>", "<![CDATA[", "]]>"):
        text = text.replace(odd, "")
    RESTError.templates[name] = text

from moto.iam import access_control  # noqa: E402
from moto.s3.responses import S3Response  # noqa: E402
from moto.server import main  # noqa: E402

STATEMENT, RESPONSE = access_control.IAMPolicyStatement, S3Response
S3_XML = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}

moto_permits, moto_notification, moto_get = STATEMENT.is_action_permitted, RESPONSE.get_bucket_notification, RESPONSE._bucket_response_get


def is_action_permitted(self, *args, **kwargs):
    """moto reads no Condition in a bucket policy, so a statement that refuses requests without TLS refused them all. Here TLS stands
    between the product and the real service and not between the tests and this one."""
    statement = self._statement
    if statement.get("Effect") == "Deny" and statement.get("Condition") == TLS_ONLY:
        return access_control.PermissionResult.NEUTRAL
    return moto_permits(self, *args, **kwargs)


def get_bucket_notification(self):
    """S3 answers an empty configuration where there is none; moto answers nothing at all, which no XML parser takes."""
    return moto_notification(self) or f"<NotificationConfiguration {S3_XML}/>"


def lets_everyone_in(statement: dict) -> bool:
    return statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"}) and not statement.get("Condition")


def bucket_response_get(self, bucket_name, querystring):
    """moto takes GetBucketPolicyStatus for a listing of the bucket."""
    if "policyStatus" not in querystring:
        return moto_get(self, bucket_name, querystring)
    policy = moto_get(self, bucket_name, {"policy": [""]})
    if policy[0] != 200:
        return policy
    public = any(lets_everyone_in(statement) for statement in json.loads(policy[2])["Statement"])
    return 200, {}, f"<PolicyStatus {S3_XML}><IsPublic>{str(public).lower()}</IsPublic></PolicyStatus>"


STATEMENT.is_action_permitted = is_action_permitted
RESPONSE.get_bucket_notification = get_bucket_notification
RESPONSE._bucket_response_get = bucket_response_get

if __name__ == "__main__":
    main(sys.argv[1:])
