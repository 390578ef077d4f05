//! How a value is typed where something else stands: the mapping form of a key, a list, an empty text.

use super::mistyped::quoted;
use super::yaml::{Node, Value};

/// Returns how a key whose value is a mapping is typed, with what was written in the place where it was probably meant to go.
pub(super) fn mapping(path: &str, node: &Node) -> Option<String> {
    let text = match &node.value {
        Value::Text(text) | Value::Number(text) if text.len() <= 200 => Some(text.as_str()),
        _ => None,
    };
    let inside = inside(path, text)?;
    let key = path.rsplit('.').find(|part| *part != "*").unwrap_or(path);
    Some(match path {
        "workflows.*" => format!("- {inside}"),
        "bucket.encryption" if text.is_none() => format!("{key}: AES256` or `{key}: {{{inside}}}"),
        "accept" | "workflows.*.prune.gone_after" => format!("{key}: [{{{inside}}}]"),
        _ => format!("{key}: {{{inside}}}"),
    })
}

fn inside(path: &str, text: Option<&str>) -> Option<String> {
    let word = |text: &str| match text.is_empty() {
        true => "NAME".to_owned(),
        false => typed(text),
    };
    let named = |key: &str| format!("{key}: {}", word(text.map_or("", last_part)));
    Some(match path {
        "domain" => match text {
            Some(text) if text.contains("://") => format!("endpoint: {}", typed(text)),
            Some(text) if text.contains('.') => {
                format!("endpoint: {}", typed(&format!("https://{text}")))
            }
            _ => named("name"),
        },
        "bucket" | "policy" | "role" | "repository" => named("name"),
        "bucket.encryption" => {
            let key = text.filter(|text| text.starts_with("arn:"));
            format!(
                "kms_key: \"{}\"",
                key.unwrap_or("arn:aws:kms:REGION:ACCOUNT:key/ID")
            )
        }
        "bucket.lifecycle" => format!(
            "noncurrent_versions_expire_after: {}",
            duration(text, "30d")
        ),
        "bucket.policy" => "extra_statements: [STATEMENT]".to_owned(),
        "role.trust" => match text {
            Some(text) if text.starts_with("arn:") => format!("source_arns: [{}]", typed(text)),
            Some(text) if text.contains(".amazonaws.com") => format!("services: [{}]", typed(text)),
            _ => "services: [es.amazonaws.com]".to_owned(),
        },
        "domain.auth" => format!("basic: {{{}}}", inside("domain.auth.basic", None)?),
        "domain.auth.basic" => "username: NAME, password: {env: ESBACKUP_PASSWORD}".to_owned(),
        "domain.auth.basic.password" => "env: ESBACKUP_PASSWORD".to_owned(),
        "objectives" => format!("rpo: {}", duration(text, "26h")),
        "repository.settings" => "max_snapshot_bytes_per_sec: 80mb".to_owned(),
        "accept" => format!(
            "finding: {}, resource: KIND.NAME, reason: TEXT",
            text.map_or_else(|| "CODE".to_owned(), typed)
        ),
        "tags" | "bucket.tags" | "policy.tags" | "role.tags" => "KEY: VALUE".to_owned(),
        "workflows" => "nightly: [{snapshot: {}}]".to_owned(),
        "workflows.*" => match text {
            Some("prune") => "prune: {keep_last: 7}".to_owned(),
            Some("wait" | "restore") => format!("{}: {{snapshot: latest}}", text?),
            Some("delete_indices") => "delete_indices: [INDEX]".to_owned(),
            Some("verify") => "verify: {}".to_owned(),
            _ => "snapshot: {}".to_owned(),
        },
        "workflows.*.snapshot" => text
            .map(|text| format!("name: {}", typed(text)))
            .unwrap_or_default(),
        "workflows.*.verify" => match text {
            Some(text @ ("registered" | "nodes" | "snapshot" | "restore")) => {
                format!("level: {text}")
            }
            Some(text) => format!("snapshot: {}", typed(text)),
            None => String::new(),
        },
        "workflows.*.wait" | "workflows.*.restore" => {
            format!(
                "snapshot: {}",
                text.map_or_else(|| "latest".to_owned(), typed)
            )
        }
        "workflows.*.restore.rename" => "from: \"*\", to: \"restored-*\"".to_owned(),
        "workflows.*.delete_indices" => format!(
            "indices: [{}]",
            text.map_or_else(|| "INDEX".to_owned(), typed)
        ),
        "workflows.*.prune" => match text {
            Some(text) if text.parse::<u32>().is_ok() => format!("keep_last: {text}"),
            Some(text) if is_duration(text) => format!("keep_within: {text}"),
            _ => "keep_last: 7".to_owned(),
        },
        "workflows.*.prune.gone_after" => {
            format!("indices: \"*\", age: {}", duration(text, "90d"))
        }
        _ => return None,
    })
}

/// Returns how a list is typed in whose place something else stands.
pub(super) fn list(what: &str, node: &Node) -> Option<String> {
    let name = what.trim_matches('`');
    match (&node.value, name) {
        (_, "accept") => mapping("accept", node).map(|form| format!("write `{form}`")),
        (_, "gone_after") => {
            mapping("workflows.*.prune.gone_after", node).map(|form| format!("write `{form}`"))
        }
        (Value::Mapping(_), _) => Some(
            "write a dash and a space before its first key, and indent the others as that key"
                .to_owned(),
        ),
        (Value::Text(text), name) if name.starts_with("workflows.") => {
            let step = inside("workflows.*", Some(text))?;
            Some(format!("write it as a list: [{{{step}}}]"))
        }
        (Value::Text(text), _) => Some(format!("write it as a list: [{}]", typed(text))),
        _ => None,
    }
}

/// Returns what to do about a key without a value.
pub(super) fn no_value(path: &str, node: &Node) -> String {
    const EMPTY: [&str; 2] = ["policy.description", "role.description"];
    const REQUIRED: [&str; 14] = [
        "version",
        "name",
        "region",
        "account",
        "domain",
        "repository",
        "bucket.name",
        "policy.name",
        "role.name",
        "repository.name",
        "bucket.encryption.kms_key",
        "workflows.*.wait.snapshot",
        "workflows.*.restore.snapshot",
        "workflows.*.delete_indices.indices",
    ];
    let optional = match REQUIRED.contains(&path) {
        true => "",
        false => ", or remove the key",
    };
    match mapping(path, node) {
        Some(form) => format!("write its keys below it, indented, or write `{form}`{optional}"),
        None if EMPTY.contains(&path) => {
            "write \"\" for an empty text, or remove the key".to_owned()
        }
        None => format!("give it a value{optional}"),
    }
}

/// Returns a text as it is typed: with quotes if it needs them.
pub(super) fn typed(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !["true", "false", "null", "yes", "no", "on", "off"]
            .contains(&text.to_ascii_lowercase().as_str());
    match is_word || is_duration(text) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// The name at the end of an ARN or a URL.
fn last_part(text: &str) -> &str {
    match text.starts_with("arn:") || text.contains("://") {
        true => text
            .trim_end_matches('/')
            .rsplit(['/', ':'])
            .next()
            .unwrap_or(text),
        false => text,
    }
}

fn duration<'t>(text: Option<&'t str>, usual: &'t str) -> &'t str {
    text.filter(|text| is_duration(text)).unwrap_or(usual)
}

fn is_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    text.len() == digits.len() + 1
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}
