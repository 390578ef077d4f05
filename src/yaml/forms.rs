//! How a value is typed where something else stands: the mapping form of a key, a list, an empty text.

use super::mistyped::quoted;
use super::schema::{Shape, Table};
use super::tree::{Node, Value};

/// Returns how a key whose value is a mapping is typed, with what was written in the place where it was probably meant to go. `file` holds
/// the rows of the whole file.
pub(crate) fn mapping(file: &'static Table, path: &str, node: &Node) -> Option<String> {
    let text = match &node.value {
        Value::Text(text) | Value::Number(text) if text.len() <= 200 => Some(text.as_str()),
        _ => None,
    };
    let name = path.rsplit('.').find(|part| *part != "*").unwrap_or(path);
    if let Some(table) = file.all().into_iter().find(|table| table.path == path) {
        let inside = (table.form)(text)?;
        if path.ends_with('*') {
            return Some(format!("- {inside}"));
        }
        return Some(match file.row(path).map(|row| &row.shape) {
            Some(Shape::List(_)) => format!("{name}: [{{{inside}}}]"),
            Some(Shape::Either([Shape::Word([word]), _])) if text.is_none() => {
                format!("{name}: {word}` or `{name}: {{{inside}}}")
            }
            _ => format!("{name}: {{{inside}}}"),
        });
    }
    let inside = match &file.row(path)?.shape {
        Shape::Texts => "KEY: VALUE",
        Shape::Named(_, example) => example,
        _ => return None,
    };
    Some(format!("{name}: {{{inside}}}"))
}

/// Returns how a list is typed in whose place something else stands.
pub(crate) fn list(file: &'static Table, what: &str, node: &Node) -> Option<String> {
    let name = what.trim_matches('`');
    let whole = |row: &str| {
        let shape = &file.row(row)?.shape;
        let of_mappings = matches!(shape, Shape::List(Shape::Mapping(_)));
        of_mappings.then(|| mapping(file, row, node)).flatten()
    };
    // A list in a step is named by its key alone.
    let steps = file
        .all()
        .into_iter()
        .filter(|table| table.path.contains('*'));
    let path = steps
        .map(|table| table.path_of(name))
        .find(|path| file.row(path).is_some())
        .unwrap_or_else(|| name.to_owned());
    if let Some(form) = whole(&path) {
        return Some(format!("write `{form}`"));
    }
    match (&node.value, name) {
        (Value::Mapping(_), _) => Some(
            "write a dash and a space before its first key, and indent the others as that key"
                .to_owned(),
        ),
        (Value::Text(text), name) => Some(match of_named(file, name) {
            Some(table) => {
                let item = (table.form)(Some(text))?;
                format!("write it as a list: [{{{item}}}]")
            }
            None => format!("write it as a list: [{}]", typed(text)),
        }),
        _ => None,
    }
}

/// Returns the mapping whose list a name of the author's own holds, such as the steps of `workflows.nightly`.
fn of_named(file: &'static Table, path: &str) -> Option<&'static Table> {
    let (parent, name) = path.split_once('.')?;
    match &file.row(parent)?.shape {
        Shape::Named(shape, _) if !name.contains('.') => shape.table(),
        _ => None,
    }
}

/// Returns what to do about a key without a value.
pub(crate) fn no_value(file: &'static Table, path: &str, node: &Node) -> String {
    let row = file.row(path);
    let optional = match row.is_some_and(|row| row.required) {
        true => "",
        false => ", or remove the key",
    };
    match mapping(file, path, node) {
        Some(form) => format!("write its keys below it, indented, or write `{form}`{optional}"),
        None if row.is_some_and(|row| row.shape.may_be_empty()) => {
            "write \"\" for an empty text, or remove the key".to_owned()
        }
        None => format!("give it a value{optional}"),
    }
}

/// Returns a text as it is typed: with quotes if it needs them.
pub(crate) fn typed(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !["true", "false", "null", "yes", "no", "on", "off"]
            .contains(&text.to_ascii_lowercase().as_str());
    match is_word || is_duration(text) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// Types a key that holds a name: the last part of an ARN or a URL.
pub(crate) fn named(key: &str, text: Option<&str>) -> String {
    let name = match text.map_or("", last_part) {
        "" => "NAME".to_owned(),
        text => typed(text),
    };
    format!("{key}: {name}")
}

/// The name at the end of an ARN or a URL.
fn last_part(text: &str) -> &str {
    match text.starts_with("arn:") || text.contains("://") {
        true => text
            .trim_end_matches('/')
            .rsplit(['/', ':'])
            .next()
            .unwrap_or(text),
        false => text,
    }
}

/// Returns the text where it is a duration, else the usual one.
pub(crate) fn duration<'t>(text: Option<&'t str>, usual: &'t str) -> &'t str {
    text.filter(|text| is_duration(text)).unwrap_or(usual)
}

/// Returns whether a text is a duration such as `30d`.
pub(crate) fn is_duration(text: &str) -> bool {
    crate::duration::parse(text).is_ok()
}
