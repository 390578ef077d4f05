//! Settings that block operations on an index are shown by name, as texts and as booleans, and never taken for absent.

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

const BOUNDARY: &str = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";

struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        folder.write("esbackup.yaml", &SPEC.replace(BOUNDARY, ""));
        let desk = Self { sandbox, folder };
        desk.run("apply --yes", 0);
        desk.run("snapshot take one", 0);
        desk
    }

    fn run(&self, line: &str, code: i32) -> Ran {
        let ran = self.folder.run(line.split(' ').chain(["--sandbox"]));
        assert_eq!(ran.code, code, "{line} {ran:#?}");
        ran
    }

    fn document(&self, line: &str) -> Value {
        let ran = self.run(&format!("{line} --format json"), 0);
        let mut document: Value = serde_json::from_str(&ran.stdout).unwrap();
        document["environments"][0].take()
    }

    fn block(&self, index: &str, settings: &Value) {
        self.sandbox.change(|state| {
            let index = &mut state["domains"][0]["cluster"]["indices"][index];
            for (name, value) in settings.as_object().unwrap() {
                index["settings"][name] = value.clone();
            }
        });
    }
}

/// The column STATE of an index.
fn state(list: &str, index: &str) -> String {
    let row = list
        .lines()
        .find(|line| line.trim_start().starts_with(index))
        .unwrap();
    let from = row.find("open").unwrap();
    row[from..].split("  ").next().unwrap().to_owned()
}

#[test]
fn blocks_of_indices_are_shown_by_their_settings() {
    let desk = Desk::new();
    assert_eq!(desk.document("status")["indices"]["blocked"], json!([]));
    assert_eq!(
        desk.document("indices list")["indices"][0]["blocks"],
        json!([])
    );
    assert!(!desk.run("status", 0).stdout.contains("blocked"));
    desk.block(
        "sample-logs",
        &json!({"index.blocks.write": "true", "index.blocks.metadata": "false"}),
    );
    desk.block(
        "sample-orders",
        &json!({"index.blocks.read_only_allow_delete": "true", "index.blocks.read_only": "true", "index.blocks.metadata": "true"}),
    );
    let orders = [
        "index.blocks.metadata",
        "index.blocks.read_only",
        "index.blocks.read_only_allow_delete",
    ];
    let status = desk.document("status");
    assert_eq!(
        status["indices"]["blocked"],
        json!([
            {"name": "sample-logs", "blocks": ["index.blocks.write"]},
            {"name": "sample-orders", "blocks": orders},
        ])
    );
    let human = desk.run("status", 0).stdout;
    let lines: Vec<&str> = human
        .lines()
        .filter(|line| line.contains("blocked"))
        .collect();
    assert_eq!(
        lines,
        [
            "  blocked       sample-logs (index.blocks.write)".to_owned(),
            format!("  blocked       sample-orders ({})", orders.join(", ")),
        ]
    );
    let listed = desk.document("indices list");
    let blocks: Vec<&Value> = listed["indices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["blocks"])
        .collect();
    assert_eq!(blocks, [&json!(["index.blocks.write"]), &json!(orders)]);
    let human = desk.run("indices list", 0).stdout;
    assert_eq!(state(&human, "sample-logs"), "open, index.blocks.write");
    assert_eq!(
        state(&human, "sample-orders"),
        format!("open, {}", orders.join(", "))
    );
}

#[test]
fn block_that_is_a_boolean_is_shown() {
    let desk = Desk::new();
    let body = json!({
        "sample-logs": {"settings": {"index.blocks.write": true, "index.blocks.read_only": false}},
        "sample-orders": {"settings": {"index.blocks.write": false}},
    });
    desk.sandbox.fault(&json!({
        "operation": "es:GET _settings", "times": 1,
        "action": {"status": {"code": 200, "body": body.to_string()}},
    }));
    let want = json!([{"name": "sample-logs", "blocks": ["index.blocks.write"]}]);
    assert_eq!(desk.document("status")["indices"]["blocked"], want);
}

#[test]
fn blocks_that_cannot_be_read_are_not_absent() {
    let desk = Desk::new();
    let body = json!({"error": {"type": "security_exception", "reason": "no"}, "status": 403});
    desk.sandbox.fault(&json!({
        "operation": "es:GET _settings", "times": 99,
        "action": {"status": {"code": 403, "body": body.to_string()}},
    }));
    assert_eq!(desk.document("status")["indices"]["blocked"], Value::Null);
    let human = desk.run("status", 0).stdout;
    assert!(
        human.contains("  blocked       the settings of the indices could not be read\n"),
        "{human}"
    );
    assert_eq!(
        desk.document("indices list")["indices"][0]["blocks"],
        Value::Null
    );
    let human = desk.run("indices list", 0).stdout;
    assert!(
        human.ends_with("  the blocks of the indices (index.blocks.*) could not be read\n"),
        "{human}"
    );
}

#[test]
fn replacement_that_stops_leaves_a_block_that_is_shown() {
    let desk = Desk::new();
    desk.sandbox.fault(&json!({
        "operation": "es:POST _snapshot/_restore", "times": 9,
        "action": {"status": {"code": 500, "body": "{}"}},
    }));
    let line =
        "restore one --indices sample-logs --replace --yes --allow replace=index.sample-logs";
    let ran = desk.folder.run(line.split(' ').chain(["--sandbox"]));
    assert_ne!(ran.code, 0, "{ran:#?}");
    let want = json!([{"name": "sample-logs", "blocks": ["index.blocks.write"]}]);
    assert_eq!(
        desk.document("status")["indices"]["blocked"],
        want,
        "{ran:#?}"
    );
}
