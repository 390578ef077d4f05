//! The command line: one file per command.

mod act;
mod allow;
mod apply;
mod ask;
mod completions;
mod drift;
mod events;
mod explain;
mod failed;
mod help;
mod indices;
mod open;
pub(crate) mod options;
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
mod tips;
mod trust;
mod validate;
mod verify;

#[doc(hidden)]
pub use help::{command, exit_codes};

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::cli::print::{err, print};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::outlet::sink;

/// Plan and apply for the manual snapshots of Amazon OpenSearch and Elasticsearch domains
#[derive(Debug, Parser)]
#[command(
    name = "esbackup",
    version = concat!(env!("CARGO_PKG_VERSION"), env!("ESBACKUP_BUILD_SUFFIX")),
    disable_help_flag = true
)]
struct Arguments {
    #[command(flatten)]
    shown: Shown,
    #[command(subcommand)]
    command: Command,
}

/// How all commands show what they print.
#[derive(Debug, Args)]
struct Shown {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Print no progress and no notes; errors and warnings stay
    #[arg(short, long, global = true)]
    quiet: bool,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always, also in a pipe.
    Always,
    /// Never.
    Never,
}

impl Shown {
    fn start(&self) {
        let color = match self.color {
            Color::Auto => None,
            Color::Always => Some(true),
            Color::Never => Some(false),
        };
        sink::start(color, self.quiet);
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check specs without any network
    Validate(validate::Arguments),
    /// Show what apply would do; writes nothing
    Plan(plan::Arguments),
    /// Show the plan, ask, then do exactly that
    Apply(apply::Arguments),
    /// Check whether anything differs from the specs; writes nothing
    Drift(drift::Arguments),
    /// Take, list, show, delete, prune and wait for snapshots
    #[command(subcommand)]
    Snapshot(snapshot::Command),
    /// Restore indices of a snapshot, and wait until they are complete and counted
    Restore(restore::Arguments),
    /// List and delete indices
    #[command(subcommand)]
    Indices(indices::Command),
    /// Check that backups are registered, reachable, complete and restorable
    Verify(verify::Arguments),
    /// Run a workflow of the spec, one step after the other
    Run(run::Arguments),
    /// Compare the newest successful snapshot with the objectives; writes nothing
    Status(status::Arguments),
    /// Explain a finding and what to do about it
    Explain(explain::Arguments),
    /// Print the JSON Schema of a spec
    Schema,
    /// Serve a local stand-in for AWS accounts and their domains
    Sandbox(sandbox::Arguments),
    /// Print the completions of a shell
    Completions(completions::Arguments),
}

/// Checks the words of a command line without running it; for tests of the commands that are printed.
///
/// # Errors
/// Why the command line is refused.
#[doc(hidden)]
pub fn takes(words: &[String]) -> Result<(), String> {
    let parsed = parse(words).map_err(|error| error.to_string())?;
    parsed.command.check()
}

/// Reads a command line.
fn parse<T: Into<std::ffi::OsString> + Clone>(
    words: impl IntoIterator<Item = T>,
) -> Result<Arguments, clap::Error> {
    let mut matches = help::command().try_get_matches_from(words)?;
    Arguments::from_arg_matches_mut(&mut matches)
}

/// Runs a command line and says how it ended.
pub async fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Exit {
    let arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let error = tips::told(error);
            let wanted = !error.use_stderr();
            let text = format!("{}\n", error.render().to_string().trim_end());
            match wanted {
                true => print(&text),
                false => err(&text),
            }
            return if wanted { Exit::Done } else { Exit::Usage };
        }
    };
    arguments.shown.start();
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
            | Command::Sandbox(_)
            | Command::Completions(_) => Ok(()),
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
            | Command::Schema
            | Command::Completions(_) => None,
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
            | Command::Completions(_)
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
        Command::Completions(arguments) => completions::run(arguments),
    }
}

/// Complains about the command line.
fn usage(text: &str) -> Exit {
    err(&format!("error: {text}\n"));
    Exit::Usage
}
