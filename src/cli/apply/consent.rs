//! Asks for what is not covered by options; where nobody can be asked, the answer is no.

use super::Arguments;
use crate::cli::ask;
use crate::cli::survey::{Surveyed, obstacle};
use crate::exit::Exit;
use crate::interrupt::{Signal, Stop};
use crate::plan::Outline;

/// What the caller agreed to, for one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    Cancelled,
    Impossible,
}

/// Asks one question for all environments without a risk that is not allowed, and one for each other, answered by typing its name.
pub(super) async fn ask(
    arguments: &Arguments,
    surveyed: &[Surveyed],
    stop: &Stop,
) -> Result<Vec<Consent>, Signal> {
    let risky = |one: &Outline| !one.refused(&arguments.allowed).is_empty();
    let safe: Vec<String> = surveyed
        .iter()
        .filter_map(|one| {
            changes(one)
                .filter(|outline| !risky(outline))
                .map(|outline| told(one, outline))
        })
        .collect();
    let possible = ask::is_possible() && !arguments.yes;
    let mut cancelled = false;
    if possible && !safe.is_empty() {
        let question = format!("Apply {}?", safe.join(" and "));
        cancelled = !ask::is_yes(&question, stop).await?;
    }
    let mut consents = Vec::new();
    for one in surveyed {
        let consent = match changes(one) {
            None => Consent::Given,
            Some(_) if cancelled => Consent::Cancelled,
            Some(outline) if risky(outline) && possible => {
                let question = format!("Apply {}, with the risks above?", told(one, outline));
                let name = one.spec.desired.scope.environment.as_str();
                match ask::is_name(&question, name, stop).await? {
                    true => Consent::Given,
                    false => Consent::Cancelled,
                }
            }
            Some(outline) if risky(outline) => Consent::Impossible,
            Some(_) if arguments.yes || possible => Consent::Given,
            Some(_) => Consent::Impossible,
        };
        consents.push(consent);
    }
    Ok(consents)
}

/// Returns the plan of an environment in which something is to be done and nothing stands in the way.
fn changes(one: &Surveyed) -> Option<&Outline> {
    let outline = one.result.as_ref().ok()?;
    (outline.calls > 0 && obstacle(outline) == Exit::Done).then_some(outline)
}

fn told(one: &Surveyed, outline: &Outline) -> String {
    let changes = match outline.changes {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    format!("{changes} to {}", one.spec.desired.scope.place())
}
