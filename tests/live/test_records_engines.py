"""The record of a restore test: written to S3 and read back from there, and left alone by every engine where it lies at a repository's root."""

import hashlib
import json
import os
import pathlib

import pytest
import yaml

import binary
import engine as engines

KEY = f"esbackup-records/{hashlib.sha256(b'').hexdigest()}/restore-test.json"


class Root:
    """A repository at the root of its bucket, or of its folder, and an operator of it."""

    def __init__(self, engine, name: str, folder: pathlib.Path):
        self.engine, self.name, self.folder = engine, name, folder
        settings = {"base_path": ""} if engine.s3 else {}
        engine.repository(name, **settings)
        self.spec = engines.spec(engine, name, name, folder)
        self.spec["objectives"] = {"restore_test": "1d"}
        if engine.s3:
            self.spec["bucket"] = {"name": f"{name}-bucket", "existing": True}

    def run(self, *words: str, code: int = 0) -> binary.Ran:
        file = self.folder / "spec.yaml"
        file.write_text(yaml.safe_dump(self.spec))
        return binary.run([*words, "-f", str(file), "--trust-endpoint", "127.0.0.1"], self.folder).expect(code)

    def put_by_hand(self, text: str) -> None:
        """The file, owned by whom the engine runs as, so that nothing keeps it from deleting it."""
        root = pathlib.Path(self.engine.path_repo) / self.name
        owner = root.stat()
        path = root / KEY
        path.parent.mkdir(parents=True)
        path.write_text(text)
        for each in [path, path.parent, path.parent.parent]:
            os.chown(each, owner.st_uid, owner.st_gid)

    def record(self) -> bytes:
        if self.engine.s3:
            return self.engine.storage().get_object(Bucket=f"{self.name}-bucket", Key=KEY)["Body"].read()
        return (pathlib.Path(self.engine.path_repo) / self.name / KEY).read_bytes()


def test_record_at_the_root_of_a_repository_survives_a_cleanup(engine, name, tmp_path):
    root = Root(engine, name, tmp_path)
    index = f"{name}-a"
    engine.filled(index)
    engine.take(name, "one", index).ok()
    if engine.s3:
        root.run("verify", "one", "--level", "restore", "--record")
    else:
        root.put_by_hand(json.dumps({"format": 1}))
    before = root.record()

    engine.take(name, "two", index).ok()
    assert {each["snapshot"] for each in engine.get(f"/_snapshot/{name}/_all")["snapshots"]} == {"one", "two"}
    for snapshot in ("one", "two"):
        engine.ask("DELETE", f"/_snapshot/{name}/{snapshot}").ok()
    cleaned = engine.ask("POST", f"/_snapshot/{name}/_cleanup")
    # Elasticsearch 6 has no cleanup.
    assert cleaned.status == 200 or engine.typed, cleaned
    assert root.record() == before
    engine.ask("POST", f"/_snapshot/{name}/_verify").ok()
    assert engine.get(f"/_snapshot/{name}/_all")["snapshots"] == []
    assert [each["name"] for each in root.run("snapshot", "list", "--format", "json").json()["environments"][0]["snapshots"]] == []
    engine.take(name, "three", index).ok()
    root.run("verify", "three")
    assert engine.restore(name, "three", index, rename_pattern="(.+)", rename_replacement=f"{name}-again").status == 200
    assert root.record() == before


def test_record_is_written_to_s3_and_meets_the_objective(engine, name, tmp_path):
    root = Root(engine, name, tmp_path)
    index = f"{name}-a"
    engine.filled(index)
    engine.take(name, "one", index).ok()
    if not engine.s3:
        # Its repository is a folder, and the spec names no bucket: said before anything is restored.
        refused = root.run("verify", "one", "--level", "restore", "--record", code=6)
        assert "the spec names no bucket" in refused.err
        return

    def tested() -> tuple[dict, dict | None]:
        (found,) = root.run("status", "--format", "json").json()["environments"]
        return found["objectives"]["restore_test"], found["last_restore_test"]

    objective, last = tested()
    assert (objective["verdict"], last) == ("not_known", None)
    assert "`esbackup verify --level restore --record`" in objective["why"]
    end = root.run("verify", "one", "--level", "restore", "--record", "--format", "json").events()[-1]
    assert end["recorded"] == f"s3://{name}-bucket/{KEY}"
    objective, last = tested()
    assert (objective["verdict"], objective["why"]) == ("met", None)
    assert (last["snapshot"], last["environment"], last["indices"], last["record"]) == ("one", name, [index], end["recorded"])
    assert 0 <= last["age_seconds"] < 300
    kept = json.loads(root.record())
    assert kept["snapshot_uuid"] == engine.snapshot(name, "one")["uuid"] == last["snapshot_uuid"]
    head = engine.storage().head_object(Bucket=f"{name}-bucket", Key=KEY)
    assert head["ContentType"] == "application/json"


@pytest.mark.parametrize("text", ["", "{}", '{"format": 9}'])
def test_what_is_no_record_is_an_error_of_its_own(engine, name, tmp_path, text):
    root = Root(engine, name, tmp_path)
    if not engine.s3:
        return
    engine.storage().put_object(Bucket=f"{name}-bucket", Key=KEY, Body=text)
    (found,) = root.run("status", "--format", "json", code=1).json()["environments"]
    assert found["objectives"]["restore_test"]["verdict"] == "not_known"
    (error,) = [each for each in found["errors"] if each["task"].startswith("read s3://")]
    assert error["messages"][0].startswith("the record of the last restore test could not be read: ")
