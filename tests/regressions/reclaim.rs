//! A repository whose registration was lost: made again only where its snapshots are this environment's own.

use aws_smithy_types::base64;
use serde_json::{Value, json};

use super::{BUCKET, REPOSITORIES, spec};
use crate::support::binary::{Folder, Ran};
use crate::support::pointer;
use crate::support::sandbox::Sandbox;

const BOUNDARY: &str = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
const READ_FIRST: [&str; 6] = [
    "es:PUT _snapshot",
    "es:PUT _snapshot",
    "es:POST _snapshot/_verify",
    "es:PUT _snapshot",
    "es:POST _snapshot/_verify",
    "es:DELETE _snapshot",
];

/// An environment with one snapshot, whose registration somebody removed.
struct Lost {
    sandbox: Sandbox,
    folder: Folder,
}

impl Lost {
    /// What its snapshots say of themselves is `told`.
    fn new(told: impl Fn(String) -> String) -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        folder.write("esbackup.yaml", &spec(BOUNDARY, ""));
        let lost = Self { sandbox, folder };
        lost.run("apply --yes", 0);
        lost.run("snapshot take one", 0);
        lost.sandbox.change(|state| {
            pointer::remove(state, &format!("{REPOSITORIES}/snapshots"));
            let objects = state.pointer_mut(&format!("{BUCKET}/objects"));
            for object in objects.and_then(Value::as_array_mut).unwrap() {
                if object["key"].as_str().unwrap().contains("/snap-") {
                    let body = base64::decode(object["body"].as_str().unwrap()).unwrap();
                    let body = String::from_utf8(body).unwrap();
                    // The record of the snapshot; its shards have files of the same name.
                    if body.contains("managed-by") {
                        object["body"] = base64::encode(told(body)).into();
                    }
                }
            }
        });
        lost.sandbox.forget_requests();
        lost
    }

    fn run(&self, line: &str, code: i32) -> Ran {
        let ran = self.folder.run(line.split(' ').chain(["--sandbox"]));
        assert_eq!(ran.code, code, "{line} {ran:#?}");
        ran
    }
}

#[test]
fn lost_registration_of_own_snapshots_is_drift_and_healed() {
    let lost = Lost::new(|text| text);
    lost.run("drift", 2);
    assert_eq!(lost.sandbox.writes(), Vec::<String>::new());
    lost.run("apply --yes", 0);
    assert_eq!(lost.sandbox.writes(), READ_FIRST);
    lost.run("drift", 0);
    lost.run("snapshot show one", 0);
    lost.run("snapshot take two", 0);
}

#[test]
fn lost_registration_of_other_snapshots_exits_6_and_leaves_nothing() {
    let cases: [(&str, &str, &str); 3] = [
        (":domain/logs\"", ":domain/other\"", "was taken by domain"),
        (
            "\"esbackup-environment\":\"logs\"",
            "\"esbackup-environment\":\"else\"",
            "was taken by environment else",
        ),
        (
            "\"managed-by\":\"esbackup\"",
            "\"managed-by\":\"curator\"",
            "does not say which environment took it",
        ),
    ];
    for (from, to, why) in cases {
        let lost = Lost::new(|text| {
            assert!(text.contains(from), "{from}: {text}");
            text.replace(from, to)
        });
        lost.run("drift", 2);
        lost.sandbox.forget_requests();
        let ran = lost.run("apply --yes", 6);
        let way = "--adopt repository.snapshots";
        assert!(
            ran.stderr.contains(why) && ran.stderr.contains(way),
            "{}",
            ran.stderr
        );
        assert_eq!(
            lost.sandbox.writes(),
            ["es:PUT _snapshot", "es:DELETE _snapshot"]
        );
        assert_eq!(lost.sandbox.state().pointer(REPOSITORIES), Some(&json!({})));
        lost.run("apply --yes --adopt repository.snapshots", 0);
        lost.run("drift", 0);
    }
}
