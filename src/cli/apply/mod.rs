//! `esbackup apply`: plans, shows, asks, then does exactly that plan, and looks again afterwards.

mod consent;
mod end;
mod environment;
mod reporter;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::options::{Detailed, Output, Reach, Specs, duration};
use crate::cli::stopped;
use crate::cli::survey::Run;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::plan::Allowance;
use crate::resources::declared::Desired;
use crate::resources::outcome::Risk;
use end::End;
use environment::Applying;
use reporter::Reporter;

/// The options of apply.
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

/// Plans, shows, asks and applies.
pub async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load() {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    let stop = Stop::listen();
    let run = match Run::start(&arguments.reach, &arguments.detailed, &environments).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let environments: Vec<Arc<Desired>> = environments.into_iter().map(Arc::new).collect();
    // Nothing is written before the plan is shown: a signal ends the run at once.
    let surveyed = tokio::select! {
        surveyed = run.survey(&environments) => surveyed,
        signal = stop.asked() => return stopped::interrupted(signal),
    };
    let output = Reporter {
        format: arguments.output.format,
    };
    let planned = output.plan(&surveyed, &run, arguments);
    let consent = match consent::ask(arguments, &surveyed, &stop).await {
        Ok(consent) => consent,
        Err(signal) => return stopped::interrupted(signal),
    };
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
    output.summary(planned, &ends, exit);
    run.finish().await;
    exit
}
