//! Carries out what a workflow prepared: shows it, stops at guards, asks, lets the executor run it, and says what was seen.

use clap::Args;

use crate::cli::open::{Opened, Told};
use crate::cli::options::Format;
use crate::cli::print::{err, note, print, print_event};
use crate::cli::stopped::stopped;
use crate::cli::{ask, events};
use crate::data::{Awaited, Seen, Wait};
use crate::domain::Limits;
use crate::execute::{Event, Execution, Reason};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::hazard::{self, Allowance};
use crate::interrupt::Stop;
use crate::outlet::safe;
use crate::plan::Step;
use crate::report::prepared;
use crate::report::progress::{Lines, Progress};
use crate::report::view;

use crate::resources::Answer;
use crate::workflow::restore::Consent;
use crate::workflow::{Prepared, Question};

/// The options of every command that writes.
#[derive(Debug, Args)]
pub(super) struct Acting {
    /// Show the calls exactly and send none that writes
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; allows no guard
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// What `--allow` names, of a command that takes it.
    #[arg(skip)]
    pub allowed: Vec<Allowance>,
    /// Whether the run that this is a step of was agreed to.
    #[arg(skip)]
    pub beforehand: bool,
}

impl Acting {
    /// Returns whether nobody is asked any more.
    pub(super) fn is_agreed(&self) -> bool {
        self.yes || self.beforehand
    }

    /// How a person agrees to what destroys data.
    pub(super) fn agreed_by(&self) -> Consent {
        match (self.dry_run, ask::is_possible() && !self.yes) {
            (true, _) => Consent::Shown,
            _ if self.beforehand => Consent::Beforehand,
            (_, true) => Consent::Typed,
            _ => Consent::Options,
        }
    }

    /// What was agreed to, as it is given to the command that goes on.
    pub(super) fn consent(&self) -> String {
        let mut text = String::new();
        if self.yes {
            text.push_str(" --yes");
        }
        for allowance in &self.allowed {
            text.push_str(&format!(" {}", allowance.option()));
        }
        text
    }
}

/// Carries out prepared work in one environment.
pub(super) struct Act<'a> {
    /// The environment.
    pub opened: &'a Opened,
    /// The time limits.
    pub limits: Limits,
    /// The options.
    pub acting: &'a Acting,
    /// How it is told.
    pub format: Format,
    /// Asks for stopping.
    pub stop: &'a Stop,
}

/// How it ended.
#[derive(Default)]
pub(super) struct Acted {
    /// What was seen at the end of each wait.
    pub seen: Vec<Seen>,
    /// What the calls were answered, in their order.
    pub answers: Vec<Answer>,
    /// How many calls were done, and of how many.
    pub calls: (usize, usize),
    /// What was not done any more.
    pub remaining: Vec<String>,
    /// The call that was perhaps applied.
    pub unknown: Option<String>,
    /// Why it ended early.
    pub failed: Option<Failure>,
    /// Whether what was started goes on although nobody waits any more.
    pub goes_on: bool,
    /// How many calls were sent, whatever became of them.
    pub sent: usize,
}

impl Acted {
    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        self.failed.as_ref().map_or(Exit::Done, Failure::exit)
    }

    /// It ended before anything was sent.
    pub(super) fn early(failed: Failure) -> Self {
        Self {
            failed: Some(failed),
            ..Self::default()
        }
    }
}

/// Waits for something that was started earlier; reads only.
pub(super) async fn wait(
    opened: &Opened,
    limits: Limits,
    wait: &Wait,
    format: Format,
    stop: &Stop,
) -> Acted {
    let name = opened.spec.desired.scope.environment.as_str();
    let progress = Progress::start(Lines::Quiet);
    let mut all = Vec::new();
    let result = execution(opened, limits, stop)
        .wait(wait, &mut |awaited| {
            if let Awaited::Seen(seen) = awaited {
                all.push(seen.clone());
            }
            events::tell_awaited(format, name, awaited, &progress);
        })
        .await;
    progress.finish();
    match result {
        Ok(()) => Acted {
            seen: all,
            ..Acted::default()
        },
        Err(reason) => {
            let goes_on = matches!(reason, Reason::Detached { .. } | Reason::TooLong { .. });
            Acted {
                seen: all,
                goes_on,
                ..Acted::early(ended(reason))
            }
        }
    }
}

/// Why the executor stopped, in the words of workflows.
fn ended(reason: Reason) -> Failure {
    match reason {
        Reason::Busy { what } => Failure::new(
            Class::Busy,
            "go on",
            format!("{what} must end first"),
            "wait until it is done, then run it again",
        ),
        Reason::Interfered { what } => Failure::new(
            Class::Interfered,
            what,
            "what it was prepared from changed since it was read; the call was not sent",
            "look at it with --dry-run, then run it again",
        ),
        other => stopped(other),
    }
}

/// The executor of a workflow: nothing of it may pass by itself but what stands in its steps.
fn execution<'a>(opened: &'a Opened, limits: Limits, stop: &Stop) -> Execution<'a> {
    Execution {
        session: &opened.session,
        patience: std::time::Duration::ZERO,
        limits,
        stop: stop.clone(),
    }
}

impl Act<'_> {
    /// Shows, asks and runs. With `--dry-run` it ends after showing.
    pub(super) async fn carry_out(&self, prepared: &Prepared) -> Acted {
        self.tell_notes(prepared);
        if let Some(failed) = self.obstacle(prepared) {
            return Acted::early(failed);
        }
        if self.acting.dry_run {
            self.show(prepared);
            return Acted {
                calls: (0, prepared.steps.len()),
                ..Acted::default()
            };
        }
        if prepared.steps.is_empty() {
            return Acted::default();
        }
        match self.agreed(prepared).await {
            Ok(()) => self.run(prepared).await,
            Err(failed) => Acted::early(failed),
        }
    }

    fn name(&self) -> &str {
        self.opened.spec.desired.scope.environment.as_str()
    }

    /// Tells what should be known before anything is done.
    pub(super) fn tell_notes(&self, prepared: &Prepared) {
        for text in &prepared.notes {
            if self.format == Format::Json {
                let event = serde_json::json!({"event": "note", "environment": self.name(), "message": text});
                print_event(&event);
                continue;
            }
            note(&format!(
                "{}: note: {}\n",
                safe::line(self.name()),
                safe::line(text)
            ));
        }
    }

    /// Shows the calls exactly as they would be sent.
    fn show(&self, prepared: &Prepared) {
        let (name, steps) = (self.name(), &prepared.steps);
        match self.format {
            Format::Human => prepared::human(name, steps).for_each(|text| print(&text)),
            Format::Json => print_event(&prepared::view(name, steps)),
        }
    }

    /// What stands in the way, as a failure: what no option lifts first, then the guards.
    pub(super) fn obstacle(&self, prepared: &Prepared) -> Option<Failure> {
        if !prepared.obstacles.is_empty() {
            let classes = prepared.obstacles.iter().map(|one| one.class);
            let class = Class::first(classes).unwrap_or(Class::Refused);
            let each = |of: fn(&crate::workflow::Obstacle) -> &String| {
                let mut all: Vec<String> = prepared.obstacles.iter().map(of).cloned().collect();
                all.dedup();
                all
            };
            let hint = each(|one| &one.remedy).join("\n");
            return Some(Failure {
                messages: each(|one| &one.what),
                ..Failure::new(class, first(prepared), "", hint)
            });
        }
        let standing = prepared.standing(&self.acting.allowed);
        if standing.is_empty() {
            return None;
        }
        let options = hazard::options(standing.iter().copied());
        Some(Failure {
            messages: standing.iter().map(ToString::to_string).collect(),
            ..Failure::new(
                Class::Refused,
                format!("{}: a guard stands in the way", first(prepared)),
                "",
                format!("if it is wanted, add {}", options),
            )
        })
    }

    /// Asks what must be asked.
    pub(super) async fn agreed(&self, prepared: &Prepared) -> Result<(), Failure> {
        if prepared.question == Question::None || self.acting.is_agreed() {
            return Ok(());
        }
        if !ask::is_possible() {
            return Err(Failure::new(
                Class::Refused,
                "ask whether to go on",
                ask::IMPOSSIBLE,
                "look at it with --dry-run, then run it again with --yes",
            ));
        }
        let place = self.opened.spec.desired.scope.place();
        let about = |ask: &str| safe::line(&format!("{place}: {ask}"));
        let answer = match &prepared.question {
            Question::None => return Ok(()),
            Question::Yes(ask) => ask::is_yes(&about(ask), self.stop).await,
            Question::Typed { ask, name } => ask::is_name(&about(ask), name, self.stop).await,
        };
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err(ask::cancelled("go on")),
            Err(signal) => Err(ended(Reason::Interrupted(signal))),
        }
    }

    async fn run(&self, prepared: &Prepared) -> Acted {
        let total = prepared.steps.len();
        let lines = match self.format {
            Format::Human => Lines::Plain,
            Format::Json => Lines::Quiet,
        };
        let progress = Progress::start(lines);
        let execution = execution(self.opened, self.limits, self.stop);
        let (mut order, mut sent, mut all, mut answers) = (0, 0, Vec::new(), Vec::new());
        let result = execution
            .run(&prepared.steps, &mut |event| {
                if matches!(event, Event::Sending(_) | Event::Needless(_)) {
                    order += 1;
                }
                if matches!(event, Event::Sending(_)) {
                    sent += 1;
                }
                if let Event::Done { answer, .. } = &event {
                    answers.push(answer.clone());
                }
                if let Event::Awaited {
                    awaited: Awaited::Seen(seen),
                    ..
                } = &event
                {
                    all.push((*seen).clone());
                }
                events::tell(self.format, self.name(), &event, (order, total), &progress);
            })
            .await;
        progress.finish();
        let Err(stopped) = result else {
            return Acted {
                seen: all,
                answers,
                calls: (total, total),
                sent,
                ..Acted::default()
            };
        };
        let goes_on = matches!(
            stopped.reason,
            Reason::Detached { .. } | Reason::TooLong { .. }
        );
        let described = |step: &Step| step.call.describe();
        let remaining = prepared.steps.iter().skip(stopped.begun()).map(described);
        let remaining = remaining.collect();
        let unknown = stopped.unknown(&prepared.steps).map(described);
        let done = match goes_on {
            true => stopped.done,
            false => stopped.calls_done(),
        };
        let failure = ended(stopped.reason);
        Acted {
            seen: all,
            answers,
            calls: (done, total),
            remaining,
            unknown,
            failed: Some(failure),
            goes_on,
            sent,
        }
    }
}

/// What cannot be done, in words: the first call, or to begin at all.
fn first(prepared: &Prepared) -> String {
    prepared
        .steps
        .first()
        .map_or_else(|| "begin".to_owned(), |step| step.call.describe())
}

/// What a person is told who answered no.
pub(super) const CANCELLED: &str = "Cancelled; nothing was changed.\n";

/// Returns whether a question was answered with no before anything was begun: there is no hint how to go on.
pub(super) fn is_plain_no(failure: &Failure) -> bool {
    failure.class == Class::Cancelled && failure.hint.is_none()
}

/// Tells how an environment ended: the failure and what was not done for people, one object for programs.
pub(super) fn tell_end(
    told: Told,
    environment: &str,
    acted: &Acted,
    more: serde_json::Map<String, serde_json::Value>,
) {
    let (done, total) = acted.calls;
    let failure = acted.failed.as_ref();
    if told.format == Format::Json {
        let mut object = serde_json::json!({
            "event": "environment", "environment": environment, "exit": acted.exit().code(), "done": done, "total": total,
            "error": view::json(failure), "not_done": acted.remaining,
        });
        if let Some(fields) = object.as_object_mut() {
            if told.sandbox {
                fields.insert("sandbox".to_owned(), true.into());
            }
            if let Some(unknown) = &acted.unknown {
                fields.insert("unknown".to_owned(), unknown.as_str().into());
            }
            fields.extend(more);
        }
        return print_event(&object);
    }
    let Some(failure) = failure else { return };
    if is_plain_no(failure) {
        return err(CANCELLED);
    }
    let mut text = format!(
        "\n{}: {}\n",
        safe::line(environment),
        match (total, acted.goes_on) {
            (0, true) => "it goes on, and its end was not seen".to_owned(),
            (0, false) => "nothing was sent that writes".to_owned(),
            // The call that is waited for was sent.
            (_, true) => format!(
                "{} of {total} calls sent, and the end was not seen",
                done + 1
            ),
            (_, false) => format!("{done} of {total} calls done"),
        }
    );
    text.push_str(&crate::report::human::failure(failure));
    if let Some(what) = &acted.unknown {
        text.push_str(&format!("    not known:  {}\n", safe::line(what)));
    }
    for what in &acted.remaining {
        text.push_str(&format!("    not done:   {}\n", safe::line(what)));
    }
    err(&text);
}
