//! `esbackup run`: the steps of a workflow, each as the command line that does the same; nothing is begun before all were checked.

mod checks;
mod facts;
mod tell;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::{Args, Parser};

use crate::cli::act::Act;
use crate::cli::allow::{self, Guarded};
use crate::failure::{Class, Failure};

use crate::cli::open::{Opened, Opening};
use crate::cli::options::Common;
use crate::cli::print::err;
use crate::cli::stopped::reading;
use crate::cli::usage;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::outlet::safe;
use crate::spec::Resolved;
use crate::spec::{StepKind, WorkflowSpec};
use crate::workflow::name::SECONDS_TRIED;
use crate::workflow::run::{self, Ready, Wanted};
use crate::workflow::{Prepared, Question};
use tell::{As, Teller};
use words::{Shared, Takes};

pub(super) use checks::problems;

/// The options of run.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the workflow in the spec
    #[arg(value_name = "NAME")]
    workflow: Option<String>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    acting: Guarded<allow::Run>,
    /// Value of the placeholder {KEY}; may repeat
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// First step to run, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    from: usize,
    /// Time at which the run that this one continues began
    ///
    /// It gives the names and the snapshot that the run took, such as 2026-11-24T03:04:05Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    began: Option<Moment>,
    /// With --began: the first step has not begun yet
    ///
    /// What exists already is not its own then.
    #[arg(long, requires = "began")]
    not_begun: bool,
    /// Snapshot to use as `latest` when no step takes one
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if run::is_key(key) => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is KEY=VALUE, with a key of a-z, 0-9, _ and -".to_owned()),
    }
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| "a time is such as 2026-11-24T03:04:05Z".to_owned())
}

/// Runs a workflow in one environment.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let stop = Stop::listen();
    if !arguments.common.specs.are_text() {
        return usage("the steps of a workflow name the spec again: its path must be text (UTF-8)");
    }
    let spec = match arguments
        .common
        .specs
        .load_one(&arguments.common.place)
        .await
    {
        Ok(spec) => spec,
        Err(exit) => return exit,
    };
    if let Err(exit) = allow::check(&arguments.acting.allowed, std::slice::from_ref(&spec)) {
        return exit;
    }
    let workflow = match workflow(arguments, &spec) {
        Ok(workflow) => workflow,
        Err(exit) => return exit,
    };
    // What is wrong with the words shows before anything is read.
    let local = arguments.began.unwrap_or_else(Moment::now);
    let wanted = match wanted(arguments, &spec, local) {
        Ok(wanted) => wanted,
        Err(exit) => return exit,
    };
    let shared = Shared {
        arguments,
        environment: &spec.desired.scope.environment,
    };
    if let Err(exit) = checked(&shared, workflow, &wanted) {
        return exit;
    }
    let mut teller = Teller {
        shared,
        workflow,
        began: local,
    };
    let opening = match Opening::of(vec![spec.clone()], &arguments.common, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    match begin(opening, wanted, &mut teller, &stop).await {
        Ok(steps) => carry_out(&steps, &teller, &stop).await,
        Err(failed) => {
            teller.end(0, failed.exit(), Some(&failed), None);
            failed.exit()
        }
    }
}

fn workflow<'d>(arguments: &Arguments, spec: &'d Resolved) -> Result<&'d WorkflowSpec, Exit> {
    let name = arguments.workflow.as_deref();
    let found = spec
        .workflows
        .iter()
        .find(|workflow| Some(workflow.name.as_str()) == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = spec.workflows.iter().map(|one| one.name.as_str()).collect();
        let there = match names.as_slice() {
            [] => "the spec has none".to_owned(),
            names => format!("there is {}", names.join(", ")),
        };
        usage(&match name {
            Some(name) => format!(
                "no workflow {} in environment {}; {there}",
                safe::line(name),
                spec.desired.scope.environment
            ),
            None => format!("name a workflow; {there}"),
        })
    })
}

fn wanted(arguments: &Arguments, spec: &Resolved, began: Moment) -> Result<Wanted, Exit> {
    let mut set = BTreeMap::new();
    for (key, value) in &arguments.set {
        if set.insert(key.clone(), value.clone()).is_some() {
            return Err(usage(&format!("--set {key} is there twice")));
        }
    }
    Ok(Wanted {
        environment: spec.desired.scope.environment.clone(),
        began: began.whole_seconds(),
        resumes: arguments.began.is_some(),
        not_begun: arguments.not_begun,
        set,
        from: arguments.from,
        snapshot: arguments.snapshot.clone(),
        consent: arguments.acting.agreed_by(),
    })
}

/// Checks all steps as far as that can be done without reading anything; every problem of every step is told.
fn checked(shared: &Shared<'_>, workflow: &WorkflowSpec, wanted: &Wanted) -> Result<(), Exit> {
    let filled = run::fill(workflow, wanted)
        .and_then(|filled| run::meant(&filled, wanted).map(|_| filled))
        .map_err(|wrong| {
            for one in wrong {
                err(&format!("error: {}\n", safe::line(&one.to_string())));
            }
            Exit::Usage
        })?;
    let mut exit = Ok(());
    for step in &filled {
        if let Err(problem) = shared.check(step) {
            err(&format!(
                "error: workflow {}, step {} ({}): {}\n",
                workflow.name,
                step.number,
                step.kind.as_str(),
                safe::line(&problem)
            ));
            exit = Err(Exit::Invalid);
        }
    }
    exit
}

/// Reads what the steps depend on, and stops before the first one when a guard or a fact stands in the way of any.
async fn begin(
    opening: Opening,
    wanted: Wanted,
    teller: &mut Teller<'_>,
    stop: &Stop,
) -> Result<Vec<Ready>, Failure> {
    let arguments = teller.shared.arguments;
    opening.told(arguments.common.output.format);
    let result = match opening.environments.first().map(|one| &one.opened) {
        Some(Ok(opened)) => {
            let act = Act {
                opened,
                limits: opening.limits,
                acting: &arguments.acting,
                format: arguments.common.output.format,
                stop,
            };
            reading(stop, prepare(wanted, teller, opened, &act)).await
        }
        Some(Err(failed)) => Err(failed.clone()),
        None => Ok(Vec::new()),
    };
    // The steps open the domain for themselves, as the same commands would.
    opening.finish().await;
    result
}

async fn prepare(
    mut wanted: Wanted,
    teller: &mut Teller<'_>,
    opened: &Opened,
    act: &Act<'_>,
) -> Result<Vec<Ready>, Failure> {
    if !wanted.resumes {
        wanted.began = facts::clock(opened).await?.whole_seconds();
    }
    teller.began = wanted.began;
    let wrong = |all: Vec<run::Wrong>| {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        Failure::new(
            Class::Usage,
            "begin",
            words.join("; "),
            "correct the command line",
        )
    };
    let mut filled = run::fill(teller.workflow, &wanted).map_err(wrong)?;
    let before = wanted.from.saturating_sub(1);
    let facts = facts::read(opened, filled.get(before..).unwrap_or_default()).await?;
    // Two runs that begin in the same second take two snapshots. One that goes on has its names already.
    for _ in 0..SECONDS_TRIED {
        if wanted.resumes || !run::takes_a_default_name_again(teller.workflow, &filled, &facts) {
            break;
        }
        wanted.began = wanted.began.plus(Duration::from_secs(1));
        filled = run::fill(teller.workflow, &wanted).map_err(wrong)?;
    }
    teller.began = wanted.began;
    let meant = run::meant(&filled, &wanted).map_err(wrong)?;
    let run = run::prepare(&filled, &meant, &wanted, &facts);
    let prepared = Prepared {
        notes: run.notes,
        raised: run.raised,
        obstacles: run.obstacles,
        ..Prepared::default()
    };
    act.tell_notes(&prepared);
    if let Some(failed) = act.obstacle(&prepared) {
        return Err(failed);
    }
    if !act.acting.dry_run {
        agree(act, &teller.workflow.name, &run.targets).await?;
    }
    Ok(run.steps)
}

/// Asks once for all steps, before the first one.
async fn agree(act: &Act<'_>, workflow: &str, targets: &[String]) -> Result<(), Failure> {
    let mut prepared = Prepared::default();
    if !targets.is_empty() {
        prepared.question = Question::Yes(format!("run {workflow}? {}.", targets.join("; ")));
    }
    act.agreed(&prepared).await
}

/// Runs the steps one after the other, and stops at the first that does not end well.
async fn carry_out(steps: &[Ready], teller: &Teller<'_>, stop: &Stop) -> Exit {
    let dry_run = teller.shared.arguments.acting.dry_run;
    let before = steps.first().map_or(0, |first| first.number - 1);
    let mut writing = None;
    for (index, ready) in steps.iter().enumerate() {
        let done = before + index;
        if let Some(signal) = stop.requested() {
            let exit = signal.exit();
            // An earlier run may have begun the first one, and no run a later one.
            let goes_on = match index == 0 && !teller.shared.arguments.not_begun {
                true => As::Itself,
                false => As::NotBegun,
            };
            teller.end(done, exit, None, Some((ready, goes_on)));
            return exit;
        }
        teller.step(ready);
        let exit = match (dry_run, writing) {
            (true, Some(after)) => {
                teller.later(after);
                Exit::Done
            }
            _ => step(ready, teller).await,
        };
        if dry_run && writing.is_none() && Takes::of(ready.kind).long("dry-run") {
            writing = Some(ready.number);
        }
        if exit != Exit::Done {
            teller.end(
                done,
                exit,
                None,
                Some((ready, goes_on(ready, exit, teller))),
            );
            return exit;
        }
    }
    teller.end(before + steps.len(), Exit::Done, None, None);
    Exit::Done
}

/// How a run goes on at a step that ended so.
fn goes_on(ready: &Ready, exit: Exit, teller: &Teller<'_>) -> As {
    let named_before = run::shares_its_time(teller.workflow, ready.number);
    let replaces = ready.options.iter().any(|word| word == "--replace");
    match (ready.kind, exit) {
        // A replacement that is refused before the old index goes has sent much; it looks by itself how far it is.
        (_, Exit::Refused) if named_before && replaces => As::Itself,
        // Nothing of the step was sent, and what is there is not its own.
        (_, Exit::Refused) if named_before => As::NotBegun,
        (_, Exit::Refused) => As::New,
        // A snapshot that ended badly keeps its name: the next one needs another, unless later steps name what was made before it.
        (StepKind::Snapshot | StepKind::Wait, Exit::Partly) if !named_before => As::New,
        _ => As::Itself,
    }
}

/// Runs one step as its command does; boxed, because that command line is of the same kind as this one.
async fn step(ready: &Ready, teller: &Teller<'_>) -> Exit {
    let arguments = teller.shared.arguments;
    let takes = Takes::of(ready.kind);
    let mut line = teller.shared.line_of(ready);
    if arguments.acting.dry_run {
        if !takes.long("dry-run") {
            return Exit::Done;
        }
        line.push("--dry-run".to_owned());
    }
    if takes.long("format") {
        let format = match arguments.common.output.format {
            crate::cli::options::Format::Human => "human",
            crate::cli::options::Format::Json => "json",
        };
        line.extend(["--format".to_owned(), format.to_owned()]);
    }
    match super::Arguments::try_parse_from(&line) {
        Ok(mut parsed) => {
            if let Some(acting) = parsed.command.acting() {
                acting.beforehand = true;
            }
            Box::pin(super::dispatch(&parsed)).await
        }
        Err(error) => {
            err(&error.render().to_string());
            Exit::Invalid
        }
    }
}
