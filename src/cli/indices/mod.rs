//! `esbackup indices`: one file per command.

pub mod delete;
mod list;

use clap::Subcommand;

pub use list::all as list_all;

use crate::exit::Exit;

/// The commands about indices.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists the indices, each with the newest complete snapshot that holds it.
    List(list::Arguments),
    /// Deletes indices by their exact names.
    Delete(delete::Arguments),
}

/// Runs one of them.
pub async fn run(command: &Command) -> Exit {
    match command {
        Command::List(arguments) => list::run(arguments).await,
        Command::Delete(arguments) => delete::run(arguments).await,
    }
}
