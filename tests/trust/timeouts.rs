//! Time: every command ends within its deadline, whatever does not answer, and what it says then is true.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::catalogue::told::{Count, Story};
use super::sample;
use crate::docs::read;
use crate::docs_cli::commands_and_options;
use crate::environment::{Place, TRUSTING, administrator};
use crate::regressions::{Lab, REPOSITORIES, nothing, set};
use crate::support::binary::{Folder, Ran, ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;
use crate::support::servers::{Server, Way};
use esbackup::internals::domain::Limits;

const DEADLINE: Duration = Duration::from_secs(2);
/// Processes start together, on a machine that does other things.
const SLACK: Duration = Duration::from_secs(3);
/// The commands that have a deadline.
const BOUNDED: [&[&str]; 4] = [&["plan"], &["drift"], &["status"], &["apply", "--yes"]];
/// What every one of them says when it was over.
const OVER: &str = "the time of --timeout (2s) is over";

/// What does not answer: one of those that dribble is enough in a sample.
fn ways(left_out: Way) -> Vec<Way> {
    let all = Way::ALL.into_iter();
    all.filter(|way| sample::full() || *way != left_out)
        .collect()
}

/// The deadline of a command that meets this. A refused connection is told at once: its deadline is never met.
fn deadline(way: Way) -> [&'static str; 2] {
    match way {
        Way::Dead => ["--timeout", "10m"],
        Way::Silent | Way::DribblingHead | Way::DribblingBody => ["--timeout", "2s"],
    }
}

/// Runs commands at the same time, and answers how each ended and after how long.
fn together(commands: Vec<Command>) -> Vec<(Ran, Duration)> {
    std::thread::scope(|scope| {
        let started: Vec<_> = commands
            .into_iter()
            .map(|mut command| {
                scope.spawn(move || {
                    let began = Instant::now();
                    let told = ran(&mut command);
                    (told, began.elapsed())
                })
            })
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn ends_in_time(way: Way, commands: Vec<Command>) {
    for ((told, took), arguments) in together(commands).iter().zip(BOUNDED) {
        let what = format!("{way:?} {arguments:?} after {took:?}: {told:#?}");
        let said = format!("{}{}", told.stdout, told.stderr);
        if way == Way::Dead {
            assert!(*took < Duration::from_secs(30), "{what}");
            assert_ne!(told.code, 0, "{what}");
            assert!(said.contains("Connection refused"), "{what}");
            assert!(!said.contains("--timeout"), "{what}");
            continue;
        }
        assert!(*took < DEADLINE + SLACK, "{what}");
        assert_eq!(told.code, 4, "{what}");
        assert!(*took >= DEADLINE, "{what}");
        assert!(said.contains("could not read the live state"), "{what}");
        assert!(said.contains(OVER), "{what}");
        assert!(said.contains("run it again"), "{what}");
    }
}

#[test]
fn a_plan_ends_in_time_whatever_aws_does_not_answer() {
    let place = Place::new();
    let key = administrator("123456789012");
    for way in ways(Way::DribblingBody) {
        let server = Server::start(way);
        let command = |arguments: &&[&'static str]| {
            let all = arguments.iter().copied().chain(deadline(way));
            let mut command = place.command(&key, all);
            command.env("AWS_ENDPOINT_URL", server.url());
            command
        };
        ends_in_time(way, BOUNDED.iter().map(command).collect());
        assert_eq!(way == Way::Dead, server.connections() == 0, "{way:?}");
    }
    assert_eq!(place.sandbox.requests().len(), 0);
}

#[test]
fn a_plan_ends_in_time_whatever_the_domain_does_not_answer() {
    let place = Place::new();
    let key = administrator("123456789012");
    let spec = std::fs::read_to_string(place.folder.path("esbackup.yaml")).unwrap();
    let own = format!("localhost:{}", place.sandbox.address.port());
    for way in ways(Way::DribblingHead) {
        let server = Server::start(way);
        let other = format!("localhost:{}", server.address().port());
        place
            .folder
            .write("esbackup.yaml", &spec.replace(&own, &other));
        let command = |arguments: &&[&'static str]| {
            let all = arguments.iter().copied().chain(deadline(way));
            place.command(&key, all.chain(TRUSTING))
        };
        ends_in_time(way, BOUNDED.iter().map(command).collect());
        assert_eq!(way == Way::Dead, server.connections() == 0, "{way:?}");
    }
    assert_eq!(place.sandbox.writes(), Vec::<String>::new());
}

/// Among them are the commands whose `--timeout` says how long an end is waited for: each request of theirs is bounded by itself.
const SINGLE: [&str; 13] = [
    "snapshot list",
    "snapshot show s-1",
    "snapshot take s-1",
    "snapshot wait s-1",
    "snapshot delete s-1 --yes",
    "snapshot prune --keep-last 1 --yes",
    "restore s-1 --prefix a-",
    "indices list",
    "indices delete a --yes",
    "verify s-1",
    "run backup --yes",
    "plan",
    "status",
];

#[test]
fn every_command_that_has_a_timeout_is_tried_with_what_does_not_answer() {
    let mut offered = BTreeMap::new();
    commands_and_options(&[], &mut offered);
    let bounded = BOUNDED.iter().map(|words| words.join(" "));
    let tried: Vec<String> = bounded.chain(SINGLE.map(str::to_owned)).collect();
    let timed = offered
        .iter()
        .filter(|(_, options)| options.contains("--timeout"));
    for (command, _) in timed {
        assert!(
            tried.iter().any(|words| words.starts_with(command)),
            "{command}"
        );
    }
}

#[test]
fn without_a_deadline_every_single_request_is_bounded() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    for way in [Way::Silent, Way::DribblingHead, Way::DribblingBody] {
        let server = Server::start(way);
        // A cluster of one's own: nothing is asked of AWS first.
        let spec = format!(
            "version: 1\nname: own\nregion: us-west-2\naccount: \"123456789012\"\n\
             domain: {{endpoint: \"{}\", auth: none}}\nrepository: {{name: r, existing: true}}\n\
             workflows: {{backup: [{{snapshot: {{name: s-1}}}}]}}\n",
            server.url()
        );
        folder.write("esbackup.yaml", &spec);
        let commands = SINGLE.iter().map(|line| {
            let trusting = ["--trust-endpoint", "127.0.0.1"];
            let mut command = folder.command(line.split(' ').chain(trusting));
            command
                .env("ESBACKUP_ATTEMPT_TIMEOUT_MS", "150")
                .env("ESBACKUP_TOTAL_TIMEOUT_MS", "500")
                .env("NO_PROXY", "*");
            command
        });
        for ((told, took), line) in together(commands.collect()).iter().zip(SINGLE) {
            let what = format!("{way:?} {line} after {took:?}: {told:#?}");
            assert!(*took < Duration::from_secs(6), "{what}");
            assert!(told.code == 1 || told.code == 4, "{what}");
            let said = format!("{}{}", told.stdout, told.stderr);
            assert!(said.contains("no complete answer from"), "{what}");
        }
    }
}

/// Long enough to be in the middle of the calls when it is over.
const MIDDLE: Duration = Duration::from_secs(4);
const APPLY: [&str; 5] = ["apply", "--sandbox", "--yes", "--timeout", "4s"];

fn delayed(lab: &Lab, operation: &str, ms: u64) {
    lab.world
        .sandbox
        .fault(&json!({"operation": operation, "action": {"delay": {"ms": ms}}}));
}

/// Runs an apply whose time is over in the middle, then one that goes on.
fn over_in_the_middle(name: &str, start: impl FnOnce(&mut Value), operation: &str, ms: u64) {
    let lab = Lab::new(SPEC);
    lab.begin(start);
    delayed(&lab, operation, ms);
    let mut story = Story::of(name, &lab.world.sandbox);
    let began = Instant::now();
    let told = story.run_counting(&mut lab.folder.command(APPLY), Count::CutOff);
    let took = began.elapsed();
    assert_eq!(told.code, 4, "{told:#?}");
    assert!(
        took < MIDDLE + esbackup::internals::interrupt::GRACE * 2 + SLACK,
        "{took:?}"
    );
    lab.world.sandbox.forget_faults();
    let told = lab.apply(&[]);
    assert_eq!(told.code, 0, "{told:#?}");
    assert_eq!(lab.drift(), 0);
    story.check();
}

#[test]
fn an_apply_whose_time_is_over_finishes_the_call_in_flight_and_stops_before_the_next() {
    let write = "s3:PutBucketVersioning";
    over_in_the_middle("time_over_between_calls", nothing, write, 4_000);
}

#[test]
fn a_call_that_is_not_answered_after_the_time_is_left_alone_and_said_to_be_unknown() {
    let start = |state: &mut Value| set(state, REPOSITORIES, json!({}));
    let write = "es:PUT _snapshot";
    over_in_the_middle("time_over_in_a_call", start, write, 60_000);
}

#[test]
fn a_question_that_nobody_answers_ends_with_the_time() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let command = lab
        .folder
        .command(["apply", "--sandbox", "--timeout", "2s"]);
    let began = Instant::now();
    let terminal = crate::support::terminal::AtTerminal::spawn(command);
    let told = terminal.end();
    assert!(began.elapsed() < DEADLINE + SLACK, "{:?}", began.elapsed());
    assert_eq!(told.code, 4, "{told:#?}");
    assert!(told.stdout.contains(OVER), "{told:#?}");
    assert!(
        told.stdout
            .contains("run it again: esbackup apply --sandbox"),
        "{told:#?}"
    );
    assert_eq!(lab.writes(), Vec::<String>::new());
}

#[test]
fn the_documented_limits_are_the_ones_that_the_program_uses() {
    let text = read("docs/cli.md");
    let limits = Limits::default();
    for (name, limit) in [
        ("ESBACKUP_CONNECT_TIMEOUT_MS", limits.connect),
        ("ESBACKUP_ATTEMPT_TIMEOUT_MS", limits.attempt),
        ("ESBACKUP_TOTAL_TIMEOUT_MS", limits.total),
        ("ESBACKUP_BACKOFF_MS", limits.backoff),
        ("ESBACKUP_POLL_MS", limits.poll),
    ] {
        let start = format!("| `{name}` |");
        let row = text.lines().find(|line| line.starts_with(&start)).unwrap();
        let end = format!("| {} |", limit.as_millis());
        assert!(row.ends_with(&end), "{row}: {end}");
    }
    let grace = format!(
        "for at most {} s",
        esbackup::internals::interrupt::GRACE.as_secs()
    );
    assert!(text.contains(&grace), "{grace}");
}
