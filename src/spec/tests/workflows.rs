//! Steps become the words of their commands, and what is no step is an error with its line.

use std::path::Path;
use std::time::Duration;

use super::values::{SMALL, small_with};
use crate::spec::{Objectives, StepKind, StepSpec, parse, parse_with};
use crate::yaml::{Diagnostic, Severity};

const END: &str = "repository:\n  name: logs\n";

fn with(more: &str) -> String {
    format!("{SMALL}{more}")
}

fn step(kind: StepKind, subjects: &[&str], options: &[&str]) -> StepSpec {
    StepSpec {
        kind,
        subjects: subjects.iter().map(ToString::to_string).collect(),
        options: options.iter().map(ToString::to_string).collect(),
        places: Vec::new(),
    }
}

#[test]
fn each_step_becomes_the_words_of_its_command() {
    let more = r#"workflows:
  all:
    - snapshot: {name: "a-{date}", indices: ["*", -x], ignore_unavailable: true, partial: false, timeout: 4h}
    - snapshot: {}
    - wait: {snapshot: s}
    - verify: {level: restore, sample: 2}
    - delete_indices: [a, b]
    - delete_indices: {indices: a, snapshot_first: true}
    - restore:
        snapshot: latest
        rename: {from: "a*", to: "b*"}
        index_settings: {index.number_of_replicas: 0, index.hidden: true, index.x: ~}
    - prune:
        keep_within: 30d
        keep_last: 7
        gone_after: [{indices: "logs-*", age: 90d}, {indices: "a=b", age: 1w}]
    - prune: {keep_last: 1, gone_after: []}
"#;
    let spec = small_with(END, &format!("{END}{more}"));
    let steps = [
        step(
            StepKind::Snapshot,
            &["a-{date}"],
            &[
                "--indices",
                "*",
                "--indices=-x",
                "--ignore-unavailable",
                "--timeout",
                "4h",
            ],
        ),
        step(StepKind::Snapshot, &[], &[]),
        step(StepKind::Wait, &["s"], &[]),
        step(
            StepKind::Verify,
            &[],
            &["--level", "restore", "--sample", "2"],
        ),
        step(StepKind::DeleteIndices, &["a", "b"], &[]),
        step(StepKind::DeleteIndices, &["a"], &["--snapshot-first"]),
        step(
            StepKind::Restore,
            &["latest"],
            &[
                "--rename",
                "a*",
                "b*",
                "--index-settings",
                "index.number_of_replicas=0",
                "--index-settings",
                "index.hidden=true",
                "--index-settings",
                "index.x=null",
            ],
        ),
        step(
            StepKind::Prune,
            &[],
            &[
                "--keep-within",
                "30d",
                "--keep-last",
                "7",
                "--gone-after",
                "logs-*=90d",
                "--gone-after",
                "a=b=1w",
            ],
        ),
        step(StepKind::Prune, &[], &["--keep-last", "1"]),
    ];
    assert_eq!(spec.workflows.len(), 1);
    assert_eq!(spec.workflows[0].name, "all");
    let mut read = spec.workflows[0].steps.clone();
    assert!(read.iter().all(|step| step.places[0].key.is_empty()));
    read.iter_mut().for_each(|step| step.places.clear());
    assert_eq!(read, steps);
}

#[test]
fn what_is_no_step_is_told_with_its_line() {
    let cases = [
        ("workflows: []\n", 15),
        ("workflows:\n  a: []\n", 16),
        ("workflows:\n  A b:\n    - wait: {snapshot: s}\n", 16),
        ("workflows:\n  a:\n    - {}\n", 17),
        (
            "workflows:\n  a:\n    - wait: {snapshot: s}\n      prune: {keep_last: 1}\n",
            17,
        ),
        ("workflows:\n  a:\n    - snapshots: {}\n", 17),
        ("workflows:\n  a:\n    - wait: {}\n", 17),
        (
            "workflows:\n  a:\n    - wait: {snapshot: s, no_wait: true}\n",
            17,
        ),
        ("workflows:\n  a:\n    - delete_indices: []\n", 17),
        (
            "workflows:\n  a:\n    - restore: {snapshot: s, rename: {from: a}}\n",
            17,
        ),
        (
            "workflows:\n  a:\n    - restore: {snapshot: s, index_settings: [x]}\n",
            17,
        ),
        (
            "workflows:\n  a:\n    - prune: {keep_last: 1, gone_after: 90d}\n",
            17,
        ),
        (
            "workflows:\n  a:\n    - prune: {keep_last: 1, gone_after: [{age: 90d}]}\n",
            17,
        ),
        (
            "workflows:\n  a:\n    - prune: {keep_last: 1, gone_after: [{indices: a, age: 1d, x: 1}]}\n",
            17,
        ),
        ("objectives: {rpo: soon}\n", 15),
        ("objectives: {rpo: 0h}\n", 15),
        ("objectives: {rto: 1h}\n", 15),
        ("objectives: {indices: []}\n", 15),
        ("objectives: {indices: [Logs]}\n", 15),
        ("objectives: {indices: [a, -a]}\n", 15),
    ];
    for (more, line) in cases {
        let problems = parse(Path::new("specs/logs.yaml"), &with(more)).unwrap_err();
        assert!(
            problems.iter().any(|one| one.place.line == line),
            "{more}: {problems:#?}"
        );
    }
}

#[test]
fn prune_without_gone_after_is_advised_on() {
    let advised = |step: &str| {
        let text = with(&format!("workflows:\n  a:\n    - prune: {step}\n"));
        let files = |_: &Path| Ok(b"{}".to_vec());
        let (_, warnings) = parse_with(Path::new("a.yaml"), &text, &files)
            .unwrap_or_else(|problems| panic!("{problems:?}"));
        let told = |one: &Diagnostic| (one.severity, one.place.line);
        warnings.iter().map(told).collect::<Vec<_>>()
    };
    let line = SMALL.lines().count() + 3;
    assert_eq!(advised("{keep_last: 1}"), [(Severity::Advice, line)]);
    for decided in ["[]", "[{indices: \"*\", age: 90d}]"] {
        assert_eq!(
            advised(&format!("{{keep_last: 1, gone_after: {decided}}}")),
            []
        );
    }
}

#[test]
fn objectives_are_lengths_of_time() {
    let spec = small_with(
        END,
        &format!(
            "{END}objectives: {{rpo: 90m, restore_test: 30d, indices: [\"*\", \"-debug-*\"]}}\n"
        ),
    );
    let objectives = Objectives {
        rpo: Some(Duration::from_secs(5_400)),
        restore_test: Some(Duration::from_secs(30 * 86_400)),
        indices: vec!["*".to_owned(), "-debug-*".to_owned()],
    };
    assert_eq!(spec.objectives, objectives);
}
