//! `esbackup indices`: one file per command.

pub(super) mod delete;
mod list;

use clap::Subcommand;

pub(super) use list::all as list_all;

use crate::cli::act::Acting;
use crate::exit::Exit;

/// The commands about indices.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the indices, each with the newest successful snapshot that holds it
    List(list::Arguments),
    /// Delete indices by their exact names
    Delete(delete::Arguments),
}

impl Command {
    /// Returns the options of a command that asks.
    pub(super) fn acting(&mut self) -> Option<&mut Acting> {
        match self {
            Command::List(_) => None,
            Command::Delete(arguments) => Some(&mut arguments.acting),
        }
    }

    /// Checks what the parser does not; nothing is read.
    ///
    /// # Errors
    /// Why the command would refuse its own words.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Command::List(_) => Ok(()),
            Command::Delete(arguments) => arguments.template().map(drop),
        }
    }
}

/// Runs one of them.
pub(super) async fn run(command: &Command) -> Exit {
    match command {
        Command::List(arguments) => list::run(arguments).await,
        Command::Delete(arguments) => delete::run(arguments).await,
    }
}
