//! `esbackup validate`: checks specs with no network.

use clap::Args;
use serde_json::json;

use crate::cli::options::{Format, Output, Place, Specs, Unusable};
use crate::cli::print::{print, print_event};
use crate::exit::Exit;
use crate::report::problems::Problem;
use crate::spec::Resolved;

/// The options of validate.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Checks the specs.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let Arguments {
        specs,
        output,
        place,
    } = arguments;
    match output.format {
        Format::Human => human(specs, place),
        Format::Json => machine(specs, place),
    }
}

fn human(specs: &Specs, place: &Place) -> Exit {
    let desired = match specs.check(place, super::run::problems) {
        Ok(desired) => desired,
        Err(exit) => return exit,
    };
    let names: Vec<&str> = desired.iter().map(Resolved::name).collect();
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
    Exit::Done
}

/// The same as one object, the problems of wrong specs included.
fn machine(specs: &Specs, place: &Place) -> Exit {
    let (names, problems, exit) = match specs.examine_with(place, super::run::problems) {
        Ok((specs, warnings)) => {
            let names = specs.iter().map(|spec| spec.name.to_string()).collect();
            (names, warnings, Exit::Done)
        }
        Err(Unusable::Problems(problems)) => (Vec::new(), problems, Exit::Invalid),
        Err(Unusable::Told(exit)) => return exit,
    };
    let problems: Vec<Problem<'_>> = problems.iter().map(Problem::of).collect();
    print_event(&json!({
        "valid": exit == Exit::Done, "environments": names, "problems": problems,
    }));
    exit
}
