//! Restore tests that are recorded in the bucket, and the objective that they meet, against the sandbox.

mod refused;

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

/// Key of the record of base path `logs`: `printf %s logs | sha256sum`.
const KEY: &str = "esbackup-records/98f38f12db221a8cf8ca7aadfdcd759b01d52eb4ebb3eedbb2d97e92805c6960/restore-test.json";
const RECORD: [&str; 5] = ["verify", "--level", "restore", "--record", "--sandbox"];
const BOUND: &str = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";

struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    /// An applied environment with an objective and snapshot `one`.
    fn new() -> Self {
        Self::with(&SPEC.replace(BOUND, ""))
    }

    fn with(spec: &str) -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let spec = format!("{spec}objectives: {{restore_test: 30d}}\n");
        folder.write("esbackup.yaml", &spec);
        let desk = Self { sandbox, folder };
        desk.run("apply --yes", 0);
        desk.run("snapshot take one", 0);
        desk
    }

    fn run(&self, line: &str, code: i32) -> Ran {
        self.words(
            &line.split(' ').chain(["--sandbox"]).collect::<Vec<_>>(),
            code,
        )
    }

    fn words(&self, words: &[&str], code: i32) -> Ran {
        let mut command = self.folder.command(words.iter().copied());
        let ran = ran(command.env("ESBACKUP_POLL_MS", "10"));
        assert_eq!(ran.code, code, "{words:?} {ran:#?}");
        ran
    }

    fn record(&self, code: i32) -> Ran {
        self.words(&RECORD, code)
    }

    fn status(&self, code: i32) -> Value {
        let ran = self.run("status --format json", code);
        let mut document: Value = serde_json::from_str(&ran.stdout).unwrap();
        document["environments"][0].take()
    }

    /// Verdict and reason of the objective.
    fn verdict(&self, code: i32) -> (String, String) {
        let status = self.status(code);
        let objective = &status["objectives"]["restore_test"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&objective["verdict"]), text(&objective["why"]))
    }

    /// Keys and contents of the records in the bucket, as S3 keeps them.
    fn records(&self) -> Vec<(String, Value)> {
        let state = self.sandbox.state();
        let objects = state["buckets"]["logs-snapshots"]["objects"].as_array();
        let all = objects.into_iter().flatten().filter_map(|object| {
            let key = object["key"].as_str()?;
            let body = object["body"].as_str()?;
            let bytes = aws_smithy_types::base64::decode(body).ok()?;
            let record = key.starts_with("esbackup-records/");
            record.then(|| {
                (
                    key.to_owned(),
                    serde_json::from_slice(&bytes).unwrap_or_default(),
                )
            })
        });
        all.collect()
    }

    /// Changes every record as it lies in the bucket.
    fn change_records(&self, change: impl Fn(&mut Value)) {
        self.sandbox.change(|state| {
            let objects = state["buckets"]["logs-snapshots"]["objects"].as_array_mut();
            for object in objects.unwrap() {
                if object["key"]
                    .as_str()
                    .unwrap()
                    .starts_with("esbackup-records/")
                {
                    change(object);
                }
            }
        });
    }

    /// Makes the caller one with these policy statements.
    fn become_caller(&self, statements: &Value) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let caller =
            json!({"account": "123456789012", "user": "sandbox", "policy_documents": [document]});
        self.sandbox.admin("POST", "/principals", &caller);
    }

    fn puts(&self) -> usize {
        let writes = self.sandbox.writes();
        writes.iter().filter(|one| *one == "s3:PutObject").count()
    }
}

fn all_but(actions: &[&str]) -> Value {
    json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": actions, "Resource": "*"},
    ])
}

/// A caller whose own policies do not allow these actions, without a Deny.
fn lacking(actions: &[&str]) -> Value {
    json!([{"Effect": "Allow", "NotAction": actions, "Resource": "*"}])
}

#[test]
fn recorded_restore_test_meets_the_objective() {
    let desk = Desk::new();
    let (verdict, why) = desk.verdict(0);
    assert_eq!(
        (verdict.as_str(), why),
        (
            "not_known",
            format!(
                "there is no record in s3://logs-snapshots/{}; write one with `esbackup verify --level restore --record`",
                KEY
            )
        )
    );

    // Without the option nothing is written to S3.
    desk.sandbox.forget_requests();
    desk.run("verify --level restore", 0);
    assert_eq!((desk.puts(), desk.records()), (0, Vec::new()));

    let ran = desk.words(&[&RECORD[..], &["--format", "json"]].concat(), 0);
    let end: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(end["recorded"], format!("s3://logs-snapshots/{}", KEY));
    let records = desk.records();
    assert_eq!(records.len(), 1);
    let (at, mut record) = records.into_iter().next().unwrap();
    assert_eq!(at, KEY);
    let restored = &mut record["indices"][0];
    let id = restored["restored_as"].take();
    assert!(id.as_str().is_some_and(|id| id.len() > 10), "{id}");
    let (name, docs) = (restored["name"].clone(), restored["docs"].clone());
    let known = [("sample-logs", 120), ("sample-orders", 40)];
    assert!(
        known.iter().any(|one| name == one.0 && docs == one.1),
        "{restored}"
    );
    let uuid = record["snapshot_uuid"].take();
    assert!(uuid.as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(
        record,
        json!({
            "format": 1, "environment": "logs", "domain": "arn:aws:es:us-west-2:123456789012:domain/logs",
            "snapshot": "one", "snapshot_uuid": null, "restored": 1,
            "indices": [{"name": name, "docs": docs, "restored_as": null}],
        })
    );

    let status = desk.status(0);
    let objective = &status["objectives"]["restore_test"];
    assert_eq!(
        *objective,
        json!({"at_most_seconds": 2_592_000, "verdict": "met", "why": null})
    );
    let mut test = status["last_restore_test"].clone();
    let age = test["age_seconds"].take();
    assert!(age.as_u64().is_some_and(|age| age < 600), "{age}");
    test["at"].take();
    assert_eq!(
        test,
        json!({
            "at": null, "age_seconds": null, "snapshot": "one", "snapshot_uuid": uuid, "environment": "logs",
            "domain": "arn:aws:es:us-west-2:123456789012:domain/logs", "restored": 1, "indices": [name],
            "record": format!("s3://logs-snapshots/{}", KEY),
        })
    );
    // The record is no file of the repository, and no command of its owner touches it.
    desk.run("verify", 0);
    desk.run("snapshot delete one --yes --allow last-good", 0);
    assert_eq!(desk.records().len(), 1);
}

#[test]
fn record_older_than_the_objective_misses_it() {
    let desk = Desk::new();
    desk.record(0);
    for (days, code, expected) in [(29, 0, "met"), (31, 2, "missed"), (-2, 0, "not_known")] {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let at = now.unwrap().as_secs() as i64 - days * 86_400;
        desk.change_records(|object| object["modified"] = json!(at));
        let (verdict, why) = desk.verdict(code);
        assert_eq!(verdict, expected, "{days}: {why}");
    }
    let text = desk.run("status", 0).stdout;
    assert!(text.contains("which is in the future"), "{text}");
}

#[test]
fn other_environment_of_the_base_path_reads_the_record() {
    let desk = Desk::new();
    desk.record(0);
    let reader = |path: &str| {
        format!(
            "version: 1\nname: reader\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {{name: logs}}\n\
             bucket: {{name: logs-snapshots, existing: true}}\nrole: {{name: logs-snapshots, existing: true}}\n\
             repository: {{name: snapshots, {path}existing: true}}\nobjectives: {{restore_test: 1d}}\n"
        )
    };
    // Said in the spec, or left to the registration.
    for path in ["base_path: logs, ", ""] {
        desk.folder.write("esbackup.yaml", &reader(path));
        let status = desk.status(0);
        assert_eq!(
            status["objectives"]["restore_test"]["verdict"], "met",
            "{path}: {status:#}"
        );
        assert_eq!(status["last_restore_test"]["environment"], "logs");
    }
    desk.folder
        .write("esbackup.yaml", &reader("base_path: other, "));
    assert_eq!(desk.verdict(0).0, "not_known");
}

/// S3 denies a key that does not exist to who may not list the bucket: the message names what is missing.
/// A restore test that did not succeed, or that was only shown, leaves the last record as it is.
#[test]
fn only_a_restore_test_that_succeeded_is_recorded() {
    let desk = Desk::new();
    let shown = desk.words(&[&RECORD[..], &["--dry-run"]].concat(), 0);
    let url = format!("s3://logs-snapshots/{}", KEY);
    assert!(shown.stdout.contains(&format!("PUT {url}")), "{shown:#?}");
    let ran = desk.words(&[&RECORD[..], &["--indices", "missing"]].concat(), 3);
    let why = "only a restore test that succeeded is recorded";
    assert!(ran.stdout.contains(why), "{ran:#?}");
    let refused = json!({"status": {"code": 500, "body": "{}"}});
    desk.sandbox.fault(
        &json!({"operation": "es:POST _snapshot/_restore", "times": 1000, "action": refused}),
    );
    let ran = desk.folder.run(RECORD);
    assert_ne!(ran.code, 0, "{ran:#?}");
    desk.sandbox.forget_faults();
    assert_eq!(desk.records(), []);
    for level in ["registered", "nodes", "snapshot"] {
        let ran = desk.words(&["verify", "--level", level, "--record", "--sandbox"], 64);
        assert!(
            ran.stderr.contains("--record is for --level restore"),
            "{ran:#?}"
        );
    }
}

#[test]
fn record_of_a_spec_without_bucket_is_refused_before_the_restore() {
    let desk = Desk::new();
    let spec = "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {name: logs}\n\
                repository: {name: snapshots, existing: true}\nobjectives: {restore_test: 1d}\n";
    desk.folder.write("esbackup.yaml", spec);
    desk.sandbox.forget_requests();
    let ran = desk.record(6);
    assert!(ran.stderr.contains("the spec names no bucket"), "{ran:#?}");
    assert_eq!(desk.sandbox.writes(), [""; 0]);
    let (verdict, why) = desk.verdict(0);
    assert_eq!(
        (verdict.as_str(), why.as_str()),
        (
            "not_known",
            "the spec names no bucket to keep records of restore tests in"
        )
    );
}

#[test]
fn base_path_among_the_records_is_65() {
    let desk = Desk::new();
    let spec = std::fs::read_to_string(desk.folder.path("esbackup.yaml")).unwrap();
    for path in ["esbackup-records", "esbackup-records/logs"] {
        desk.folder.write(
            "esbackup.yaml",
            &spec.replace("base_path: logs", &format!("base_path: {path}")),
        );
        let ran = desk.folder.run(["validate"]);
        assert_eq!(ran.code, 65, "{ran:#?}");
        assert!(
            ran.stdout.contains("esbackup-records/") || ran.stderr.contains("esbackup-records/"),
            "{ran:#?}"
        );
    }
}

#[test]
fn repository_at_the_root_of_the_bucket_leaves_the_record_alone() {
    let spec = SPEC.replace(BOUND, "").replace("  base_path: logs\n", "");
    let desk = Desk::with(&spec);
    desk.record(0);
    let before = desk.records();
    desk.run("snapshot take two", 0);
    desk.run("snapshot delete one two --yes --allow last-good", 0);
    desk.run("snapshot take three", 0);
    desk.run("verify --level snapshot", 0);
    let listed = desk.run("snapshot list --format json", 0).stdout;
    assert!(listed.contains("\"three\""), "{listed}");
    assert_eq!(desk.records(), before);
    assert_eq!(desk.verdict(0).0, "met");
}
