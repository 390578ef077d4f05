//! One environment in which every command of the product has something to do, and every command by its words; it must never assert on behalf
//! of a test.

use std::process::Command;
use std::sync::LazyLock;

use clap::ValueEnum;
use esbackup::internals::cli::options::Format;
use serde_json::{Value, json};

use super::binary::Folder;
use super::sandbox::Sandbox;

pub const ACCOUNT: &str = "123456789012";

/// A spec as the stage has it, without the way to the domain.
const SPEC: &str = r#"
version: 1
name: logs
region: us-west-2
account: "123456789012"
tags: {team: search}
domain:
  name: logs
bucket: {name: logs-snapshots}
policy: {name: logs-snapshots}
role: {name: logs-snapshots}
repository: {name: snapshots, base_path: logs}
objectives: {rpo: 1h, restore_test: 30d}
workflows:
  backup:
    - snapshot: {name: "by-hand", indices: [sample-logs]}
    - verify: {level: snapshot}
"#;

/// What a command does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Nothing.
    Reads,
    /// It sends a write, the first of which is this one as faults name it.
    Writes(&'static str),
    /// It looks at specs alone.
    Nothing,
}

/// A command by its words.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub words: &'static [&'static str],
    pub does: Does,
}

impl Line {
    /// The first words, as its help knows it.
    pub fn name(&self) -> &'static [&'static str] {
        let of_two = ["snapshot", "indices"].contains(&self.words[0]);
        &self.words[..1 + usize::from(of_two)]
    }
}

const fn line(words: &'static [&'static str], does: Does) -> Line {
    Line { words, does }
}

/// Every command that ends by itself. `sandbox` is the only other one.
pub const LINES: [Line; 16] = [
    line(&["validate"], Does::Nothing),
    line(&["plan"], Does::Reads),
    line(&["apply", "--yes"], Does::Writes("s3:PutBucketVersioning")),
    line(&["drift"], Does::Reads),
    line(&["status"], Does::Reads),
    line(
        &["snapshot", "take", "third"],
        Does::Writes("es:PUT _snapshot/snapshot"),
    ),
    line(&["snapshot", "list"], Does::Reads),
    line(&["snapshot", "show", "first"], Does::Reads),
    line(&["snapshot", "wait", "first"], Does::Reads),
    line(
        &["snapshot", "delete", "first", "--yes"],
        Does::Writes("es:DELETE _snapshot/snapshot"),
    ),
    line(
        &["snapshot", "prune", "--keep-last", "1", "--yes"],
        Does::Writes("es:DELETE _snapshot/snapshot"),
    ),
    line(
        &[
            "restore",
            "second",
            "--indices",
            "sample-logs",
            "--prefix",
            "copy-",
        ],
        Does::Writes("es:POST _snapshot/_restore"),
    ),
    line(&["verify"], Does::Writes("es:POST _snapshot/_verify")),
    line(&["indices", "list"], Does::Reads),
    line(
        &["indices", "delete", "sample-logs", "--yes"],
        Does::Writes("es:DELETE index"),
    ),
    line(
        &["run", "backup", "--yes"],
        Does::Writes("es:PUT _snapshot/snapshot"),
    ),
];

/// The formats of results, as `--format` takes them.
pub static FORMATS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = Format::value_variants().iter();
    let named = all.map(|one| one.to_possible_value().unwrap().get_name().to_owned());
    named.collect()
});

/// The environment.
pub struct Stage {
    pub sandbox: Sandbox,
    pub folder: Folder,
    /// What [`Stage::begin`] begins with.
    state: Value,
}

impl Stage {
    /// Applied, with two snapshots, and a bucket that lost its versioning since.
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let host = format!("localhost:{}", sandbox.address.port());
        let domain = json!({"account": ACCOUNT, "region": "us-west-2", "name": "logs", "endpoint_host": host, "samples": true});
        sandbox.admin("POST", "/domains", &domain);
        folder.write("esbackup.yaml", &spec(&host));
        for words in [
            &["apply", "--yes", "--sandbox"][..],
            &["snapshot", "take", "first", "--sandbox"],
            &["snapshot", "take", "second", "--sandbox"],
        ] {
            let ran = folder.run(words.iter().copied());
            assert_eq!(ran.code, 0, "{words:?}: {ran:#?}");
        }
        sandbox.change(|state| {
            state["buckets"]["logs-snapshots"]["versioning"] = json!("Suspended");
        });
        let state = sandbox.state();
        Self {
            sandbox,
            folder,
            state,
        }
    }

    /// Begins again, with these changes and without faults.
    pub fn begin(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.state.clone();
        change(&mut state);
        self.sandbox.forget_faults();
        self.sandbox.admin("PUT", "/state", &state);
        self.sandbox.forget_requests();
    }

    /// A misfortune of every request of an operation.
    pub fn fault(&self, operation: &str, action: &Value) {
        let fault = json!({"operation": operation, "times": 1_000_000, "action": action});
        self.sandbox.fault(&fault);
    }

    /// A command against the sandbox as `--sandbox` means it.
    pub fn sandboxed(&self, line: Line, more: &[&str]) -> Command {
        let place = match line.does {
            Does::Nothing => &[][..],
            _ => &["--sandbox"],
        };
        let words = line.words.iter().chain(place).chain(more);
        self.folder.command(words.copied())
    }

    /// The same command as in production: endpoints of AWS from the environment, and the domain by its name. Credentials are the caller's to
    /// add.
    pub fn in_production(&self, line: Line, more: &[&str]) -> Command {
        let place = match line.does {
            Does::Nothing => &[][..],
            _ => &["--trust-endpoint", "localhost"],
        };
        let words = line.words.iter().chain(place).chain(more);
        let mut command = self.folder.command(words.copied());
        command
            .env("AWS_ENDPOINT_URL", self.sandbox.url())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }
}

/// The spec with an endpoint of the domain.
pub fn spec(host: &str) -> String {
    let domain = format!("domain:\n  name: logs\n  endpoint: http://{host}\n");
    SPEC.replace("domain:\n  name: logs\n", &domain)
}
