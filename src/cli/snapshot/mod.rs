//! `esbackup snapshot`: one file per command.

mod delete;
pub(super) mod list;
mod prune;
pub(super) mod show;
mod take;
pub(super) mod wait;

use clap::Subcommand;

use crate::cli::act::Acting;
use crate::exit::Exit;
use crate::failure::{Class, Failure};

/// The commands about snapshots.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take a snapshot and wait for it to end
    Take(take::Arguments),
    /// List the snapshots, newest first
    List(list::Arguments),
    /// Show one snapshot with its shards and failures
    Show(show::Arguments),
    /// Delete snapshots by their exact names
    Delete(delete::Arguments),
    /// Delete snapshots that no rule keeps, and show why for each
    Prune(prune::Arguments),
    /// Wait for a running snapshot to end
    Wait(wait::Arguments),
}

/// Runs one of them.
pub(super) async fn run(command: &Command) -> Exit {
    match command {
        Command::Take(arguments) => take::run(arguments).await,
        Command::List(arguments) => list::run(arguments).await,
        Command::Show(arguments) => show::run(arguments).await,
        Command::Delete(arguments) => delete::run(arguments).await,
        Command::Prune(arguments) => prune::run(arguments).await,
        Command::Wait(arguments) => wait::run(arguments).await,
    }
}

impl Command {
    /// Returns the options of a command that asks.
    pub(super) fn acting(&mut self) -> Option<&mut Acting> {
        match self {
            Command::Take(arguments) => Some(&mut arguments.acting),
            Command::Delete(arguments) => Some(&mut arguments.acting),
            Command::Prune(arguments) => Some(&mut arguments.acting),
            Command::List(_) | Command::Show(_) | Command::Wait(_) => None,
        }
    }

    /// Checks what the parser does not; nothing is read.
    ///
    /// # Errors
    /// Why the command would refuse its own words.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Command::Take(arguments) => arguments.asked().map(drop),
            Command::Prune(arguments) => arguments.check(),
            Command::List(_) | Command::Show(_) | Command::Delete(_) | Command::Wait(_) => Ok(()),
        }
    }
}

/// Reason of engines for a shard that no node has.
const NO_PRIMARY: &str = "primary shard is not allocated";

/// How a snapshot that ended counts: only a complete one is done.
pub(super) fn verdict(snapshot: &crate::data::snapshot::Snapshot) -> Option<Failure> {
    if snapshot.is_good() {
        return None;
    }
    let mut words = vec![crate::report::following::ended(snapshot)];
    words.extend(snapshot.reason.clone());
    words.extend(snapshot.failures.iter().map(|failure| {
        format!(
            "{} shard {}: {}",
            failure.index, failure.shard, failure.reason
        )
    }));
    let unassigned = |words: &String| words.ends_with(NO_PRIMARY);
    let first = match words.iter().any(unassigned) {
        true => "find out with `GET _cluster/allocation/explain` why the shards have no node",
        false => "remove the reason",
    };
    Some(Failure {
        messages: words,
        ..Failure::new(
            Class::Incomplete,
            format!("take snapshot {}", snapshot.name),
            "",
            format!(
                "it is no complete backup: {first}, then take another one: `esbackup snapshot take`"
            ),
        )
    })
}
