//! One problem of a spec and how it is shown: file, line, column and the line itself; a secret is never in it.

use std::path::{Path, PathBuf};

use crate::outlet::visible;
use crate::trust::{Grant, Want};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The spec cannot be used.
    Error,
    /// The spec can be used, but something may not work.
    Warning,
    /// The spec works, and something should be thought about: a warning of `validate` alone, so that no scheduled job repeats it.
    Advice,
}

/// A problem of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: String,
    /// Where.
    pub place: Place,
    /// Other places that belong to it, such as the first of two equal keys.
    pub related: Vec<Place>,
    /// What to do.
    pub help: Option<String>,
    /// What would allow it, and what would happen then, where nothing is wrong but that the operator does not vouch for it.
    pub grant: Option<(Grant, String)>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: PathBuf,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Number of characters that are meant, at least 1.
    pub length: usize,
    /// The line, secrets masked and control characters made visible, one character for each of the file's.
    pub source: String,
    /// Number of characters left out before `source`, where the line is very long.
    pub left_out: usize,
    /// What is wrong there.
    pub label: String,
}

impl Place {
    /// Returns the place of a file as a whole.
    #[must_use]
    pub fn whole(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            length: 0,
            source: String::new(),
            left_out: 0,
            label: String::new(),
        }
    }
}

impl Diagnostic {
    /// Returns an error about a file as a whole.
    #[must_use]
    pub fn about_file(file: &Path, title: impl Into<String>, help: Option<&str>) -> Self {
        Self {
            severity: Severity::Error,
            title: title.into(),
            place: Place::whole(file),
            related: Vec::new(),
            help: help.map(str::to_owned),
            grant: None,
        }
    }

    /// Returns the error about a file that is not trusted.
    #[must_use]
    pub fn untrusted_file(file: &Path, want: Want) -> Self {
        Self {
            help: Some(want.grant.hint()),
            grant: Some((want.grant, want.would)),
            ..Self::about_file(file, want.title, None)
        }
    }
}

/// Shows problems as rustc shows them, an empty line between two.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&renderer.render(&[group(diagnostic)]));
        out.push('\n');
    }
    out
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning | Severity::Advice => Level::WARNING,
    };
    let mut group = show(
        Group::with_title(level.primary_title(diagnostic.title.as_str())),
        &diagnostic.place,
        AnnotationKind::Primary,
    );
    for place in &diagnostic.related {
        group = show(group, place, AnnotationKind::Context);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn show<'a>(group: Group<'a>, place: &'a Place, kind: AnnotationKind) -> Group<'a> {
    let path = place
        .file
        .to_string_lossy()
        .chars()
        .map(visible)
        .collect::<String>();
    if place.line == 0 {
        return group.element(Origin::path(path));
    }
    let byte = |chars: usize| {
        place
            .source
            .char_indices()
            .nth(chars)
            .map_or(place.source.len(), |(at, _)| at)
    };
    let start = place.column.saturating_sub(place.left_out + 1);
    let label = (!place.label.is_empty()).then_some(place.label.as_str());
    let snippet = Snippet::source(place.source.as_str())
        .line_start(place.line)
        .annotation(
            kind.span(byte(start)..byte(start + place.length))
                .label(label),
        );
    if place.left_out == 0 {
        return group.element(snippet.path(path));
    }
    group
        .element(
            Origin::path(path)
                .line(place.line)
                .char_column(place.column),
        )
        .element(snippet)
}
