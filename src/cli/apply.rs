//! `esbackup apply`: plans, shows, asks, then does exactly that plan, and looks again afterwards.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::options::{Format, Output, Reach, Specs, print};
use crate::cli::survey::{Run, Surveyed, obstacle};
use crate::cli::{ask, err};
use crate::execute::{Event, Execution, Failure as FailureKind, Reason, Stopped};
use crate::exit::Exit;
use crate::interrupt::{Signal, Stop};
use crate::observe::Session;
use crate::plan::{Allowance, Plan};
use crate::report::progress::{Lines, Progress};
use crate::report::view::{self, Failure};
use crate::report::{human, json, safe};
use crate::resources::Answer;
use crate::resources::declared::Desired;
use crate::resources::outcome::Risk;
use crate::resources::repository::Verify;

/// How often the end state is read again before it is called another one: bucket configuration is eventually consistent.
const LOOKS: u32 = 4;

/// The options of apply.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    output: Output,
    /// Does not ask; covers what is safe, and no risk.
    #[arg(long)]
    yes: bool,
    /// Allows a risk, of one resource or of all: widens-access, weakens, repoints, destroys; may repeat.
    #[arg(long = "allow", value_name = "RISK[=KIND.NAME]", value_parser = allowance)]
    allowed: Vec<Allowance>,
    /// How long refusals that may pass by themselves are waited out, such as 90s or 2m.
    #[arg(long, default_value = "2m", value_parser = duration)]
    patience: Duration,
}

fn allowance(text: &str) -> Result<Allowance, String> {
    let (word, resource) = match text.split_once('=') {
        Some((word, resource)) => (word, Some(resource.to_owned())),
        None => (text, None),
    };
    let risk = Risk::ALL.into_iter().find(|risk| risk.as_str() == word);
    let words = Risk::ALL.map(Risk::as_str).join(", ");
    risk.map(|risk| Allowance { risk, resource })
        .ok_or_else(|| format!("the risks are {words}"))
}

/// A time such as `500ms`, `90s`, `2m` or `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a time is a number and ms, s, m or h, such as 90s".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "a time begins with a whole number, such as 90s".to_owned())?;
    let total = number
        .checked_mul(milliseconds)
        .filter(|total| *total <= 24 * 3_600_000);
    total
        .map(Duration::from_millis)
        .ok_or_else(|| "a time is at most 24h".to_owned())
}

/// Plans, shows, asks and applies.
pub async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load() {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    let stop = Stop::listen();
    let run = match Run::start(&arguments.reach, &environments).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let environments: Vec<Arc<Desired>> = environments.into_iter().map(Arc::new).collect();
    let surveyed = run.survey(&environments).await;
    let output = Reporter {
        format: arguments.output.format,
    };
    output.plan(&surveyed, &run, arguments);
    let consent = consent(arguments, &surveyed);
    let mut ends = Vec::new();
    for (one, consent) in surveyed.into_iter().zip(consent) {
        let applying = Applying {
            run: &run,
            arguments,
            stop: &stop,
            output: &output,
        };
        let end = match stop.requested() {
            Some(signal) => End::interrupted(signal),
            None => applying.environment(&one, consent).await,
        };
        output.ended(one.desired.scope.environment.as_str(), &end);
        ends.push(end.exit);
    }
    let exit = Exit::of_run(ends.iter().copied());
    output.summary(&ends, exit);
    run.finish().await;
    exit
}

/// What the caller agreed to, for one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consent {
    Given,
    Refused,
    Impossible,
}

/// Asks for what is not covered by options, once for all that is safe and by name for every risk.
fn consent(arguments: &Arguments, surveyed: &[Surveyed]) -> Vec<Consent> {
    let plans = surveyed
        .iter()
        .filter_map(|one| one.result.as_ref().ok().map(|(plan, _)| plan));
    let ready: Vec<&Plan> = plans
        .filter(|plan| !plan.steps.is_empty() && obstacle(plan) == Exit::Done)
        .collect();
    let calls: usize = ready.iter().map(|plan| plan.steps.len()).sum();
    let safe = if ready.is_empty() || arguments.yes {
        Consent::Given
    } else if !ask::is_possible() {
        Consent::Impossible
    } else {
        let plural = if calls == 1 { "call" } else { "calls" };
        let question = format!("Send {calls} {plural}? Only `yes` is taken for yes:");
        if ask::answer_is(&question, "yes") {
            Consent::Given
        } else {
            Consent::Refused
        }
    };
    surveyed
        .iter()
        .map(|one| {
            if safe == Consent::Given {
                risks(arguments, one)
            } else {
                safe
            }
        })
        .collect()
}

fn risks(arguments: &Arguments, one: &Surveyed) -> Consent {
    let Ok((plan, _)) = &one.result else {
        return Consent::Given;
    };
    let refused = plan.refused(&arguments.allowed);
    if refused.is_empty() || obstacle(plan) != Exit::Done {
        return Consent::Given;
    }
    if arguments.yes || !ask::is_possible() {
        return Consent::Impossible;
    }
    let name = plan.environment.as_str();
    let question = format!(
        "{name} has {} risks that are not allowed (see above). Type `{name}` to take them:",
        refused.len()
    );
    if ask::answer_is(&question, name) {
        Consent::Given
    } else {
        Consent::Refused
    }
}

/// How one environment ended.
struct End {
    exit: Exit,
    done: usize,
    total: usize,
    failure: Option<Failure>,
    remaining: Vec<String>,
    nodes: Vec<String>,
    verified: Verified,
}

/// What was seen of the repository's verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verified {
    /// Every node confirmed it in this run.
    Now,
    /// It answers, and nothing was to be verified.
    Answers,
    /// The spec asks for no verification, or the repository is only used.
    NotVerified,
}

impl End {
    fn new(exit: Exit) -> Self {
        Self {
            exit,
            done: 0,
            total: 0,
            failure: None,
            remaining: Vec::new(),
            nodes: Vec::new(),
            verified: Verified::NotVerified,
        }
    }

    fn failed(exit: Exit, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::new(exit)
        }
    }

    fn interrupted(signal: Signal) -> Self {
        Self::failed(
            exit_of(signal),
            Failure::local(
                "go on",
                "a signal asked to stop",
                "run the same command again: it goes on from here",
            ),
        )
    }
}

fn exit_of(signal: Signal) -> Exit {
    match signal {
        Signal::Interrupt => Exit::Interrupted,
        Signal::Terminate => Exit::Terminated,
    }
}

struct Applying<'a> {
    run: &'a Run,
    arguments: &'a Arguments,
    stop: &'a Stop,
    output: &'a Reporter,
}

impl Applying<'_> {
    async fn environment(&self, one: &Surveyed, consent: Consent) -> End {
        let (plan, _) = match &one.result {
            Ok(planned) => planned,
            Err(unplanned) => return End::failed(unplanned.exit, unplanned.failure.clone()),
        };
        let verified = if one.desired.repository.want.verify == Verify::NotVerified
            || one.desired.repository.management.is_existing()
        {
            Verified::NotVerified
        } else {
            Verified::Answers
        };
        match obstacle(plan) {
            Exit::Done => {}
            exit => return End::failed(exit, blocked(plan)),
        }
        if plan.steps.is_empty() {
            return End {
                verified,
                ..End::new(Exit::Done)
            };
        }
        match consent {
            Consent::Given => {}
            Consent::Impossible => return End::failed(Exit::Refused, self.refusal(plan)),
            Consent::Refused => {
                return End::failed(
                    Exit::Refused,
                    Failure::local(
                        "apply",
                        "the question was not answered with yes",
                        "nothing was written",
                    ),
                );
            }
        }
        // What was shown must still be what is there: everything is read again right before the first write.
        let session = match self.run.again(&one.desired).await {
            Ok((again, session)) if again.does_the_same(plan) => session,
            Ok(_) => {
                let words = "what was read right before the first write differs from what the plan was made of";
                return End::failed(
                    Exit::Stale,
                    Failure::local(
                        "apply the plan",
                        words,
                        "nothing was written: look at a new plan",
                    ),
                );
            }
            Err(unplanned) => return End::failed(unplanned.exit, unplanned.failure),
        };
        let end = self.steps(plan, &session, verified).await;
        if end.exit != Exit::Done {
            return end;
        }
        self.look_again(&one.desired, end).await
    }

    fn refusal(&self, plan: &Plan) -> Failure {
        let refused = plan.refused(&self.arguments.allowed);
        if refused.is_empty() {
            return Failure::local(
                "ask",
                "this is no terminal and --yes is absent",
                "look at the plan, then run it again with --yes",
            );
        }
        let mut options: Vec<String> = refused
            .iter()
            .map(|r| format!("--allow {}={}", r.note.risk.as_str(), r.id))
            .collect();
        options.dedup();
        Failure {
            doing: "apply: these risks are not allowed".to_owned(),
            words: refused
                .iter()
                .map(|r| format!("{} {}: {}", r.id, r.note.risk.as_str(), r.note.why))
                .collect(),
            ..Failure::local(
                "",
                "",
                format!(
                    "nothing was written; if they are wanted: {}",
                    options.join(" ")
                ),
            )
        }
    }

    async fn steps(&self, plan: &Plan, session: &Session, verified: Verified) -> End {
        let total = plan.steps.len();
        let name = plan.environment.as_str();
        let lines = if self.output.format == Format::Human {
            Lines::Plain
        } else {
            Lines::Quiet
        };
        let progress = Progress::start(lines);
        let mut nodes = Vec::new();
        let execution = Execution {
            session,
            patience: self.arguments.patience,
            backoff: self.run.access.limits.backoff,
            stop: self.stop.clone(),
        };
        let mut order = 0;
        let result = execution
            .run(&plan.steps, &mut |event| {
                if matches!(event, Event::Sending(_) | Event::Needless(_)) {
                    order += 1;
                }
                if let Event::Done {
                    answer: Answer::Verified { nodes: seen },
                    ..
                } = &event
                {
                    nodes.clone_from(seen);
                }
                self.output.event(name, &event, (order, total), &progress);
            })
            .await;
        progress.finish();
        let verified = if nodes.is_empty() {
            verified
        } else {
            Verified::Now
        };
        match result {
            Ok(()) => End {
                done: total,
                total,
                nodes,
                verified,
                ..End::new(Exit::Done)
            },
            Err(Stopped { done, reason }) => {
                let remaining = plan
                    .steps
                    .iter()
                    .skip(done)
                    .map(|step| step.call.describe())
                    .collect();
                let (exit, failure) = stopped(reason);
                End {
                    done,
                    total,
                    remaining,
                    nodes,
                    verified,
                    ..End::failed(exit, failure)
                }
            }
        }
    }

    /// Success is only what was seen: after the last write everything is read once more.
    async fn look_again(&self, desired: &Arc<Desired>, end: End) -> End {
        let mut left = String::new();
        for look in 0..LOOKS {
            match self.run.again(desired).await {
                Ok((plan, _)) if plan.is_empty() => return end,
                Ok((plan, _)) => left = differences(&plan),
                Err(unplanned) => {
                    return End {
                        exit: unplanned.exit,
                        failure: Some(unplanned.failure),
                        ..end
                    };
                }
            }
            self.stop
                .or_elapsed(
                    self.run
                        .access
                        .limits
                        .backoff
                        .saturating_mul(2_u32.saturating_pow(look)),
                )
                .await;
        }
        let words = format!(
            "all calls were confirmed, but what is there now is not the plan's end state: {left}"
        );
        let failure = Failure::local(
            "confirm the result",
            words,
            "another run interfered: apply again",
        );
        End {
            exit: Exit::Stale,
            failure: Some(failure),
            ..end
        }
    }
}

fn differences(plan: &Plan) -> String {
    let mut words = Vec::new();
    for change in plan
        .changes
        .iter()
        .filter(|change| change.action != crate::plan::Action::None)
    {
        let fields: Vec<&str> = change
            .fields
            .iter()
            .map(|field| field.path.as_str())
            .collect();
        let what = match &change.blocked {
            Some(blocked) => blocked.reason.clone(),
            None => fields.join(", "),
        };
        words.push(format!("{} ({what})", change.id));
    }
    words.join("; ")
}

fn blocked(plan: &Plan) -> Failure {
    let words = plan
        .blocked()
        .map(|(id, blocked)| format!("{id} {}", blocked.reason))
        .collect();
    let remedies: Vec<String> = plan
        .blocked()
        .map(|(id, blocked)| format!("{id}: {}", blocked.remedy))
        .collect();
    let doing = "apply: something is blocked, so nothing was written".to_owned();
    Failure {
        doing,
        words,
        ..Failure::local("", "", remedies.join("\n"))
    }
}

fn stopped(reason: Reason) -> (Exit, Failure) {
    match reason {
        Reason::Failed {
            explanation,
            failure,
        } => {
            let exit = match failure {
                FailureKind::Denied => Exit::Denied,
                FailureKind::TryAgain => Exit::TryAgain,
                FailureKind::Other => Exit::Failed,
            };
            (exit, Failure::explained(&explanation))
        }
        Reason::Interfered { what } => {
            let words = "what it was planned from changed since it was read";
            (
                Exit::Stale,
                Failure::local(
                    what,
                    words,
                    "another run interfered: look at a new plan and apply again",
                ),
            )
        }
        Reason::Busy { what } => {
            let words =
                "a snapshot or restore runs on it; changing it now could damage the snapshot";
            (
                Exit::TryAgain,
                Failure::local(
                    format!("change {what}"),
                    words,
                    "wait until it is done, then apply again",
                ),
            )
        }
        Reason::Interrupted(signal) => {
            let failure = Failure::local(
                "go on",
                "a signal asked to stop",
                "apply again: it goes on from here",
            );
            (exit_of(signal), failure)
        }
    }
}

/// Prints what happens, for people or as one JSON object a line.
struct Reporter {
    format: Format,
}

impl Reporter {
    fn plan(&self, surveyed: &[Surveyed], run: &Run, arguments: &Arguments) {
        let views = surveyed
            .iter()
            .map(|one| one.view(one.obstacle()))
            .collect();
        let shown = view::Run::new(views, run.is_sandbox());
        match self.format {
            Format::Human => print(&human::plan(&shown, arguments.output.detail(), "")),
            Format::Json => {
                print(&json::event(
                    &json!({"event": "plan", "sandbox": run.is_sandbox(), "plan": shown}),
                ));
            }
        }
    }

    fn event(
        &self,
        environment: &str,
        event: &Event<'_>,
        (order, total): (usize, usize),
        progress: &Progress,
    ) {
        let line = match event {
            Event::Sending(step) => {
                progress.doing(&format!(
                    "{environment}: {order}/{total} {}",
                    step.call.describe()
                ));
                None
            }
            Event::Waiting {
                step,
                reason,
                waited,
            } => {
                let text = format!(
                    "{} ({} s): {reason}",
                    step.call.describe(),
                    waited.as_secs()
                );
                progress.doing(&text);
                Some(("waiting", text, Some(waited.as_secs())))
            }
            Event::Done { step, answer } => {
                let nodes = match answer {
                    Answer::Verified { nodes } => {
                        format!(": {} confirmed by {}", nodes.len(), nodes.join(", "))
                    }
                    Answer::Done => String::new(),
                };
                Some((
                    "done",
                    format!("{order}/{total} {}{nodes}", step.call.describe()),
                    None,
                ))
            }
            Event::Needless(step) => Some((
                "needless",
                format!("{order}/{total} {}: not needed", step.call.describe()),
                None,
            )),
            Event::Undone { what } => Some(("undone", format!("cleaned up: {what}"), None)),
            Event::NotUndone { what, why } => Some((
                "not-undone",
                format!("could not clean up: {what}: {why}"),
                None,
            )),
        };
        let Some((kind, text, waited)) = line else {
            return;
        };
        match self.format {
            Format::Human => progress.done(&format!("{environment}: {text}")),
            Format::Json => {
                let mut object = json!({"event": kind, "environment": environment, "order": order, "total": total, "message": text});
                if let (
                    Some(fields),
                    Event::Done { step, .. } | Event::Needless(step) | Event::Waiting { step, .. },
                ) = (object.as_object_mut(), event)
                {
                    let operation = step.call.operation();
                    fields.insert("service".to_owned(), operation.service.into());
                    fields.insert("operation".to_owned(), operation.operation.into());
                    fields.insert("resource".to_owned(), step.resource.to_string().into());
                }
                if let (Some(fields), Some(waited)) = (object.as_object_mut(), waited) {
                    fields.insert("waited_seconds".to_owned(), waited.into());
                }
                print(&json::event(&object));
            }
        }
    }

    fn ended(&self, environment: &str, end: &End) {
        if self.format == Format::Json {
            let verified = match end.verified {
                Verified::Now => json!(true),
                Verified::Answers => json!("answers"),
                Verified::NotVerified => json!(false),
            };
            let object = json!({
                "event": "environment", "environment": environment, "exit": end.exit.code(), "done": end.done, "total": end.total,
                "error": end.failure, "not_done": end.remaining, "verified": verified, "nodes": end.nodes,
            });
            return print(&json::event(&object));
        }
        let name = safe::line(environment);
        if let Some(failure) = &end.failure {
            let mut text = format!(
                "\n{name}: {} of {} calls done\n{}",
                end.done,
                end.total,
                human::failure(failure)
            );
            for what in &end.remaining {
                let _ = writeln!(text, "    not done:   {}", safe::line(what));
            }
            return err(&text);
        }
        let repository = match end.verified {
            Verified::Now => format!(
                "the repository is verified on all nodes ({})",
                safe::line(&end.nodes.join(", "))
            ),
            Verified::Answers => "the repository answers".to_owned(),
            Verified::NotVerified => "the repository is not verified".to_owned(),
        };
        match end.total {
            0 => print(&format!("{name}: nothing to do; {repository}.\n")),
            total => print(&format!("{name}: done, {total} calls; {repository}.\n")),
        }
    }

    fn summary(&self, ends: &[Exit], exit: Exit) {
        if self.format == Format::Json {
            let done = ends.iter().filter(|end| **end == Exit::Done).count();
            print(&json::event(
                &json!({"event": "summary", "environments": ends.len(), "done": done, "exit": exit.code()}),
            ));
        }
    }
}
