//! Registering, reading, verifying and removing repositories; a failed verification leaves the registration stored, as engines do.

use serde_json::{Map, Value, json};

use super::super::message::Answer;
use super::super::state::{Repository, Role};
use super::chain::{self, Use};
use super::engine::{Engine, InUse};
use super::errors::{self, Exception};
use super::{Call, access, settings};

/// Settings that engines never echo.
const SECRET: [&str; 3] = ["access_key", "secret_key", "session_token"];

/// Answers `GET _snapshot` and `GET _snapshot/NAMES`.
pub(super) fn get(call: &Call<'_>, names: Option<&str>) -> Result<Answer, Answer> {
    let mut found = Map::new();
    for name in names.unwrap_or("_all").split(',') {
        let matching: Vec<_> = call
            .domain
            .repositories
            .iter()
            .filter(|(held, _)| matches(name, held))
            .collect();
        if matching.is_empty() && !name.contains('*') && name != "_all" {
            return Err(errors::missing(name));
        }
        for (held, repository) in matching {
            found.insert(held.clone(), shown(repository));
        }
    }
    Ok(Answer::json(200, &Value::Object(found)))
}

/// Says whether a name, which may hold one kind of wildcard, means a repository.
fn matches(pattern: &str, name: &str) -> bool {
    if pattern == "_all" {
        return true;
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut wild = false;
    for part in parts {
        wild = true;
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty() || (wild && pattern.ends_with('*'))
}

fn shown(repository: &Repository) -> Value {
    let visible = repository
        .settings
        .iter()
        .filter(|(key, _)| !SECRET.contains(&key.as_str()));
    let settings: Map<String, Value> = visible
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({"type": repository.kind, "settings": settings})
}

/// Answers `PUT _snapshot/NAME`.
pub(super) fn put(call: &mut Call<'_>, name: &str) -> Result<Answer, Answer> {
    let role_arn = role_arn_of(call)?;
    if let Some(role_arn) = &role_arn {
        chain::pass_role(call, role_arn)?;
    }
    let repository = settings::parse(name, &call.request.body)?;
    check_kind(call, name, &repository)?;
    let held = call.domain.repositories.get(name);
    let refuses = match Engine::of(&call.domain).in_use() {
        InUse::Accepted => false,
        InUse::Refused => true,
        InUse::EqualAccepted => held != Some(&repository),
    };
    if refuses && is_used(call, name) {
        return Err(in_use());
    }
    let role = role_arn
        .map(|arn| chain::assume(call, &arn))
        .transpose()
        .map_err(|failure| failure.answer(500))?;
    let repository = match call.domain.repositories.get(name) {
        Some(held) if Engine::of(&call.domain).keeps_throttles() => {
            settings::laid_over(held, repository)
        }
        _ => repository,
    };
    let stored = repository.clone();
    call.change(|domain| drop(domain.repositories.insert(name.to_owned(), stored)));
    if call.parameter("verify") != Some("false") {
        check(call, name, &repository, role.as_ref())?;
    }
    Ok(acknowledged())
}

fn acknowledged() -> Answer {
    Answer::json(200, &json!({"acknowledged": true}))
}

/// Returns the role that an Amazon domain demands; its front door reads the body before the engine does.
fn role_arn_of(call: &Call<'_>) -> Result<Option<String>, Answer> {
    if call.domain.self_managed {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let role_arn = body
        .pointer("/settings/role_arn")
        .and_then(Value::as_str)
        .filter(|arn| !arn.is_empty());
    role_arn
        .map(|arn| Some(arn.to_owned()))
        .ok_or_else(access::role_arn_needed)
}

fn check_kind(call: &Call<'_>, name: &str, repository: &Repository) -> Result<(), Answer> {
    let refuse = |reason: String| {
        Err(Exception::new("repository_exception", format!("[{name}] {reason}")).answer(500))
    };
    match repository.kind.as_str() {
        "s3" if repository
            .settings
            .get("bucket")
            .is_none_or(String::is_empty) =>
        {
            refuse("No bucket defined for s3 repository".to_owned())
        }
        "s3" => Ok(()),
        "fs" if call.domain.self_managed => match repository.settings.contains_key("location") {
            true => Ok(()),
            false => refuse("missing location".to_owned()),
        },
        other => refuse(format!("repository type [{other}] does not exist")),
    }
}

fn is_used(call: &Call<'_>, name: &str) -> bool {
    call.domain
        .running
        .iter()
        .any(|running| running.repository == name)
}

fn in_use() -> Answer {
    let reason = "trying to modify or unregister repository that is currently used";
    Exception::new("illegal_state_exception", reason).answer(500)
}

/// Runs the verification that engines run.
fn check(
    call: &Call<'_>,
    name: &str,
    repository: &Repository,
    role: Option<&Role>,
) -> Result<(), Answer> {
    if repository.kind != "s3" {
        return Ok(());
    }
    chain::reach(call, repository, role, Use::Verify).map_err(|cause| {
        let path: String = settings::base_path(repository)
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| format!("[{part}]"))
            .collect();
        let manager = Engine::of(&call.domain).manager();
        let reason = format!("[{name}] path {path} is not accessible on {manager} node");
        Exception::new("repository_verification_exception", reason)
            .because(cause)
            .answer(500)
    })
}

/// Answers `POST _snapshot/NAME/_verify`.
pub(super) fn verify(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = call
        .domain
        .repositories
        .get(name)
        .ok_or_else(|| errors::missing(name))?;
    let role = role_of(call, repository).map_err(|failure| failure.answer(500))?;
    check(call, name, repository, role.as_ref())?;
    Ok(Answer::json(
        200,
        &json!({"nodes": {"b1Yo3zTkTtS1rT6wbcQMxg": {"name": "sandbox-node"}}}),
    ))
}

/// Finds the role that a registered repository uses, as the domain can assume it now.
pub(super) fn role_of(call: &Call<'_>, repository: &Repository) -> Result<Option<Role>, Exception> {
    match repository.settings.get("role_arn") {
        Some(arn) if !call.domain.self_managed => chain::assume(call, arn).map(Some),
        _ => Ok(None),
    }
}

/// Answers `DELETE _snapshot/NAME`.
pub(super) fn delete(call: &mut Call<'_>, name: &str) -> Result<Answer, Answer> {
    if !call.domain.repositories.contains_key(name) {
        return Err(errors::missing(name));
    }
    if Engine::of(&call.domain).in_use() != InUse::Accepted && is_used(call, name) {
        return Err(in_use());
    }
    call.change(|domain| drop(domain.repositories.remove(name)));
    Ok(acknowledged())
}
