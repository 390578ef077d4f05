//! The problems of specs for programs; the line itself is left out, since only people need it to find the place.

use serde::Serialize;

use crate::spec::{Diagnostic, Severity};

/// One problem of a spec.
#[derive(Debug, Serialize)]
pub struct Problem<'p> {
    severity: &'static str,
    title: &'p str,
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    label: &'p str,
    help: Option<&'p str>,
}

impl<'p> Problem<'p> {
    /// The view of a problem.
    pub fn of(diagnostic: &'p Diagnostic) -> Self {
        let place = &diagnostic.place;
        let whole = place.line == 0;
        Self {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            title: &diagnostic.title,
            file: place.file.display().to_string(),
            line: (!whole).then_some(place.line),
            column: (!whole).then_some(place.column),
            label: &place.label,
            help: diagnostic.help.as_deref(),
        }
    }
}
