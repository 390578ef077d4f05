//! Asks for what is not covered by options; where nobody can be asked, the answer is no.

use super::Arguments;
use crate::cli::ask;
use crate::cli::survey::{Surveyed, obstacle};
use crate::exit::Exit;
use crate::interrupt::{Signal, Stop};

/// What the caller agreed to, for one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    Refused,
    Impossible,
}

/// Asks for what is not covered by options, once for all that is safe and by name for every risk.
pub(super) async fn ask(
    arguments: &Arguments,
    surveyed: &[Surveyed],
    stop: &Stop,
) -> Result<Vec<Consent>, Signal> {
    let outlines = surveyed.iter().filter_map(|one| one.result.as_ref().ok());
    let ready = outlines.filter(|outline| obstacle(outline) == Exit::Done);
    let calls: usize = ready.map(|outline| outline.calls).sum();
    let safe = if calls == 0 || arguments.yes {
        Consent::Given
    } else if !ask::is_possible() {
        Consent::Impossible
    } else {
        let plural = if calls == 1 { "call" } else { "calls" };
        let question = format!("Send {calls} {plural}? Only `yes` is taken for yes:");
        given(ask::answer_is(&question, "yes", stop).await?)
    };
    let mut consents = Vec::new();
    for one in surveyed {
        consents.push(if safe == Consent::Given {
            risks(arguments, one, stop).await?
        } else {
            safe
        });
    }
    Ok(consents)
}

fn given(yes: bool) -> Consent {
    if yes {
        Consent::Given
    } else {
        Consent::Refused
    }
}

async fn risks(arguments: &Arguments, one: &Surveyed, stop: &Stop) -> Result<Consent, Signal> {
    let Ok(outline) = &one.result else {
        return Ok(Consent::Given);
    };
    let refused = outline.refused(&arguments.allowed);
    if refused.is_empty() || obstacle(outline) != Exit::Done {
        return Ok(Consent::Given);
    }
    if arguments.yes || !ask::is_possible() {
        return Ok(Consent::Impossible);
    }
    let name = one.spec.desired.scope.environment.as_str();
    let question = format!(
        "{name} has {} risks that are not allowed (see above). Type `{name}` to take them:",
        refused.len()
    );
    Ok(given(ask::answer_is(&question, name, stop).await?))
}
