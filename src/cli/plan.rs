//! `esbackup plan`: shows what apply would do, and writes nothing.

use std::sync::Arc;

use clap::Args;

use crate::cli::options::{Detailed, Format, Output, Reach, Specs, Total, print, print_json};
use crate::cli::stopped::exit_of_run;
use crate::cli::survey::{Run, Surveyed};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::report::{human, json, view};

/// The options of plan.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    detailed: Detailed,
    #[command(flatten)]
    total: Total,
    /// Ends with 2 when there is something to do.
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Plans and shows.
pub async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load() {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    let stop = Stop::listen_within(arguments.total.timeout);
    let run = match Run::start(&arguments.reach, &arguments.detailed, &environments).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let environments: Vec<Arc<_>> = environments.into_iter().map(Arc::new).collect();
    let surveyed = run.survey(&environments, &stop).await;
    let exits: Vec<Exit> = surveyed
        .iter()
        .map(|one| exit(one, arguments.detailed_exitcode))
        .collect();
    let views = surveyed
        .iter()
        .zip(&exits)
        .map(|(one, exit)| one.view(*exit))
        .collect();
    let shown = view::Run::new(views, run.is_sandbox());
    match arguments.output.format {
        Format::Json => print_json(&json::plan(&shown)),
        Format::Human => print(&human::plan(
            &shown,
            arguments.detailed.detail(),
            &next(arguments, &surveyed),
        )),
    }
    run.finish().await;
    exit_of_run(&stop, exits)
}

fn exit(surveyed: &Surveyed, detailed: bool) -> Exit {
    let differs = matches!(&surveyed.result, Ok(plan) if !plan.is_empty());
    let difference = if differs && detailed {
        Exit::Differences
    } else {
        Exit::Done
    };
    Exit::of_environment([surveyed.obstacle(), difference])
}

fn next(arguments: &Arguments, surveyed: &[Surveyed]) -> String {
    let ready = |one: &Surveyed| one.obstacle() == Exit::Done;
    let has_steps = |one: &Surveyed| matches!(&one.result, Ok(plan) if !plan.steps.is_empty());
    let to_do = surveyed.iter().any(|one| ready(one) && has_steps(one));
    if !to_do {
        return String::new();
    }
    format!(
        "Next: esbackup apply{}{}",
        arguments.reach.as_options(),
        arguments.specs.as_options()
    )
}
