//! `esbackup apply`: plans, shows, asks, plans again, then does what was shown if that is still the same, and looks again afterwards.

mod consent;
mod end;
mod environment;
mod reporter;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::allow::{self, Allowed, Apply};
use crate::cli::options::{Detailed, Output, Reach, Specs, timeout};
use crate::cli::stopped::exit_of_run;
use crate::cli::survey::Run;
use crate::duration;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::report::view;
use crate::spec::Resolved;
use consent::Consent;
use end::End;
use environment::Applying;
use reporter::Reporter;

/// The patience where none is asked for.
const PATIENCE: Duration = Duration::from_secs(120);

/// The options of apply.
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
    /// Do not ask; allows no risk
    #[arg(short = 'y', long)]
    yes: bool,
    #[command(flatten)]
    allowed: Allowed<Apply>,
    /// How long to retry while IAM and S3 changes propagate
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = timeout)]
    patience: Duration,
    /// Time limit for the whole command
    ///
    /// esbackup stops between two calls then, with exit code 4; the next apply continues.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = timeout)]
    timeout: Duration,
}

impl Arguments {
    /// The command that does the same again.
    fn again(&self) -> String {
        let mut again = format!(
            "esbackup apply{}{}",
            self.reach.as_options(),
            self.specs.as_options()
        );
        again.push_str(if self.yes { " --yes" } else { "" });
        for allowance in self.allowed.iter() {
            again.push_str(&format!(" {}", allowance.option()));
        }
        if self.patience != PATIENCE {
            again.push_str(&format!(" --patience {}", duration::exact(self.patience)));
        }
        again
    }
}

/// Plans, shows, asks and applies.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load(&arguments.reach.place).await {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    if let Err(exit) = allow::check(&arguments.allowed, &environments) {
        return exit;
    }
    let stop = Stop::listen_within(arguments.timeout);
    arguments.specs.act_at(&arguments.reach.place);
    let mut run = match Run::start(&arguments.reach, &arguments.detailed, &environments).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    // A service that throttles or fails is waited out as long as a change that propagates, and never shorter than by `plan`.
    let limits = &mut run.access.limits;
    *limits = limits.retrying_for(arguments.patience.max(limits.retry));
    run.choices.applies = true;
    let environments: Vec<Arc<Resolved>> = environments.into_iter().map(Arc::new).collect();
    let (surveyed, views) = run.survey(&environments, &stop).await;
    let output = Reporter {
        format: arguments.output.format,
        cancelled: std::sync::Once::new(),
    };
    let planned = output.plan(view::Run::new(views, run.is_sandbox()), arguments);
    let consent = match stop.requested() {
        Some(signal) => Err(signal),
        None => consent::ask(arguments, &surveyed, &stop).await,
    };
    // Who was asked to stop asks nobody any more, and every environment says that nothing was written to it.
    let consent = consent.unwrap_or_else(|_| vec![Consent::Cancelled; surveyed.len()]);
    let mut ends = Vec::new();
    for (one, consent) in surveyed.into_iter().zip(consent) {
        let applying = Applying {
            run: &run,
            arguments,
            stop: &stop,
            output: &output,
        };
        let end = match stop.requested() {
            Some(signal) if one.result.is_ok() => End::interrupted(signal, &arguments.again()),
            _ => applying.environment(&one, consent).await,
        };
        output.ended(one.spec.desired.scope.environment.as_str(), &end);
        ends.push(end.exit());
    }
    let exit = exit_of_run(&stop, ends.iter().copied());
    output.summary(planned, &ends, exit);
    run.finish().await;
    exit
}
