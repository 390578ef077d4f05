//! `esbackup drift`: tells a scheduled job whether anything differs from the specs; it writes nothing.

use std::sync::Arc;

use clap::Args;

use crate::cli::failed;
use crate::cli::options::{Detailed, Format, Output, Reach, Specs, Total};
use crate::cli::print::{print, print_document};
use crate::cli::stopped::exit_of_run;
use crate::cli::survey::{Run, Surveyed};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::report::{human, view};

/// The options of drift.
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
}

/// Reads, compares, and reads what differs once more before it says so.
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
    let (mut surveyed, mut views) = run.survey(&environments, &stop).await;
    let mut exits = Vec::new();
    for (one, view) in surveyed.iter_mut().zip(&mut views) {
        if one.differs() || one.is_endangered() {
            // Bucket configuration and IAM are eventually consistent: one answer may be an old one.
            let again = match stop.unless_asked(run.again(&one.spec)).await {
                Ok(again) => again.map(|(plan, _)| plan),
                Err(signal) => Err(failed::unread_in_time(signal)),
            };
            (*one, *view) = Surveyed::of(&one.spec, again);
        }
        let exit = exit(one);
        view.exit = exit.code();
        exits.push(exit);
    }
    let shown = view::Run::new(views, run.is_sandbox());
    match arguments.output.format {
        Format::Json => print_document(&shown),
        Format::Human => {
            let next = next(arguments, &exits);
            human::drift(&shown, arguments.detailed.detail(), &next).for_each(|part| print(&part));
        }
    }
    run.finish().await;
    exit_of_run(&stop, exits)
}

fn exit(surveyed: &Surveyed) -> Exit {
    Exit::of_environment([
        surveyed.obstacle(),
        if surveyed.differs() || surveyed.is_endangered() {
            Exit::Differences
        } else {
            Exit::Done
        },
    ])
}

fn next(arguments: &Arguments, exits: &[Exit]) -> String {
    if exits.iter().all(|exit| *exit == Exit::Done) {
        return String::new();
    }
    format!(
        "Next: esbackup plan{}{}",
        arguments.reach.as_options(),
        arguments.specs.as_options()
    )
}
