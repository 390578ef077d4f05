"""For every managed field: someone changes it with boto3 (or on the node), drift names exactly that field, apply heals it, all is as before."""

import json

import pytest

import readback
from drift_cases import CASES, Case, Field
from world import World


def shown(change: dict, case: Case) -> list[Field]:
    """The change's fields as the case lists them: with their values where it has them."""
    valued = {field[0] for field in case.fields if isinstance(field, tuple)}
    fields = [
        (field["path"], field["before"], field["after"]) if field["path"] in valued else field["path"]
        for field in change["fields"]
    ]
    return sorted(fields, key=str)


@pytest.fixture
def complete(fresh) -> World:
    """An applied environment in which every managed field has a value."""
    boundary = fresh.iam().create_policy(
        PolicyName=f"{fresh.name}-boundary",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    )["Policy"]["Arn"]
    fresh.write(role={"permissions_boundary": boundary, "description": "snapshots of this domain"})
    fresh.apply()
    return fresh


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in CASES])
def test_drift(complete, case):
    before = complete.held()
    case.change(complete)
    assert complete.held() != before, "the change did not take, so nothing would be proved"

    (change,) = complete.changes(complete.drift(code=2))
    assert (change["kind"], change["action"]) == (case.kind, case.action)
    assert shown(change, case) == sorted(case.fields, key=str)
    assert change["risks"] == ([case.risk] if case.risk else [])

    if case.risk:
        moved = complete.held()
        complete.apply(code=6)
        assert complete.held() == moved, "apply wrote although nobody allowed it"
        complete.apply("--allow", f"{case.risk}={case.kind}.{change['name']}")
    else:
        complete.apply()
    assert complete.held() == before
    complete.drift(code=0)


def test_repository_deleted_on_the_node_is_registered_again(complete):
    before = complete.held()
    readback.node("DELETE", f"/_snapshot/{complete.repository}").raise_for_status()
    (change,) = complete.changes(complete.drift(code=2))
    assert (change["kind"], change["action"]) == ("repository", "create")
    complete.apply()
    assert complete.held() == before
    assert readback.verify(complete.repository) == 200
    complete.drift(code=0)
