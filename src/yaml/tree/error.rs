//! What the YAML engine says, in words for the author of the file; its own advice is for programmers and never shown.

use serde_saphyr::Location;

use super::{MAX_DEPTH, MAX_NODES, bytes};

/// Title of what no YAML document holds.
pub(crate) const NOT_YAML: &str = "not valid YAML";
/// Message where a key with its value stands in the place of a text.
pub(crate) const NO_VALUE_HERE: &str = "a `key: value` cannot stand here";
const TOO_MUCH: &str = "larger than any spec needs to be";

/// What makes a text no YAML document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SyntaxError {
    /// What kind of mistake it is.
    pub title: &'static str,
    /// What is wrong, in the words of a reader who never heard of the engine.
    pub message: String,
    /// What to do.
    pub help: Option<&'static str>,
    /// First byte that is wrong.
    pub at: usize,
}

impl SyntaxError {
    /// Returns the error for a thread that could not be started or did not come back.
    pub(super) fn unread() -> Self {
        Self {
            title: NOT_YAML,
            message: "it could not be read".to_owned(),
            help: None,
            at: 0,
        }
    }
}

/// Words for what the engine says; its own advice is for programmers.
pub(super) fn describe(text: &str, error: &serde_saphyr::Error) -> SyntaxError {
    use serde_saphyr::Error as E;
    let error = match error.without_snippet() {
        E::AliasError { error, .. } => error.without_snippet(),
        other => other,
    };
    let at = error
        .location()
        .map_or(0, |location| offset(text, location));
    let repeats = "aliases repeat more than 10,000 values";
    let (title, message, help) = match error {
        E::MultipleDocuments { .. } => (
            "more than one document in the file",
            "a second document begins here".to_owned(),
            Some("one file describes one environment: put the other one into a file of its own"),
        ),
        E::Budget { breach, .. } => (TOO_MUCH, breach_text(breach), None),
        E::AliasReplayLimitExceeded { .. }
        | E::AliasReplayCounterOverflow { .. }
        | E::AliasExpansionLimitExceeded { .. }
        | E::AliasReplayStackDepthExceeded { .. } => (TOO_MUCH, repeats.to_owned(), None),
        E::UnsupportedTag { .. } => (
            NOT_YAML,
            "a YAML tag that has no meaning here".to_owned(),
            Some("remove the tag"),
        ),
        E::InvalidScalar { .. } => (
            NOT_YAML,
            "a value that does not fit its YAML tag".to_owned(),
            Some("remove the tag"),
        ),
        other => plain_words(&other.render_with_formatter(&serde_saphyr::UserMessageFormatter)),
    };
    SyntaxError {
        title,
        message,
        help,
        at,
    }
}

/// Drops the position, which is shown anyway, and replaces the few messages that only a YAML author understands.
fn plain_words(message: &str) -> (&'static str, String, Option<&'static str>) {
    let message = message.split(" at line ").next().unwrap_or_default().trim();
    match message {
        "recursion limit exceeded" => (
            TOO_MUCH,
            format!("nested more than {MAX_DEPTH} levels deep"),
            None,
        ),
        "reference to unknown value" => (
            NOT_YAML,
            "an alias of an anchor that is not defined".to_owned(),
            None,
        ),
        "mapping values are not allowed in this context" => {
            let help = "check the indentation, or put the text in quotes";
            (NOT_YAML, NO_VALUE_HERE.to_owned(), Some(help))
        }
        other => match other
            .strip_prefix("unexpected character: `")
            .and_then(|rest| rest.strip_suffix('\''))
        {
            Some(character) => (
                NOT_YAML,
                format!("unexpected character `{character}`"),
                None,
            ),
            None => (NOT_YAML, other.to_owned(), None),
        },
    }
}

/// Returns the byte where a location begins; errors of the scanner know only line and column.
fn offset(text: &str, location: Location) -> usize {
    if location.span().byte_offset().is_some() {
        return bytes(text, location).start;
    }
    let index = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(0);
    let line_start = match index(location.line()) {
        0 => 0,
        skip => text
            .match_indices('\n')
            .nth(skip - 1)
            .map_or(text.len(), |(at, _)| at + 1),
    };
    let line = text.get(line_start..).unwrap_or_default();
    line_start
        + line
            .char_indices()
            .nth(index(location.column()))
            .map_or(line.len(), |(at, _)| at)
}

fn breach_text(breach: &serde_saphyr::budget::BudgetBreach) -> String {
    use serde_saphyr::budget::BudgetBreach as B;
    match breach {
        B::Depth { .. } => format!("nested more than {MAX_DEPTH} levels deep"),
        B::Nodes { .. } | B::Events { .. } => {
            format!("more than {MAX_NODES} values, those that aliases repeat included")
        }
        B::Documents { .. } => "more than one document in the file".to_owned(),
        B::Aliases { .. } | B::Anchors { .. } => "more than 1,000 anchors or aliases".to_owned(),
        _ => "too much text".to_owned(),
    }
}
