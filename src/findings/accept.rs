//! What the spec accepts: an accepted finding stays listed with its reason and no longer counts.

use time::Date;

use super::{Accepted, Code, Finding, Severity};

/// One entry of `accept` in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The code of the finding.
    pub finding: Code,
    /// The resource, as `kind.name`.
    pub resource: String,
    /// A part of the finding's message; none matches every finding of that code and resource.
    pub matching: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Option<Date>,
}

impl Acceptance {
    fn covers(&self, finding: &Finding) -> bool {
        let part = self.matching.as_ref();
        finding.code == self.finding
            && finding.resource == self.resource
            && part.is_none_or(|part| finding.message.contains(part.as_str()))
    }

    fn is_over(&self, today: Option<Date>) -> bool {
        matches!((self.until, today), (Some(until), Some(today)) if until < today)
    }

    fn until(&self) -> Option<String> {
        let date = self.until?;
        let month = u8::from(date.month());
        Some(format!("{:04}-{month:02}-{:02}", date.year(), date.day()))
    }
}

/// Marks what is accepted, says where that is over, and warns of entries that match nothing.
pub(super) fn apply(found: &mut Vec<Finding>, accept: &[Acceptance], today: Option<Date>) {
    let mut unmatched = Vec::new();
    for entry in accept {
        let mut matched = false;
        for finding in found.iter_mut().filter(|finding| entry.covers(finding)) {
            matched = true;
            if !entry.is_over(today) {
                finding.accepted = Some(Accepted {
                    reason: entry.reason.clone(),
                    until: entry.until(),
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
            .find(|entry| entry.covers(finding) && entry.is_over(today))
            .and_then(Acceptance::until);
        if let Some(until) = ended {
            finding.message = format!("{}; accepted until {until}, which is over", finding.message);
        }
    }
    found.extend(unmatched);
}
