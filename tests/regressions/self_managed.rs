//! A cluster of one's own gets no role: drift in its registration is drift all the same, and heals without an adoption.

use serde_json::{Value, json};

use crate::support::binary::Folder;
use crate::support::pointer;
use crate::support::sandbox::Sandbox;

const SPEC: &str = "version: 1\nname: own\nregion: us-west-2\naccount: \"123456789012\"\n\
     domain: {endpoint: \"https://cluster.example.org\"}\nbucket: {name: own-snapshots}\n\
     policy: {name: own-snapshots}\nrole: {name: own-snapshots, trust: {source_arns: [\"arn:aws:es:us-west-2:123456789012:domain/own\"]}}\n\
     repository: {name: own, base_path: own, settings: {max_snapshot_bytes_per_sec: 40mb}}\n";
const SETTINGS: &str = "/domains/0/repositories/own/settings";

struct Own {
    sandbox: Sandbox,
    folder: Folder,
}

impl Own {
    fn applied(spec: &str) -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        folder.write("esbackup.yaml", spec);
        let own = Self { sandbox, folder };
        assert_eq!(own.exit(&["apply", "--yes"]), 0);
        assert_eq!(own.exit(&["drift"]), 0);
        own
    }

    fn exit(&self, words: &[&str]) -> i32 {
        let ran = self.folder.run(words.iter().copied().chain(["--sandbox"]));
        println!("{ran:#?}");
        ran.code
    }

    fn moves(&self, setting: &str, value: &str) {
        self.sandbox.change(|state: &mut Value| {
            pointer::set(state, &format!("{SETTINGS}/{setting}"), json!(value));
        });
    }
}

#[test]
fn drift_of_a_registration_without_a_role_is_2_and_heals() {
    let own = Own::applied(SPEC);
    for value in ["20mb", "10mb"] {
        own.moves("max_snapshot_bytes_per_sec", value);
        assert_eq!(own.exit(&["drift"]), 2);
        assert_eq!(own.exit(&["apply", "--yes"]), 0);
        assert_eq!(own.exit(&["drift"]), 0);
    }
    // Where it points is a risk of its own, and no adoption either.
    own.moves("base_path", "elsewhere");
    assert_eq!(own.exit(&["drift"]), 2);
    assert_eq!(own.exit(&["apply", "--yes"]), 6);
    assert_eq!(own.exit(&["apply", "--yes", "--allow", "repoints"]), 0);
}

#[test]
fn registration_for_another_bucket_is_adopted_or_left() {
    let own = Own::applied(SPEC);
    own.moves("bucket", "somebody-elses");
    assert_eq!(own.exit(&["drift"]), 6);
    assert_eq!(own.exit(&["apply", "--yes"]), 6);
    let adopted = [
        "apply",
        "--yes",
        "--allow",
        "repoints",
        "--adopt",
        "repository.own",
    ];
    assert_eq!(own.exit(&adopted), 0);
}

/// A bucket that is only used is not tagged for this environment: the bucket and the base path tell together.
#[test]
fn drift_of_a_registration_for_a_bucket_that_is_only_used_is_2_and_heals() {
    let own = Own::applied(SPEC);
    let used = SPEC.replace(
        "{name: own-snapshots}",
        "{name: own-snapshots, existing: true}",
    );
    own.folder.write("esbackup.yaml", &used);
    for (setting, value) in [
        ("max_snapshot_bytes_per_sec", "20mb"),
        ("compress", "false"),
    ] {
        own.moves(setting, value);
        assert_eq!(own.exit(&["drift"]), 2);
        assert_eq!(own.exit(&["apply", "--yes"]), 0);
        assert_eq!(own.exit(&["drift"]), 0);
    }
    own.moves("base_path", "elsewhere");
    assert_eq!(own.exit(&["drift"]), 6);
    assert_eq!(own.exit(&["apply", "--yes", "--allow", "repoints"]), 6);
}
