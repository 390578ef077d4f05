"""The binary against every real engine: a repository that someone else registered, over TLS and basic auth where the engine demands it."""

import pytest
import yaml

import binary
import engine as engines


def run(folder, spec: dict, *arguments: str, **environment: str) -> binary.Ran:
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(spec))
    return binary.run([*arguments, "-f", str(file), "--trust-endpoint", "127.0.0.1", "--format", "json"], folder, environment=environment)


def test_an_existing_repository_is_as_it_should_be(engine, name, tmp_path):
    engine.repository(name)
    answer = run(tmp_path, engines.spec(engine, "existing", name, tmp_path), "plan").expect(0).json()
    (environment,) = answer["environments"]
    assert [(change["kind"], change["action"]) for change in environment["changes"]] == [("repository", "none")]


def test_a_repository_that_is_not_there_is_blocked(engine, name, tmp_path):
    answer = run(tmp_path, engines.spec(engine, "absent", name, tmp_path), "plan").expect(6).json()
    (environment,) = answer["environments"]
    assert [(change["kind"], change["action"]) for change in environment["changes"]] == [("repository", "blocked")]


def test_who_may_not_read_is_told_so(secured, name, tmp_path):
    run(tmp_path, engines.spec(secured, "nobody", name, tmp_path, user="nobody"), "plan").expect(77)


def test_a_wrong_password_is_told_so(secured, name, tmp_path):
    spec = engines.spec(secured, "wrong", name, tmp_path)
    (tmp_path / "operator.password").write_text("wrong")
    run(tmp_path, spec, "plan").expect(77)


def test_a_certificate_of_an_unknown_authority_is_refused(secured, name, tmp_path):
    spec = engines.spec(secured, "unknown", name, tmp_path)
    del spec["domain"]["ca_file"]
    (environment,) = run(tmp_path, spec, "plan").expect(4).json()["environments"]
    (change,) = environment["changes"]
    reason = "the domain's repositories could not be read: TLS with 127.0.0.1 failed: invalid peer certificate: UnknownIssuer"
    assert (change["action"], change["reason"]) == ("blocked", reason)


def test_an_authority_that_the_environment_names_is_trusted(secured, name, tmp_path):
    secured.repository(name)
    spec = engines.spec(secured, "environment", name, tmp_path)
    authority = spec["domain"].pop("ca_file")
    run(tmp_path, spec, "plan", SSL_CERT_FILE=authority).expect(0)
    run(tmp_path, spec, "snapshot", "list", SSL_CERT_FILE=authority).expect(0)
