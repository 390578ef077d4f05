//! `esbackup validate`: checks specs with no network.

use clap::Args;
use serde_json::json;

use crate::cli::options::{Format, Output, Specs, print};
use crate::exit::Exit;
use crate::report::json;

/// The options of validate.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    output: Output,
    /// Changes nothing: specs are checked without any network. Accepted, so that every command takes it.
    #[arg(long)]
    sandbox: bool,
}

/// Checks the specs.
pub fn run(arguments: &Arguments) -> Exit {
    let Arguments {
        specs,
        output,
        sandbox: _,
    } = arguments;
    let desired = match specs.load() {
        Ok(desired) => desired,
        Err(exit) => return exit,
    };
    let names: Vec<&str> = desired
        .iter()
        .map(|one| one.scope.environment.as_str())
        .collect();
    match output.format {
        Format::Json => print(&json::event(&json!({"valid": true, "environments": names}))),
        Format::Human => {
            let plural = if names.len() == 1 {
                "environment"
            } else {
                "environments"
            };
            print(&format!(
                "Valid: {} {plural} ({}).\n",
                names.len(),
                names.join(", ")
            ));
        }
    }
    Exit::Done
}
