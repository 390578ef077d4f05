//! Steps are command lines: every key is an option, and every option of use in a workflow is a key.

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser};

use super::*;
use crate::names::EnvironmentName;
use crate::spec::StepSpec;
use crate::spec::workflows::keys;
use crate::workflow::run::Filled;
use crate::yaml::schema::Table;

/// The keys of each step, and which of them stands before the options.
const TABLES: [(StepKind, &Table, Option<&str>); 6] = [
    (StepKind::Snapshot, &keys::SNAPSHOT, Some("name")),
    (StepKind::Wait, &keys::WAIT, Some("snapshot")),
    (StepKind::Verify, &keys::VERIFY, Some("snapshot")),
    (StepKind::Restore, &keys::RESTORE, Some("snapshot")),
    (StepKind::DeleteIndices, &keys::DELETE, Some("indices")),
    (StepKind::Prune, &keys::PRUNE, None),
];

/// What a step gets from the run, or what has no sense in one.
const NOT_KEYS: [&str; 22] = [
    "file",
    "env",
    "format",
    "verbose",
    "sandbox",
    "trust-file",
    "trust-endpoint",
    "trust-env",
    "trust-path",
    "trust-ca",
    "yes",
    "allow",
    "dry-run",
    "help",
    "version",
    // A step waits for its end.
    "no-wait",
    // The run gives these by itself.
    "ignore-unavailable",
    "in-snapshot",
    "resume",
    "keep",
    "keep-holding",
    // Gives up a replacement: for a person.
    "cancel",
];

#[test]
fn every_key_of_a_step_is_an_option_of_its_command_and_every_option_is_a_key() {
    for (kind, table, subject) in TABLES {
        let longs = Takes::of(kind).0;
        let keys: BTreeSet<String> = table
            .names()
            .filter(|key| Some(*key) != subject)
            .map(|key| key.replace('_', "-"))
            .collect();
        // A snapshot step may pass over what is not there: there it is a key.
        let options: BTreeSet<String> = longs
            .into_iter()
            .filter(|long| !NOT_KEYS.contains(&long.as_str()) || keys.contains(long))
            .collect();
        assert_eq!(keys, options, "{}", kind.as_str());
        assert!(
            subject.is_none_or(|subject| table.key(subject).is_some()),
            "{}",
            kind.as_str()
        );
    }
}

#[test]
fn every_command_of_a_step_is_there_and_takes_the_place_of_the_run() {
    for kind in StepKind::ALL {
        let takes = Takes::of(kind);
        for option in [
            "file",
            "env",
            "sandbox",
            "trust-file",
            "trust-endpoint",
            "trust-env",
            "trust-path",
            "trust-ca",
            "format",
        ] {
            assert!(takes.long(option), "{} --{option}", kind.as_str());
        }
    }
}

fn arguments(words: &[&str]) -> Arguments {
    let all = ["esbackup", "run", "nightly"].iter().chain(words);
    match crate::cli::Arguments::try_parse_from(all).unwrap().command {
        crate::cli::Command::Run(arguments) => arguments,
        other => panic!("{other:?}"),
    }
}

fn filled(kind: StepKind, subjects: &[&str], options: &[&str]) -> Filled {
    Filled {
        number: 1,
        kind,
        subjects: subjects.iter().map(ToString::to_string).collect(),
        options: options.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_step_is_the_command_line_that_does_the_same() {
    let arguments = arguments(&[
        "-f",
        "a spec.yaml",
        "--sandbox",
        "--trust-endpoint",
        "h",
        "--trust-file",
        "/t.yaml",
        "--trust-env",
        "V",
        "--trust-path",
        "/p q",
        "--trust-ca",
        "/c.pem",
        "--yes",
        "--allow",
        "replace",
        "--allow",
        "no-snapshot=index.x",
    ]);
    let environment = EnvironmentName::parse("logs").unwrap();
    let shared = Shared {
        arguments: &arguments,
        environment: &environment,
    };
    let line = |step: Filled| words::shown(&shared.line(step.kind, &step.subjects, &step.options));
    let place = "-f 'a spec.yaml' --env logs --sandbox --trust-file /t.yaml --trust-endpoint h --trust-env V --trust-path '/p q' --trust-ca /c.pem";
    assert_eq!(
        line(filled(
            StepKind::Restore,
            &["s"],
            &["--indices", "logs-*", "--rename", "a*", "b*"]
        )),
        format!(
            "esbackup restore s --indices 'logs-*' --rename 'a*' 'b*' --yes --allow replace {place}"
        )
    );
    assert_eq!(
        line(filled(StepKind::Wait, &["s"], &[])),
        format!("esbackup snapshot wait s {place}")
    );
    assert_eq!(
        line(filled(StepKind::DeleteIndices, &["a", "b"], &[])),
        format!("esbackup indices delete a b --yes --allow no-snapshot=index.x {place}")
    );
    // It is taken as it is shown.
    let words = shared.line(
        StepKind::Verify,
        &["s".to_owned()],
        &["--level".to_owned(), "restore".to_owned()],
    );
    assert!(crate::cli::Arguments::try_parse_from(words).is_ok());
}

#[test]
fn what_a_command_does_not_take_is_told_of_the_step() {
    let arguments = arguments(&[]);
    let environment = EnvironmentName::parse("logs").unwrap();
    let shared = Shared {
        arguments: &arguments,
        environment: &environment,
    };
    let check =
        |kind, subjects: &[&str], options: &[&str]| shared.check(&filled(kind, subjects, options));
    assert_eq!(check(StepKind::Wait, &["s"], &["--timeout", "90s"]), Ok(()));
    // What the command takes is taken.
    assert_eq!(
        check(StepKind::Verify, &["latest"], &["--level", "nodes"]),
        Ok(())
    );
    let refused = [
        check(StepKind::Wait, &["s"], &["--timeout", "soon"]),
        check(StepKind::Wait, &[], &[]),
        check(StepKind::Snapshot, &["Upper"], &[]),
        check(StepKind::Snapshot, &["s{x}"], &[]),
        check(StepKind::Snapshot, &["s"], &["--indices", "a,,b"]),
        check(StepKind::DeleteIndices, &["logs-*"], &[]),
        check(StepKind::Restore, &["s"], &["--replace", "--prefix", "x"]),
        check(StepKind::Verify, &["s"], &["--level", "all"]),
        check(StepKind::Verify, &["s"], &["--level", "nodes"]),
        check(StepKind::Prune, &[], &["--keep-last", "some"]),
        check(StepKind::Prune, &[], &[]),
        check(StepKind::Restore, &["s"], &["--rename", "a*b*", "x"]),
    ];
    for (index, one) in refused.iter().enumerate() {
        assert!(one.is_err(), "{index}");
    }
}

#[test]
fn a_run_goes_on_as_itself_where_its_names_are_needed_and_says_what_has_not_begun() {
    let arguments = arguments(&["--yes"]);
    let environment = EnvironmentName::parse("logs").unwrap();
    let step = |kind, subject: &str, options: &[&str]| StepSpec {
        kind,
        subjects: vec![subject.to_owned()],
        options: options.iter().map(ToString::to_string).collect(),
        places: Vec::new(),
    };
    let printed = |first: StepSpec, second: StepSpec, exit| {
        let ready = Ready {
            number: 2,
            kind: second.kind,
            subjects: second.subjects.clone(),
            options: second.options.clone(),
            snapshot: None,
        };
        let workflow = WorkflowSpec {
            name: "nightly".to_owned(),
            steps: vec![first, second],
        };
        let teller = Teller {
            shared: Shared {
                arguments: &arguments,
                environment: &environment,
            },
            workflow: &workflow,
            began: Moment::parse("2026-11-24T03:04:05Z").unwrap(),
        };
        let line = teller.go_on(&ready, goes_on(&ready, exit, &teller));
        let rest = line.strip_prefix("esbackup run nightly --from 2").unwrap();
        rest.strip_suffix(" --yes --env logs").unwrap().to_owned()
    };
    let pre = || step(StepKind::Snapshot, "pre-{time}", &[]);
    let usual = || step(StepKind::Snapshot, "weekly", &[]);
    let restore = |subject: &str, how: &str| step(StepKind::Restore, subject, &[how]);
    let began = " --began 2026-11-24T03:04:05Z";
    assert_eq!(
        [
            printed(pre(), restore("pre-{time}", "--partial"), Exit::Refused),
            printed(pre(), restore("pre-{time}", "--replace"), Exit::Refused),
            printed(pre(), restore("pre-{time}", "--partial"), Exit::TryAgain),
            printed(pre(), restore("s", "--partial"), Exit::Refused),
            printed(restore("s", "--partial"), pre(), Exit::Partly),
            printed(pre(), pre(), Exit::Partly),
            printed(pre(), step(StepKind::Prune, "", &[]), Exit::Refused),
            printed(usual(), step(StepKind::Prune, "", &[]), Exit::Refused),
        ],
        [
            format!("{began} --not-begun"),
            began.to_owned(),
            began.to_owned(),
            String::new(),
            String::new(),
            began.to_owned(),
            // Without the moment a prune would not keep what the run has taken.
            format!("{began} --not-begun"),
            format!("{began} --not-begun"),
        ]
    );
}

#[test]
fn the_run_s_own_options_are_read_strictly() {
    let read = |words: &[&str]| {
        let all = ["esbackup", "run", "nightly"].iter().chain(words);
        crate::cli::Arguments::try_parse_from(all).is_ok()
    };
    assert!(read(&["--set", "a=b=c", "--set", "index="]));
    assert!(read(&[
        "--began",
        "2026-11-24T03:04:05Z",
        "--from",
        "2",
        "--snapshot",
        "s"
    ]));
    assert!(read(&["--began", "2026-11-24T03:04:05Z", "--not-begun"]));
    assert!(!read(&["--not-begun"]));
    for wrong in [
        ["--set", "a"],
        ["--set", "A=b"],
        ["--set", "=b"],
        ["--began", "yesterday"],
        ["--from", "-1"],
    ] {
        assert!(!read(&wrong), "{wrong:?}");
    }
    assert!(
        crate::cli::Arguments::command()
            .find_subcommand("run")
            .is_some()
    );
}
