//! Reads mappings by their tables and collects every problem on the way; it never stops at the first one.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ops::Range;

use super::diagnostic::{Diagnostic, Severity};
use super::keys::{self, Table};
use super::source::Source;
use super::yaml::{Entry, Node, Value};
use crate::names::Arn;

/// Most problems shown of one file.
const MAX_PROBLEMS: usize = 200;

/// A problem at a place of the text.
#[derive(Debug)]
pub(crate) struct Problem {
    severity: Severity,
    span: Range<usize>,
    title: String,
    label: String,
    help: Option<String>,
    related: Vec<(Range<usize>, String)>,
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

    /// Turns byte ranges into lines and columns.
    pub(crate) fn locate(&self, source: &Source) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            title: self.title.chars().map(super::diagnostic::visible).collect(),
            place: source.place(&self.span, self.label.as_str()),
            related: self
                .related
                .iter()
                .map(|(span, label)| source.place(span, label.as_str()))
                .collect(),
            help: self.help.clone(),
        }
    }
}

/// An ARN of the spec, kept until the partition is known.
#[derive(Debug)]
pub(crate) struct ArnUse {
    /// Where it stands.
    pub(crate) span: Range<usize>,
    /// The partition that it names.
    pub(crate) partition: String,
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    /// The text.
    pub(crate) source: &'t Source,
    problems: RefCell<Vec<Problem>>,
    left_out: Cell<usize>,
    arns: RefCell<Vec<ArnUse>>,
}

impl<'t> Reader<'t> {
    /// Returns a reader without problems.
    pub(crate) fn new(source: &'t Source) -> Self {
        Self {
            source,
            problems: RefCell::default(),
            left_out: Cell::new(0),
            arns: RefCell::default(),
        }
    }

    /// Keeps a problem.
    pub(crate) fn report(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MAX_PROBLEMS {
            problems.push(problem);
        } else {
            self.left_out.set(self.left_out.get() + 1);
        }
    }

    /// Keeps the place of an ARN.
    pub(crate) fn saw_arn(&self, span: &Range<usize>, partition: &str) {
        self.arns.borrow_mut().push(ArnUse {
            span: span.clone(),
            partition: partition.to_owned(),
        });
    }

    /// Returns the ARNs that were read.
    pub(crate) fn take_arns(&self) -> Vec<ArnUse> {
        self.arns.take()
    }

    /// Returns the problems in the order of their lines.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.span.start, problem.severity));
        let mut diagnostics: Vec<_> = problems
            .iter()
            .map(|problem| problem.locate(self.source))
            .collect();
        if self.left_out.get() > 0 {
            let title = format!("{} more problems are not shown", self.left_out.get());
            diagnostics.push(Diagnostic::about_file(self.source.file(), title, None));
        }
        diagnostics
    }

    /// Opens a mapping: its unknown, duplicate and empty keys are reported here. `named` is what points at the mapping.
    pub(crate) fn open<'n>(
        &'n self,
        node: &'n Node,
        named: &Range<usize>,
        table: &'static Table,
    ) -> Option<Fields<'n>> {
        self.open_skipping(node, named, table, |_| false)
    }

    /// Opens a mapping without the keys that are reported elsewhere.
    pub(crate) fn open_skipping<'n>(
        &'n self,
        node: &'n Node,
        named: &Range<usize>,
        table: &'static Table,
        skip: impl Fn(&str) -> bool,
    ) -> Option<Fields<'n>> {
        let Value::Mapping(entries) = &node.value else {
            self.wrong_type(
                node,
                &table.words().replace("a spec", "the file"),
                "a mapping of keys and values",
            );
            return None;
        };
        let slots = vec![Slot::Absent; table.keys.len()];
        let mut fields = Fields {
            reader: self,
            table,
            named: named.clone(),
            slots,
        };
        let mut strangers = Vec::new();
        for entry in entries
            .iter()
            .filter(|entry| !entry.key.as_text().is_some_and(&skip))
        {
            fields.take(entry, &mut strangers);
        }
        Some(fields)
    }

    /// Reports a value of another type.
    pub(crate) fn wrong_type(&self, node: &Node, what: &str, wanted: &str) {
        let quotes = match &node.value {
            Value::Number(text) if wanted == "text" => {
                Some(format!("put it in quotes: \"{text}\""))
            }
            Value::Bool(value) if wanted == "text" => {
                Some(format!("put it in quotes: \"{value}\""))
            }
            _ => None,
        };
        self.report(
            Problem::error(&node.span, format!("{what} must be {wanted}"))
                .label(node.kind())
                .help_if(quotes),
        );
    }
}

#[derive(Debug, Clone, Copy)]
enum Slot<'n> {
    Absent,
    /// There, but already reported as empty.
    Broken,
    Present(&'n Entry),
}

/// The entries of a mapping, by key.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    /// Where problems go.
    pub(crate) reader: &'n Reader<'n>,
    table: &'static Table,
    named: Range<usize>,
    slots: Vec<Slot<'n>>,
}

impl<'n> Fields<'n> {
    fn take(&mut self, entry: &'n Entry, strangers: &mut Vec<(&'n str, &'n Range<usize>)>) {
        let Some(key) = entry.key.as_text() else {
            self.reader.report(
                Problem::error(
                    &entry.key.span,
                    format!("a key of {} must be text", self.table.words()),
                )
                .label(entry.key.kind()),
            );
            return;
        };
        let Some(index) = self.table.keys.iter().position(|known| *known == key) else {
            return self.stranger(key, entry, strangers);
        };
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        if let Slot::Present(first) = slot {
            let first = &first.key.span;
            return self.duplicate(key, &entry.key.span, first);
        }
        if entry.value.value == Value::Null {
            *slot = Slot::Broken;
            let title = format!("`{}` has no value", self.table.path_of(key));
            self.reader.report(
                Problem::error(&entry.key.span, title).help("give it a value, or remove the key"),
            );
        } else {
            *slot = Slot::Present(entry);
        }
    }

    fn duplicate(&self, key: &str, second: &Range<usize>, first: &Range<usize>) {
        let title = format!("`{}` is there twice", self.table.path_of(key));
        self.reader.report(
            Problem::error(second, title)
                .label("again here")
                .also(first, "first here"),
        );
    }

    fn stranger(
        &self,
        key: &'n str,
        entry: &'n Entry,
        strangers: &mut Vec<(&'n str, &'n Range<usize>)>,
    ) {
        // Whatever stands beside a user name may be a password under a misspelt key.
        if self.table.path.starts_with("domain.auth") {
            self.reader.source.mask(entry.value.span.clone());
            self.reader.source.mask(entry.value.source.clone());
        }
        if let Some((_, first)) = strangers.iter().find(|(known, _)| *known == key) {
            return self.duplicate(key, &entry.key.span, first);
        }
        strangers.push((key, &entry.key.span));
        let help = if key == "<<" {
            "merge keys are not supported: write the keys out".to_owned()
        } else if let Some(near) = keys::suggestion(key, self.table) {
            format!("did you mean `{near}`?")
        } else {
            format!(
                "the keys of {} are {}",
                self.table.words(),
                self.table.keys.join(", ")
            )
        };
        let shown: String = key.chars().take(60).collect();
        self.reader.report(
            Problem::error(&entry.key.span, format!("unknown key `{shown}`"))
                .label(format!("not a key of {}", self.table.words()))
                .help(help),
        );
    }

    /// Returns the path of a key, such as `bucket.name`.
    pub(crate) fn path_of(&self, key: &str) -> String {
        self.table.path_of(key)
    }

    fn slot(&self, key: &str) -> Slot<'n> {
        let index = self.table.keys.iter().position(|known| *known == key);
        debug_assert!(
            index.is_some(),
            "{key} is not in the table of {}",
            self.table.path
        );
        index
            .and_then(|index| self.slots.get(index))
            .copied()
            .unwrap_or(Slot::Absent)
    }

    /// Returns the entry of a key that has a value.
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        match self.slot(key) {
            Slot::Present(entry) => Some(entry),
            Slot::Absent | Slot::Broken => None,
        }
    }

    /// Returns the keys that have a value, in the order of the table.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'n str, &'n Node)> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Present(entry) => entry.key.as_text().map(|key| (key, &entry.value)),
            Slot::Absent | Slot::Broken => None,
        })
    }

    /// Returns the value of a key.
    pub(crate) fn node(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns where the value of a key stands.
    pub(crate) fn span(&self, key: &str) -> Option<Range<usize>> {
        self.node(key).map(|node| node.span.clone())
    }

    /// Returns where the mapping is named.
    pub(crate) fn named(&self) -> &Range<usize> {
        &self.named
    }

    /// Returns whether the key is there, with or without a value.
    pub(crate) fn has(&self, key: &str) -> bool {
        !matches!(self.slot(key), Slot::Absent)
    }

    /// Reports a key that is not there.
    pub(crate) fn require(&self, key: &str) {
        if !self.has(key) {
            let title = format!("`{}` is missing", self.table.path_of(key));
            self.reader.report(
                Problem::error(&self.named, title)
                    .label(format!("{} needs `{key}`", self.table.words())),
            );
        }
    }

    /// Opens the mapping under a key.
    pub(crate) fn open(&self, key: &str, table: &'static Table) -> Option<Fields<'n>> {
        let entry = self.entry(key)?;
        self.reader.open(&entry.value, &entry.key.span, table)
    }

    /// Returns text.
    pub(crate) fn text(&self, key: &str) -> Option<&'n str> {
        let node = self.node(key)?;
        let text = node.as_text();
        if text.is_none() {
            self.reader
                .wrong_type(node, &format!("`{}`", self.table.path_of(key)), "text");
        }
        text
    }

    /// Returns text that a rule accepts.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        key: &str,
        rule: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(key)?;
        self.check(key, rule(text))
    }

    /// Reports the rule that a value breaks.
    pub(crate) fn check<T, E: Display>(&self, key: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(rule) => {
                self.invalid(key, &rule.to_string(), None);
                None
            }
        }
    }

    /// Reports a value that cannot be.
    pub(crate) fn invalid(&self, key: &str, rule: &str, help: Option<String>) {
        if let Some(node) = self.node(key) {
            let title = format!("`{}` is not valid", self.table.path_of(key));
            self.reader
                .report(Problem::error(&node.span, title).label(rule).help_if(help));
        }
    }

    /// Returns an ARN and keeps it for the check of partitions.
    pub(crate) fn arn(&self, key: &str) -> Option<Arn> {
        let arn = self.parsed(key, Arn::parse)?;
        if let Some(span) = self.span(key) {
            self.reader.saw_arn(&span, arn.partition().as_str());
        }
        Some(arn)
    }

    /// Returns `true` or `false`.
    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        let node = self.node(key)?;
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let help = match node.as_text().map(str::to_ascii_lowercase).as_deref() {
            Some("yes" | "on" | "true" | "y") => Some("write true, without quotes".to_owned()),
            Some("no" | "off" | "false" | "n") => Some("write false, without quotes".to_owned()),
            _ => None,
        };
        let title = format!("`{}` must be true or false", self.table.path_of(key));
        self.reader.report(
            Problem::error(&node.span, title)
                .label(node.kind())
                .help_if(help),
        );
        None
    }

    /// Returns the items of a list.
    pub(crate) fn list(&self, key: &str) -> Option<&'n [Node]> {
        let node = self.node(key)?;
        if let Value::Sequence(items) = &node.value {
            return Some(items);
        }
        self.reader
            .wrong_type(node, &format!("`{}`", self.table.path_of(key)), "a list");
        None
    }

    /// Returns a list of texts that a rule accepts; an empty list is an error.
    pub(crate) fn parsed_list<T, E: Display>(
        &self,
        key: &str,
        mut rule: impl FnMut(&Node, &str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let items = self.list(key)?;
        let path = self.table.path_of(key);
        if items.is_empty() {
            self.invalid(
                key,
                "an empty list",
                Some("list at least one, or remove the key for the default".to_owned()),
            );
            return None;
        }
        let read = |item: &Node| {
            let Some(text) = item.as_text() else {
                self.reader
                    .wrong_type(item, &format!("an item of `{path}`"), "text");
                return None;
            };
            rule(item, text)
                .map_err(|rule| {
                    let title = format!("an item of `{path}` is not valid");
                    self.reader
                        .report(Problem::error(&item.span, title).label(rule.to_string()));
                })
                .ok()
        };
        let values: Vec<Option<T>> = items.iter().map(read).collect();
        values.into_iter().collect()
    }

    /// Reports keys that cannot stand beside another one.
    pub(crate) fn excludes(&self, key: &str, others: &[&str]) {
        let Some(one) = self.entry(key) else { return };
        for other in others.iter().filter_map(|other| self.entry(other)) {
            let (first, second) = if one.key.span.start <= other.key.span.start {
                (one, other)
            } else {
                (other, one)
            };
            let name = |entry: &Entry| self.table.path_of(entry.key.as_text().unwrap_or_default());
            let title = format!(
                "`{}` and `{}` exclude each other",
                name(first),
                name(second)
            );
            self.reader.report(
                Problem::error(&second.key.span, title)
                    .label("remove this one")
                    .also(&first.key.span, "or this one"),
            );
        }
    }

    /// Reports the keys that would never be applied to what exists already.
    pub(crate) fn existing_allows(&self, allowed: &[&str]) {
        let Some(existing) = self.entry("existing") else {
            return;
        };
        for slot in &self.slots {
            let Slot::Present(entry) = slot else { continue };
            let Some(key) = entry.key.as_text() else {
                continue;
            };
            if key == "existing" || allowed.contains(&key) {
                continue;
            }
            let title = format!("`{}` would never be applied", self.table.path_of(key));
            self.reader.report(
                Problem::error(&entry.key.span, title)
                    .label("remove it")
                    .also(
                        &existing.key.span,
                        "what exists is checked and used, never changed",
                    ),
            );
        }
    }
}
