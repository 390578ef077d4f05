//! Texts that are YAML, and not what their author meant: typographic quotes and blanks, items under a text, anchors that name nothing.

use std::ops::Range;

use super::in_quotes;
use super::words::meant_length;
use crate::yaml::problem::Problem;
use crate::yaml::source::Source;
use crate::yaml::tree::{Node, Value};

/// Returns what is wrong in the tree of a file.
pub(crate) fn check(source: &Source, root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    visit(source, root, false, &mut problems);
    problems
}

fn visit(source: &Source, node: &Node, is_key: bool, problems: &mut Vec<Problem>) {
    match &node.value {
        Value::Text(_) if is_plain(source, node) => problems.extend(plain(source, node, is_key)),
        Value::Null => problems.extend(anchor(source, node)),
        Value::Sequence(items) => items
            .iter()
            .for_each(|item| visit(source, item, false, problems)),
        Value::Mapping(entries) => {
            for entry in entries {
                visit(source, &entry.key, true, problems);
                visit(source, &entry.value, false, problems);
            }
        }
        Value::Text(_) | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text stands without quotes, and here: an alias repeats one from elsewhere.
fn is_plain(source: &Source, node: &Node) -> bool {
    let text = source.text().get(node.source.clone()).unwrap_or_default();
    node.span == node.source && !text.starts_with(['"', '\'', '|', '>', '!'])
}

fn plain(source: &Source, node: &Node, is_key: bool) -> Option<Problem> {
    let text = source.text().get(node.span.clone())?;
    if let Some(problem) = odd_blank(source, &node.span) {
        return Some(problem);
    }
    let first = text.chars().next()?;
    if "“”„‟‘’‚‛«»‹›".contains(first) {
        let bare = text.trim_matches(|c: char| "“”„‟‘’‚‛«»‹›".contains(c));
        let start = node.span.start + text.find(bare).unwrap_or(0);
        let help = in_quotes(source, &(start..start + bare.len()));
        let problem = Problem::error(&node.span, "typographic quotes do not quote a text");
        return Some(
            problem
                .label("YAML takes them for a part of the text")
                .help(help),
        );
    }
    if is_key && text.starts_with("//") {
        let problem = Problem::error(&node.span, "a comment begins with # in YAML");
        return Some(
            problem
                .label("YAML takes this for a key")
                .help("write # in place of //"),
        );
    }
    item_below(node, text)
}

/// An item of a list below a text, which YAML takes for more of the text.
fn item_below(node: &Node, text: &str) -> Option<Problem> {
    let mut start = node.span.start;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_start();
        if index > 0 && (bare.starts_with("- ") || bare.trim_end() == "-") {
            let at = start + (line.len() - bare.len());
            let length = bare.trim_end().len();
            let problem = Problem::error(&(at..at + length), "an item of a list below a text");
            return Some(
                problem
                    .label("YAML takes it for more of the text")
                    .also(
                        &(node.span.start
                            ..node.span.start + text.lines().next().unwrap_or_default().len()),
                        "this text",
                    )
                    .help("remove the text above to keep the list, or remove the item"),
            );
        }
        start += line.len();
    }
    None
}

/// A blank that YAML takes for a letter, or a character without width.
pub(crate) fn odd_blank(source: &Source, span: &Range<usize>) -> Option<Problem> {
    let text = source.text().get(span.clone())?;
    let odd = |c: char| {
        matches!(
            c,
            '\u{a0}' | '\u{2000}'
                ..='\u{200d}' | '\u{202f}' | '\u{205f}' | '\u{2060}' | '\u{3000}' | '\u{feff}'
        )
    };
    let at = span.start + text.find(odd)?;
    let c = source.text().get(at..)?.chars().next()?;
    let wide = !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let (title, help) = match wide {
        true => (
            "a special space in place of an ordinary one",
            "replace it with a space",
        ),
        false => ("a character without width", "remove it"),
    };
    let label = format!(
        "U+{:04X}, as pasted from a web page; YAML takes it for a letter",
        u32::from(c)
    );
    Some(
        Problem::error(&(at..at + c.len_utf8()), title)
            .label(label)
            .help(help),
    )
}

/// An anchor without a value: `indices: &x`.
fn anchor(source: &Source, node: &Node) -> Option<Problem> {
    let line = source.line(source.line_of(node.span.start))?;
    let before = source.text().get(line.start..node.span.start)?.trim_end();
    let at = line.start
        + before
            .rfind([' ', '\t', '[', '{', ','])
            .map_or(0, |at| at + 1);
    let rest = source.text().get(at..line.end)?;
    if !rest.starts_with('&') {
        return None;
    }
    let span = at..at + meant_length(rest, before.contains(['[', '{']));
    let problem = Problem::error(&span, "a text that needs quotes");
    Some(
        problem
            .label("YAML takes a text that begins with & for an anchor")
            .help(in_quotes(source, &span)),
    )
}

/// Returns the help about a key whose value begins with `#`, which begins a comment.
pub(crate) fn comment_after(source: &Source, key: &Range<usize>) -> Option<String> {
    let line = source.line(source.line_of(key.start))?;
    let rest = source.text().get(key.end..line.end)?;
    let at = key.end + rest.find(": #")? + 2;
    let text = source.text().get(at..line.end)?;
    // A comment has a blank after its sign.
    if text.starts_with("# ") || text.len() < 2 {
        return None;
    }
    let span = at..at + text.trim_end().len();
    Some(format!("# begins a comment; {}", in_quotes(source, &span)))
}
