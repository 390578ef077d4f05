//! The command line: one file per command.

mod act;
mod apply;
mod ask;
mod drift;
mod events;
mod explain;
mod failed;
mod indices;
mod open;
pub mod options;
mod plan;
mod print;
mod record;
mod restore;
mod run;
mod sandbox;
mod schema;
mod snapshot;
mod status;
mod stopped;
mod survey;
#[cfg(test)]
mod tests;
mod trust;
mod validate;
mod verify;

use clap::{Parser, Subcommand};

use crate::cli::print::{err, print};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::outlet::sink;

/// Plan and apply for the manual snapshots of Amazon OpenSearch and Elasticsearch domains.
///
/// Exit codes: 0 done or nothing to do; 1 failed; 2 differences or a danger found (drift, plan --detailed-exitcode), objective missed or a danger (status); 3 partly done; 4 try again;
/// 5 stale plan or another run interfered; 6 refused by a guard or blocked; 64 usage; 65 invalid spec; 77 permission denied, expired
/// credentials or wrong account; 130 and 143 for signals.
#[derive(Debug, Parser)]
#[command(
    name = "esbackup",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks specs without any network.
    Validate(validate::Arguments),
    /// Shows what apply would do; writes nothing.
    Plan(plan::Arguments),
    /// Shows the plan, asks, then does exactly that.
    Apply(apply::Arguments),
    /// Tells whether anything differs from the specs (exit code 2); writes nothing.
    Drift(drift::Arguments),
    /// Takes, lists, shows, awaits, deletes and prunes snapshots.
    #[command(subcommand)]
    Snapshot(snapshot::Command),
    /// Restores indices of a snapshot, and waits until they are complete and counted.
    Restore(restore::Arguments),
    /// Lists and deletes indices.
    #[command(subcommand)]
    Indices(indices::Command),
    /// Checks that backups are registered, reachable, complete and restorable (exit code 3 when not).
    Verify(verify::Arguments),
    /// Runs a workflow of the spec: its steps one after the other.
    Run(run::Arguments),
    /// Tells how old the last good snapshot is, against the objectives (exit code 2); writes nothing.
    Status(status::Arguments),
    /// Says what a finding means and what to do about it.
    Explain(explain::Arguments),
    /// Print the JSON Schema of a spec
    Schema,
    /// Serves a local stand-in for AWS accounts and their domains.
    Sandbox(sandbox::Arguments),
}

/// Checks the words of a command line without running it; for tests of the commands that are printed.
///
/// # Errors
/// Why the command line is refused.
#[doc(hidden)]
pub fn takes(words: &[String]) -> Result<(), String> {
    let parsed = Arguments::try_parse_from(words).map_err(|error| error.to_string())?;
    parsed.command.check()
}

/// Runs a command line and says how it ended.
pub async fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let wanted = !error.use_stderr();
            let text = error.render();
            match wanted {
                true => print(&text.to_string()),
                false => err(&text.to_string()),
            }
            return if wanted { Exit::Done } else { Exit::Usage };
        }
    };
    let stop = Stop::listen();
    let exit = signalled(&arguments, &stop).await;
    told(exit)
}

/// Runs a command. One that only reads ends at the first signal; one that writes ends by itself, and the signal is told by its exit code
/// although nothing was left to stop: whatever was to come after it must not.
async fn signalled(arguments: &Arguments, stop: &Stop) -> Exit {
    let exit = if arguments.command.only_reads() {
        let ended = stop.unless_asked(Box::pin(dispatch(arguments))).await;
        ended.unwrap_or_else(stopped::interrupted)
    } else {
        Box::pin(dispatch(arguments)).await
    };
    match stop.requested() {
        Some(signal) if exit == Exit::Done => {
            err("ended by a signal; all that was asked for was done by then\n");
            signal.exit()
        }
        Some(signal) => signal.exit(),
        None => exit,
    }
}

/// A result that nobody could read is no success: a job must not take an empty file for one.
fn told(exit: Exit) -> Exit {
    let Some(why) = sink::lost() else { return exit };
    err(&format!(
        "error: the result could not be written to stdout: {why}\n"
    ));
    match exit {
        Exit::Done | Exit::Differences => Exit::Failed,
        other => other,
    }
}

impl Command {
    /// Checks what the parser does not, of a command that can be a step of a workflow; nothing is read.
    ///
    /// # Errors
    /// Why the command would refuse its own words.
    fn check(&self) -> Result<(), String> {
        match self {
            Command::Snapshot(command) => command.check(),
            Command::Indices(command) => command.check(),
            Command::Verify(arguments) => arguments.asked().map(drop),
            Command::Restore(arguments) => arguments.check(),
            Command::Validate(_)
            | Command::Plan(_)
            | Command::Apply(_)
            | Command::Drift(_)
            | Command::Run(_)
            | Command::Status(_)
            | Command::Explain(_)
            | Command::Schema
            | Command::Sandbox(_) => Ok(()),
        }
    }

    /// Returns the options of a command that asks, and that can be a step of a workflow.
    fn acting(&mut self) -> Option<&mut act::Acting> {
        match self {
            Command::Snapshot(command) => command.acting(),
            Command::Indices(command) => command.acting(),
            Command::Restore(arguments) => Some(&mut arguments.acting),
            Command::Validate(_)
            | Command::Plan(_)
            | Command::Apply(_)
            | Command::Drift(_)
            | Command::Verify(_)
            | Command::Run(_)
            | Command::Status(_)
            | Command::Explain(_)
            | Command::Sandbox(_)
            | Command::Schema => None,
        }
    }

    /// Whether it changes nothing anywhere, so that it can be ended at any time.
    fn only_reads(&self) -> bool {
        match self {
            Command::Validate(_)
            | Command::Plan(_)
            | Command::Drift(_)
            | Command::Status(_)
            | Command::Explain(_)
            | Command::Schema
            | Command::Indices(indices::Command::List(_))
            | Command::Snapshot(snapshot::Command::List(_) | snapshot::Command::Show(_)) => true,
            Command::Apply(_)
            | Command::Snapshot(_)
            | Command::Indices(_)
            | Command::Verify(_)
            | Command::Restore(_)
            | Command::Run(_)
            | Command::Sandbox(_) => false,
        }
    }
}

/// Runs a command that was understood.
async fn dispatch(arguments: &Arguments) -> Exit {
    match &arguments.command {
        Command::Validate(arguments) => validate::run(arguments),
        Command::Plan(arguments) => plan::run(arguments).await,
        Command::Apply(arguments) => apply::run(arguments).await,
        Command::Drift(arguments) => drift::run(arguments).await,
        Command::Snapshot(command) => snapshot::run(command).await,
        Command::Indices(command) => indices::run(command).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::Restore(arguments) => restore::run(arguments).await,
        Command::Run(arguments) => run::run(arguments).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::Explain(arguments) => explain::run(arguments),
        Command::Schema => schema::run(),
        Command::Sandbox(arguments) => sandbox::run(arguments).await,
    }
}

/// Complains about the command line.
fn usage(text: &str) -> Exit {
    err(&format!("error: {text}\n"));
    Exit::Usage
}
