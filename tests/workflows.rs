//! `run` and `status` as a person or a job meets them, against the sandbox: from the first backup to an index that comes back.

use esbackup::internals::spec::StepKind;
use serde_json::Value;

use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

const MORE: &str = r#"
objectives: {rpo: 1h, restore_test: 30d}
workflows:
  backup:
    - snapshot: {name: "s-{date}-{time}", indices: [sample-logs], ignore_unavailable: true}
    - verify: {level: snapshot}
  bring-back:
    - delete_indices: [sample-logs]
    - restore: {snapshot: latest, indices: [sample-logs]}
  broken:
    - wait: {snapshot: s, timeout: soon}
    - restore: {snapshot: s, prefix: "a", replace: true}
  prune-between:
    - delete_indices: [sample-logs]
    - prune: {keep_last: 1}
    - restore: {snapshot: latest, indices: [sample-logs]}
  taken-after:
    - delete_indices: [sample-logs]
    - snapshot: {name: "w-{date}-{time}"}
    - restore: {snapshot: latest, indices: [sample-logs]}
  late:
    - verify: {level: registered}
    - delete_indices: [sample-logs]
  conflicting:
    - delete_indices: [sample-logs]
    - restore: {snapshot: latest, indices: [sample-logs, sample-orders]}
  overwriting:
    - delete_indices: [sample-orders]
    - restore: {snapshot: "{snapshot}", close_existing: true, indices: [sample-logs]}
  rehearse:
    - restore: {snapshot: latest, indices: [sample-logs], prefix: "r-"}
    - verify: {level: registered}
    - delete_indices: [r-sample-logs]
  copy:
    - snapshot: {name: "pre-{date}-{time}"}
    - restore: {snapshot: "pre-{date}-{time}", indices: [sample-logs], prefix: "x-"}
  theirs:
    - delete_indices: [sample-orders]
    - restore: {snapshot: "{snapshot}", repository: "{repository}", prefix: "t-"}
  with-words:
    - restore: {snapshot: "{snapshot}", indices: ["{index}"], prefix: "{environment}-"}
"#;

/// An environment that was applied; its domain has the sample indices.
fn applied(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    folder.write(
        "esbackup.yaml",
        &format!(
            "{}{MORE}",
            SPEC.replace(
                "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n",
                ""
            )
        ),
    );
    let ran = folder.run(["apply", "--yes", "--sandbox"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    folder
}

fn run(folder: &Folder, arguments: &[&str], code: i32) -> Ran {
    let all = arguments.iter().copied().chain(["--sandbox"]);
    let ran = folder.run(all);
    assert_eq!(ran.code, code, "{arguments:?} {ran:#?}");
    ran
}

fn events(ran: &Ran) -> Vec<Value> {
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn status(folder: &Folder, code: i32) -> Value {
    let ran = run(folder, &["status", "--format", "json"], code);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    report["environments"][0].clone()
}

#[test]
fn a_backup_and_an_index_that_comes_back() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    let before = status(&folder, 2);
    assert_eq!(before["objectives"]["rpo"]["verdict"], "missed");
    assert_eq!(before["objectives"]["restore_test"]["verdict"], "not_known");

    let backup = run(&folder, &["run", "backup", "--format", "json"], 0);
    let told = events(&backup);
    let steps: Vec<&Value> = told.iter().filter(|one| one["event"] == "step").collect();
    assert_eq!(steps.len(), 2);
    let command = steps[0]["command"].as_str().unwrap();
    let name = command.split_whitespace().nth(3).unwrap().to_owned();
    assert_eq!(
        steps[1]["command"],
        format!("esbackup verify {name} --level snapshot --env logs --sandbox")
    );
    let last = told.last().unwrap();
    assert_eq!(
        (&last["event"], &last["done"], &last["go_on"]),
        (&"run".into(), &2.into(), &Value::Null)
    );

    let after = status(&folder, 0);
    assert_eq!(after["last_good"]["name"], name.as_str());
    assert_eq!(after["objectives"]["rpo"]["verdict"], "met");

    run(&folder, &["run", "bring-back"], 6);
    let back = run(
        &folder,
        &["run", "bring-back", "--yes", "--format", "json"],
        0,
    );
    let restored = events(&back);
    let end = restored
        .iter()
        .rev()
        .find(|one| one["event"] == "environment")
        .unwrap();
    assert_eq!(end["restored"][0]["index"], "sample-logs");
    assert_eq!(end["restored"][0]["docs"], 120);
    // Whoever goes on from a step that was done already finds it done.
    let resumed = [
        "run",
        "bring-back",
        "--yes",
        "--from",
        "2",
        "--began",
        "2026-01-01T00:00:00Z",
        "--snapshot",
        &name,
    ];
    run(&folder, &resumed, 0);
}

#[test]
fn no_step_takes_away_what_another_one_needs() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    let refused = |workflow: &str| {
        let before = sandbox.writes().len();
        let ran = run(&folder, &["run", workflow, "--yes"], 6);
        assert_eq!(sandbox.writes().len(), before, "{ran:#?}");
        ran.stderr
    };
    // Nothing holds the index yet.
    assert!(refused("late").contains("step 2 would delete it, and no complete snapshot"));
    run(&folder, &["snapshot", "take", "logs-2026-01-01-000000"], 0);
    assert!(refused("taken-after").contains("step 2 takes after that"));
    assert!(refused("conflicting").contains("step 2: index sample-orders is open"));
    let newer = [
        "snapshot",
        "take",
        "logs-2026-01-02-000000",
        "--indices",
        "sample-orders",
    ];
    run(&folder, &newer, 0);
    let ran = run(&folder, &["run", "prune-between", "--yes"], 0);
    assert!(ran.stdout.contains("named to be kept"), "{ran:#?}");
    let indices = run(&folder, &["indices", "list"], 0);
    assert!(indices.stdout.contains("sample-logs"), "{}", indices.stdout);
}

#[test]
fn what_a_later_step_overwrites_or_deletes_is_agreed_to_before_the_first() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, &["snapshot", "take", "s"], 0);
    let go = |words: &[&str], code: i32| {
        let before = sandbox.writes().len();
        let ran = run(&folder, words, code);
        assert_eq!(sandbox.writes().len() == before, code != 0, "{ran:#?}");
        ran.stderr
    };
    let overwriting = ["run", "overwriting", "--yes", "--set", "snapshot=s"];
    let refused = go(&overwriting, 6);
    assert!(
        refused.contains("add --allow replace=index.sample-logs"),
        "{refused}"
    );
    let wrong = [&overwriting[..], &["--allow", "replace=index.other"]].concat();
    go(&wrong, 6);
    let allowed = [&overwriting[..], &["--allow", "replace=index.sample-logs"]].concat();
    go(&allowed, 0);

    let refused = go(&["run", "rehearse", "--yes"], 6);
    assert!(
        refused.contains("add --allow no-snapshot=index.r-sample-logs"),
        "{refused}"
    );
    let allowed = ["--yes", "--allow", "no-snapshot=index.r-sample-logs"];
    go(&[&["run", "rehearse"], &allowed[..]].concat(), 0);
    let indices = run(&folder, &["indices", "list"], 0);
    assert!(!indices.stdout.contains("r-sample-logs"), "{indices:#?}");
}

#[test]
fn what_is_not_in_another_repository_is_told_before_the_first_step() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, &["snapshot", "take", "s"], 0);
    let before = sandbox.writes().len();
    let refused = |repository: &str, code: i32| {
        let repository = format!("repository={repository}");
        let set = ["--set", "snapshot=s", "--set", &repository];
        run(
            &folder,
            &[&["run", "theirs", "--yes"], &set[..]].concat(),
            code,
        )
        .stderr
    };
    let words = refused("cs-automated-enc", 6);
    let there = "step 2: there is no snapshot s in repository cs-automated-enc";
    assert!(words.contains(there), "{words}");
    let words = refused("nobodys", 1);
    assert!(words.contains("[nobodys] missing"), "{words}");
    assert_eq!(sandbox.writes().len(), before);
}

/// A domain whose disks have no room, or have it again.
fn disks(sandbox: &Sandbox, bytes: u64) {
    sandbox.change(|state| state["domains"][0]["cluster"]["disk_bytes"] = bytes.into());
}

#[test]
fn a_step_that_was_refused_goes_on_under_the_names_of_its_run() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    disks(&sandbox, 1000);
    let refused = run(&folder, &["run", "copy"], 6);
    let (_, printed) = refused.stderr.rsplit_once("to go on: ").unwrap();
    let words: Vec<&str> = printed.split_whitespace().collect();
    assert!(
        words.starts_with(&["esbackup", "run", "copy", "--from", "2", "--began"]),
        "{words:?}"
    );
    assert!(words.contains(&"--not-begun"), "{words:?}");
    disks(&sandbox, 1 << 40);
    let went_on = folder.run(words.iter().copied().skip(1));
    assert_eq!(went_on.code, 0, "{went_on:#?}");
    assert!(
        went_on.stdout.contains("x-sample-logs"),
        "{}",
        went_on.stdout
    );
}

#[test]
fn a_dry_run_that_is_refused_says_nothing_of_going_on() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    run(&folder, &["snapshot", "take", "s"], 0);
    disks(&sandbox, 1000);
    let dry = ["run", "rehearse", "--dry-run", "--allow", "no-snapshot"];
    let refused = run(&folder, &dry, 6);
    assert!(refused.stderr.contains("--allow space"), "{refused:#?}");
    for words in ["to go on", "stopped", "if it is interrupted"] {
        assert!(!refused.stderr.contains(words), "{refused:#?}");
    }
    let told = run(&folder, &[&dry[..], &["--format", "json"]].concat(), 6);
    let told = events(&told);
    let last = told.last().unwrap();
    assert_eq!(
        (&last["event"], &last["done"], &last["go_on"]),
        (&"run".into(), &0.into(), &Value::Null)
    );
    let steps = told.iter().filter(|one| one["event"] == "step");
    assert!(steps.clone().count() > 0);
    for step in steps {
        assert_eq!(step["go_on"], Value::Null);
    }
    disks(&sandbox, 1 << 40);
    let shown = run(&folder, &[&dry[..], &["--format", "json"]].concat(), 0);
    assert_eq!(events(&shown).last().unwrap()["done"], 0);
}

#[test]
fn what_is_wrong_with_the_place_is_told_once_and_as_it_is() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    let backup = ["run", "backup", "--format", "json"];
    let host = ["--trust-endpoint", "https://x"];
    let refused = folder.run([&backup[..], &host].concat());
    assert_eq!((refused.code, refused.stdout.as_str()), (64, ""));
    assert_eq!(
        refused.stderr,
        "error: --trust-endpoint https://x: it takes a host name alone, without scheme, port and path\n"
    );
    let mut command = folder.command(backup);
    let refused = ran(command.env("ESBACKUP_POLL_MS", "soon"));
    assert_eq!(refused.code, 64);
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:#?}");
    assert!(refused.stderr.contains("ESBACKUP_POLL_MS"), "{refused:#?}");
}

/// What each command refuses of its own words, as a step.
const REFUSED: [(&str, &str); 24] = [
    ("snapshot", "{name: Upper}"),
    ("snapshot", "{name: latest}"),
    ("snapshot", "{name: \"s-{\"}"),
    ("snapshot", "{indices: [\"a,,b\"]}"),
    ("snapshot", "{wait_for_running: soon}"),
    ("wait", "{snapshot: s, timeout: soon}"),
    ("verify", "{sample: 0}"),
    ("verify", "{indices: [a]}"),
    ("verify", "{snapshot: s, level: nodes}"),
    ("verify", "{level: all}"),
    ("restore", "{snapshot: s, rename: {from: \"a*b*\", to: x}}"),
    ("restore", "{snapshot: s, rename: {from: a, to: \"b*\"}}"),
    ("restore", "{snapshot: s, prefix: \"\"}"),
    ("restore", "{snapshot: s, indices: [\"a,,b\"]}"),
    ("restore", "{snapshot: s, index_settings: {\"\": 1}}"),
    (
        "restore",
        "{snapshot: s, index_settings: {number_of_shards: 2}}",
    ),
    (
        "restore",
        "{snapshot: s, ignore_index_settings: [index.uuid]}",
    ),
    ("restore", "{snapshot: s, without_aliases: true}"),
    ("delete_indices", "[\"logs-*\"]"),
    (
        "delete_indices",
        "{indices: [a], snapshot_name: \"Bad Name\"}",
    ),
    ("prune", "{}"),
    ("prune", "{keep_last: 0}"),
    ("prune", "{keep_within: 0d}"),
    ("prune", "{max_count: some}"),
];

#[test]
fn what_a_command_refuses_of_its_own_words_ends_the_run_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    let mut spec = std::fs::read_to_string(folder.path("esbackup.yaml")).unwrap();
    for (number, (kind, words)) in REFUSED.iter().enumerate() {
        spec.push_str(&format!(
            "  refused-{number}:\n    - delete_indices: [sample-logs]\n    - {kind}: {words}\n"
        ));
    }
    folder.write("esbackup.yaml", &spec);
    for kind in StepKind::ALL {
        assert!(REFUSED.iter().any(|(one, _)| *one == kind.as_str()));
    }
    sandbox.forget_requests();
    for (number, (kind, words)) in REFUSED.iter().enumerate() {
        let name = format!("refused-{number}");
        let ran = run(&folder, &["run", &name, "--yes"], 65);
        let begins = format!("error: workflow {name}, step 2 ({kind}): ");
        assert!(ran.stderr.starts_with(&begins), "{kind}: {words}\n{ran:#?}");
        assert_eq!(sandbox.requests().len(), 0, "{kind}: {words}");
    }
}

#[test]
fn everything_is_checked_before_the_first_step() {
    let sandbox = Sandbox::start();
    let folder = applied(&sandbox);
    sandbox.forget_requests();
    let unknown = run(&folder, &["run", "nothing"], 64);
    assert_eq!(
        unknown.stderr,
        "error: no workflow nothing in environment logs; there is backup, bring-back, broken, prune-between, taken-after, late, conflicting, overwriting, rehearse, copy, theirs, with-words\n"
    );
    run(&folder, &["run"], 64);
    let broken = run(&folder, &["run", "broken"], 65);
    let lines: Vec<&str> = broken.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", broken.stderr);
    assert!(
        lines[0].starts_with("error: workflow broken, step 1 (wait): "),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("error: workflow broken, step 2 (restore): "),
        "{lines:?}"
    );
    let words = run(&folder, &["run", "with-words", "--set", "other=x"], 64);
    assert_eq!(
        words.stderr,
        "error: step 1 (restore) has the placeholder {snapshot}: add --set snapshot=VALUE\n\
         error: step 1 (restore) has the placeholder {index}: add --set index=VALUE\n\
         error: --set other: no step has the placeholder {other}\n"
    );
    run(&folder, &["run", "bring-back", "--yes"], 6);
    run(&folder, &["run", "backup", "--from", "2"], 64);
    run(&folder, &["run", "backup", "--dry-run"], 0);
    let list = run(&folder, &["snapshot", "list"], 0);
    assert!(list.stdout.contains("no snapshots"), "{}", list.stdout);
}
