//! A repository's registration as an engine reads it: every setting becomes text, nested objects become dotted names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::message::Answer;
use super::super::state::Repository;
use super::errors::Exception;

/// Reads the body of a registration.
pub(super) fn parse(name: &str, body: &[u8]) -> Result<Repository, Answer> {
    let invalid = |reason: &str| Exception::new("parse_exception", reason).answer(400);
    let value: Value =
        serde_json::from_slice(body).map_err(|_| invalid("request body is required"))?;
    let Value::Object(fields) = value else {
        return Err(invalid("request body is required"));
    };
    let kind = fields.get("type").and_then(Value::as_str).ok_or_else(|| {
        let reason = "Validation Failed: 1: type is missing;";
        Exception::new("action_request_validation_exception", reason).answer(400)
    })?;
    let mut settings = BTreeMap::new();
    match fields.get("settings") {
        None => {}
        Some(Value::Object(map)) => map
            .iter()
            .for_each(|(key, value)| flatten(key, value, &mut settings)),
        Some(_) => {
            let reason = "Malformed settings section, should include an inner object";
            return Err(Exception::new("illegal_argument_exception", reason).answer(400));
        }
    }
    check_name(name)?;
    Ok(Repository {
        kind: kind.to_owned(),
        settings,
    })
}

fn flatten(key: &str, value: &Value, settings: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::String(text) => drop(settings.insert(key.to_owned(), text.clone())),
        Value::Object(map) => map
            .iter()
            .for_each(|(inner, value)| flatten(&format!("{key}.{inner}"), value, settings)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(n, value)| flatten(&format!("{key}.{n}"), value, settings));
        }
        Value::Bool(_) | Value::Number(_) => {
            drop(settings.insert(key.to_owned(), value.to_string()))
        }
    }
}

fn check_name(name: &str) -> Result<(), Answer> {
    let refuse = |why: String| {
        Err(Exception::new("repository_exception", format!("[{name}] {why}")).answer(500))
    };
    if name.contains('#') {
        return refuse("must not contain '#'".to_owned());
    }
    let invalid = ['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ','];
    match name.contains(invalid) {
        true => refuse(
            "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]".to_owned(),
        ),
        false => Ok(()),
    }
}

/// Settings that newer engines change without building the repository anew.
const THROTTLES: [&str; 5] = [
    "max_snapshot_bytes_per_sec",
    "max_restore_bytes_per_sec",
    "max_remote_upload_bytes_per_sec",
    "max_remote_low_priority_upload_bytes_per_sec",
    "max_remote_download_bytes_per_sec",
];

/// Lays a registration that differs in nothing but throttles over the live one, as OpenSearch 3.8.0 does: what it leaves out stays.
pub(super) fn laid_over(held: &Repository, new: Repository) -> Repository {
    let without = |repository: &Repository| {
        let mut settings = repository.settings.clone();
        settings.retain(|name, _| !THROTTLES.contains(&name.as_str()));
        (repository.kind.clone(), settings)
    };
    if without(held) != without(&new) {
        return new;
    }
    let mut settings = held.settings.clone();
    settings.extend(new.settings);
    Repository {
        kind: new.kind,
        settings,
    }
}

/// Says whether the repository only reads.
pub(super) fn is_readonly(repository: &Repository) -> bool {
    repository
        .settings
        .get("readonly")
        .is_some_and(|value| value == "true")
}

/// Returns the base path without slashes at its ends, as the engine uses it.
pub(super) fn base_path(repository: &Repository) -> &str {
    repository
        .settings
        .get("base_path")
        .map_or("", |path| path.trim_matches('/'))
}
