//! A problem while its place is still a range of bytes; it never holds the text itself.

use std::ops::Range;

use super::diagnostic::{Diagnostic, Severity};
use super::source::Source;
use crate::outlet::safe::shown;
use crate::trust::{Grant, Want};

/// A problem at a place of the text.
#[derive(Debug)]
pub(crate) struct Problem {
    severity: Severity,
    span: Range<usize>,
    title: String,
    label: String,
    help: Option<String>,
    related: Vec<(Range<usize>, String)>,
    grant: Option<(Grant, String)>,
}

impl Problem {
    /// Returns an error at a place.
    pub(crate) fn error(span: &Range<usize>, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span: span.clone(),
            title: title.into(),
            label: String::new(),
            help: None,
            related: Vec::new(),
            grant: None,
        }
    }

    /// Returns the error about something that is not trusted.
    pub(crate) fn untrusted(span: &Range<usize>, want: Want) -> Self {
        Self {
            help: Some(want.grant.hint()),
            grant: Some((want.grant, want.would)),
            ..Self::error(span, want.title).label(want.label)
        }
    }

    /// Returns a warning at a place.
    pub(crate) fn warning(span: &Range<usize>, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, title)
        }
    }

    /// Says what is wrong beside the line.
    pub(crate) fn advice(span: &Range<usize>, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Advice,
            ..Self::error(span, title)
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where that is known.
    pub(crate) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Points at another place that belongs to it.
    pub(crate) fn also(mut self, span: &Range<usize>, label: impl Into<String>) -> Self {
        self.related.push((span.clone(), label.into()));
        self
    }

    /// Returns the first byte that is meant.
    pub(crate) fn start(&self) -> usize {
        self.span.start
    }

    /// Returns how bad it is.
    pub(crate) fn severity(&self) -> Severity {
        self.severity
    }

    /// Turns byte ranges into lines and columns.
    pub(crate) fn locate(&self, source: &Source) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            title: shown(&self.title),
            place: source.place(&self.span, shown(&self.label)),
            related: self
                .related
                .iter()
                .map(|(span, label)| source.place(span, shown(label)))
                .collect(),
            help: self.help.as_deref().map(shown),
            grant: self.grant.clone(),
        }
    }
}
