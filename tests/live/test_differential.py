"""The sandbox against a service that no one here wrote: the same calls to both, and every difference is known and has its reason."""

import requests

import addresses
import answers
import calls
import differences
import sandbox


def test_the_sandbox_answers_as_moto_does_but_for_the_known_differences(tmp_path):
    requests.post(f"{addresses.MOTO}/moto-api/reset", timeout=30).raise_for_status()
    with sandbox.Sandbox(tmp_path) as ours:
        clients = {service: ours.client(service) for service in ("s3", "iam", "sts", "opensearch")}
        found = {}
        for call in calls.CALLS:
            here = answers.answer(clients[call.service], call)
            there = answers.answer(addresses.client(call.service), call)
            if here != there:
                found[call.name] = {"sandbox": here, "moto": there}
    unknown = {name: found[name] for name in found.keys() - differences.KNOWN.keys()}
    gone = sorted(differences.KNOWN.keys() - found.keys())
    assert (unknown, gone) == ({}, []), "differences that are not in the table, and rows of the table that are no longer true"


def test_every_call_of_the_table_has_a_name_of_its_own():
    names = [call.name for call in calls.CALLS]
    assert len(names) == len(set(names))
    assert differences.KNOWN.keys() <= set(names)
