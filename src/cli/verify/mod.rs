//! `esbackup verify`: looks whether backups are registered, reachable, complete and restorable, and says what was not looked at.

mod drill;
mod look;
mod record;

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::act::{Act, Acted, Acting, tell_end};
use crate::failure::{Class, Failure};

use crate::cli::open::{Opened, Opening, Told};
use crate::cli::options::{Common, Format, timeout};
use crate::cli::print::print;
use crate::cli::snapshot::show;
use crate::cli::stopped::reading;
use crate::data::snapshot::Snapshot;
use crate::domain::Limits;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::plan::Step;
use crate::report;
use crate::report::view::FindingView;
use crate::resources::bucket::record::{Place, Restored};
use crate::workflow::Prepared;
use crate::workflow::verify::{Check, Level, Verdict};

/// The options of verify.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the snapshot, or `latest`
    ///
    /// `latest` is the newest successful one.
    #[arg(value_name = "NAME", default_value = crate::workflow::name::LATEST)]
    snapshot: String,
    #[command(flatten)]
    common: Common,
    /// Depth of the checks; each includes those before it
    #[arg(long, value_enum, default_value_t = Depth::Snapshot)]
    level: Depth,
    /// Number of indices to restore under temporary names
    ///
    /// For level restore. Each snapshot gives another sample.
    #[arg(long, value_name = "N", default_value_t = 1)]
    sample: usize,
    /// Restore exactly these indices, no sample; may repeat
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    indices: Vec<String>,
    /// Record a successful restore test in the bucket
    ///
    /// For `status` and `objectives.restore_test`; for level restore.
    #[arg(long)]
    record: bool,
    /// Show the calls exactly and send none that writes
    #[arg(long)]
    dry_run: bool,
    /// Remove what an interrupted restore test left without asking
    #[arg(short = 'y', long)]
    yes: bool,
    /// How long to wait for each restore
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = timeout)]
    timeout: Duration,
    /// How long to wait for a running snapshot
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = timeout)]
    wait_for_running: Duration,
}

/// How much is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Depth {
    /// The registration equals the spec, and it answers.
    Registered,
    /// Every node reaches the repository: each writes a test file.
    Nodes,
    /// The snapshot is complete, as far as that can be seen.
    Snapshot,
    /// A sample of it is restored under temporary names, compared and deleted.
    Restore,
}

impl Depth {
    fn level(self) -> Level {
        match self {
            Depth::Registered => Level::Registered,
            Depth::Nodes => Level::Nodes,
            Depth::Snapshot => Level::Snapshot,
            Depth::Restore => Level::Restore,
        }
    }
}

impl Arguments {
    /// How much is verified.
    ///
    /// # Errors
    /// An option that this level does not take.
    pub(super) fn asked(&self) -> Result<Level, String> {
        let level = self.level.level();
        if level != Level::Restore && !self.indices.is_empty() {
            return Err("--indices is for --level restore".to_owned());
        }
        if level != Level::Restore && self.record {
            return Err("--record is for --level restore".to_owned());
        }
        let names_one = self.snapshot != crate::workflow::name::LATEST;
        if level < Level::Snapshot && names_one {
            return Err("SNAPSHOT is for --level snapshot and restore".to_owned());
        }
        match self.sample {
            0 => Err("--sample is at least 1".to_owned()),
            _ => Ok(level),
        }
    }
}

/// What is verified: always the repository of the spec. For another one, such as `cs-automated-enc`, there is no registration in the spec to
/// compare with, `_verify` would write to what Amazon keeps, and its bucket cannot be listed: of four levels only the snapshot's own record and
/// the drill would be left, and `snapshot show` and `restore --prefix` with `--repository` give those.
pub(super) struct Choice<'a> {
    /// The snapshot's name, or `latest`.
    pub snapshot: &'a str,
    /// How much.
    pub level: Level,
    /// How many indices are restored.
    pub sample: usize,
    /// The indices that are restored instead.
    pub indices: &'a [String],
    /// Whether a successful restore test is recorded.
    pub record: bool,
    /// How long each restore is waited for.
    pub timeout: Duration,
    /// How long a snapshot that runs is waited for.
    pub wait_for_running: Duration,
}

/// One environment that is being verified.
pub(super) struct Verifying<'a> {
    /// The environment.
    pub opened: &'a Opened,
    /// What is verified.
    pub choice: &'a Choice<'a>,
    /// The time limits.
    pub limits: Limits,
    /// How calls are made.
    pub acting: &'a Acting,
    /// How it is told.
    pub format: Format,
    /// Asks for stopping.
    pub stop: &'a Stop,
    /// What was found so far.
    pub checks: Vec<Check>,
    /// The snapshot, once it is known.
    pub snapshot: Option<Snapshot>,
    /// The calls that a dry run would send.
    pub shown: Vec<Step>,
    /// How many calls were sent.
    pub sent: usize,
    /// What endangers the backups.
    pub findings: Vec<FindingView>,
    /// What was restored and came back as it was.
    pub restored: Vec<Restored>,
    /// Where the test is to be recorded.
    pub place: Option<Place>,
    /// Where it was recorded.
    pub recorded: Option<String>,
    /// How many of the calls were to be sent: what was sent and refused counts too.
    pub asked: usize,
}

/// Verifies each environment, one after the other.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let level = match arguments.asked() {
        Ok(level) => level,
        Err(problem) => return crate::cli::usage(&problem),
    };
    let stop = Stop::listen();
    let opening = match Opening::all(&arguments.common, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let choice = Choice {
        snapshot: &arguments.snapshot,
        level,
        sample: arguments.sample,
        indices: &arguments.indices,
        record: arguments.record,
        timeout: arguments.timeout,
        wait_for_running: arguments.wait_for_running,
    };
    let acting = Acting {
        dry_run: arguments.dry_run,
        yes: arguments.yes,
        allowed: Vec::new(),
        beforehand: false,
    };
    let told = opening.told(arguments.common.output.format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let name = environment.name();
        let exit = match environment.begin(&stop) {
            Ok(opened) => {
                let verifying =
                    Verifying::new(opened, &choice, opening.limits, &acting, told.format, &stop);
                verifying.run(told, name).await
            }
            Err(failed) => {
                let acted = Acted::early(failed);
                tell_end(told, name, &acted, serde_json::Map::new());
                acted.exit()
            }
        };
        ends.push(exit);
    }
    opening.finish().await;
    Exit::of_run(ends)
}

impl<'a> Verifying<'a> {
    /// Begins with nothing found.
    pub(super) fn new(
        opened: &'a Opened,
        choice: &'a Choice<'a>,
        limits: Limits,
        acting: &'a Acting,
        format: Format,
        stop: &'a Stop,
    ) -> Self {
        Self {
            opened,
            choice,
            limits,
            acting,
            format,
            stop,
            checks: Vec::new(),
            snapshot: None,
            shown: Vec::new(),
            sent: 0,
            findings: Vec::new(),
            restored: Vec::new(),
            place: None,
            recorded: None,
            asked: 0,
        }
    }

    /// Verifies, and tells what was found.
    pub(super) async fn run(mut self, told: Told, name: &str) -> Exit {
        let mut ended = self.levels().await;
        if ended.is_ok() && self.choice.record {
            ended = self.record().await;
        }
        self.complete(ended.as_ref().err());
        self.look_for_findings().await;
        if self.acting.dry_run {
            let shown = Prepared {
                steps: std::mem::take(&mut self.shown),
                ..Prepared::default()
            };
            let _nothing_sent = self.act().carry_out(&shown).await;
        }
        let wrong = self.wrong();
        let failed = match (ended, wrong) {
            (Err(failed), _) => Some(failed),
            // Proof that was asked for and not had is no success.
            (Ok(()), 0) if !self.acting.dry_run && !self.proved() => Some(Failure::new(
                Class::Incomplete,
                "verify",
                format!(
                    "nothing of level {} could be checked",
                    self.choice.level.as_str()
                ),
                "the report says why; name indices that can be checked with --indices, or ask for a lower --level",
            )),
            (Ok(()), 0) => self.endangered(),
            (Ok(()), wrong) => Some(Failure::new(
                Class::Incomplete,
                "verify",
                format!("{wrong} of {} checks failed", self.checks.len()),
                crate::workflow::verify::remedy(&self.checks, self.snapshot.as_ref()),
            )),
        };
        let acted = Acted {
            calls: (self.sent, self.asked),
            failed,
            ..Acted::default()
        };
        let snapshot = self
            .snapshot
            .as_ref()
            .map(|snapshot| snapshot.name.as_str());
        for words in self.checks.iter_mut().flat_map(|check| &mut check.messages) {
            *words = report::commands::whole(words).into_owned();
        }
        if self.format == Format::Human {
            print(&report::verify::checks(name, snapshot, &self.checks));
            print(&report::findings::lines(&self.findings));
        }
        let more = [
            ("level".to_owned(), json!(self.choice.level)),
            ("snapshot".to_owned(), json!(snapshot)),
            ("checks".to_owned(), json!(self.checks)),
            ("findings".to_owned(), json!(self.findings)),
            ("recorded".to_owned(), json!(self.recorded)),
        ];
        tell_end(told, name, &acted, more.into_iter().collect());
        acted.exit()
    }

    /// Judges what is there. A signal ends it before, and then nothing is claimed.
    async fn look_for_findings(&mut self) {
        if let Ok(found) = self.stop.unless_asked(self.opened.findings()).await {
            self.findings = FindingView::all(&found);
        }
    }

    /// The failure of an environment whose checks are in order and that holds a danger.
    fn endangered(&self) -> Option<Failure> {
        let dangers = report::findings::dangers(&self.findings)?;
        Some(Failure::new(
            Class::Incomplete,
            "verify",
            format!("the checks are in order, and there is {dangers}"),
            "the report names each with its way out; `esbackup explain CODE` says more",
        ))
    }

    /// Goes through the levels.
    ///
    /// # Errors
    /// What ended it before all was looked at.
    pub(super) async fn levels(&mut self) -> Result<(), Failure> {
        let level = self.choice.level;
        let stop = self.stop;
        let usable = reading(stop, self.registered()).await?;
        if level == Level::Registered || !usable {
            return Ok(());
        }
        let name = self.choice.snapshot;
        if level >= Level::Snapshot && name != crate::workflow::name::LATEST {
            // Before anything is sent: a misspelt name says nothing about the backups.
            reading(
                stop,
                show::found(self.opened, self.opened.repository(), name),
            )
            .await?;
        }
        reading(stop, self.recordable()).await?;
        self.nodes().await?;
        if level >= Level::Snapshot {
            let contents = reading(stop, self.snapshot()).await?;
            if level >= Level::Restore {
                self.restore(contents.as_ref()).await?;
            }
        }
        Ok(())
    }

    /// Whatever was asked for and not reached is named.
    fn complete(&mut self, ended: Option<&Failure>) {
        let why = match ended {
            Some(failed) => format!("not reached: {}", failed.messages.join(": ")),
            None => "not reached: an earlier check failed".to_owned(),
        };
        let all = [
            Level::Registered,
            Level::Nodes,
            Level::Snapshot,
            Level::Restore,
        ];
        for level in all.into_iter().filter(|one| *one <= self.choice.level) {
            if !self.checks.iter().any(|check| check.level == level) {
                self.checks
                    .push(Check::unchecked(level, level.as_str(), why.clone()));
            }
        }
    }

    /// Whether the level that was asked for has a check that was made, and was well.
    fn proved(&self) -> bool {
        let mut own = self
            .checks
            .iter()
            .filter(|check| check.level == self.choice.level);
        own.any(|check| check.result == Verdict::Ok)
    }

    fn wrong(&self) -> usize {
        let failed = |check: &&Check| check.result == Verdict::Failed;
        self.checks.iter().filter(failed).count()
    }

    fn act(&self) -> Act<'a> {
        Act {
            opened: self.opened,
            limits: self.limits,
            acting: self.acting,
            format: self.format,
            stop: self.stop,
        }
    }
}
