"""The JSON Schema of a spec, as check-jsonschema reads it."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ERRORS = ROOT / "tests/spec_errors"


@pytest.fixture(name="schema", scope="module")
def schema_fixture(tmp_path_factory):
    """The schema as esbackup prints it."""
    import os

    printed = subprocess.run([os.environ["ESBACKUP"], "schema"], check=True, capture_output=True)
    file = tmp_path_factory.mktemp("schema") / "spec.schema.json"
    file.write_bytes(printed.stdout)
    return file


def check(*arguments):
    command = [sys.executable, "-m", "check_jsonschema", "--output-format", "json", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def refused(answer):
    found = answer.get("errors", []) + answer.get("parse_errors", [])
    return {pathlib.Path(one["filename"]).name for one in found}


def test_schema_is_valid_draft_07(schema):
    assert check("--check-metaschema", schema)["status"] == "ok"


def test_schema_accepts_every_shipped_spec(schema):
    specs = sorted((ROOT / "specs").rglob("*.yaml"))
    assert len(specs) >= 6
    assert check("--schemafile", schema, *specs)["status"] == "ok"


def test_schema_accepts_every_spec_of_the_cases(schema):
    specs = [file for file in sorted((ROOT / "tests/cases").rglob("*.yaml")) if file.read_text().startswith("version: 1")]
    assert specs
    assert check("--schemafile", schema, *specs)["status"] == "ok"


def test_schema_rejects_every_wrong_spec_but_the_listed_ones(schema):
    """`tests/spec_errors/beyond_schema.txt` lists what no schema can tell: it needs two keys, another file or the policy language."""
    files = sorted(ERRORS.glob("*.yaml"))
    listed = [line for line in (ERRORS / "beyond_schema.txt").read_text().splitlines() if line and not line.startswith("#")]
    accepted = {file.name for file in files} - refused(check("--schemafile", schema, *files))
    assert sorted(accepted) == listed


def test_every_shipped_spec_names_the_schema():
    for spec in (ROOT / "specs").rglob("*.yaml"):
        first = spec.read_text().splitlines()[0]
        prefix = "# yaml-language-server: $schema="
        assert first.startswith(prefix), spec
        assert (spec.parent / first.removeprefix(prefix)).resolve() == ROOT / "docs/spec.schema.json"
