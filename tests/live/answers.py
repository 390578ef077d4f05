"""What one service answered to one call, freed of what differs between any two runs: dates, request ids, generated ids."""

import datetime

from botocore.exceptions import ClientError

GENERATED = {"PolicyId", "RoleId", "UserId", "ID"}
NOT_COMPARED = {"ResponseMetadata", "HostId", "RequestId"}


def steady(value, key: str = ""):
    """`value` with what no two runs share replaced by a word that says what stood there."""
    if isinstance(value, dict):
        return {name: steady(each, name) for name, each in sorted(value.items()) if name not in NOT_COMPARED}
    if isinstance(value, list):
        return [steady(each) for each in value]
    if isinstance(value, datetime.datetime):
        return "<time>"
    return "<id>" if key in GENERATED else value


def answer(client, call) -> dict:
    """Status, error code and the whole answer of one call."""
    try:
        held = getattr(client, call.operation)(**call.parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "code": code}
    return {"status": held["ResponseMetadata"]["HTTPStatusCode"], "answer": steady(held)}
