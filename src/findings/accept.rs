//! What the spec accepts: an accepted finding stays listed with its reason and no longer counts.

use time::Date;

use super::{Accepted, Code, Finding, Severity};
use crate::spec::Acceptance;

fn covers(entry: &Acceptance, finding: &Finding) -> bool {
    let part = entry.matching.as_ref();
    finding.code == entry.finding
        && finding.resource == entry.resource
        && part.is_none_or(|part| finding.message.contains(part.as_str()))
}

fn is_over(entry: &Acceptance, today: Option<Date>) -> bool {
    matches!((entry.until, today), (Some(until), Some(today)) if until < today)
}

fn until(entry: &Acceptance) -> Option<String> {
    let date = entry.until?;
    let month = u8::from(date.month());
    Some(format!("{:04}-{month:02}-{:02}", date.year(), date.day()))
}

/// Marks what is accepted, says where that is over, and warns of entries that match nothing.
pub(super) fn apply(found: &mut Vec<Finding>, accept: &[Acceptance], today: Option<Date>) {
    let mut unmatched = Vec::new();
    for entry in accept {
        let mut matched = false;
        for finding in found.iter_mut().filter(|finding| covers(entry, finding)) {
            matched = true;
            if !is_over(entry, today) {
                finding.accepted = Some(Accepted {
                    reason: entry.reason.clone(),
                    until: until(entry),
                });
            }
        }
        if !matched {
            unmatched.push(Finding {
                code: Code::UnmatchedAccept,
                severity: Severity::Warning,
                resource: entry.resource.clone(),
                message: format!(
                    "`accept` names {}, and there is no such finding{}",
                    entry.finding,
                    entry
                        .matching
                        .as_ref()
                        .map(|part| format!(" whose message contains `{part}`"))
                        .unwrap_or_default()
                ),
                hint: "remove the entry from `accept`, or correct its resource and match"
                    .to_owned(),
                accepted: None,
                blocks: None,
            });
        }
    }
    for finding in found.iter_mut().filter(|one| one.accepted.is_none()) {
        let ended = accept
            .iter()
            .find(|entry| covers(entry, finding) && is_over(entry, today))
            .and_then(until);
        if let Some(until) = ended {
            finding.message = format!("{}; accepted until {until}, which is over", finding.message);
        }
    }
    found.extend(unmatched);
}
