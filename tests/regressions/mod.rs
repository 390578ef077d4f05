//! Bugs that were found once: each test holds one of them down, and must fail without its fix.

mod appearing;
mod bucket;
mod claims;
mod cut_off;
mod existing;
mod given_back;
mod lost;
mod output;
mod reclaim;
mod registration;
mod self_managed;
mod signals;
mod unreadable;
mod widening;

use serde_json::{Value, json};

use crate::convergence::converged;
use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::world::{World, desired};

pub const BUCKET: &str = "/buckets/logs-snapshots";
pub const POLICY: &str = "/accounts/123456789012/policies/logs-snapshots";
pub const ROLE: &str = "/accounts/123456789012/roles/logs-snapshots";
pub const REPOSITORIES: &str = "/domains/0/repositories";

/// A spec that was applied a while ago, and the binary beside it.
pub struct Lab {
    pub world: World,
    pub folder: Folder,
    /// What that apply reached.
    pub state: Value,
}

impl Lab {
    pub fn new(spec: &str) -> Self {
        let (world, mut state) = converged(&desired(spec));
        // Nothing changed a moment ago, so no patience is planned.
        for at in [
            format!("{ROLE}/created"),
            format!("{POLICY}/updated"),
            format!("{POLICY}/versions/0/created"),
        ] {
            if state.pointer(&at).is_some() {
                pointer::set(&mut state, &at, json!(1_700_000_000));
            }
        }
        let folder = Folder::new(&world.sandbox);
        folder.write("esbackup.yaml", spec);
        let lab = Self {
            world,
            folder,
            state,
        };
        lab.begin(|_| {});
        lab
    }

    /// Starts from the converged state with these changes; nothing was asked yet and no fault is scripted.
    pub fn begin(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.state.clone();
        change(&mut state);
        self.world.sandbox.forget_faults();
        self.world.sandbox.admin("PUT", "/state", &state);
        self.world.sandbox.forget_requests();
    }

    /// Another spec from now on.
    pub fn wants(&self, spec: &str) {
        self.folder.write("esbackup.yaml", spec);
    }

    /// A misfortune of the first hundred requests of an operation.
    pub fn fault(&self, operation: &str, action: &Value) {
        let fault = json!({"operation": operation, "times": 100, "action": action});
        self.world.sandbox.fault(&fault);
    }

    pub fn apply(&self, arguments: &[&str]) -> Ran {
        self.apply_with_patience("1s", arguments)
    }

    fn apply_with_patience(&self, patience: &str, arguments: &[&str]) -> Ran {
        let all = ["apply", "--sandbox", "--yes", "--patience", patience];
        self.folder
            .run(all.into_iter().chain(arguments.iter().copied()))
    }

    /// The only environment of a plan in JSON.
    fn plan(&self, arguments: &[&str]) -> Value {
        let all = ["plan", "--sandbox", "--format", "json"];
        let ran = self
            .folder
            .run(all.into_iter().chain(arguments.iter().copied()));
        let shown: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
        shown["environments"][0].clone()
    }

    /// Exit code of `drift`.
    pub fn drift(&self) -> i32 {
        self.folder.run(["drift", "--sandbox"]).code
    }

    pub fn writes(&self) -> Vec<String> {
        self.world.sandbox.writes()
    }

    pub fn now(&self, at: &str) -> Value {
        let state = self.world.sandbox.state();
        state.pointer(at).cloned().unwrap_or_default()
    }
}

/// Nothing of the environment exists.
pub fn nothing(state: &mut Value) {
    for at in [BUCKET, POLICY, ROLE] {
        if state.pointer(at).is_some() {
            pointer::remove(state, at);
        }
    }
    pointer::set(state, REPOSITORIES, json!({}));
}

pub fn set(state: &mut Value, at: &str, to: Value) {
    pointer::set(state, at, to);
}

/// What a plan says of the only resource of a kind.
fn of<'a>(environment: &'a Value, kind: &str) -> &'a Value {
    let changes = environment["changes"].as_array().unwrap();
    changes
        .iter()
        .find(|change| change["kind"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {environment:#}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An object in the bucket, as if a repository had left it.
pub fn object(key: &str) -> Value {
    json!({"key": key, "version": "null", "modified": 1_700_000_000, "body": "eA=="})
}

/// A managed policy that grants everything in S3, of somebody else.
pub fn other_policy(name: &str) -> Value {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    json!({
        "name": name, "path": "/", "arn": format!("arn:aws:iam::123456789012:policy/{name}"), "id": "ANPAOTHEROTHEROTHER00",
        "created": 1_700_000_000, "updated": 1_700_000_000, "default_version": 1, "next_version": 2,
        "versions": [{"number": 1, "created": 1_700_000_000, "document": document}],
    })
}

/// A trust policy that lets a service in without a condition.
pub fn trust(service: &str) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
    json!(document.to_string())
}

/// The spec with one line replaced.
pub fn spec(from: &str, to: &str) -> String {
    assert!(SPEC.contains(from), "{from}");
    SPEC.replace(from, to)
}
