//! The entries of one mapping by its table of keys: each getter reports what is wrong with its value, and no entry is dropped in silence.

use std::fmt::Display;
use std::ops::Range;

use super::forms;
use super::mistyped;
use super::problem::Problem;
use super::reader::Reader;
use super::scalars::{account_help, unquoted_account};
use super::schema::{Rule, Table};
use super::tree::{Entry, Node, Value};
use crate::names::Arn;

#[derive(Debug, Clone, Copy)]
enum Slot<'n> {
    Absent,
    /// There, but already reported: it is empty, or its name is misspelt.
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
    /// Sorts entries into the slots of the table and reports those that fit none.
    pub(crate) fn new(
        reader: &'n Reader<'n>,
        table: &'static Table,
        named: Range<usize>,
        entries: impl Iterator<Item = &'n Entry>,
    ) -> Self {
        let slots = vec![Slot::Absent; table.keys.len()];
        let mut fields = Self {
            reader,
            table,
            named,
            slots,
        };
        let mut strangers = Vec::new();
        for entry in entries {
            fields.take(entry, &mut strangers);
        }
        fields
    }

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
        let Some(index) = self.table.names().position(|known| known == key) else {
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
            let path = self.table.path_of(key);
            let help = match mistyped::comment_after(self.reader.source, &entry.key.span) {
                Some(help) => help,
                None => forms::no_value(self.reader.file, &path, &entry.value),
            };
            let title = format!("`{path}` has no value");
            self.reader
                .report(Problem::error(&entry.key.span, title).help(help));
        } else {
            *slot = Slot::Present(entry);
        }
    }

    /// Masks a value wherever its lines are shown, behind an alias too.
    pub(crate) fn hide(&self, node: &Node) {
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Mapping(entries) => entries.iter().for_each(|entry| {
                self.hide(&entry.key);
                self.hide(&entry.value);
            }),
            _ => {
                self.reader.source.mask(node.span.clone());
                self.reader.source.mask(node.source.clone());
            }
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
        &mut self,
        key: &'n str,
        entry: &'n Entry,
        strangers: &mut Vec<(&'n str, &'n Range<usize>)>,
    ) {
        // Whatever stands beside a user name may be a password under a misspelt key.
        if self.table.path.starts_with("domain.auth") {
            self.hide(&entry.value);
        }
        if let Some((_, first)) = strangers.iter().find(|(known, _)| *known == key) {
            return self.duplicate(key, &entry.key.span, first);
        }
        strangers.push((key, &entry.key.span));
        let help = if key == "<<" {
            "merge keys are not supported: write the keys out".to_owned()
        } else if let Some(above) = self.belongs_below(key) {
            format!("it is a key of `{above}`: indent it further, as the keys of `{above}`")
        } else if let Some(near) = self.reader.file.suggestion(key, self.table) {
            self.meant(&near);
            format!("did you mean `{near}`?")
        } else {
            format!(
                "the keys of {} are {}",
                self.table.words(),
                self.table.names().collect::<Vec<_>>().join(", ")
            )
        };
        let shown: String = key.chars().take(60).collect();
        self.reader.report(
            Problem::error(&entry.key.span, format!("unknown key `{shown}`"))
                .label(format!("not a key of {}", self.table.words()))
                .help(help),
        );
    }

    /// Returns the key before this one that takes a mapping with such a key.
    fn belongs_below(&self, key: &str) -> Option<&'static str> {
        let there = self.table.names().zip(&self.slots);
        let there = there.filter(|(_, slot)| !matches!(slot, Slot::Absent));
        let takes = |above: &str| {
            let path = self.table.path_of(above);
            let mut tables = self.reader.file.all().into_iter();
            tables.any(|table| table.path == path && table.key(key).is_some())
        };
        let mut above = there.map(|(above, _)| above).filter(|above| takes(above));
        above.next().filter(|_| above.next().is_none())
    }

    /// A key that is there under a misspelt name is not missing as well.
    fn meant(&mut self, key: &str) {
        let index = self.table.names().position(|known| known == key);
        let slot = index.and_then(|index| self.slots.get_mut(index));
        if let Some(slot @ Slot::Absent) = slot {
            *slot = Slot::Broken;
        }
    }

    /// Returns the path of a key, such as `bucket.name`.
    pub(crate) fn path_of(&self, key: &str) -> String {
        self.table.path_of(key)
    }

    fn slot(&self, key: &str) -> Slot<'n> {
        let index = self.table.names().position(|known| known == key);
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

    /// Reports what the rows of the mapping say of its keys together: those that are missing, and those that exclude each other.
    pub(crate) fn check_rules(&self) {
        let required = self.table.keys.iter().filter(|key| key.required);
        required.for_each(|key| self.require(key.name));
        for rule in self.table.rules {
            match rule {
                Rule::Excludes(key, others) => self.excludes(key, others),
                Rule::ExistingAllows(keys) => self.existing_allows(keys),
                // Their readers know more of the other keys, and say what is missing.
                Rule::AnyOf(_) | Rule::OneOf(_) | Rule::UnlessExisting(..) => {}
            }
        }
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
            let placeholder = node.as_text().is_some_and(mistyped::has_placeholder);
            let help = help.or_else(|| placeholder.then(|| mistyped::NO_PLACEHOLDERS.to_owned()));
            let title = format!("`{}` is not valid", self.table.path_of(key));
            self.reader
                .report(Problem::error(&node.span, title).label(rule).help_if(help));
        }
    }

    /// Reports a word that stands for a mapping with a key of KMS.
    pub(crate) fn key_is_missing(&self, key: &str, node: &Node) {
        let help = forms::mapping(self.reader.file, &self.table.path_of(key), node);
        let rule = "encryption with KMS needs the ARN of its key";
        self.invalid(key, rule, help.map(|form| format!("write `{form}`")));
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
        let accounts = key == "source_accounts";
        let read = |item: &Node| {
            let what = format!("an item of `{path}`");
            let text = match &item.value {
                Value::Text(text) => text,
                Value::Number(text) if accounts => {
                    self.reader.report(unquoted_account(item, text, &what));
                    return None;
                }
                _ => {
                    self.reader.wrong_type(item, &what, "text");
                    return None;
                }
            };
            rule(item, text)
                .map_err(|rule| {
                    let problem = Problem::error(&item.span, format!("{what} is not valid"));
                    let help = accounts.then(|| account_help(text));
                    self.reader
                        .report(problem.label(rule.to_string()).help_if(help));
                })
                .ok()
        };
        let values: Vec<Option<T>> = items.iter().map(read).collect();
        values.into_iter().collect()
    }

    /// Reports keys that cannot stand beside another one.
    fn excludes(&self, key: &str, others: &[&str]) {
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
    fn existing_allows(&self, allowed: &[&str]) {
        let Some(existing) = self.entry("existing") else {
            return;
        };
        if existing.value.value != Value::Bool(true) {
            return;
        }
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
