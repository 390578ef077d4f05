//! Collects the problems of one file and opens its mappings; it never stops at the first problem.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::fields::Fields;
use super::keys::Table;
use super::problem::Problem;
use super::source::Source;
use super::yaml::{Node, Value};

/// Most problems shown of one file.
const MAX_PROBLEMS: usize = 200;

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
            self.wrong_type(
                node,
                &table.words().replace("a spec", "the file"),
                "a mapping of keys and values",
            );
            return None;
        };
        let kept = entries
            .iter()
            .filter(|entry| !entry.key.as_text().is_some_and(&skip));
        Some(Fields::new(self, table, named.clone(), kept))
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
