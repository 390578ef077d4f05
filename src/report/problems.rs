//! The problems of specs for programs; the line itself is left out, since only people need it to find the place.

use serde::Serialize;

use crate::yaml::{Diagnostic, Place, Severity};

/// One problem of a spec.
#[derive(Debug, Serialize)]
pub(crate) struct Problem<'p> {
    severity: &'static str,
    title: &'p str,
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    label: &'p str,
    help: Option<&'p str>,
    related: Vec<Related<'p>>,
}

/// Another place that a problem is about, such as the first of two equal keys.
#[derive(Debug, Serialize)]
struct Related<'p> {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    label: &'p str,
}

/// File, line and column of a place; a whole file has no line.
fn at(place: &Place) -> (String, Option<usize>, Option<usize>) {
    let whole = place.line == 0;
    let file = place.file.display().to_string();
    (
        file,
        (!whole).then_some(place.line),
        (!whole).then_some(place.column),
    )
}

impl<'p> Problem<'p> {
    /// The view of a problem.
    pub(crate) fn of(diagnostic: &'p Diagnostic) -> Self {
        let (file, line, column) = at(&diagnostic.place);
        Self {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning | Severity::Advice => "warning",
            },
            title: &diagnostic.title,
            file,
            line,
            column,
            label: &diagnostic.place.label,
            help: diagnostic.help.as_deref(),
            related: diagnostic.related.iter().map(Related::of).collect(),
        }
    }
}

impl<'p> Related<'p> {
    fn of(place: &'p Place) -> Self {
        let (file, line, column) = at(place);
        Self {
            file,
            line,
            column,
            label: &place.label,
        }
    }
}
