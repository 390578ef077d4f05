//! The workflows of a spec: lists of steps, each a command with its options under the same names. What a step means is its command's
//! business; here its keys and types are checked, with their lines.

pub(crate) mod keys;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::yaml::diagnostic::Place;
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::reader::Reader;
use crate::yaml::schema::Table;
use crate::yaml::tree::{Node, Value};

/// One workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowSpec {
    /// Its name.
    pub name: String,
    /// Its steps, in order; at least one.
    pub steps: Vec<StepSpec>,
}

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSpec {
    /// Which command it is.
    pub kind: StepKind,
    /// What the command is about: the new snapshot's name, the snapshot, the indices.
    pub subjects: Vec<String>,
    /// Its options, as the command line takes them: `--partial`, `--indices`, `logs-*`.
    pub options: Vec<String>,
    /// Where the step, the values of its keys and the items of their lists stand; the step itself first.
    pub places: Vec<StepPlace>,
}

/// Where a part of a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlace {
    /// The key; empty for the step itself.
    pub key: String,
    /// The item of its list, from 0.
    pub item: Option<usize>,
    /// The place.
    pub place: Place,
}

/// The commands that can be steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// `esbackup snapshot take`.
    Snapshot,
    /// `esbackup snapshot wait`.
    Wait,
    /// `esbackup verify`.
    Verify,
    /// `esbackup restore`.
    Restore,
    /// `esbackup indices delete`.
    DeleteIndices,
    /// `esbackup snapshot prune`.
    Prune,
}

impl StepKind {
    /// All of them, in the order of the table of keys.
    pub const ALL: [StepKind; 6] = [
        StepKind::Snapshot,
        StepKind::Wait,
        StepKind::Verify,
        StepKind::Restore,
        StepKind::DeleteIndices,
        StepKind::Prune,
    ];

    /// The key in a spec.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            StepKind::Snapshot => "snapshot",
            StepKind::Wait => "wait",
            StepKind::Verify => "verify",
            StepKind::Restore => "restore",
            StepKind::DeleteIndices => "delete_indices",
            StepKind::Prune => "prune",
        }
    }

    /// The words of the command.
    #[must_use]
    pub fn command(self) -> &'static [&'static str] {
        match self {
            StepKind::Snapshot => &["snapshot", "take"],
            StepKind::Wait => &["snapshot", "wait"],
            StepKind::Verify => &["verify"],
            StepKind::Restore => &["restore"],
            StepKind::DeleteIndices => &["indices", "delete"],
            StepKind::Prune => &["snapshot", "prune"],
        }
    }

    fn table(self) -> &'static Table {
        match self {
            StepKind::Snapshot => &keys::SNAPSHOT,
            StepKind::Wait => &keys::WAIT,
            StepKind::Verify => &keys::VERIFY,
            StepKind::Restore => &keys::RESTORE,
            StepKind::DeleteIndices => &keys::DELETE,
            StepKind::Prune => &keys::PRUNE,
        }
    }

    /// Whether the command takes no options without what stands before them.
    #[must_use]
    pub fn needs_subject(self) -> bool {
        matches!(
            self,
            StepKind::Wait | StepKind::Restore | StepKind::DeleteIndices
        )
    }

    /// The key whose value stands before the options.
    #[must_use]
    pub fn subject(self) -> Option<&'static str> {
        match self {
            StepKind::Snapshot => Some("name"),
            StepKind::Wait | StepKind::Verify | StepKind::Restore => Some("snapshot"),
            StepKind::DeleteIndices => Some("indices"),
            StepKind::Prune => None,
        }
    }
}

/// Reads `workflows`.
pub(crate) fn read(fields: &Fields<'_>) -> Vec<WorkflowSpec> {
    let Some(entry) = fields.entry("workflows") else {
        return Vec::new();
    };
    let reader = fields.reader;
    let Value::Mapping(entries) = &entry.value.value else {
        reader.no_mapping(&entry.value, "`workflows`", "workflows");
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut workflows = Vec::new();
    for one in entries {
        let Some(name) = one.key.as_text() else {
            reader.wrong_type(&one.key, "a workflow's name", "text");
            continue;
        };
        if !seen.insert(name) {
            let title = format!("`workflows.{name}` is there twice");
            reader.report(Problem::error(&one.key.span, title).label("again here"));
        }
        if let Err(rule) = check_name(name) {
            reader.report(
                Problem::error(&one.key.span, "a workflow's name is not valid").label(rule),
            );
        }
        if let Some(steps) = steps(reader, name, &one.value) {
            workflows.push(WorkflowSpec {
                name: name.to_owned(),
                steps,
            });
        }
    }
    workflows
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > 63 || !name.chars().all(known) || name.starts_with('-') {
        return Err("has 1 to 63 of a-z, 0-9, - and _, and does not begin with -");
    }
    Ok(())
}

fn steps(reader: &Reader<'_>, name: &str, node: &Node) -> Option<Vec<StepSpec>> {
    let path = format!("`workflows.{name}`");
    let Value::Sequence(items) = &node.value else {
        reader.wrong_type(node, &path, "a list of steps");
        return None;
    };
    if items.is_empty() {
        reader.report(Problem::error(&node.span, format!("{path} has no step")));
        return None;
    }
    let read: Vec<Option<StepSpec>> = items.iter().map(|item| step(reader, item)).collect();
    read.into_iter().collect()
}

fn step(reader: &Reader<'_>, node: &Node) -> Option<StepSpec> {
    let fields = reader.open(node, &node.span, &keys::STEP)?;
    let kinds: Vec<StepKind> = StepKind::ALL
        .into_iter()
        .filter(|kind| fields.has(kind.as_str()))
        .collect();
    let [kind] = kinds.as_slice() else {
        let words = StepKind::ALL.map(StepKind::as_str).join(", ");
        reader.report(
            Problem::error(&node.span, "a step has exactly one command")
                .label(format!("one of {words}")),
        );
        return None;
    };
    let entry = fields.entry(kind.as_str())?;
    // The short form of the design: a list of indices.
    if let (StepKind::DeleteIndices, Value::Sequence(_)) = (kind, &entry.value.value) {
        return Some(StepSpec {
            kind: *kind,
            subjects: texts(reader, "delete_indices", &entry.value)?,
            options: Vec::new(),
            places: step_place(reader, &entry.key.span)
                .into_iter()
                .chain(places(reader, "indices", &entry.value))
                .collect(),
        });
    }
    let inner = reader.open(&entry.value, &entry.key.span, kind.table())?;
    options(&inner, *kind)
}

fn options(fields: &Fields<'_>, kind: StepKind) -> Option<StepSpec> {
    let mut step = StepSpec {
        kind,
        subjects: Vec::new(),
        options: Vec::new(),
        places: step_place(fields.reader, fields.named()),
    };
    if kind == StepKind::Prune && !fields.has("gone_after") {
        let title = "a prune step has no `gone_after`: the last copy of each index that is gone stays for ever";
        fields.reader.report(
            Problem::advice(fields.named(), title)
                .label("keeps more and more of rolling indices")
                .help("add `gone_after: [{indices: \"*\", age: 90d}]`, or `gone_after: []` where everything is to stay"),
        );
    }
    let mut complete = true;
    for (key, node) in fields.entries() {
        step.places.extend(places(fields.reader, key, node));
        let values = match (kind, key) {
            (StepKind::Prune, "gone_after") => gone_after(fields.reader, node),
            (StepKind::Restore, "rename") => rename(fields),
            (StepKind::Restore, "index_settings") => settings(fields.reader, node),
            _ => values(fields, key, node),
        };
        let Some(values) = values else {
            complete = false;
            continue;
        };
        if kind.subject() == Some(key) {
            step.subjects = values.into_iter().flatten().collect();
        } else {
            let option = format!("--{}", key.replace('_', "-"));
            for value in values {
                match value.as_slice() {
                    // An exclusion is no option.
                    [value] if value.starts_with('-') => {
                        step.options.push(format!("{option}={value}"));
                    }
                    words => {
                        step.options.push(option.clone());
                        step.options.extend_from_slice(words);
                    }
                }
            }
        }
    }
    complete.then_some(step)
}

fn step_place(reader: &Reader<'_>, span: &Range<usize>) -> Vec<StepPlace> {
    vec![StepPlace {
        key: String::new(),
        item: None,
        place: reader.source.place(span, ""),
    }]
}

/// Returns where the value of a key and the items of its list stand.
fn places(reader: &Reader<'_>, key: &str, node: &Node) -> Vec<StepPlace> {
    let place = |item, node: &Node| StepPlace {
        key: key.to_owned(),
        item,
        place: reader.source.place(&node.span, ""),
    };
    let items: &[Node] = match &node.value {
        Value::Sequence(items) => items,
        _ => &[],
    };
    let items = items.iter().enumerate();
    std::iter::once(place(None, node))
        .chain(items.map(|(index, item)| place(Some(index), item)))
        .collect()
}

/// The values of an option, each with the words that follow it; a flag that is false is not given at all.
fn values(fields: &Fields<'_>, key: &str, node: &Node) -> Option<Vec<Vec<String>>> {
    match &node.value {
        Value::Bool(true) => Some(vec![Vec::new()]),
        Value::Bool(false) => Some(Vec::new()),
        Value::Number(text) | Value::Text(text) => Some(vec![vec![text.clone()]]),
        Value::Sequence(_) => {
            let all = texts(fields.reader, &fields.path_of(key), node)?;
            Some(all.into_iter().map(|text| vec![text]).collect())
        }
        Value::Null | Value::Mapping(_) => {
            let path = format!("`{}`", fields.path_of(key));
            fields
                .reader
                .wrong_type(node, &path, "text, a number, true, false or a list");
            None
        }
    }
}

fn texts(reader: &Reader<'_>, path: &str, node: &Node) -> Option<Vec<String>> {
    let Value::Sequence(items) = &node.value else {
        return None;
    };
    if items.is_empty() {
        reader.report(Problem::error(
            &node.span,
            format!("`{path}` is an empty list"),
        ));
        return None;
    }
    let text = |item: &Node| {
        let text = item.as_text().map(str::to_owned);
        if text.is_none() {
            reader.wrong_type(item, &format!("an item of `{path}`"), "text");
        }
        text
    };
    let read: Vec<Option<String>> = items.iter().map(text).collect();
    read.into_iter().collect()
}

fn rename(fields: &Fields<'_>) -> Option<Vec<Vec<String>>> {
    let inner = fields.open("rename", &keys::RENAME)?;
    let (from, to) = (inner.text("from"), inner.text("to"));
    Some(vec![vec![from?.to_owned(), to?.to_owned()]])
}

/// A list of patterns with their ages; an empty one says that nothing ever goes.
fn gone_after(reader: &Reader<'_>, node: &Node) -> Option<Vec<Vec<String>>> {
    let Value::Sequence(items) = &node.value else {
        let wanted = "a list such as `[{indices: \"logs-*\", age: 90d}]`";
        reader.wrong_type(node, "`gone_after`", wanted);
        return None;
    };
    let one = |item: &Node| {
        let inner = reader.open(item, &item.span, &keys::GONE_AFTER)?;
        let (indices, age) = (inner.text("indices"), inner.text("age"));
        Some(vec![format!("{}={}", indices?, age?)])
    };
    let read: Vec<Option<Vec<String>>> = items.iter().map(one).collect();
    read.into_iter().collect()
}

fn settings(reader: &Reader<'_>, node: &Node) -> Option<Vec<Vec<String>>> {
    let Value::Mapping(entries) = &node.value else {
        reader.wrong_type(node, "`index_settings`", "a mapping of settings");
        return None;
    };
    let one = |entry: &crate::yaml::tree::Entry| {
        let value = match &entry.value.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null => Some("null".to_owned()),
            Value::Sequence(_) | Value::Mapping(_) => None,
        };
        let Some((name, value)) = entry.key.as_text().zip(value) else {
            reader.wrong_type(&entry.value, "a setting", "text, a number, true or false");
            return None;
        };
        Some(vec![format!("{name}={value}")])
    };
    let read: Vec<Option<Vec<String>>> = entries.iter().map(one).collect();
    read.into_iter().collect()
}
