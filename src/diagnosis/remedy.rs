//! The remedies of the message table, with the names of the environment filled in; they advise and never act.

use super::Context;
use super::refusal::Refusal;
use crate::domain::EngineKind;

/// Names a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Words in which `{role}`, `{bucket}` and `{domain}` are replaced.
    Text(&'static str),
    /// The request that maps the caller to `manage_snapshots`.
    Mapping,
    /// The caller needs another role than `manage_snapshots`.
    OtherMapping,
}

pub(super) fn text(remedy: Remedy, refusal: &Refusal, context: &Context) -> String {
    match remedy {
        Remedy::Text(text) => filled(text, context),
        Remedy::Mapping => mapping(refusal, context),
        Remedy::OtherMapping => other_mapping(refusal, context),
    }
}

fn filled(text: &str, context: &Context) -> String {
    let or = |known: &Option<String>, otherwise: &str| {
        known.clone().unwrap_or_else(|| otherwise.to_owned())
    };
    text.replace("{role}", &or(&context.role_arn, "the snapshot role"))
        .replace("{bucket}", &or(&context.bucket, "the bucket"))
        .replace("{domain}", &or(&context.domain_arn, "the domain"))
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
