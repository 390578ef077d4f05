//! What endangers backups: each code with its example and others of its kind, through real reads of a sandbox.

mod accept;
mod access;
mod commands;
mod lifecycle;
mod policies;
mod rest;

use serde_json::{Value, json};

use esbackup::internals::findings::Finding;
use esbackup::internals::plan::Plan;
use esbackup::internals::resources::declared::Desired;
use esbackup::internals::spec::{Acceptance, Resolved};

use crate::support::pointer;
use crate::support::world::{World, parsed};

pub const SPEC: &str = include_str!("../cases/spec.yaml");
pub const BUCKET: &str = "/buckets/logs-snapshots";
pub const ROLE: &str = "/accounts/123456789012/roles/logs-snapshots";
pub const ARN: &str = "arn:aws:s3:::logs-snapshots";

/// An environment that was applied, and what is changed behind its back.
pub struct Stage {
    pub world: World,
    pub desired: Desired,
    pub accept: Vec<Acceptance>,
    applied: Value,
}

impl Stage {
    /// Applies the shared spec.
    pub fn new() -> Self {
        Self::of(SPEC)
    }

    pub fn of(spec: &str) -> Self {
        let world = World::new();
        let Resolved {
            desired, accept, ..
        } = parsed(spec);
        world.provide(&desired);
        world.apply(&desired);
        let applied = world.sandbox.state();
        Self {
            world,
            desired,
            accept,
            applied,
        }
    }

    /// Only the domain is there.
    pub fn empty(spec: &str) -> Self {
        let world = World::new();
        let Resolved {
            desired, accept, ..
        } = parsed(spec);
        world.provide(&desired);
        let applied = world.sandbox.state();
        Self {
            world,
            desired,
            accept,
            applied,
        }
    }

    /// Plans another spec from now on.
    pub fn with_spec(mut self, spec: &str) -> Self {
        let Resolved {
            desired, accept, ..
        } = parsed(spec);
        (self.desired, self.accept) = (desired, accept);
        self
    }

    /// Plans after changes of the state as it was applied; `-` at the end of a pointer adds to a list.
    pub fn plan(&self, changes: &[(&str, Value)]) -> Plan {
        drop(self.world.sandbox.admin("PUT", "/state", &self.applied));
        self.world.sandbox.change(|state| {
            for (at, to) in changes {
                pointer::set(state, at, to.clone());
            }
        });
        self.world.plan_accepting(&self.desired, &self.accept).plan
    }

    /// The findings after changes.
    pub fn found(&self, changes: &[(&str, Value)]) -> Vec<Finding> {
        self.plan(changes).findings
    }

    /// The findings beside a further statement of the bucket policy.
    pub fn beside(&self, statement: Value) -> Vec<Finding> {
        self.found(&[policy_with(&statement)])
    }

    /// The findings beside a further lifecycle rule.
    pub fn beside_rule(&self, rule: &str) -> Vec<Finding> {
        self.found(&[(RULES, json!(rule))])
    }
}

pub const RULES: &str = "/buckets/logs-snapshots/lifecycle/rules/-";
pub const POLICY: &str = "/buckets/logs-snapshots/policy";

pub fn tls() -> Value {
    json!({
        "Sid": "EsbackupTlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [ARN, format!("{ARN}/*")], "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

/// The bucket policy of the shared spec with a further statement.
pub fn policy_with(statement: &Value) -> (&'static str, Value) {
    let document = json!({"Version": "2012-10-17", "Statement": [statement, tls()]});
    (POLICY, json!({"document": document}))
}

/// Codes and severities, without those that are only about what was not read.
pub fn codes(found: &[Finding]) -> Vec<(&'static str, &'static str)> {
    found
        .iter()
        .map(|one| (one.code.as_str(), one.severity.as_str()))
        .collect()
}
