//! The commands of day two that are cut off, each from its own starting state.

use crate::support::binary::Folder;
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

use serde_json::{Value, json};

/// Bytes a second: a snapshot or a restore of the samples takes some looks.
const RATE: u64 = 200_000;

const WORKFLOWS: &str = r#"
workflows:
  backup-alb-logs:
    - snapshot: {name: "alb-{date}", indices: [sample-logs], ignore_unavailable: true, include_global_state: false}
    - verify: {level: restore}
  restore-alb-logs:
    - delete_indices: [sample-logs]
    - restore: {snapshot: latest, indices: [sample-logs]}
  backup-and-prune:
    - snapshot: {name: "nightly-{date}-{time}"}
    - prune: {keep_last: 1, max_count: 1}
"#;

/// The snapshot of a domain whose `sample-orders` backs the data stream `orders`.
const STREAMED: &str = "streamed";

/// Makes one of the samples the backing index of a data stream.
pub fn streamed(state: &mut Value) {
    let cluster = &mut state["domains"][0]["cluster"];
    let index = cluster["indices"]["sample-orders"].take();
    let indices = cluster["indices"].as_object_mut().unwrap();
    indices.remove("sample-orders");
    indices.insert(".ds-orders-000001".to_owned(), index);
    cluster["data_streams"] = json!({"orders": [".ds-orders-000001"]});
}

/// A command of day two.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub name: &'static str,
    pub command: &'static [&'static str],
    /// The snapshots that are there before, the oldest first.
    before: &'static [&'static str],
    /// Whether a live index must hold every document all the time.
    pub stays_live: bool,
    /// The snapshots, without their dates, that a further run deletes beside those that the first does.
    pub deletes_again: &'static [&'static str],
    /// What may be answered where the work turns out to be done already, or where nothing is left to do.
    pub done_already: &'static [&'static str],
}

/// All works.
pub const WORKS: &[Work] = &[
    Work {
        name: "restore --replace",
        command: &[
            "restore",
            "before",
            "--indices",
            "sample-logs",
            "--replace",
            "--allow",
            "replace",
            "--yes",
        ],
        before: &["before"],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "restore --replace of a data stream",
        command: &[
            "restore",
            STREAMED,
            "--indices",
            "orders",
            "--replace",
            "--allow",
            "replace",
            "--yes",
        ],
        before: &[STREAMED],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "restore --rename",
        command: &[
            "restore",
            "before",
            "--indices",
            "sample-logs",
            "--rename",
            "sample-logs",
            "again-logs",
        ],
        before: &["before"],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "restore --close-existing",
        command: &[
            "restore",
            "before",
            "--indices",
            "sample-logs",
            "--close-existing",
            "--allow",
            "replace",
            "--yes",
        ],
        before: &["before"],
        stays_live: false,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "verify --level restore",
        command: &[
            "verify", "before", "--level", "restore", "--sample", "2", "--record", "--yes",
        ],
        before: &["before"],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "snapshot take",
        command: &["snapshot", "take", "nightly"],
        before: &[],
        stays_live: true,
        deletes_again: &[],
        done_already: &["there is a snapshot nightly already, which is SUCCESS"],
    },
    Work {
        name: "snapshot delete",
        command: &["snapshot", "delete", "first", "second", "--yes"],
        before: &["first", "second", "third"],
        stays_live: true,
        deletes_again: &[],
        done_already: &["there is no snapshot first", "there is no snapshot second"],
    },
    Work {
        name: "snapshot prune",
        command: &[
            "snapshot",
            "prune",
            "--keep-last",
            "1",
            "--max-count",
            "1",
            "--yes",
        ],
        before: &["first", "second", "third"],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "indices delete --snapshot-first",
        command: &[
            "indices",
            "delete",
            "sample-logs",
            "sample-orders",
            "--snapshot-first",
            "--yes",
        ],
        before: &[],
        stays_live: false,
        deletes_again: &[],
        done_already: &[
            "there is no index sample-logs",
            "there is no index sample-orders",
        ],
    },
    Work {
        name: "run backup-alb-logs",
        command: &["run", "backup-alb-logs", "--yes"],
        before: &[],
        stays_live: true,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "run restore-alb-logs",
        command: &["run", "restore-alb-logs", "--yes"],
        before: &["before"],
        stays_live: false,
        deletes_again: &[],
        done_already: &[],
    },
    Work {
        name: "run backup-and-prune",
        command: &["run", "backup-and-prune", "--yes"],
        before: &["first", "second"],
        stays_live: true,
        deletes_again: &["nightly"],
        done_already: &[],
    },
];

/// A sandbox with the binary beside it, and the state in which each work begins.
pub struct Lab {
    pub sandbox: Sandbox,
    pub folder: Folder,
    starts: Vec<Value>,
}

impl Lab {
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
        let spec = format!("{}{WORKFLOWS}", SPEC.replace(boundary, ""));
        folder.write("esbackup.yaml", &spec);
        let all_right = |arguments: &[&str]| {
            let ran = folder.run(arguments.iter().copied().chain(["--sandbox"]));
            assert_eq!(ran.code, 0, "{arguments:?} {ran:#?}");
        };
        all_right(&["apply", "--yes"]);
        let rates = json!({"snapshot_bytes_per_second": RATE, "restore_bytes_per_second": RATE});
        let bare = sandbox.state();
        let mut starts: Vec<Value> = Vec::new();
        for (place, work) in WORKS.iter().enumerate() {
            let mut earlier = WORKS.iter().take(place);
            if let Some(same) = earlier.position(|other| other.before == work.before) {
                starts.push(starts[same].clone());
                continue;
            }
            let mut bare = bare.clone();
            if work.before == [STREAMED] {
                streamed(&mut bare);
            }
            sandbox.admin("PUT", "/state", &bare);
            for name in work.before {
                all_right(&["snapshot", "take", name]);
            }
            sandbox.admin(
                "PUT",
                "/cluster",
                &json!({"domain": "logs", "rates": rates}),
            );
            starts.push(sandbox.state());
        }
        Self {
            sandbox,
            folder,
            starts,
        }
    }

    /// The state in which a work begins.
    pub fn start(&self, work: usize) -> &Value {
        &self.starts[work]
    }

    /// Begins a work anew: nothing was asked, no fault is scripted, no earlier state is remembered.
    pub fn begin(&self, work: usize) {
        self.sandbox.forget_faults();
        self.sandbox.admin("PUT", "/state", self.start(work));
        self.sandbox.admin("DELETE", "/states", &Value::Null);
        self.sandbox.forget_requests();
    }
}
