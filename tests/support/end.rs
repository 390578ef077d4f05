//! What of a sandbox's state an apply answers for, judged without the product's own reading of it.

use serde_json::{Value, json};

/// The managed part of an environment named `logs`: what must be the same however an apply got there.
pub fn managed(state: &Value) -> Value {
    let bucket = &state["buckets"]["logs-snapshots"];
    let account = &state["accounts"]["123456789012"];
    let (policy, role) = (
        &account["policies"]["logs-snapshots"],
        &account["roles"]["logs-snapshots"],
    );
    json!({
        "bucket": fields(bucket, &["account", "region", "encryption", "versioning", "public_access_block", "ownership"]),
        "bucket policy": own(&statements(bucket), "Sid", "Esbackup"),
        "lifecycle": rules(bucket, true),
        "bucket tags": tags(bucket),
        "policy": fields(policy, &["name", "path", "arn", "description"]),
        "document": document(policy),
        "policy tags": tags(policy),
        "role": fields(role, &["name", "path", "arn", "description", "max_session_duration", "permissions_boundary", "trust", "attached", "inline"]),
        "role tags": tags(role),
        "repositories": state["domains"][0]["repositories"],
    })
}

/// What esbackup did not make and must keep.
pub fn foreign(state: &Value) -> Value {
    let bucket = &state["buckets"]["logs-snapshots"];
    let theirs: Vec<Value> = statements(bucket)
        .into_iter()
        .filter(|statement| !is_own(statement, "Sid", "Esbackup"))
        .collect();
    let size = &bucket["lifecycle"]["transition_default_minimum_object_size"];
    let rules = rules(bucket, false);
    // The setting belongs to the rules that were there.
    let size = if rules.is_empty() { &Value::Null } else { size };
    json!({
        "statements": theirs,
        "rules": rules,
        "transition_default_minimum_object_size": size,
        "owner": bucket["tags"]["owner"],
        "objects": bucket["objects"],
    })
}

/// The whole of a state but for what differs between any two runs that did the same: moments, ids and counters. Versions of a policy
/// stand in their order, so that one more of them shows.
pub fn whole(state: &Value) -> Value {
    let mut whole = state.clone();
    for name in ["serial", "clock_offset_seconds", "earlier_accounts"] {
        drop(whole.as_object_mut().unwrap().remove(name));
    }
    let forget = |value: &mut Value, names: &[&str]| {
        let fields = value.as_object_mut().unwrap();
        names.iter().for_each(|name| drop(fields.remove(*name)));
    };
    for account in each(&mut whole["accounts"]) {
        for role in each(&mut account["roles"]) {
            forget(role, &["created", "id"]);
            let attached = role["attached"].as_array_mut().unwrap();
            attached.sort_by_key(ToString::to_string);
        }
        for policy in each(&mut account["policies"]) {
            let default = policy["default_version"].clone();
            for version in policy["versions"].as_array_mut().unwrap() {
                version["default"] = json!(version["number"] == default);
                forget(version, &["created", "number"]);
            }
            forget(
                policy,
                &[
                    "created",
                    "updated",
                    "id",
                    "default_version",
                    "next_version",
                ],
            );
        }
    }
    for bucket in each(&mut whole["buckets"]) {
        forget(bucket, &["created"]);
    }
    whole
}

/// The values of an object.
fn each(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = value.as_object_mut().into_iter().flatten();
    fields.map(|(_, value)| value)
}

fn fields(value: &Value, names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), value[*name].clone()))
        .collect()
}

fn tags(value: &Value) -> Value {
    fields(
        &value["tags"],
        &["managed-by", "esbackup-environment", "team"],
    )
}

fn statements(bucket: &Value) -> Vec<Value> {
    let Some(text) = bucket["policy"].as_str() else {
        return Vec::new();
    };
    let document: Value = serde_json::from_str(text).unwrap();
    document["Statement"].as_array().unwrap().clone()
}

fn is_own(statement: &Value, name: &str, prefix: &str) -> bool {
    statement[name]
        .as_str()
        .is_some_and(|sid| sid.starts_with(prefix))
}

fn own(statements: &[Value], name: &str, prefix: &str) -> Vec<Value> {
    statements
        .iter()
        .filter(|one| is_own(one, name, prefix))
        .cloned()
        .collect()
}

fn rules(bucket: &Value, own: bool) -> Vec<Value> {
    let rules = bucket["lifecycle"]["rules"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let is_own = |rule: &Value| rule.as_str().unwrap().contains("<ID>esbackup-logs</ID>");
    rules
        .into_iter()
        .filter(|rule| is_own(rule) == own)
        .collect()
}

/// The text of the default version.
pub fn document(policy: &Value) -> Value {
    let default = &policy["default_version"];
    let versions = policy["versions"].as_array().into_iter().flatten();
    let mut of_default = versions.filter(|version| &version["number"] == default);
    of_default
        .next()
        .map_or(Value::Null, |version| version["document"].clone())
}
