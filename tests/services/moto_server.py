"""moto's server with two corrections, without which it is no stand-in for AWS where the tests need one. It adds nothing of its own."""

import sys

from moto.core.exceptions import RESTError
from moto.iam import access_control
from moto.server import main

# First: IAM and STS answer errors as <ErrorResponse><Error>; moto puts an <Errors> between, which the AWS SDK for Rust cannot read.
RESTError.templates["error"] = RESTError.templates["error"].replace("<Errors>", "").replace("</Errors>", "")

# Second: moto reads no Condition in a bucket policy, so a statement that refuses requests without TLS would refuse them all.
TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}

unpatched = access_control.IAMPolicyStatement.is_action_permitted


def is_action_permitted(self, *args, **kwargs):
    """The verdict over TLS, which stands between the product and the real service and not between the tests and this one."""
    statement = self._statement
    if statement.get("Effect") == "Deny" and statement.get("Condition") == TLS_ONLY:
        return access_control.PermissionResult.NEUTRAL
    return unpatched(self, *args, **kwargs)


access_control.IAMPolicyStatement.is_action_permitted = is_action_permitted

if __name__ == "__main__":
    main(sys.argv[1:])
