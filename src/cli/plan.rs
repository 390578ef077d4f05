//! `esbackup plan`: shows what apply would do, and writes nothing.

use std::sync::Arc;

use clap::Args;

use crate::cli::options::{Detailed, Format, Output, Reach, Specs, Total};
use crate::cli::print::{print, print_document};
use crate::cli::stopped::exit_of_run;
use crate::cli::survey::{Run, Surveyed};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::report::{human, view};

/// The options of plan.
#[derive(Debug, Args)]
pub(super) struct Arguments {
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
    /// Exit with code 2 if there are changes or a danger
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Plans and shows.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load(&arguments.reach.place).await {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    let stop = Stop::listen_within(arguments.total.timeout);
    arguments.specs.act_at(&arguments.reach.place);
    let mut run = match Run::start(&arguments.reach, &arguments.detailed, &environments).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let environments: Vec<Arc<_>> = environments.into_iter().map(Arc::new).collect();
    let (surveyed, mut views) = run.survey(&environments, &stop).await;
    let mut exits = Vec::new();
    for (one, view) in surveyed.iter().zip(&mut views) {
        let exit = exit(one, arguments.detailed_exitcode);
        view.exit = exit.code();
        exits.push(exit);
    }
    let shown = view::Run::new(views, run.is_sandbox());
    match arguments.output.format {
        Format::Json => print_document(&shown),
        Format::Human => {
            let next = next(arguments, &surveyed);
            human::plan(&shown, arguments.detailed.detail(), &next).for_each(|part| print(&part));
        }
    }
    run.finish().await;
    exit_of_run(&stop, exits)
}

fn exit(surveyed: &Surveyed, detailed: bool) -> Exit {
    let found = surveyed.differs() || surveyed.is_endangered();
    let difference = if found && detailed {
        Exit::Differences
    } else {
        Exit::Done
    };
    Exit::of_environment([surveyed.obstacle(), difference])
}

fn next(arguments: &Arguments, surveyed: &[Surveyed]) -> String {
    let ready = |one: &Surveyed| one.obstacle() == Exit::Done;
    let has_calls = |one: &Surveyed| matches!(&one.result, Ok(outline) if outline.calls > 0);
    let to_do = surveyed.iter().any(|one| ready(one) && has_calls(one));
    if !to_do {
        return String::new();
    }
    format!(
        "Next: esbackup apply{}{}",
        arguments.reach.as_options(),
        arguments.specs.as_options()
    )
}
