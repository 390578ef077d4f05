//! Further settings of the repository by their own names; a setting that has a key of its own, or that Amazon's set-up breaks, is refused.

use std::collections::BTreeMap;

use super::keys;
use crate::names::{AccountId, Arn};
use crate::yaml::environment::Environment;
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::scalars::{account_help, unquoted_account};
use crate::yaml::schema::Shape;
use crate::yaml::tree::{Entry, Node, Value};

/// The setting whose value is an account id.
const ACCOUNT: &str = "expected_bucket_owner";

/// Why a setting that the engine knows does not stand here.
fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "base_path" | "endpoint" | "readonly" | "server_side_encryption" => {
            Some("it has a key of its own in `repository`")
        }
        "bucket" => Some("it is `bucket.name`"),
        "region" => Some("it is `bucket.region`, or the environment's `region`"),
        "role_arn" => Some("it follows from `role.name`"),
        "canned_acl" => Some(
            "the bucket refuses ACLs, because its owner owns every object (BucketOwnerEnforced)",
        ),
        "access_key" | "secret_key" | "session_token" => {
            Some("a secret must not be in a spec, and the role needs none")
        }
        _ => None,
    }
}

/// Reads the settings as the engine echoes them: strings.
pub(crate) fn read(
    fields: &Fields<'_>,
    entry: &Entry,
    environment: &Environment<'_>,
) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    if let Value::Mapping(entries) = &entry.value.value {
        report_refused(fields, entries);
    }
    // The refused ones are reported already, and better than as unknown keys.
    let refused = |name: &str| refusal(name).is_some();
    let inner =
        fields
            .reader
            .open_skipping(&entry.value, &entry.key.span, &keys::SETTINGS, refused);
    for (name, node) in inner.iter().flat_map(Fields::entries) {
        if let Some(value) = value(fields, name, node, environment) {
            settings.insert(name.to_owned(), value);
        }
    }
    if settings
        .get("server_side_encryption_type")
        .is_some_and(|kind| kind == "aws:kms")
        && !settings.contains_key("server_side_encryption_kms_key_id")
    {
        let title = "`repository.settings.server_side_encryption_kms_key_id` is missing";
        fields.reader.report(
            Problem::error(&entry.key.span, title).label("encryption with aws:kms needs a key"),
        );
    }
    settings
}

fn report_refused(fields: &Fields<'_>, entries: &[Entry]) {
    for entry in entries {
        if let Some((name, why)) = entry
            .key
            .as_text()
            .and_then(|name| Some((name, refusal(name)?)))
        {
            let title =
                format!("`{name}` is not a setting that can stand in `repository.settings`");
            fields
                .reader
                .report(Problem::error(&entry.key.span, title).label(why));
        }
    }
}

fn value(
    fields: &Fields<'_>,
    name: &str,
    node: &Node,
    environment: &Environment<'_>,
) -> Option<String> {
    let path = format!("repository.settings.{name}");
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) if name == ACCOUNT => {
            fields
                .reader
                .report(unquoted_account(node, text, &format!("`{path}`")));
            return None;
        }
        Value::Number(text) => text.clone(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
            fields
                .reader
                .wrong_type(node, &format!("`{path}`"), "text, a number, true or false");
            return None;
        }
    };
    match broken_rule(name, &text) {
        None => {
            if name == "server_side_encryption_kms_key_id"
                && let Ok(arn) = Arn::parse(&text)
            {
                environment.check_partition(fields, &node.span, arn.partition().as_str());
            }
            Some(text)
        }
        Some(rule) => {
            let account = (name == ACCOUNT).then(|| account_help(&text));
            let problem = Problem::error(&node.span, format!("`{path}` is not valid"));
            fields.reader.report(problem.label(rule).help_if(account));
            None
        }
    }
}

fn broken_rule(name: &str, text: &str) -> Option<String> {
    match keys::SETTINGS.key(name)?.shape {
        Shape::Setting(_, rule) => rule(text).err(),
        Shape::Word(words) => one_of(words, text),
        _ => None,
    }
}

fn unless(valid: bool, rule: &str) -> Result<(), String> {
    match valid {
        true => Ok(()),
        false => Err(rule.to_owned()),
    }
}

pub(super) fn flag(text: &str) -> Result<(), String> {
    unless(matches!(text, "true" | "false"), "must be true or false")
}

pub(super) fn size(text: &str) -> Result<(), String> {
    unless(is_bytes(text), "must be a size such as 64mb")
}

pub(super) fn filled(text: &str) -> Result<(), String> {
    unless(!text.is_empty(), "must not be empty")
}

pub(super) fn account(text: &str) -> Result<(), String> {
    AccountId::parse(text)
        .map(drop)
        .map_err(|rule| rule.to_string())
}

pub(super) fn kms_key(text: &str) -> Result<(), String> {
    let is_key = Arn::parse(text).is_ok_and(|arn| arn.service() == "kms");
    unless(is_key, "must be the ARN of a KMS key")
}

pub(super) fn texts_as_json(text: &str) -> Result<(), String> {
    let texts = serde_json::from_str::<BTreeMap<String, String>>(text);
    unless(
        texts.is_ok(),
        "must be a JSON object of texts, in single quotes",
    )
}

fn one_of(words: &[&str], text: &str) -> Option<String> {
    if words.contains(&text) {
        return None;
    }
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/handling-errors.html#troubleshooting-glacier-snapshots
    if text.to_ascii_lowercase().starts_with("glacier") || text.eq_ignore_ascii_case("deep_archive")
    {
        return Some("a repository in an archive class cannot be read".to_owned());
    }
    Some(format!("must be one of {}", words.join(", ")))
}

/// Returns whether the engines read it as a size, `-1` (no limit) and `0` included.
fn is_bytes(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = lower.get(number.len()..).unwrap_or_default();
    let units = ["b", "k", "kb", "m", "mb", "g", "gb", "t", "tb", "p", "pb"];
    matches!(text, "-1" | "0")
        || (units.contains(&unit)
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit()))
}
