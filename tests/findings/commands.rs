//! What commands do with findings: exit codes, summary line, JSON, and reads that are refused.

use serde_json::{Value, json};

use super::{BUCKET, ROLE, SPEC};
use crate::support::binary::{Folder, Ran, ran};
use crate::support::pointer;
use crate::support::sandbox::Sandbox;

const RULE: &str = "<Rule><ID>archive</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>";

struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        folder.write("esbackup.yaml", SPEC);
        let desk = Self { sandbox, folder };
        assert_eq!(desk.run("apply --yes").code, 0);
        assert_eq!(desk.run("snapshot take one").code, 0);
        desk
    }

    fn run(&self, line: &str) -> Ran {
        let words = line.split(' ').chain(["--sandbox"]);
        let mut command = self.folder.command(words);
        ran(command.env("ESBACKUP_POLL_MS", "10"))
    }

    fn set(&self, at: &str, to: &Value) {
        self.sandbox
            .change(|state| pointer::set(state, at, to.clone()));
    }

    fn code(&self, line: &str) -> u8 {
        u8::try_from(self.run(line).code).unwrap()
    }
}

const LOOKING: [(&str, u8); 7] = [
    ("plan", 0),
    ("plan --detailed-exitcode", 2),
    ("apply --yes", 0),
    ("drift", 2),
    ("status", 2),
    ("verify", 3),
    ("verify --level registered", 3),
];

#[test]
fn danger_decides_exit_codes_and_stands_in_every_command() {
    let desk = Desk::new();
    for (line, _) in LOOKING {
        assert_eq!(desk.code(line), 0, "{line}");
    }
    desk.set(&format!("{BUCKET}/lifecycle/rules/-"), &json!(RULE));
    for (line, code) in LOOKING {
        let ran = desk.run(line);
        assert_eq!(ran.code, i32::from(code), "{line} {ran:#?}");
        let text = &ran.stdout;
        assert!(
            text.contains("danger expires-backups bucket.logs-snapshots"),
            "{line} {text}"
        );
        assert!(
            text.contains("archive expires the live objects under logs/ after 30 days"),
            "{text}"
        );
    }
    assert!(
        desk.run("plan")
            .stdout
            .contains("Nothing to do: 4 unchanged; 1 danger.")
    );
    assert!(
        desk.run("drift")
            .stdout
            .starts_with("sandbox: nothing leaves this machine\nNo drift. 1 danger.\n")
    );
}

#[test]
fn json_of_every_command_has_the_finding_whole() {
    let desk = Desk::new();
    desk.set(&format!("{BUCKET}/lifecycle/rules/-"), &json!(RULE));
    for line in ["plan", "drift", "status", "verify", "apply --yes"] {
        let ran = desk.run(&format!("{line} --format json"));
        let documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
        let all: Vec<Value> = documents.map(Result::unwrap).collect();
        let finding = all.iter().find_map(|one| {
            let environment = one["environments"]
                .get(0)
                .or(one["plan"]["environments"].get(0));
            environment.unwrap_or(one)["findings"].get(0)
        });
        let finding = finding.unwrap_or_else(|| panic!("{line} {}", ran.stdout));
        let keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            [
                "accepted", "code", "hint", "message", "reason", "resource", "severity", "until"
            ]
        );
        assert_eq!(finding["code"], "expires-backups", "{line}");
        assert_eq!(finding["severity"], "danger", "{line}");
    }
}

#[test]
fn accepted_danger_changes_no_exit_code() {
    let desk = Desk::new();
    desk.set(&format!("{BUCKET}/lifecycle/rules/-"), &json!(RULE));
    let entry = "accept:\n  - finding: expires-backups\n    resource: bucket.logs-snapshots\n    match: archive\n    reason: a copy is kept elsewhere\n";
    desk.folder.write(
        "esbackup.yaml",
        &format!("{SPEC}\n{entry}    until: 9999-12-31\n"),
    );
    for (line, _) in LOOKING {
        let ran = desk.run(line);
        assert_eq!(ran.code, 0, "{line} {ran:#?}");
        assert!(
            ran.stdout.contains("accepted danger expires-backups"),
            "{line} {ran:#?}"
        );
        assert!(
            ran.stdout
                .contains("reason: a copy is kept elsewhere, until 9999-12-31"),
            "{ran:#?}"
        );
    }
    desk.folder.write(
        "esbackup.yaml",
        &format!("{SPEC}\n{entry}    until: 2020-01-01\n"),
    );
    assert_eq!(desk.code("drift"), 2);
    assert_eq!(desk.code("status"), 2);
}

#[test]
fn refused_reads_of_findings_are_a_note_and_change_no_exit_code() {
    let desk = Desk::new();
    let existing = SPEC
        .replace(
            "bucket:\n  name: logs-snapshots\n",
            "bucket:\n  name: logs-snapshots\n  existing: true\n",
        )
        .replace(
            "role:\n  name: logs-snapshots\n",
            "role:\n  name: logs-snapshots\n  existing: true\n",
        );
    desk.folder.write("esbackup.yaml", &existing);
    desk.set(&format!("{ROLE}/inline/extra"), &json!({"document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}));
    for (operation, permission) in [
        ("GetBucketPolicy", "s3:GetBucketPolicy"),
        (
            "GetBucketLifecycleConfiguration",
            "s3:GetLifecycleConfiguration",
        ),
        ("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("GetBucketVersioning", "s3:GetBucketVersioning"),
        ("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        (
            "GetBucketOwnershipControls",
            "s3:GetBucketOwnershipControls",
        ),
        (
            "GetObjectLockConfiguration",
            "s3:GetBucketObjectLockConfiguration",
        ),
        ("GetRolePolicy", "iam:GetRolePolicy"),
    ] {
        for line in ["plan", "drift", "status", "verify"] {
            desk.sandbox.forget_faults();
            let service = if permission.starts_with("iam") {
                "iam"
            } else {
                "s3"
            };
            let denied =
                json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}});
            let fault = json!({"operation": format!("{service}:{operation}"), "times": 1000, "action": denied});
            desk.sandbox.fault(&fault);
            let ran = desk.run(line);
            let seen = operation != "GetRolePolicy" && line != "plan";
            let code = if seen { danger(line) } else { 0 };
            assert_eq!(ran.code, code, "{operation} {line} {ran:#?}");
            assert!(
                ran.stdout.contains("note not-read"),
                "{operation} {line} {ran:#?}"
            );
            assert!(
                ran.stdout
                    .contains(&format!("grant the caller {permission} on")),
                "{operation} {line} {ran:#?}"
            );
        }
    }
}

/// The inline policy is a danger wherever it can be read.
fn danger(line: &str) -> i32 {
    if line == "verify" { 3 } else { 2 }
}

#[test]
fn explain_prints_the_section_of_a_code() {
    let folder = Folder::new(&Sandbox::start());
    let explain = |arguments: &[&str]| {
        let words = std::iter::once("explain").chain(arguments.iter().copied());
        ran(&mut folder.command(words))
    };
    let page = include_str!("../../docs/findings.md");
    for code in esbackup::internals::findings::Code::ALL {
        let shown = explain(&[code.as_str()]);
        assert_eq!(shown.code, 0, "{shown:#?}");
        let (_, own) = shown.stdout.split_once('\n').unwrap();
        assert!(page.contains(own.trim_end()), "{}", shown.stdout);
    }
    let wrong = explain(&["expires-backup"]);
    assert_eq!(wrong.code, 64);
    assert!(
        wrong.stderr.contains("did you mean expires-backups?"),
        "{}",
        wrong.stderr
    );
    let all = explain(&[]);
    assert!(
        all.stdout.contains("| `two-writers` | warning |"),
        "{}",
        all.stdout
    );
}

#[test]
fn red_cluster_is_a_warning_and_no_exit_code() {
    let body = json!({"cluster_name": "c", "status": "red", "number_of_data_nodes": 1, "initializing_shards": 0, "unassigned_shards": 1});
    let red = json!({"status": {"code": 200, "body": body.to_string()}});
    let denied =
        json!({"status": {"code": 403, "error_code": "security_exception", "message": "no"}});
    for command in ["status", "verify"] {
        let desk = Desk::new();
        for (answer, finding) in [
            (&red, "warning domain-red domain.logs"),
            (&denied, "note not-read domain.logs"),
        ] {
            desk.sandbox.forget_faults();
            let health =
                json!({"operation": "es:GET _cluster/health", "times": 50, "action": answer});
            desk.sandbox.fault(&health);
            let ran = desk.run(command);
            assert_eq!(ran.code, 0, "{command} {ran:#?}");
            assert!(ran.stdout.contains(finding), "{command} {ran:#?}");
        }
    }
}
