//! The words of steps with their placeholders filled in: `{environment}`, `{date}`, `{time}` and what `--set` says. Nothing else of a text
//! is touched.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Wanted, Wrong};
use crate::spec::{StepKind, StepSpec, WorkflowSpec};
use crate::workflow::name;

/// A step whose words are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    /// Its place, from 1.
    pub number: usize,
    /// Which command it is.
    pub kind: StepKind,
    /// What stands before the options.
    pub subjects: Vec<String>,
    /// The options with their values.
    pub options: Vec<String>,
}

impl Filled {
    /// The values of an option; each may hold several with commas between them.
    #[must_use]
    pub(crate) fn values(&self, option: &str) -> Vec<&str> {
        let mut values = Vec::new();
        let mut words = self.options.iter();
        while let Some(word) = words.next() {
            if word == option {
                values.extend(words.next().map(String::as_str));
            } else if let Some(value) = word
                .strip_prefix(option)
                .and_then(|rest| rest.strip_prefix('='))
            {
                values.push(value);
            }
        }
        values
    }

    /// Whether a flag is given.
    #[must_use]
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.options.iter().any(|word| word == flag)
    }

    /// The first of its subjects.
    #[must_use]
    pub(crate) fn subject(&self) -> Option<&str> {
        self.subjects.first().map(String::as_str)
    }
}

/// Fills in every step of a workflow.
///
/// # Errors
/// Every placeholder that nobody gave, and everything given that no step asks for.
pub(crate) fn fill(workflow: &WorkflowSpec, wanted: &Wanted) -> Result<Vec<Filled>, Vec<Wrong>> {
    let (given, mut wrong) = given(wanted);
    let mut used = BTreeSet::new();
    let mut steps = Vec::new();
    for (index, step) in workflow.steps.iter().enumerate() {
        let number = index + 1;
        let mut one = |text: &String| {
            let (filled, asked) = filled(text, &given);
            for key in asked {
                if !given.contains_key(key.as_str()) && used.insert(key.clone()) {
                    let kind = step.kind;
                    wrong.push(Wrong::Unknown {
                        number,
                        kind,
                        key: key.clone(),
                    });
                }
                used.insert(key);
            }
            filled
        };
        let mut subjects: Vec<String> = step.subjects.iter().map(&mut one).collect();
        if step.kind == StepKind::Snapshot && subjects.is_empty() {
            subjects.push(one(&name::DEFAULT.to_owned()));
        }
        let options = step.options.iter().map(&mut one).collect();
        steps.push(Filled {
            number,
            kind: step.kind,
            subjects,
            options,
        });
    }
    let unused = wanted
        .set
        .keys()
        .filter(|key| !used.contains(*key) && !BUILT_IN.contains(&key.as_str()));
    wrong.extend(unused.map(|key| Wrong::Unused(key.clone())));
    if wrong.is_empty() {
        Ok(steps)
    } else {
        Err(wrong)
    }
}

/// The placeholders that need no `--set`.
const BUILT_IN: [&str; 3] = ["environment", "date", "time"];

fn given(wanted: &Wanted) -> (BTreeMap<&str, String>, Vec<Wrong>) {
    let values = [
        wanted.environment.to_string(),
        wanted.began.date(),
        wanted.began.time(),
    ];
    let mut given: BTreeMap<&str, String> = BUILT_IN.into_iter().zip(values).collect();
    let mut wrong = Vec::new();
    for (key, value) in &wanted.set {
        if BUILT_IN.contains(&key.as_str()) {
            wrong.push(Wrong::BuiltIn(key.clone()));
        } else {
            given.insert(key, value.clone());
        }
    }
    (given, wrong)
}

/// A text with its placeholders filled in, and which it has. A value is never looked at for placeholders again.
fn filled(text: &str, given: &BTreeMap<&str, String>) -> (String, Vec<String>) {
    let (mut result, mut asked) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        result.push_str(before);
        rest = after;
        match after.split_once('}') {
            Some((key, following)) if is_key(key) => {
                match given.get(key) {
                    Some(value) => result.push_str(value),
                    None => result.push_str(&format!("{{{key}}}")),
                }
                asked.push(key.to_owned());
                rest = following;
            }
            // Date math and JSON have braces of their own.
            _ => result.push('{'),
        }
    }
    result.push_str(rest);
    (result, asked)
}

/// Tells whether a step takes a snapshot that nobody gave a name, and another snapshot has the name that it would get.
#[must_use]
pub(crate) fn takes_a_default_name_again(
    workflow: &WorkflowSpec,
    filled: &[Filled],
    facts: &Facts,
) -> bool {
    let taken = |name: &str| facts.snapshots.iter().any(|one| one.name == name);
    workflow.steps.iter().zip(filled).any(|(step, filled)| {
        let unnamed = subjects(step).all(|name| name == name::DEFAULT);
        step.kind == StepKind::Snapshot && unnamed && filled.subject().is_some_and(taken)
    })
}

/// Whether the steps from that one on need to know when the run began, because of steps before it: they name something by that moment, or
/// a prune keeps the snapshots that the run has made. What a step from there on takes itself is taken anew under another name.
#[must_use]
pub(crate) fn shares_its_time(workflow: &WorkflowSpec, from: usize) -> bool {
    let (before, after) = workflow
        .steps
        .split_at_checked(from.saturating_sub(1))
        .unwrap_or_default();
    let named: BTreeSet<&str> = before.iter().flat_map(timed).collect();
    let takes = |step: &&StepSpec| step.kind == StepKind::Snapshot;
    let prunes = after.iter().any(|step| step.kind == StepKind::Prune);
    if prunes && (!named.is_empty() || before.iter().any(|step| takes(&step))) {
        return true;
    }
    let taken: BTreeSet<&str> = after
        .iter()
        .filter(takes)
        .flat_map(subjects)
        .filter(|word| !named.contains(word))
        .collect();
    let mut after = after.iter().flat_map(timed);
    !named.is_empty() && after.any(|word| !taken.contains(word))
}

/// What stands before the options of a step; a snapshot without a name has the usual one.
fn subjects(step: &StepSpec) -> impl Iterator<Item = &str> {
    let usual = step.kind == StepKind::Snapshot && step.subjects.is_empty();
    let usual = usual.then_some(name::DEFAULT);
    step.subjects.iter().map(String::as_str).chain(usual)
}

/// The words of a step that say when the run began.
fn timed(step: &StepSpec) -> impl Iterator<Item = &str> {
    let words = subjects(step).chain(step.options.iter().map(String::as_str));
    words.filter(|word| word.contains("{date}") || word.contains("{time}"))
}

/// Whether a text can be the key of a placeholder: a letter, then letters, digits, `_` and `-`.
#[must_use]
pub(crate) fn is_key(text: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(known)
}
