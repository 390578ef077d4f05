//! Every managed field of one environment with the states it can be found in, as changes of the converged state; data only.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::names::Names;
use super::pointer;

/// The spec whose fields these are.
pub const SPEC: &str = r#"
version: 1
name: logs
region: us-west-2
account: "123456789012"
tags: {team: search}
domain:
  name: logs
bucket:
  name: logs-snapshots
policy:
  name: logs-snapshots
  description: What the domain may do
role:
  name: logs-snapshots
  description: Assumed by the domain
  permissions_boundary: arn:aws:iam::123456789012:policy/boundary
  exclusive: true
repository:
  name: snapshots
  base_path: logs
"#;

/// What the spec refers to and does not create.
pub const BOUNDARY: &str = r#"{"name":"boundary","path":"/","arn":"arn:aws:iam::123456789012:policy/boundary","id":"ANPAAAAAAAAAAAAAAAAAA",
"created":1795000000,"updated":1795000000,"default_version":1,"next_version":2,"versions":[{"number":1,"created":1795000000,
"document":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}]}"#;

/// One field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    /// The states beside `equal`.
    pub states: Vec<State>,
}

/// A state of a field, as a change of the converged state of the sandbox.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub name: String,
    /// What is set, by JSON pointers; see [`pointer::set`].
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// What is taken out.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// All fields; whole resources come last, so that one that is absent stays absent.
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> =
        LazyLock::new(|| serde_json::from_str(include_str!("fields.json")).unwrap());
    &FIELDS
}

/// All fields of another environment, whose domain stands at this place of the state.
pub fn fields_of(names: &Names, place: usize) -> Vec<Field> {
    serde_json::from_str(&names.tell(include_str!("fields.json"), place)).unwrap()
}

/// Changes a converged state to one in which these fields of it are in these states.
pub fn change(state: &mut Value, fields: &[Field], wanted: &[(&str, &str)]) {
    for (field, wanted) in wanted {
        let field = fields.iter().find(|known| known.name == *field).unwrap();
        let found = field.states.iter().find(|known| known.name == *wanted);
        let State { set, remove, .. } = found.unwrap_or_else(|| panic!("{wanted}"));
        for (at, to) in set {
            pointer::set(state, at, to.clone());
        }
        for at in remove {
            pointer::remove(state, at);
        }
    }
}

/// One read and the resource that it belongs to.
pub struct Read {
    pub operation: &'static str,
    pub kind: &'static str,
}

/// Every read of a plan of an environment whose resources all exist, and of an unmarked bucket.
pub const READS: &[Read] = &[
    read("s3:HeadBucket", "bucket"),
    read("s3:GetBucketEncryption", "bucket"),
    read("s3:GetBucketVersioning", "bucket"),
    read("s3:GetPublicAccessBlock", "bucket"),
    read("s3:GetBucketOwnershipControls", "bucket"),
    read("s3:GetBucketPolicy", "bucket"),
    read("s3:GetBucketLifecycleConfiguration", "bucket"),
    read("s3:GetBucketTagging", "bucket"),
    read("iam:GetPolicy", "policy"),
    read("iam:GetPolicyVersion", "policy"),
    read("iam:ListPolicyVersions", "policy"),
    read("iam:GetRole", "role"),
    read("iam:ListAttachedRolePolicies", "role"),
    read("iam:ListRolePolicies", "role"),
    read("es:DescribeDomain", "domain"),
    read("es:GET _snapshot", "repository"),
    read("es:GET _snapshot/_all", "repository"),
];

/// The reads that only a bucket without a mark needs.
pub const UNMARKED_READS: &[Read] = &[
    read("s3:ListObjectVersions", "bucket"),
    read("s3:ListMultipartUploads", "bucket"),
    read("s3:GetBucketCors", "bucket"),
    read("s3:GetBucketWebsite", "bucket"),
    read("s3:GetBucketReplication", "bucket"),
    read("s3:GetBucketNotificationConfiguration", "bucket"),
    read("s3:GetBucketLogging", "bucket"),
    read("s3:GetObjectLockConfiguration", "bucket"),
    read("s3:GetBucketAcl", "bucket"),
    read("s3:GetBucketPolicyStatus", "bucket"),
];

const fn read(operation: &'static str, kind: &'static str) -> Read {
    Read { operation, kind }
}

/// Changes the converged state to one in which each field is in the chosen state; 0 is `equal`.
pub fn vary(state: &mut Value, chosen: &[usize]) {
    for (field, choice) in fields().iter().zip(chosen) {
        let Some(index) = choice.checked_sub(1) else {
            continue;
        };
        let State { set, remove, .. } = &field.states[index];
        for (at, to) in set {
            pointer::set(state, at, to.clone());
        }
        for at in remove {
            pointer::remove(state, at);
        }
    }
    // A policy that does not exist is attached to nothing.
    let account = "/accounts/123456789012";
    let policy = format!("{account}/policies/logs-snapshots");
    let exists = state.pointer(&policy).is_some();
    let attached = state.pointer_mut(&format!("{account}/roles/logs-snapshots/attached"));
    if let Some(Value::Array(attached)) = attached {
        attached.retain(|arn| exists || !arn.as_str().unwrap().ends_with(":policy/logs-snapshots"));
    }
}

/// The chosen states in words.
pub fn words(chosen: &[usize]) -> String {
    let named = fields().iter().zip(chosen).filter_map(|(field, choice)| {
        let state = field.states.get(choice.checked_sub(1)?)?;
        Some(format!("{} {}", field.name, state.name))
    });
    named.collect::<Vec<_>>().join(", ")
}
