//! Snapshots whose details cannot be read: no command takes them for absent, deletes them, or counts on one. Against the sandbox.

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    /// An environment with the snapshots s-1, s-2 and s-3.
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
        let objectives = "objectives: {rpo: 1h}\n";
        folder.write("esbackup.yaml", &(SPEC.replace(bound, "") + objectives));
        let desk = Self { sandbox, folder };
        desk.run("apply --yes", 0);
        for name in ["s-1", "s-2", "s-3"] {
            desk.run(&format!("snapshot take {name}"), 0);
        }
        desk
    }

    fn run(&self, line: &str, code: i32) -> Ran {
        let words = line.split(' ').chain(["--sandbox"]);
        let mut command = self.folder.command(words);
        let ran = ran(command.env("ESBACKUP_POLL_MS", "10"));
        assert_eq!(ran.code, code, "{line} {ran:#?}");
        ran
    }

    fn document(&self, line: &str, code: i32) -> Value {
        let ran = self.run(&format!("{line} --format json"), code);
        let mut document: Value = serde_json::from_str(&ran.stdout).unwrap();
        document["environments"][0].take()
    }

    /// Every request for details whose path holds this text is answered with an error.
    fn refuse(&self, text: &str, code: u16, kind: &str) {
        let body = json!({"error": {"type": kind, "reason": "no"}, "status": code}).to_string();
        self.sandbox.fault(&json!({
            "operation": "es:GET _snapshot/snapshot", "path_contains": text, "times": 999,
            "action": {"status": {"code": code, "body": body}},
        }));
    }

    fn left(&self) -> Vec<String> {
        self.sandbox.forget_faults();
        let listed = self.document("snapshot list", 0);
        let all = listed["snapshots"].as_array().unwrap().iter();
        let mut names: Vec<String> = all
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

fn names(list: &Value, read: bool) -> Vec<&str> {
    let all = list["snapshots"].as_array().unwrap().iter();
    let mut names: Vec<&str> = all
        .filter(|one| one["details_read"] == read)
        .filter_map(|one| one["name"].as_str())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_batch_that_is_denied_is_shown_and_nothing_is_pruned_or_judged() {
    let desk = Desk::new();
    desk.refuse("ignore_unavailable", 403, "security_exception");
    let listed = desk.document("snapshot list", 77);
    assert_eq!(names(&listed, false), ["s-1", "s-2", "s-3"]);
    assert_eq!(listed["snapshots"][0]["indices"][0], "sample-logs");
    let human = desk.run("snapshot list", 77).stdout;
    for words in ["s-1", "could not read the details of 3 of the 3 snapshots"] {
        assert!(human.contains(words), "{human}");
    }
    let pruned = desk.run("snapshot prune --keep-last 1 --yes", 77);
    assert!(
        pruned.stdout.contains("its details could not be read"),
        "{pruned:#?}"
    );
    assert!(
        pruned.stdout.contains("3 kept, 0 to be deleted"),
        "{pruned:#?}"
    );
    // Nobody knows how old they are: that is no missed objective, and no index is called uncovered.
    let status = desk.document("status", 77);
    assert_eq!(status["objectives"]["rpo"]["verdict"], "not_known");
    assert_eq!(status["indices"]["not_in_a_good_snapshot"], json!([]));
    assert_eq!(
        status["indices"]["not_known"],
        json!(["sample-logs", "sample-orders"])
    );
    let indices = desk.document("indices list", 77);
    assert_eq!(indices["indices"][0]["not_known"], true);
    assert!(desk.run("indices list", 77).stdout.contains("not known"));
    for line in [
        "restore latest --prefix r-",
        "indices delete sample-logs --yes",
        "verify --level snapshot",
    ] {
        desk.run(line, 77);
    }
    assert_eq!(desk.left(), ["s-1", "s-2", "s-3"]);
}

#[test]
fn a_snapshot_that_cannot_be_read_is_kept_and_said_by_every_command() {
    let desk = Desk::new();
    desk.refuse("s-2", 500, "repository_exception");
    let listed = desk.document("snapshot list", 1);
    assert_eq!(names(&listed, true), ["s-1", "s-3"]);
    assert_eq!(names(&listed, false), ["s-2"]);
    let status = desk.document("status", 1);
    assert_eq!(status["objectives"]["rpo"]["verdict"], "met");
    assert_eq!(status["last_good"]["name"], "s-3");
    // It stands in no other one's way, and the command says that not all was looked at.
    let pruned = desk.run("snapshot prune --keep-last 1 --yes", 1);
    assert!(
        pruned.stdout.contains("2 kept, 1 to be deleted"),
        "{pruned:#?}"
    );
    assert!(
        (pruned.stdout + &pruned.stderr)
            .contains("could not read the details of 1 of the 3 snapshots")
    );
    desk.run("snapshot delete s-2 --yes", 1);
    assert_eq!(desk.left(), ["s-2", "s-3"]);
}

#[test]
fn a_named_snapshot_is_deleted_beside_one_that_cannot_be_read() {
    let desk = Desk::new();
    desk.refuse("s-2", 500, "repository_exception");
    let deleted = desk.run("snapshot delete s-1 --yes", 0);
    assert!(
        (deleted.stdout + &deleted.stderr).contains("could not read the details of 1 of the 3")
    );
    assert_eq!(desk.left(), ["s-2", "s-3"]);
}

/// A domain whose index sample-orders is in `s-2` alone, which cannot be read; the indices are five hours old.
fn orders_are_in_the_unread_one() -> Desk {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    let more = "objectives: {rpo: 1h}\nworkflows:\n  back:\n    - delete_indices: [sample-orders]\n    - restore: {snapshot: latest}\n";
    folder.write("esbackup.yaml", &(SPEC.replace(bound, "") + more));
    let desk = Desk { sandbox, folder };
    desk.run("apply --yes", 0);
    desk.sandbox.change(|state| {
        let indices = &mut state["domains"][0]["cluster"]["indices"];
        for index in indices.as_object_mut().unwrap().values_mut() {
            let created = index["created"].as_i64().unwrap();
            index["created"] = json!(created - 5 * 3_600_000);
        }
    });
    desk.run("snapshot take s-1 --indices sample-logs", 0);
    desk.run("snapshot take s-2 --indices sample-orders", 0);
    desk.run("snapshot take s-3 --indices sample-logs", 0);
    desk.refuse("s-2", 500, "repository_exception");
    desk
}

#[test]
fn index_that_only_an_unread_snapshot_holds_is_not_known_to_any_command() {
    let desk = orders_are_in_the_unread_one();
    let status = desk.document("status", 1);
    let rpo = &status["objectives"]["rpo"];
    assert_eq!(rpo["verdict"], "not_known", "{status:#}");
    assert_eq!(
        rpo["why"],
        "snapshots that could not be read may have newer copies"
    );
    assert_eq!(status["indices"]["not_known"], json!(["sample-orders"]));
    let exposure = status["indices"]["exposure"].as_array().unwrap();
    let of = |name: &str| {
        let found = exposure.iter().find(|one| one["name"] == name).unwrap();
        (found["judged"].clone(), found["missed"].clone())
    };
    assert_eq!(of("sample-orders"), (json!("not_read"), json!(false)));
    assert_eq!(of("sample-logs"), (json!("by_age"), json!(false)));
    let shown = desk.run("status", 1).stdout;
    assert!(
        shown.contains("not known     sample-orders (in no snapshot since its creation; one that could not be read may have a newer copy)"),
        "{shown}"
    );
    let indices = desk.document("indices list", 1);
    let orders = indices["indices"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "sample-orders");
    assert_eq!(orders.unwrap()["not_known"], true);
    // Whatever needs to know ends, and has sent nothing.
    desk.sandbox.forget_requests();
    for line in [
        "indices delete sample-orders --yes",
        "restore latest --prefix r-",
        "run back --yes --allow no-snapshot",
    ] {
        desk.run(line, 1);
    }
    assert_eq!(desk.sandbox.writes(), [""; 0]);
    desk.run("verify --level snapshot", 1);
    assert_eq!(desk.left(), ["s-1", "s-2", "s-3"]);
}

/// An unread snapshot excuses nothing that it cannot hold.
#[test]
fn index_that_no_unread_snapshot_holds_still_misses_the_objective() {
    let desk = orders_are_in_the_unread_one();
    desk.sandbox.change(|state| {
        let indices = &mut state["domains"][0]["cluster"]["indices"];
        let extra = indices["sample-orders"].clone();
        indices["extra"] = extra;
    });
    desk.refuse("s-2", 500, "repository_exception");
    let ran = desk.folder.run(["status", "--sandbox", "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let status = &document["environments"][0];
    assert_eq!(
        status["objectives"]["rpo"]["verdict"], "missed",
        "{status:#}"
    );
    assert_eq!(status["indices"]["exposure"][0]["name"], "extra");
    assert_ne!(ran.code, 0);
}

/// A last copy that goes is not called gone for good while a snapshot that could not be read may hold another one.
#[test]
fn prune_calls_nothing_gone_for_good_that_an_unread_snapshot_may_hold() {
    let desk = Desk::new();
    desk.sandbox.change(|state| {
        let indices = &mut state["domains"][0]["cluster"]["indices"];
        indices.as_object_mut().unwrap().remove("sample-orders");
    });
    desk.run("snapshot take s-4", 0);
    let line = "snapshot prune --keep-last 1 --gone-after *=0s";
    let prune = |more: &str, code| {
        let ran = desk.run(&format!("{line} {more}"), code);
        let end: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
        end["summary"].clone()
    };
    // Where all are read, the last copy is named.
    let whole = prune("--dry-run --format json", 0);
    assert_eq!(
        (&whole["deleted"], &whole["gone_for_good"]),
        (&json!(3), &json!(1))
    );
    desk.refuse("s-2", 500, "repository_exception");
    let doubted = prune("--dry-run --format json", 1);
    assert_eq!(
        (&doubted["deleted"], &doubted["gone_for_good"]),
        (&json!(2), &json!(0))
    );
    let pruned = desk.run(&format!("{line} --yes"), 1);
    assert!(!pruned.stdout.contains("gone for good"), "{pruned:#?}");
    assert_eq!(desk.left(), ["s-2", "s-4"]);
}
