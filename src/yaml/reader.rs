//! Collects the problems of one file and opens its mappings; it never stops at the first problem.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::fields::Fields;
use super::forms;
use super::mistyped;
use super::problem::Problem;
use super::schema::{PLACEHOLDERS_BELOW, Table};
use super::source::Source;
use super::tree::{Node, Value};

/// Most problems shown of one file.
pub(crate) const MAX_PROBLEMS: usize = 200;

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
    /// The rows of the whole file.
    pub(crate) file: &'static Table,
    problems: RefCell<Vec<Problem>>,
    left_out: Cell<usize>,
    arns: RefCell<Vec<ArnUse>>,
}

impl<'t> Reader<'t> {
    /// Returns a reader without problems.
    pub(crate) fn new(source: &'t Source, file: &'static Table) -> Self {
        Self {
            source,
            file,
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
        problems.sort_by_key(|problem| (problem.start(), problem.severity()));
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
            self.no_mapping(
                node,
                &match table.path {
                    "" => "the file".to_owned(),
                    _ => table.words(),
                },
                table.path,
            );
            return None;
        };
        let kept = entries
            .iter()
            .filter(|entry| !entry.key.as_text().is_some_and(&skip));
        let fields = Fields::new(self, table, named.clone(), kept);
        fields.check_rules();
        Some(fields)
    }

    /// Reports a value that should be a mapping, with the form that it should have.
    pub(crate) fn no_mapping(&self, node: &Node, what: &str, path: &str) {
        let colon = match &node.value {
            Value::Text(text) => text.split_once(':').filter(|(key, value)| {
                let known = |table: &&Table| table.path == path && table.key(key).is_some();
                !value.starts_with([' ', '/'])
                    && self.file.all().iter().copied().any(|table| known(&table))
            }),
            _ => None,
        };
        let help = match colon {
            _ if self.source.hides(&node.span) => forms::mapping(
                self.file,
                path,
                &Node {
                    value: Value::Null,
                    ..node.clone()
                },
            ),
            Some((key, value)) => Some(format!("{key}: {value}")),
            None => forms::mapping(self.file, path, node),
        };
        self.report(
            Problem::error(
                &node.span,
                format!("{what} must be a mapping of keys and values"),
            )
            .label(match colon {
                Some(_) => "a space is missing after the colon",
                None => node.kind(),
            })
            .help_if(help.map(|form| format!("write `{form}`"))),
        );
    }

    /// Reports a value of another type.
    pub(crate) fn wrong_type(&self, node: &Node, what: &str, wanted: &str) {
        self.report(
            Problem::error(&node.span, format!("{what} must be {wanted}"))
                .label(node.kind())
                .help_if(self.instead(node, what, wanted)),
        );
    }

    /// Returns how a value of another type should be typed.
    fn instead(&self, node: &Node, what: &str, wanted: &str) -> Option<String> {
        let takes_text = wanted.starts_with("text");
        let hides = self.source.hides(&node.span);
        match &node.value {
            Value::Number(text) if wanted == "text" => {
                Some(format!("put it in quotes: \"{text}\""))
            }
            Value::Bool(value) if wanted == "text" => {
                Some(format!("put it in quotes: \"{value}\""))
            }
            Value::Mapping(_) if takes_text => {
                let rest = self.source.text().get(node.span.start..)?;
                let length = mistyped::meant_length(rest, true);
                let span = node.span.start..node.span.start + length;
                mistyped::is_template(rest).then(|| {
                    mistyped::template(self.source, &span, what.contains(PLACEHOLDERS_BELOW))
                })
            }
            Value::Sequence(items) if takes_text => match items.as_slice() {
                [one] if !hides => {
                    Some(format!("write one text: {}", forms::typed(one.as_text()?)))
                }
                _ => None,
            },
            Value::Null if wanted == "text" && what.starts_with("the tag") => {
                Some("write \"\" for an empty text".to_owned())
            }
            Value::Null if takes_text => Some("give it a value, or remove it".to_owned()),
            _ if wanted.starts_with("a list") && !hides => forms::list(self.file, what, node),
            _ => None,
        }
    }
}
