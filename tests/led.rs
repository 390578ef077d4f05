//! Where errors lead: each state in which something is missing, each command that meets it, and the command that it prints, which is followed.

use serde_json::{Value, json};

use crate::printed::{PLACE, Scene};
use crate::support::binary::Ran;
use crate::support::pointer;
use crate::support::printed;

const ACCOUNT: &str = "/accounts/123456789012";
const DENIES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}"#;

/// A state by its name, and the change that leads to it.
type State = (&'static str, fn(&mut Value));

/// States in which something is missing or changed.
const STATES: [State; 5] = [
    ("policy missing", |state| {
        let attached = format!("{ACCOUNT}/roles/logs-snapshots/attached");
        pointer::set(state, &attached, json!([]));
        pointer::remove(state, &format!("{ACCOUNT}/policies/logs-snapshots"));
    }),
    ("bucket missing", |state| {
        pointer::remove(state, "/buckets/logs-snapshots");
    }),
    ("repository missing", |state| {
        pointer::set(state, "/domains/0/repositories", json!({}));
    }),
    ("trust policy changed", |state| {
        let trust = format!("{ACCOUNT}/roles/logs-snapshots/trust");
        pointer::set(state, &trust, json!(DENIES));
    }),
    ("role missing", |state| {
        pointer::remove(state, &format!("{ACCOUNT}/roles/logs-snapshots"));
    }),
];

/// The commands that need the repository.
const COMMANDS: [&str; 10] = [
    "status",
    "snapshot list",
    "snapshot take two",
    "snapshot show one",
    "snapshot wait one",
    "restore one --prefix r-",
    "verify",
    "run nightly --yes",
    "indices delete sample-logs --yes",
    "snapshot prune --keep-last 1 --yes",
];

fn in_place(scene: &Scene, line: &str) -> Ran {
    let place = ["--sandbox", "-f", "my specs/logs.yaml"];
    scene.folder.run(line.split(' ').chain(place))
}

#[test]
fn missing_resource_leads_to_plan_and_apply_from_every_command() {
    for (what, change) in STATES {
        let scene = Scene::new();
        scene.sandbox.change(change);
        for line in COMMANDS {
            let ran = in_place(&scene, line);
            assert_ne!(ran.code, 0, "{what}: {line} {ran:#?}");
            let leads = printed::commands(&ran);
            let wanted = [
                format!("esbackup plan{PLACE}"),
                format!("esbackup apply{PLACE}"),
            ];
            assert!(!leads.is_empty(), "{what}: {line} {ran:#?}");
            assert!(
                leads.iter().all(|lead| wanted.contains(lead)),
                "{what}: {line} {leads:?}"
            );
        }
        // What is printed is followed to its end, and then there is nothing to do. A risk is allowed by the option that the plan names.
        let planned = in_place(&scene, "plan");
        let apply = format!("esbackup apply{PLACE}");
        assert_eq!(
            printed::commands(&planned),
            std::slice::from_ref(&apply),
            "{what}"
        );
        let risks = planned
            .stdout
            .lines()
            .filter_map(|line| line.trim().strip_prefix("allow it with "));
        let risks: Vec<&str> = risks.flat_map(|one| one.split(' ')).collect();
        let code = if risks.is_empty() { 0 } else { 6 };
        assert_eq!(scene.follow(&planned), [(apply.clone(), code)], "{what}");
        let words = printed::words(&apply);
        let words = words
            .iter()
            .skip(1)
            .map(String::as_str)
            .chain(risks)
            .chain(["--yes"]);
        let applied = scene.folder.run(words);
        assert_eq!(applied.code, 0, "{what} {applied:#?}");
        let after = in_place(&scene, "drift");
        assert_eq!(after.code, 0, "{what} {after:#?}");
    }
}

#[test]
fn missing_bucket_policy_is_drift_that_leads_to_plan() {
    let scene = Scene::new();
    scene
        .sandbox
        .change(|state| pointer::remove(state, "/buckets/logs-snapshots/policy"));
    let drift = in_place(&scene, "drift");
    assert_eq!(drift.code, 2);
    assert_eq!(scene.follow(&drift), [(format!("esbackup plan{PLACE}"), 0)]);
    let plan = in_place(&scene, "plan");
    assert_eq!(scene.follow(&plan), [(format!("esbackup apply{PLACE}"), 0)]);
    assert_eq!(in_place(&scene, "drift").code, 0);
}

const WAYS: &str = "  waits:
    - wait: {snapshot: nope}
  restores:
    - restore: {snapshot: nope, prefix: r-}
  verifies:
    - verify: {snapshot: nope}
  latest:
    - restore: {snapshot: latest, prefix: q-}
";

#[test]
fn unknown_snapshot_ends_every_command_alike() {
    let scene = Scene::new();
    let spec = std::fs::read_to_string(scene.folder.path("my specs/logs.yaml")).unwrap();
    scene.folder.write("my specs/logs.yaml", &(spec + WAYS));
    let list = format!("esbackup snapshot list{PLACE}");
    for (line, step) in [
        ("snapshot show nope", ""),
        ("snapshot wait nope", ""),
        ("snapshot delete nope --yes", ""),
        ("snapshot delete one nope --yes --allow last-good", ""),
        ("snapshot prune --keep-last 1 --keep nope --yes", ""),
        ("restore nope --prefix r-", ""),
        ("restore nope --dry-run", ""),
        ("restore nope --replace --yes", ""),
        ("restore nope --replace --cancel --indices sample-logs", ""),
        ("restore nope --repository snapshots", ""),
        ("verify nope", ""),
        ("verify nope --level snapshot", ""),
        ("verify nope --level restore", ""),
        ("run waits --yes", "step 1: "),
        ("run restores --yes", "step 1: "),
        ("run verifies --yes", "step 1: "),
        ("run latest --snapshot nope --yes", "step 1: "),
    ] {
        let ran = in_place(&scene, line);
        assert_eq!(ran.code, 6, "{line} {ran:#?}");
        let said = format!("{step}there is no snapshot nope in repository snapshots\n");
        let all = ran.stdout.clone() + &ran.stderr;
        assert!(all.contains(&said), "{line} {ran:#?}");
        assert_eq!(
            printed::commands(&ran),
            std::slice::from_ref(&list),
            "{line}"
        );
        assert_eq!(scene.follow(&ran), [(list.clone(), 0)], "{line}");
    }
    // A deletion that counts on it is stopped by its guard, with the same exit code.
    let ran = in_place(
        &scene,
        "indices delete sample-logs --in-snapshot nope --yes",
    );
    assert_eq!(ran.code, 6, "{ran:#?}");
    assert!(
        ran.stderr
            .contains("no-snapshot: there is no snapshot nope; "),
        "{ran:#?}"
    );
}

#[test]
fn stopped_run_goes_on_with_what_it_keeps() {
    let scene = Scene::new();
    let spec = std::fs::read_to_string(scene.folder.path("my specs/logs.yaml")).unwrap();
    let two = "  two:
    - snapshot: {name: \"a-{date}-{time}\"}
    - snapshot: {name: \"b-{date}-{time}\", partial: true}
    - verify: {level: snapshot}
    - prune: {keep_last: 1, gone_after: []}
";
    scene.folder.write("my specs/logs.yaml", &(spec + two));
    scene.sandbox.fault(&json!({
        "operation": "es:DELETE _snapshot/snapshot", "times": 1,
        "action": {"status": {"code": 403, "error_code": "AccessDeniedException", "message": "no"}},
    }));
    let ran = in_place(&scene, "run two --yes");
    assert_eq!(ran.code, 77, "{ran:#?}");
    let printed = printed::commands(&ran);
    let last = printed.last().unwrap();
    assert!(
        last.starts_with("esbackup run two --from 4 --began "),
        "{last}"
    );
    let words = printed::words(last);
    let again = scene.folder.run(words.iter().skip(1).map(String::as_str));
    assert_eq!(again.code, 0, "{again:#?}");
    let kept = |prefix: &str| {
        let listed = in_place(&scene, "snapshot list");
        listed.stdout.contains(&format!(" {prefix}-2"))
    };
    // Both snapshots of the run are kept; what was there before it went.
    assert!(kept("a") && kept("b"), "{again:#?}");
    assert!(!in_place(&scene, "snapshot list").stdout.contains(" one "));
}
