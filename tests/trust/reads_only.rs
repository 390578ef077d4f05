//! What plans sends no write, and needs no permission but those documented.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::docs::read;
use crate::docs_cli::commands_and_options;
use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::sandbox::Sandbox;
use crate::support::stage::FORMATS;

const MORE: &str = r#"
workflows:
  backup:
    - snapshot: {name: "s-{date}-{time}", indices: [sample-logs]}
    - verify: {level: restore}
    - delete_indices: {indices: [sample-logs], snapshot_first: true}
    - restore: {snapshot: latest, indices: [sample-logs]}
    - prune: {keep_last: 1, max_count: 1}
"#;

/// Each command that only looks, with everything that makes it look at more.
const LOOKING: &[&[&str]] = &[
    &["validate"],
    &["plan"],
    &[
        "plan",
        "--detailed-exitcode",
        "--adopt",
        "bucket.logs-snapshots",
    ],
    &["plan", "--direct", "--verbose"],
    &["drift"],
    &["status"],
    &["snapshot", "list"],
    &["snapshot", "show", "first"],
    &["snapshot", "wait", "first"],
    &["indices", "list"],
];

/// Each command that shows what it would do; `--dry-run` is added.
const SHOWING: &[&[&str]] = &[
    &["snapshot", "take", "new"],
    &["snapshot", "delete", "first", "--allow", "last-good"],
    &["snapshot", "prune", "--keep-last", "1", "--max-count", "1"],
    &[
        "restore",
        "latest",
        "--rename",
        "sample-logs",
        "other",
        "--indices",
        "sample-logs",
    ],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--replace",
        "--allow",
        "replace",
    ],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--replace",
        "--cancel",
    ],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--close-existing",
        "--allow",
        "replace",
    ],
    &["restore", "first", "--indices", "sample-logs", "--resume"],
    &["indices", "delete", "sample-logs"],
    &["indices", "delete", "sample-logs", "--snapshot-first"],
    &["verify", "--level", "registered"],
    &["verify", "--level", "nodes"],
    &["verify", "--level", "snapshot"],
    &["verify", "--level", "restore", "--sample", "2"],
    &["run", "backup"],
];

/// An environment in a sandbox, and the states in which it is looked at.
struct Lab {
    sandbox: Sandbox,
    folder: Folder,
    states: [(&'static str, Value); 3],
}

impl Lab {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let folder = Folder::new(&sandbox);
        let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
        folder.write(
            "esbackup.yaml",
            &format!("{}{MORE}", SPEC.replace(boundary, "")),
        );
        folder.run(["plan", "--sandbox"]);
        let empty = sandbox.state();
        for command in [
            vec!["apply", "--yes", "--sandbox"],
            vec!["snapshot", "take", "first", "--sandbox"],
            vec!["snapshot", "take", "second", "--sandbox"],
        ] {
            let ran = folder.run(command);
            assert_eq!(ran.code, 0, "{ran:#?}");
        }
        let applied = sandbox.state();
        let mut foreign = applied.clone();
        pointer::set(
            &mut foreign,
            "/buckets/logs-snapshots/tags",
            json!({"owner": "somebody"}),
        );
        // Where nothing is listed as an object, uploads are looked for.
        pointer::set(&mut foreign, "/buckets/logs-snapshots/objects", json!([]));
        let inline = r#"{"Version":"2012-10-17","Statement":[]}"#;
        pointer::set(
            &mut foreign,
            "/accounts/123456789012/roles/logs-snapshots/inline/extra",
            json!(inline),
        );
        Self {
            sandbox,
            folder,
            states: [
                ("applied", applied),
                ("empty", empty),
                ("of somebody else", foreign),
            ],
        }
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.folder.run(words.iter().copied().chain(["--sandbox"]))
    }
}

/// The first words of a command, as its help knows it.
fn name(words: &[&str]) -> String {
    let of_two = ["snapshot", "indices"].contains(&words[0]);
    words[..1 + usize::from(of_two)].join(" ")
}

#[test]
fn every_command_that_looks_or_shows_sends_no_write_in_any_state() {
    let mut offered = BTreeMap::new();
    commands_and_options(&[], &mut offered);
    let those = |of: &dyn Fn(&BTreeSet<String>) -> bool| -> BTreeSet<String> {
        let all = offered
            .iter()
            // These send nothing at all.
            .filter(|(name, options)| {
                !["sandbox", "explain", "schema", "completions"].contains(&name.as_str())
                    && of(options)
            });
        all.map(|(name, _)| name.clone()).collect()
    };
    // The lists above leave no command out.
    let names = |list: &[&[&str]]| {
        list.iter()
            .map(|words| name(words))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(names(LOOKING), those(&|options| !options.contains("--yes")));
    assert_eq!(
        names(SHOWING),
        those(&|options| options.contains("--dry-run"))
    );
    let lab = Lab::new();
    let mut runs = 0;
    for (state_name, state) in &lab.states {
        lab.sandbox.admin("PUT", "/state", state);
        lab.sandbox.forget_requests();
        let looking = LOOKING.iter().map(|words| words.to_vec());
        let showing = SHOWING
            .iter()
            .map(|words| [words, &["--dry-run", "--yes"][..]].concat());
        for words in looking.chain(showing) {
            for format in FORMATS.iter().map(String::as_str) {
                let ran = lab.run(&[&words[..], &["--format", format]].concat());
                assert!(![64, 65].contains(&ran.code), "{words:?} {ran:#?}");
                assert_eq!(
                    lab.sandbox.writes(),
                    [""; 0],
                    "{state_name}: {words:?} {ran:#?}"
                );
                runs += 1;
            }
        }
        let now = lab.sandbox.state();
        let apart = |state: &Value| json!([state["buckets"], state["accounts"], state["domains"]]);
        assert_eq!(apart(&now), apart(state), "{state_name}");
    }
    println!(
        "reads only: {runs} runs of {} commands in {} states, no write",
        LOOKING.len() + SHOWING.len(),
        lab.states.len()
    );
}

/// The read-only policy as `docs/permissions.md` has it, with the names of the spec.
fn documented() -> Value {
    let text = read("docs/permissions.md");
    let (_, text) = text.split_once("\n## plan and drift\n").unwrap();
    let (_, text) = text.split_once("```json\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let named = text
        .replace(":::BUCKET\"", ":::logs-snapshots\"")
        .replace("policy/POLICY", "policy/logs-snapshots")
        .replace("role/ROLE", "role/logs-snapshots")
        .replace("REGION:", "us-west-2:")
        .replace("ACCOUNT:", "123456789012:")
        .replace("domain/DOMAIN", "domain/logs");
    let capitals = [
        "BUCKET", "POLICY\"", "ROLE\"", "REGION", "ACCOUNT", "DOMAIN",
    ];
    assert!(!capitals.iter().any(|word| named.contains(word)), "{named}");
    serde_json::from_str(&named).unwrap()
}

fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn without(policy: &Value, action: &str) -> Value {
    let mut less = policy.clone();
    let statements = less["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        let granted = statement["Action"].as_array_mut().unwrap();
        granted.retain(|granted| granted != action);
    }
    statements.retain(|statement| statement["Action"] != json!([]));
    less
}

/// From now on the caller may do no more than this.
fn bound(lab: &Lab, policy: &Value) {
    let caller =
        json!({"account": "123456789012", "user": "sandbox", "policy_documents": [policy]});
    lab.sandbox.admin("POST", "/principals", &caller);
}

const PLAN: &[&str] = &["plan", "--adopt", "bucket.logs-snapshots"];

#[test]
fn the_documented_policy_suffices_to_plan_drift_and_status_and_each_of_its_actions_is_needed_and_named()
 {
    let lab = Lab::new();
    let policy = documented();
    let plans = |lab: &Lab, state: &Value, policy: &Value| {
        lab.sandbox.admin("PUT", "/state", state);
        bound(lab, policy);
        lab.run(PLAN)
    };
    for (name, state) in &lab.states {
        let ran = plans(&lab, state, &policy);
        assert_eq!(ran.code, 0, "{name}: {ran:#?}");
        for command in ["drift", "status"] {
            let ran = lab.run(&[command]);
            // Before the repository is registered there is no status to tell.
            assert_ne!(ran.code, 77, "{name}: {command} {ran:#?}");
            assert!(
                ran.code != 1 || *name == "empty",
                "{name}: {command} {ran:#?}"
            );
        }
    }
    let all = actions(&policy);
    let mut unneeded = Vec::new();
    for action in &all {
        let less = without(&policy, action);
        let denied = lab.states.iter().any(|(_, state)| {
            let ran = plans(&lab, state, &less);
            assert!([0, 77].contains(&ran.code), "without {action}: {ran:#?}");
            if ran.code == 77 {
                let told = format!("{}{}", ran.stdout, ran.stderr);
                assert!(told.contains(action.as_str()), "without {action}: {told}");
            }
            let not_judged = format!("grant the caller {action} on ");
            ran.code == 77
                || (ran.stdout.contains("note not-read") && ran.stdout.contains(&not_judged))
        });
        if !denied {
            unneeded.push(action);
        }
    }
    println!(
        "the read-only policy: {} actions, each needed and named when it is missing",
        all.len()
    );
    assert!(unneeded.is_empty(), "{unneeded:?}");
}

#[test]
fn a_caller_with_the_read_only_policy_can_write_nothing() {
    let lab = Lab::new();
    lab.sandbox.admin("PUT", "/state", &lab.states[0].1);
    lab.sandbox.change(|state| {
        pointer::set(
            state,
            "/buckets/logs-snapshots/versioning",
            json!("Suspended"),
        );
    });
    bound(&lab, &documented());
    let before = lab.sandbox.state();
    let ran = lab.run(&["apply", "--yes"]);
    assert_eq!(ran.code, 77, "{ran:#?}");
    assert!(
        ran.stderr.contains("s3:PutBucketVersioning"),
        "{}",
        ran.stderr
    );
    for words in [
        &["snapshot", "take", "third"][..],
        &["indices", "delete", "sample-logs", "--yes"],
    ] {
        assert_eq!(lab.run(words).code, 77, "{words:?}");
    }
    let now = lab.sandbox.state();
    assert_eq!(now["buckets"], before["buckets"]);
    assert_eq!(now["domains"], before["domains"]);
}
