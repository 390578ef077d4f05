//! What a run is made of: placeholders, `latest`, and what stands in the way before the first step.

mod foreseen;
mod whole;

use std::collections::BTreeSet;

use super::*;
use crate::data::index::Health;
use crate::data::snapshot::{Shards, State};
use crate::hazard::Word;
use crate::spec::{StepSpec, WorkflowSpec};
use crate::workflow::restore::Consent;

fn step(kind: StepKind, subjects: &[&str], options: &[&str]) -> StepSpec {
    StepSpec {
        kind,
        subjects: subjects.iter().map(ToString::to_string).collect(),
        options: options.iter().map(ToString::to_string).collect(),
        places: Vec::new(),
    }
}

fn workflow(steps: &[StepSpec]) -> WorkflowSpec {
    WorkflowSpec {
        name: "nightly".to_owned(),
        steps: steps.to_vec(),
    }
}

fn began() -> Moment {
    Moment::parse("2026-11-24T03:04:05Z").unwrap()
}

fn wanted() -> Wanted {
    Wanted {
        environment: EnvironmentName::parse("logs").unwrap(),
        began: began(),
        resumes: false,
        not_begun: false,
        set: BTreeMap::new(),
        from: 1,
        snapshot: None,
        consent: Consent::Options,
    }
}

fn at(text: &str) -> Option<Moment> {
    Some(Moment::parse(text).unwrap())
}

fn snapshot(name: &str, started: &str, state: State, indices: &[&str]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: name.to_owned(),
        state,
        started: at(started),
        ended: at(started),
        indices: indices.iter().collect(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: BTreeMap::new(),
        reason: None,
    }
}

fn index(name: &str, created: &str) -> Index {
    Index {
        name: name.to_owned(),
        uuid: name.to_owned(),
        health: Some(Health::Green),
        open: true,
        primaries: 1,
        replicas: 0,
        docs: Some(1),
        bytes: None,
        primary_bytes: None,
        created: at(created),
    }
}

/// `backup-alb-logs` and `restore-alb-logs` of the design, in short.
fn backup() -> WorkflowSpec {
    workflow(&[
        step(StepKind::Snapshot, &["alb-{date}"], &["--indices", "alb"]),
        step(StepKind::Verify, &[], &["--level", "restore"]),
    ])
}

fn bring_back() -> WorkflowSpec {
    workflow(&[
        step(StepKind::DeleteIndices, &["alb"], &[]),
        step(StepKind::Restore, &["latest"], &["--indices", "alb"]),
    ])
}

fn prepared(workflow: &WorkflowSpec, wanted: &Wanted, facts: &Facts) -> Run {
    let filled = fill(workflow, wanted).unwrap();
    let meant = meant(&filled, wanted).unwrap();
    prepare(&filled, &meant, wanted, facts)
}

fn words(run: &Run) -> Vec<String> {
    let one = |ready: &Ready| {
        let mut all = vec![ready.number.to_string(), ready.kind.as_str().to_owned()];
        all.extend(ready.subjects.iter().chain(&ready.options).cloned());
        let going_on = ready.snapshot.iter().map(|name| format!("[{name}]"));
        all.extend(going_on);
        all.join(" ")
    };
    run.steps.iter().map(one).collect()
}

fn in_the_way(run: &Run) -> Vec<String> {
    let raised = run
        .raised
        .iter()
        .map(|raised| format!("{} {}: {}", raised.target, raised.word.as_str(), raised.why));
    let obstacles = run.obstacles.iter().map(|one| one.what.clone());
    raised.chain(obstacles).collect()
}

#[test]
fn placeholders_are_filled_in_once_and_other_braces_are_left_alone() {
    let workflow = workflow(&[
        step(
            StepKind::Snapshot,
            &["{environment}-{date}-{time}"],
            &["--indices", "{index}"],
        ),
        step(StepKind::Snapshot, &[], &["--indices={index}-{index}"]),
        step(
            StepKind::Restore,
            &["x"],
            &[
                "--index-settings",
                "a={\"b\":{date}}",
                "--indices",
                "<x-{now/d}>",
            ],
        ),
    ]);
    let mut wanted = wanted();
    wanted.set.insert("index".to_owned(), "{date}{".to_owned());
    let filled = fill(&workflow, &wanted).unwrap();
    let words: Vec<Vec<&str>> = filled
        .iter()
        .map(|step| {
            step.subjects
                .iter()
                .chain(&step.options)
                .map(String::as_str)
                .collect()
        })
        .collect();
    assert_eq!(
        words,
        [
            vec!["logs-2026-11-24-030405", "--indices", "{date}{"],
            vec!["logs-2026-11-24-030405", "--indices={date}{-{date}{"],
            vec![
                "x",
                "--index-settings",
                "a={\"b\":2026-11-24}",
                "--indices",
                "<x-{now/d}>"
            ],
        ]
    );
    assert_eq!(filled[0].values("--indices"), ["{date}{"]);
    assert_eq!(filled[1].values("--indices"), ["{date}{-{date}{"]);
}

#[test]
fn what_nobody_gave_and_what_nobody_asks_for_are_told_together() {
    let workflow = workflow(&[
        step(StepKind::Wait, &["{snapshot}"], &[]),
        step(
            StepKind::Restore,
            &["{snapshot}"],
            &["--prefix", "{prefix}"],
        ),
    ]);
    let mut wanted = wanted();
    wanted.set.insert("indx".to_owned(), "x".to_owned());
    wanted.set.insert("date".to_owned(), "x".to_owned());
    let wrong = fill(&workflow, &wanted).unwrap_err();
    let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "--set date: {date} follows from the run itself",
            "step 1 (wait) has the placeholder {snapshot}: add --set snapshot=VALUE",
            "step 2 (restore) has the placeholder {prefix}: add --set prefix=VALUE",
            "--set indx: no step has the placeholder {indx}",
        ]
    );
}

#[test]
fn latest_after_a_snapshot_step_is_that_very_snapshot() {
    let facts = Facts {
        snapshots: vec![snapshot(
            "older",
            "2026-11-23T00:00:00Z",
            State::Success,
            &["alb"],
        )],
        ..Facts::default()
    };
    let run = prepared(&backup(), &wanted(), &facts);
    assert_eq!(
        words(&run),
        [
            "1 snapshot alb-2026-11-24 --indices alb",
            "2 verify alb-2026-11-24 --level restore [alb-2026-11-24]",
        ]
    );
    assert_eq!(in_the_way(&run), Vec::<String>::new());
}

#[test]
fn latest_is_the_newest_good_one_that_holds_what_every_step_asks_for() {
    let snapshots = vec![
        snapshot(
            "good",
            "2026-11-20T00:00:00Z",
            State::Success,
            &["alb", "x"],
        ),
        snapshot("best", "2026-11-21T00:00:00Z", State::Success, &["alb"]),
        snapshot("other", "2026-11-22T00:00:00Z", State::Success, &["x"]),
        snapshot("partial", "2026-11-23T00:00:00Z", State::Partial, &["alb"]),
    ];
    let facts = Facts {
        snapshots,
        indices: vec![index("alb", "2026-11-01T00:00:00Z")],
        ..Facts::default()
    };
    let run = prepared(&bring_back(), &wanted(), &facts);
    assert_eq!(
        words(&run),
        [
            "1 delete_indices alb --ignore-unavailable --in-snapshot best [best]",
            "2 restore best --indices alb [best]",
        ]
    );
    assert_eq!(in_the_way(&run), Vec::<String>::new());
    assert_eq!(
        run.notes,
        ["latest is snapshot best, which started 2026-11-21T00:00:00Z"]
    );
}

#[test]
fn nothing_is_deleted_that_the_snapshot_of_the_run_does_not_hold() {
    let older = snapshot("older", "2026-11-20T00:00:00Z", State::Success, &["alb"]);
    let new = index("alb", "2026-11-22T00:00:00Z");
    let with = |snapshots: Vec<Snapshot>| Facts {
        snapshots,
        indices: vec![new.clone()],
        ..Facts::default()
    };
    let run = prepared(&bring_back(), &wanted(), &with(vec![older]));
    assert_eq!(
        in_the_way(&run),
        [
            "index.alb no-snapshot: step 1 would delete it, and snapshot older started 2026-11-20T00:00:00Z, before the index was created (2026-11-22T00:00:00Z)"
        ]
    );
    assert_eq!(run.raised[0].word, Word::NoSnapshot);

    let partial = snapshot("partial", "2026-11-23T00:00:00Z", State::Partial, &["alb"]);
    let run = prepared(&bring_back(), &wanted(), &with(vec![partial.clone()]));
    assert_eq!(
        in_the_way(&run),
        ["no good snapshot holds everything that the steps ask for"]
    );

    let named = workflow(&[
        step(StepKind::DeleteIndices, &["alb"], &[]),
        step(StepKind::Restore, &["partial"], &["--partial"]),
    ]);
    let run = prepared(&named, &wanted(), &with(vec![partial]));
    assert_eq!(
        in_the_way(&run),
        ["index.alb no-snapshot: step 1 would delete it, and snapshot partial is PARTIAL"]
    );
}

#[test]
fn a_deletion_after_a_snapshot_step_needs_that_the_step_takes_the_index() {
    let moving = |patterns: &str| {
        workflow(&[
            step(StepKind::Snapshot, &["s-{time}"], &["--indices", patterns]),
            step(StepKind::DeleteIndices, &["alb"], &[]),
        ])
    };
    let facts = Facts {
        // That an older one holds it does not count: what was written since is in the new one only.
        snapshots: vec![snapshot(
            "older",
            "2026-11-20T00:00:00Z",
            State::Success,
            &["alb"],
        )],
        indices: vec![
            index("alb", "2026-11-01T00:00:00Z"),
            index("x", "2026-11-01T00:00:00Z"),
        ],
        aliases: [("alb".to_owned(), BTreeSet::from(["logs".to_owned()]))].into(),
        ..Facts::default()
    };
    for taken in ["*", "a*", "alb", "logs", "x,alb"] {
        let run = prepared(&moving(taken), &wanted(), &facts);
        assert_eq!(in_the_way(&run), Vec::<String>::new(), "{taken}");
        assert_eq!(
            words(&run)[1],
            "2 delete_indices alb --ignore-unavailable --in-snapshot s-030405 [s-030405]"
        );
    }
    for not_taken in ["x", "*,-a*", "x*"] {
        let run = prepared(&moving(not_taken), &wanted(), &facts);
        let why = format!(
            "index.alb no-snapshot: step 2 would delete it, and the snapshot of step 1 ({not_taken}) does not take it"
        );
        assert_eq!(in_the_way(&run), [why]);
    }
    let mut closed = facts.clone();
    closed.indices[0].open = false;
    let run = prepared(&moving("*"), &wanted(), &closed);
    assert_eq!(run.raised.len(), 1);
}

#[test]
fn a_name_that_is_taken_stands_in_the_way_unless_this_run_took_it() {
    let there = |state| Facts {
        snapshots: vec![snapshot(
            "alb-2026-11-24",
            "2026-11-24T03:04:05Z",
            state,
            &["alb"],
        )],
        ..Facts::default()
    };
    let run = prepared(&backup(), &wanted(), &there(State::Success));
    assert_eq!(
        in_the_way(&run),
        [
            "step 1: there is a snapshot alb-2026-11-24 already (SUCCESS, started 2026-11-24T03:04:05Z)"
        ]
    );
    let resumed = Wanted {
        resumes: true,
        ..wanted()
    };
    for state in [State::Success, State::InProgress] {
        let run = prepared(&backup(), &resumed, &there(state));
        assert_eq!(in_the_way(&run), Vec::<String>::new());
        assert_eq!(words(&run)[0], "1 wait alb-2026-11-24");
    }
    for state in [State::Partial, State::Failed] {
        let run = prepared(&backup(), &resumed, &there(state));
        assert_eq!(run.obstacles.len(), 1);
    }
    // One that began long before this run is not its own.
    let later = Wanted {
        began: Moment::parse("2026-11-24T03:09:06Z").unwrap(),
        ..resumed
    };
    assert_eq!(
        prepared(&backup(), &later, &there(State::Success))
            .obstacles
            .len(),
        1
    );
}

#[test]
fn going_on_after_the_snapshot_step_needs_to_know_its_name() {
    let refused = |wanted: &Wanted| {
        let filled = fill(&backup(), wanted).unwrap();
        let wrong = meant(&filled, wanted).unwrap_err();
        wrong
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
    };
    let from = |from| Wanted { from, ..wanted() };
    assert_eq!(
        refused(&from(2)),
        ["step 2 needs the snapshot that step 1 took: name it with --snapshot NAME"]
    );
    assert_eq!(
        refused(&from(3)),
        ["--from 3: the workflow has 2 steps, counted from 1"]
    );
    assert_eq!(
        refused(&from(0)),
        ["--from 0: the workflow has 2 steps, counted from 1"]
    );
    let needless = Wanted {
        snapshot: Some("x".to_owned()),
        ..from(1)
    };
    assert_eq!(
        refused(&needless),
        ["--snapshot x: no step that would be run says `latest` for an older snapshot"]
    );
    let facts = Facts {
        snapshots: vec![snapshot(
            "x",
            "2026-11-24T00:00:00Z",
            State::Success,
            &["alb"],
        )],
        repository: "snapshots".to_owned(),
        ..Facts::default()
    };
    let named = Wanted {
        snapshot: Some("x".to_owned()),
        ..from(2)
    };
    assert_eq!(
        words(&prepared(&backup(), &named, &facts)),
        ["2 verify x --level restore [x]"]
    );
    let missing = Wanted {
        snapshot: Some("y".to_owned()),
        ..from(2)
    };
    assert_eq!(
        in_the_way(&prepared(&backup(), &missing, &facts)),
        ["step 2: there is no snapshot y in repository snapshots"]
    );
}

#[test]
fn going_on_from_a_restore_never_means_a_newer_snapshot() {
    let snapshots = vec![
        snapshot("used", "2026-11-20T00:00:00Z", State::Success, &["alb"]),
        snapshot("newer", "2026-11-21T00:00:00Z", State::Success, &["alb"]),
    ];
    let facts = Facts {
        snapshots,
        ..Facts::default()
    };
    let going_on = Wanted {
        from: 2,
        resumes: true,
        snapshot: Some("used".to_owned()),
        ..wanted()
    };
    assert_eq!(
        words(&prepared(&bring_back(), &going_on, &facts)),
        ["2 restore used --indices alb --resume [used]"]
    );
}

#[test]
fn latest_of_another_repository_is_refused_instead_of_guessed() {
    let workflow = workflow(&[step(
        StepKind::Restore,
        &["latest"],
        &["--repository", "cs-automated-enc"],
    )]);
    let filled = fill(&workflow, &wanted()).unwrap();
    assert_eq!(
        meant(&filled, &wanted()),
        Err(vec![Wrong::OtherRepository(1)])
    );
}

#[test]
fn a_verification_that_needs_no_snapshot_names_none() {
    let workflow = workflow(&[step(StepKind::Verify, &[], &["--level", "nodes"])]);
    let run = prepared(&workflow, &wanted(), &Facts::default());
    assert_eq!(words(&run), ["1 verify --level nodes"]);
    assert_eq!(in_the_way(&run), Vec::<String>::new());
}

#[test]
fn a_verification_that_looks_at_no_snapshot_keeps_the_word_latest() {
    let workflow = workflow(&[step(
        StepKind::Verify,
        &["latest"],
        &["--level", "registered"],
    )]);
    let run = prepared(&workflow, &wanted(), &Facts::default());
    assert_eq!(words(&run), ["1 verify latest --level registered"]);
    assert_eq!(in_the_way(&run), Vec::<String>::new());
}
