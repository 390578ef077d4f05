//! Lines that are indented as no line before them.

use super::Scene;
use crate::counted::counted;
use crate::yaml::problem::Problem;
use crate::yaml::tree::NO_VALUE_HERE;

/// A key, or the dash of an item, that a line begins with.
struct Row<'s> {
    line: usize,
    /// Characters before it.
    indent: usize,
    /// The key, or `-`.
    name: &'s str,
}

impl Row<'_> {
    fn is_item(&self) -> bool {
        self.name == "-"
    }
}

/// Explains a line whose indentation is wrong.
pub(crate) fn explain(scene: &Scene<'_>) -> Option<Problem> {
    let kinds = ["did not find expected", NO_VALUE_HERE];
    if scene.words.in_text || !kinds.iter().any(|kind| scene.says(kind)) {
        return None;
    }
    let rows: Vec<Row<'_>> = (1..=scene.line)
        .flat_map(|line| rows(scene, line))
        .collect();
    let (before, these) = rows.split_at(rows.partition_point(|row| row.line < scene.line));
    let (this, above) = (these.first()?, before.last()?);
    if scene.says("<document start>") {
        let first = before.first().filter(|first| first.indent > this.indent)?;
        let help = format!("begin the line with no space, as `{}`", this.name);
        return Some(problem(
            scene,
            first,
            "indented, and the lines below it are not",
            &help,
        ));
    }
    let levels = levels(before);
    let among_keys = levels
        .iter()
        .any(|row| row.indent == this.indent && !row.is_item());
    let items: Vec<String> = options(&levels, this);
    if this.is_item() && (among_keys || items.is_empty()) {
        let help = "indent it below the key that it belongs to, or write a key and its value";
        return Some(problem(
            scene,
            this,
            "an item of a list cannot stand among keys",
            help,
        ));
    }
    if this.indent > above.indent && !this.is_item() && !above.is_item() {
        let help = format!(
            "begin the line with {}, as `{}`; or remove the value of `{}` where `{}` belongs below it",
            spaces(above.indent),
            above.name,
            above.name,
            this.name
        );
        let label = format!("indented further than `{}`, which has a value", above.name);
        return Some(problem(scene, this, &label, &help));
    }
    let help = format!("begin the line with {}", items.join(", or "));
    (!items.is_empty()).then(|| problem(scene, this, "indented as no line before it", &help))
}

/// Returns the keys that the line of the error stands below, the outermost first.
pub(crate) fn path<'s>(scene: &Scene<'s>) -> Vec<&'s str> {
    let all: Vec<Row<'_>> = (1..=scene.line)
        .flat_map(|line| rows(scene, line))
        .collect();
    levels(&all).iter().map(|row| row.name).collect()
}

/// Returns the indentations that a row could have, the nearest first.
fn options(levels: &[&Row<'_>], this: &Row<'_>) -> Vec<String> {
    levels
        .iter()
        .rev()
        .filter(|row| row.indent != this.indent && row.is_item() == this.is_item())
        .map(|row| {
            let word = if row.is_item() { "the item" } else { row.name };
            let name = if row.is_item() {
                word.to_owned()
            } else {
                format!("`{word}`")
            };
            format!("{} (as {name} in line {})", spaces(row.indent), row.line)
        })
        .collect()
}

fn problem(scene: &Scene<'_>, row: &Row<'_>, label: &str, help: &str) -> Problem {
    let start = scene.source.line(row.line).unwrap_or_default().start;
    let at = start + row.indent;
    Problem::error(&(at..at + row.name.len()), "wrong indentation")
        .label(label)
        .help(help)
}

fn spaces(count: usize) -> String {
    match count {
        0 => "no space".to_owned(),
        count => counted(count as u64, "space", "spaces"),
    }
}

/// Returns the rows that the next line could go on with, the outermost first.
fn levels<'r, 's>(rows: &'r [Row<'s>]) -> Vec<&'r Row<'s>> {
    let mut levels: Vec<&Row<'_>> = Vec::new();
    for row in rows {
        levels.retain(|level| level.indent < row.indent);
        levels.push(row);
    }
    levels
}

/// Returns the dash and the key that a line begins with.
fn rows<'s>(scene: &Scene<'s>, line: usize) -> Vec<Row<'s>> {
    let text = scene.line_text(line);
    let bare = text.trim_start_matches(' ');
    let indent = text.len() - bare.len();
    if bare.trim().is_empty() || bare.starts_with('#') || bare.starts_with("---") {
        return Vec::new();
    }
    let is_item = bare.trim_end() == "-" || bare.starts_with("- ");
    let after = if is_item {
        bare.trim_start_matches([' ', '-'])
    } else {
        bare
    };
    let key = Row {
        line,
        indent: text.len() - after.len(),
        name: after.split(':').next().unwrap_or_default().trim_end(),
    };
    let has_key = after.contains(": ") || after.trim_end().ends_with(':');
    let item = Row {
        line,
        indent,
        name: "-",
    };
    match (is_item, has_key) {
        (true, true) => vec![item, key],
        (true, false) => vec![item],
        (false, _) => vec![key],
    }
}
