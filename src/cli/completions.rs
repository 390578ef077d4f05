//! `esbackup completions`: the words and options of esbackup, for a shell to complete.

use clap::Args;
use clap_complete::Shell;

use crate::cli::help;
use crate::cli::print::print;
use crate::exit::Exit;

/// The options of completions.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Shell to complete in
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Prints them.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut help::command(), "esbackup", &mut text);
    print(&String::from_utf8_lossy(&text));
    Exit::Done
}
