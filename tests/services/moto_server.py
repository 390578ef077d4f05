"""moto's server with one correction: it reads no Condition, so a statement that only refuses requests without TLS would refuse them all."""

import sys

from moto.iam import access_control
from moto.server import main

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
