//! Findings for people: a line each with its message and its hint, dangers first. Pure.

use anstyle::{AnsiColor, Style};

use crate::counted;
use crate::outlet::safe;
use crate::report::view::FindingView;

const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// Findings as lines of an environment.
#[must_use]
pub(crate) fn lines(findings: &[FindingView]) -> String {
    findings.iter().map(one).collect()
}

fn one(finding: &FindingView) -> String {
    let style = match (finding.accepted, finding.severity) {
        (false, "danger") => RED,
        (false, "warning") => YELLOW,
        _ => DIM,
    };
    let accepted = if finding.accepted { "accepted " } else { "" };
    let (severity, code) = (finding.severity, finding.code);
    let (resource, message) = (safe::line(&finding.resource), safe::line(&finding.message));
    let last = match &finding.reason {
        Some(reason) => {
            let until = finding.until.iter();
            let until: String = until
                .map(|day| format!(", until {}", safe::line(day)))
                .collect();
            format!("reason: {}{until}", safe::line(reason))
        }
        None => format!("hint: {}", safe::line(&finding.hint)),
    };
    format!(
        "  {style}{accepted}{severity} {code}{style:#} {resource}\n      {message}\n      {last}\n"
    )
}

/// Number of dangers in words, such as `1 danger`; none where there is none.
#[must_use]
pub(crate) fn dangers(findings: &[FindingView]) -> Option<String> {
    count(findings.iter().filter(|one| one.is_danger()).count())
}

/// A number of dangers in words; none for zero.
#[must_use]
pub(crate) fn count(dangers: usize) -> Option<String> {
    (dangers > 0).then(|| counted::counted(dangers as u64, "danger", "dangers"))
}
