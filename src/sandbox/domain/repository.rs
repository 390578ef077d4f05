//! Registering, reading, verifying and removing repositories; a failed verification leaves the registration stored, as engines do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::message::Answer;
use super::super::search_state::Index;
use super::super::state::{Domain, Repository, Role};
use super::blobs::{self, Place};
use super::catalogue::Catalogue;
use super::chain::{self, Use};
use super::engine::{Engine, InUse};
use super::errors::{self, Exception};
use super::{Call, access, cluster, settings};
use crate::names::wildcard::matches;

/// Settings that engines never echo.
const SECRET: [&str; 3] = ["access_key", "secret_key", "session_token"];

/// Answers `GET _snapshot` and `GET _snapshot/NAMES`.
pub(super) fn get(call: &Call<'_>, names: Option<&str>) -> Result<Answer, Answer> {
    let mut found = Map::new();
    let all = registered(&call.domain);
    for name in names.unwrap_or("_all").split(',') {
        let matching: Vec<_> = all
            .iter()
            .filter(|(held, _)| name == "_all" || matches(name, held))
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

/// Returns all repositories: those that were registered, and Amazon's own.
fn registered(domain: &Domain) -> BTreeMap<String, Repository> {
    let mut all = domain.repositories.clone();
    for name in blobs::AUTOMATED {
        all.extend(held(domain, name).map(|held| (name.to_owned(), held)));
    }
    all
}

/// Finds a repository of a domain.
pub(super) fn held(domain: &Domain, name: &str) -> Option<Repository> {
    let automated = || {
        blobs::is_automated(domain, name).then(|| Repository {
            kind: "s3".to_owned(),
            settings: BTreeMap::new(),
        })
    };
    domain.repositories.get(name).cloned().or_else(automated)
}

/// Reads what a repository holds, with the rights of its role.
pub(super) fn catalogue(
    call: &Call<'_>,
    name: &str,
    held: &Repository,
) -> Result<Catalogue, Answer> {
    let failed = |cause: Exception| {
        let reason = format!("[{name}] Could not determine repository generation from root blobs");
        Exception::new("repository_exception", reason)
            .because(cause)
            .answer(500)
    };
    if held.kind == "s3" && !blobs::is_automated(&call.domain, name) {
        let role = role_of(call, held).map_err(failed)?;
        chain::reach(call, held, role.as_ref(), Use::Read).map_err(failed)?;
    }
    Catalogue::read(call.state, &Place::of(&call.domain, name, held))
        .map_err(|failure| failure.answer(500))
}

fn shown(repository: &Repository) -> Value {
    let visible = repository
        .settings
        .iter()
        .filter(|(key, _)| !SECRET.contains(&key.as_str()));
    let settings: Map<String, Value> = visible
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    match settings.is_empty() {
        // Amazon's own repositories show none.
        true => json!({"type": repository.kind}),
        false => json!({"type": repository.kind, "settings": settings}),
    }
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
    let now = call.state.now_millis();
    let cluster = &call.domain.cluster;
    let restored = |index: &Index| {
        let recovery = index.recovery.as_ref();
        recovery.is_some_and(|recovery| recovery.repository == name && recovery.ends > now)
    };
    let mut scripted = call.domain.running.iter();
    scripted.any(|running| running.repository == name)
        || cluster
            .taking
            .iter()
            .any(|taking| taking.repository == name)
        || cluster.indices.values().any(restored)
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
    let repository = call.repository(name)?;
    let role = role_of(call, &repository).map_err(|failure| failure.answer(500))?;
    check(call, name, &repository, role.as_ref())?;
    let nodes = (0..call.domain.cluster.nodes).map(|place| {
        let name = cluster::node(place);
        (cluster::node_id(place), json!({ "name": name }))
    });
    let nodes: Map<String, Value> = nodes.collect();
    Ok(Answer::json(200, &json!({ "nodes": nodes })))
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
