//! The remedies of the message table, with the names of the environment filled in; they advise and never act.

use super::{Context, denial};
use crate::aws::permissions::{self, On};
use crate::domain::{EngineKind, Refusal};
use crate::failure::{Change, Hint};
use crate::names::RECORDS;

/// Names a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Words in which `{role}`, `{bucket}` and `{domain}` are replaced.
    Text(&'static str),
    /// The request that maps the caller to `manage_snapshots`.
    Mapping,
    /// The caller needs another role than `manage_snapshots`.
    OtherMapping,
    /// The caller lacks the IAM action of an AWS operation.
    Grant,
}

pub(super) fn text(remedy: Remedy, refusal: &Refusal, context: &Context) -> Hint {
    match remedy {
        Remedy::Text(text) => hint(&filled(text, context), refusal),
        Remedy::Mapping => mapping(refusal, context).into(),
        Remedy::OtherMapping => other_mapping(refusal, context).into(),
        Remedy::Grant => grant(refusal, context)
            .unwrap_or_else(|| "allow the caller the action that the message names".to_owned())
            .into(),
    }
}

/// Commands that hints name with other options than the call had.
const CHANGED: [&str; 2] = ["restore", "snapshot take"];

/// Makes a hint of a row's text; a command that fails and can be changed is data in it.
fn hint(text: &str, refusal: &Refusal) -> Hint {
    let mut hint = Hint::default();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 0 {
            hint = hint.and(&named(part, refusal));
            continue;
        }
        let shown = named(&format!("`{part}`"), refusal);
        let changed = CHANGED.iter().find_map(|command| {
            let options = part.strip_prefix(&format!("esbackup {command} NAME "))?;
            Some(change(command, options, refusal))
        });
        hint = match changed {
            Some(change) => hint.otherwise(&shown).changed(change),
            None => hint.and(&shown),
        };
    }
    match hint.changes() {
        true => hint,
        false => hint.to_string().into(),
    }
}

/// Reads the options of a command in a row's text.
fn change(command: &'static str, options: &str, refusal: &Refusal) -> Change {
    let mut change = Change {
        command,
        ..Change::default()
    };
    for word in options.split(' ') {
        match (word.strip_prefix("--"), change.options.last_mut()) {
            (Some("indices"), _) => {
                let named = indices(refusal).unwrap_or_else(|| vec!["INDEX".to_owned()]);
                change.left_out = named;
            }
            (Some(name), _) => change.options.push((name.to_owned(), None)),
            (None, Some((_, value))) => *value = Some(named(word, refusal)),
            // The selection follows from what is left out.
            (None, None) => {}
        }
    }
    change
}

fn filled(text: &str, context: &Context) -> String {
    let or = |known: &Option<String>, otherwise: &str| {
        known.clone().unwrap_or_else(|| otherwise.to_owned())
    };
    text.replace("{role}", &or(&context.role_arn, "the snapshot role"))
        .replace("{bucket}", &or(&context.bucket, "the bucket"))
        .replace("{domain}", &or(&context.domain_arn, "the domain"))
}

/// Puts the snapshot and the index that a refusal names into the commands of a remedy, so that they can be pasted.
fn named(text: &str, refusal: &Refusal) -> String {
    let mut text = text.to_owned();
    let mut path = refusal.operation.split('/').skip(1);
    let snapshot = match (path.next(), path.next(), path.next()) {
        (Some("_snapshot"), Some(_), Some(name)) => Some(name),
        _ => None,
    };
    if let Some(name) = snapshot.filter(|name| plain(name)) {
        text = text.replace(" NAME", &format!(" {name}"));
    }
    if let Some(indices) = indices(refusal) {
        for (placeholder, with) in [
            ("-INDEX'", format!("-{}'", indices.join(",-"))),
            (" INDEX`", format!(" {}`", indices.join(" "))),
        ] {
            text = text.replace(placeholder, &with);
        }
    }
    // One copy in each zone: the primary and so many replicas.
    let zones = between(refusal, "total awareness attributes [", &[']']);
    let replicas = zones.and_then(|zones| zones.parse::<u64>().ok()?.checked_sub(1));
    if let Some(replicas) = replicas {
        text = text.replace("REPLICAS", &replicas.to_string());
    }
    text
}

/// Whether a name needs no quotes in a shell.
fn plain(name: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && !name.starts_with(['-', '_']) && name.chars().all(safe)
}

/// Returns the indices that a refusal names.
fn indices(refusal: &Refusal) -> Option<Vec<String>> {
    let named = between(refusal, " index [", &[']'])
        .or_else(|| between(refusal, " primary shards [", &[']']))?;
    let indices: Vec<String> = named.split(", ").map(str::to_owned).collect();
    indices.iter().all(|index| plain(index)).then_some(indices)
}

/// Who is mapped, and under which key of a role mapping.
struct Principal {
    key: &'static str,
    name: String,
    note: Option<&'static str>,
}

/// STS leaves the path out of an assumed role's ARN.
const PATH_UNKNOWN: &str = "if the role has a path, put it between `role/` and the name: the caller's own ARN does not tell it";

/// PATCH changes one list and leaves the rest; PUT replaces the whole mapping, so it is only for a mapping that is not there yet.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html>
fn mapping(refusal: &Refusal, context: &Context) -> String {
    let Some(Principal { key, name, note }) = principal(refusal, context) else {
        return "map the caller to manage_snapshots: a role's ARN under backend_roles, a user's ARN under users".to_owned();
    };
    let url = mapping_url(context);
    let patch = serde_json::json!([{"op": "add", "path": format!("/{key}/-"), "value": name}]);
    let put = serde_json::json!({key: [name]});
    let mut text = format!(
        "map the caller, as somebody who may (the master user):\nGET {url}\nif it answers 200:\nPATCH {url}\n{patch}\nif it answers 404, and only then, since PUT replaces the whole mapping:\nPUT {url}\n{put}"
    );
    if let Some(note) = note {
        text.push('\n');
        text.push_str(note);
    }
    text
}

fn mapping_url(context: &Context) -> String {
    let prefix = match context.engine.map(|engine| engine.kind) {
        Some(EngineKind::Elasticsearch) => "_opendistro",
        Some(EngineKind::OpenSearch) | None => "_plugins",
    };
    let endpoint = context.endpoint.as_deref().unwrap_or_default();
    format!("{endpoint}/{prefix}/_security/api/rolesmapping/manage_snapshots")
}

/// Names what to grant the caller: the service's own words where they say it, else what the operation is known to need.
pub(super) fn grant(refusal: &Refusal, context: &Context) -> Option<String> {
    let said = word_after(refusal, "is not authorized to perform: ");
    let on_said = word_after(refusal, "on resource: ").filter(|arn| arn.starts_with("arn:"));
    let operation = refusal.operation.rsplit(' ').next().unwrap_or_default();
    let known = permissions::of(operation).filter(|known| !known.actions.is_empty());
    let (actions, on) = match (said, known) {
        // Words about another action than the operation's own, such as that of a key.
        (Some(action), known)
            if known.is_none_or(|known| !known.actions.contains(&action.as_str())) =>
        {
            (action, on_said)
        }
        // All that the operation needs: one at a time would be a failed run each.
        (_, Some(known)) => (
            known.actions.join(", "),
            on_said.or_else(|| resource(known.on, context)),
        ),
        (_, None) => return None,
    };
    let on = on.map_or_else(String::new, |arn| format!(" on {arn}"));
    Some(format!("allow the caller {actions}{on}"))
}

/// The word that follows some words in the service's own, without quotes around it.
fn word_after(refusal: &Refusal, start: &str) -> Option<String> {
    refusal
        .chain
        .iter()
        .find_map(|words| denial::word_after(words, start))
}

fn resource(on: On, context: &Context) -> Option<String> {
    match on {
        On::Bucket => context.bucket_arn.clone(),
        On::Records => context
            .bucket_arn
            .as_ref()
            .map(|arn| format!("{arn}/{RECORDS}/*")),
        On::Policy => context.policy_arn.clone(),
        On::Role => context.role_arn.clone(),
        On::Domain => context.domain_arn.clone(),
        On::Anything => Some("*".to_owned()),
        On::Nothing => None,
    }
}

fn other_mapping(refusal: &Refusal, context: &Context) -> String {
    let action = between(refusal, "no permissions for [", &[']'])
        .unwrap_or_else(|| "the action that the message names".to_owned());
    let who = principal(refusal, context).map_or_else(
        || "the caller".to_owned(),
        |Principal { key, name, .. }| format!("{name} (under {key})"),
    );
    format!("map {who} to a role of the domain that allows {action}")
}

/// Prefers the engine's own name for the caller, which is what a mapping is compared with.
fn principal(refusal: &Refusal, context: &Context) -> Option<Principal> {
    let named = between(refusal, "and User [name=", &[',', ']']).filter(|name| !name.is_empty());
    let known = named
        .or_else(|| context.caller_role_arn.clone())
        .or_else(|| context.caller_arn.clone())?;
    Some(of_arn(&known))
}

fn of_arn(arn: &str) -> Principal {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", partition, "sts", _, account, resource]
            if resource.starts_with("assumed-role/") =>
        {
            let role = resource.split('/').nth(1).unwrap_or_default();
            let name = format!("arn:{partition}:iam::{account}:role/{role}");
            Principal {
                key: "backend_roles",
                name,
                note: Some(PATH_UNKNOWN),
            }
        }
        ["arn", _, "iam", _, _, resource] if resource.starts_with("role/") => Principal {
            key: "backend_roles",
            name: arn.to_owned(),
            note: None,
        },
        _ => Principal {
            key: "users",
            name: arn.to_owned(),
            note: None,
        },
    }
}

fn between(refusal: &Refusal, start: &str, ends: &[char]) -> Option<String> {
    refusal.chain.iter().find_map(|words| {
        let (_, rest) = words.split_once(start)?;
        let (inner, _) = rest.split_once(ends)?;
        Some(inner.to_owned())
    })
}
