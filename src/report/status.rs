//! How the backups of environments are, for people and programs. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

mod indices;
mod judged;
mod tested;

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::counted;
use crate::data::snapshot::Snapshot;
use crate::duration::rounded;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::outlet::safe;
use crate::report::view::{self, FORMAT_VERSION, FindingView};
use crate::report::{findings, human};
use crate::workflow::exposure::Exposure;
use crate::workflow::status::{Backups, Uncovered, Verdict, age};
pub(crate) use tested::RestoreTest;

/// How many snapshots or indices are shown to people before the rest is only counted.
const SHOWN: usize = 10;

/// The status of several environments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// The version of the format.
    pub format_version: &'static str,
    /// Present, and true, when everything happened in the sandbox.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Each environment, in the order of the files.
    pub environments: Vec<StatusView>,
}

/// The status of one environment. What could not be read is null, and `errors` says why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct StatusView {
    /// The environment.
    pub environment: String,
    /// Its repository.
    pub repository: RepositoryView,
    /// When that was, and by whose clock.
    pub at: Option<At>,
    /// The newest good snapshot.
    pub last_good: Option<Taken>,
    /// What is measured against.
    pub objectives: Objectives,
    /// The last restore test that was recorded; null where the spec has no objective for it.
    pub last_restore_test: Option<RestoreTest>,
    /// The snapshots that run.
    pub running: Option<Vec<Taken>>,
    /// The snapshots that are no complete backup, the newest first.
    pub incomplete: Option<Vec<Taken>>,
    /// Good snapshots without a start that can be believed; they count for nothing.
    pub odd: Option<Vec<Taken>>,
    /// The indices.
    pub indices: Option<Indices>,
    /// What endangers the backups, dangers first.
    pub findings: Vec<FindingView>,
    /// Its own exit code.
    pub exit: u8,
    /// What could not be read, and why.
    #[serde(serialize_with = "view::errors")]
    pub errors: Vec<Failure>,
}

/// The repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RepositoryView {
    /// Its name.
    pub name: String,
    /// Whether the domain knows it; null where that could not be read.
    pub registered: Option<bool>,
    /// Whether its snapshots could be listed.
    pub answers: bool,
}

/// A moment and whose clock told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct At {
    /// The moment.
    pub moment: Moment,
    /// `domain` or `local`.
    pub clock: &'static str,
}

/// One snapshot, short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Taken {
    /// Its name.
    pub name: String,
    /// Its state, in the engine's word.
    pub state: String,
    /// When it began.
    pub started: Option<Moment>,
    /// Seconds since it began.
    pub age_seconds: Option<u64>,
    /// How many indices it holds.
    pub indices: usize,
    /// How many of its shards failed.
    pub shards_failed: u64,
    /// The environment that took it, where its metadata says so.
    pub environment: Option<String>,
    /// Whether no good snapshot is newer.
    pub since_last_good: bool,
}

/// What is measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Objectives {
    /// The age of the last good snapshot.
    pub rpo: Objective,
    /// The time since a restore was last proved.
    pub restore_test: Objective,
}

/// One objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Objective {
    /// The most seconds that the spec allows.
    pub at_most_seconds: Option<u64>,
    /// Whether it is met.
    pub verdict: Verdict,
    /// Why it is missed or not known.
    pub why: Option<String>,
}

/// The indices of the domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Indices {
    /// How many there are, those of the system included.
    pub total: usize,
    /// Those that no good snapshot holds which is newer than they are.
    pub not_in_a_good_snapshot: Vec<Uncovered>,
    /// Those that the last good snapshot lacks and an older good one holds.
    pub not_in_the_last_good: Vec<String>,
    /// The exposure of each, the worst first; null where the repository is only read from.
    pub exposure: Option<Vec<Exposure>>,
    /// Those of which nobody knows, since a snapshot that holds them could not be read.
    pub not_known: Vec<String>,
    /// Whether the domain has cold storage, whose indices are in no list and not among these.
    pub cold_storage: bool,
    /// Those with a setting that blocks operations; null where the settings could not be read.
    pub blocked: Option<Vec<Blocked>>,
}

/// An index with settings that block operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Blocked {
    /// The index.
    pub name: String,
    /// The settings, such as `index.blocks.write`.
    pub blocks: Vec<String>,
}

impl Report {
    /// Puts environments together.
    #[must_use]
    pub(crate) fn new(environments: Vec<StatusView>, sandbox: bool) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            sandbox,
            environments,
        }
    }
}

impl Taken {
    /// Shows a snapshot as it is at a moment.
    #[must_use]
    pub(crate) fn new(snapshot: &Snapshot, now: Moment, since_last_good: bool) -> Self {
        let age = snapshot.started.and_then(|started| age(started, now));
        Self {
            name: snapshot.name.clone(),
            state: snapshot.state.as_str().to_owned(),
            started: snapshot.started,
            age_seconds: age.map(|age| age.as_secs()),
            indices: snapshot.indices.len(),
            shards_failed: snapshot.shards.failed,
            environment: snapshot.environment().map(str::to_owned),
            since_last_good,
        }
    }

    fn age(&self) -> String {
        match (self.age_seconds, self.started) {
            (Some(age), _) => format!("{} ago", rounded(Duration::from_secs(age))),
            (None, Some(started)) => format!("at {started}, which is in the future"),
            (None, None) => "at a time that is not known".to_owned(),
        }
    }
}

impl StatusView {
    /// An environment of which nothing could be read.
    #[must_use]
    pub(crate) fn unread(
        environment: &str,
        repository: &str,
        objectives: &crate::spec::Objectives,
        failure: Failure,
        exit: u8,
    ) -> Self {
        let not_known = |wanted: Option<Duration>| objective(wanted, Verdict::NotKnown, None);
        Self {
            environment: environment.to_owned(),
            repository: RepositoryView {
                name: repository.to_owned(),
                registered: None,
                answers: false,
            },
            at: None,
            last_good: None,
            objectives: Objectives {
                rpo: not_known(objectives.rpo),
                restore_test: not_known(objectives.restore_test),
            },
            last_restore_test: None,
            running: None,
            incomplete: None,
            odd: None,
            indices: None,
            findings: Vec::new(),
            exit,
            errors: vec![failure],
        }
    }

    /// Adds the snapshots.
    pub(crate) fn judge(&mut self, backups: &Backups<'_>, rpo: Option<Duration>, now: Moment) {
        let newer: Vec<&str> = backups
            .incomplete_since()
            .map(|one| one.name.as_str())
            .collect();
        let all = |list: &[&Snapshot], since: &dyn Fn(&str) -> bool| {
            list.iter()
                .map(|one| Taken::new(one, now, since(&one.name)))
                .collect::<Vec<_>>()
        };
        self.last_good = backups
            .last_good
            .map(|(snapshot, _)| Taken::new(snapshot, now, false));
        self.running = Some(all(&backups.running, &|_| true));
        self.incomplete = Some(all(&backups.incomplete, &|name| newer.contains(&name)));
        self.odd = Some(all(&backups.odd, &|_| false));
        let verdict = backups.rpo(rpo);
        let why = match (verdict, &self.last_good) {
            (Verdict::Missed, Some(last)) => {
                Some(format!("the last good snapshot began {}", last.age()))
            }
            (Verdict::Missed, None) => Some("there is no good snapshot".to_owned()),
            _ => None,
        };
        self.objectives.rpo = objective(rpo, verdict, why);
    }
}

/// An objective and what came of it.
#[must_use]
pub(crate) fn objective(
    wanted: Option<Duration>,
    verdict: Verdict,
    why: Option<String>,
) -> Objective {
    Objective {
        at_most_seconds: wanted.map(|wanted| wanted.as_secs()),
        verdict: if wanted.is_none() {
            Verdict::NotSet
        } else {
            verdict
        },
        why: why.filter(|_| wanted.is_some()),
    }
}

/// The status for people.
#[must_use]
pub(crate) fn human(report: &Report) -> String {
    let mut text = if report.sandbox {
        "sandbox: nothing leaves this machine\n".to_owned()
    } else {
        String::new()
    };
    for one in &report.environments {
        environment(&mut text, one);
    }
    text
}

fn environment(text: &mut String, one: &StatusView) {
    let at = one
        .at
        .as_ref()
        .map(|at| {
            format!(
                ", {} by the {} clock",
                at.moment,
                if at.clock == "domain" {
                    "domain's"
                } else {
                    at.clock
                }
            )
        })
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "{} (repository {}{at})",
        safe::line(&one.environment),
        safe::line(&one.repository.name)
    );
    let repository = match (one.repository.registered, one.repository.answers) {
        (Some(false), _) => "is not registered on the domain",
        (_, true) => "answers",
        (Some(true), false) => "is registered and does not answer",
        (None, false) => "could not be read",
    };
    line(text, "repository", repository);
    if one.repository.answers {
        line(
            text,
            "last good",
            &one.last_good
                .as_ref()
                .map_or_else(|| "none".to_owned(), last),
        );
    }
    goal(text, "rpo", &one.objectives.rpo);
    goal(text, "restore test", &one.objectives.restore_test);
    if let Some(test) = &one.last_restore_test {
        line(text, "last test", &test.in_words());
    }
    for (title, list) in [
        ("running", &one.running),
        ("incomplete", &one.incomplete),
        ("odd start", &one.odd),
    ] {
        snapshots(text, title, list.as_deref().unwrap_or_default());
    }
    if let Some(all) = &one.indices {
        indices::exposed(text, all.exposure.as_deref().unwrap_or_default());
        indices::lines(text, all);
    }
    text.push_str(&findings::lines(&one.findings));
    for failure in &one.errors {
        text.push_str(&human::failure(failure));
    }
}

fn line(text: &mut String, title: &str, value: &str) {
    let _ = writeln!(text, "  {title:<13} {}", safe::line(value));
}

fn last(taken: &Taken) -> String {
    let whose = taken
        .environment
        .as_ref()
        .map(|name| format!(", taken by environment {name}"))
        .unwrap_or_default();
    format!(
        "{}, {}, {}{whose}",
        taken.name,
        taken.age(),
        counted::indices(taken.indices)
    )
}

fn goal(text: &mut String, title: &str, objective: &Objective) {
    let Some(seconds) = objective.at_most_seconds else {
        return;
    };
    let word = match objective.verdict {
        Verdict::NotSet => return,
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::NotKnown => "not known",
    };
    let why = objective
        .why
        .as_ref()
        .map(|why| format!(": {why}"))
        .unwrap_or_default();
    let wanted = rounded(Duration::from_secs(seconds));
    line(text, title, &format!("{word} (at most {wanted}){why}"));
}

fn snapshots(text: &mut String, title: &str, list: &[Taken]) {
    for taken in list.iter().take(SHOWN) {
        let newer = match (title, taken.since_last_good) {
            ("incomplete", true) => ", newer than the last good one",
            _ => "",
        };
        let value = format!("{} ({}, {}{newer})", taken.name, taken.state, taken.age());
        line(text, title, &value);
    }
    more(text, title, list.len());
}

fn more(text: &mut String, title: &str, count: usize) {
    if count > SHOWN {
        line(text, title, &format!("and {} more", count - SHOWN));
    }
}
