//! Checks of workflows for `validate`: each step as `run` checks it before its first one, each problem with its place.

use clap::Parser;

use super::run;
use super::words::Shared;
use crate::moment::Moment;
use crate::spec::{Spec, StepKind, StepPlace, StepSpec, WorkflowSpec};
use crate::workflow::restore::Consent;
use crate::workflow::run::{Filled, Wanted, Wrong};
use crate::yaml::{Diagnostic, Place, Severity};

/// Value of the placeholders that `--set` fills in later. A step that refuses it may take another one.
const SAMPLE: &str = "1";

/// Returns the problems of the workflows of a spec.
pub(crate) fn problems(spec: &Spec) -> Vec<Diagnostic> {
    let parsed = crate::cli::Arguments::try_parse_from(["esbackup", "run"]);
    let Ok(crate::cli::Command::Run(arguments)) = parsed.map(|parsed| parsed.command) else {
        return Vec::new();
    };
    let shared = Shared {
        arguments: &arguments,
        environment: &spec.name,
    };
    spec.workflows
        .iter()
        .flat_map(|workflow| {
            Checks {
                shared: &shared,
                workflow,
            }
            .problems()
        })
        .collect()
}

struct Checks<'a> {
    shared: &'a Shared<'a>,
    workflow: &'a WorkflowSpec,
}

impl Checks<'_> {
    fn problems(&self) -> Vec<Diagnostic> {
        let mut wanted = Wanted {
            environment: self.shared.environment.clone(),
            began: Moment::EARLIEST,
            resumes: false,
            not_begun: false,
            set: std::collections::BTreeMap::new(),
            from: 1,
            snapshot: None,
            consent: Consent::Shown,
        };
        let filled = run::fill(self.workflow, &wanted).or_else(|wrong| {
            let keys = wrong.into_iter().filter_map(|one| match one {
                Wrong::Unknown { key, .. } => Some((key, SAMPLE.to_owned())),
                _ => None,
            });
            wanted.set = keys.collect();
            run::fill(self.workflow, &wanted)
        });
        let Ok(filled) = filled else {
            return Vec::new();
        };
        let mut problems: Vec<Diagnostic> = filled
            .iter()
            .filter_map(|step| self.of_step(step, &wanted))
            .collect();
        if let Err(wrong) = run::meant(&filled, &wanted) {
            problems.extend(wrong.iter().filter_map(|one| match one {
                Wrong::OtherRepository(number) => self.problem(
                    *number,
                    Some(Part {
                        key: "snapshot",
                        item: None,
                    }),
                    &one.to_string(),
                ),
                _ => None,
            }));
        }
        problems
    }

    fn of_step(&self, step: &Filled, wanted: &Wanted) -> Option<Diagnostic> {
        let problem = self.shared.check(step).err()?;
        let written = self.workflow.steps.get(step.number - 1)?;
        let part = self.guilty(step, written, &problem);
        // A placeholder may get another value.
        let asks = |text: &String| {
            let mut keys = wanted.set.keys();
            keys.any(|key| text.contains(&format!("{{{key}}}")))
        };
        let texts: Vec<&String> = match part {
            Some(part) => part.of(&written.subjects, &written.options, written.kind),
            None => written.subjects.iter().chain(&written.options).collect(),
        };
        if texts.into_iter().any(asks) {
            return None;
        }
        self.problem(step.number, part, &problem)
    }

    /// Returns the smallest part of a step that is refused by itself with the same words.
    fn guilty<'s>(&self, step: &Filled, written: &'s StepSpec, problem: &str) -> Option<Part<'s>> {
        let refused = |part: &Part<'_>| {
            let own = part.of(&step.subjects, &step.options, step.kind);
            let own: Vec<String> = own.into_iter().cloned().collect();
            let is_subject = step.kind.subject() == Some(part.key);
            let (subjects, options) = match is_subject {
                true => (own, Vec::new()),
                false if step.kind.needs_subject() => (step.subjects.clone(), own),
                false => (Vec::new(), own),
            };
            let alone = Filled {
                subjects,
                options,
                ..step.clone()
            };
            let checked = self.shared.check(&alone);
            checked.is_err_and(|words| words == problem)
        };
        let parts = written.places.iter().filter(|one| !one.key.is_empty());
        let mut parts: Vec<Part<'_>> = parts
            .map(|one| Part {
                key: &one.key,
                item: one.item,
            })
            .collect();
        // What stands before the options goes along with every other key, and a list fails where its item does.
        parts.sort_by_key(|part| (step.kind.subject() != Some(part.key), part.item.is_none()));
        parts.into_iter().find(refused)
    }

    fn problem(&self, number: usize, part: Option<Part<'_>>, words: &str) -> Option<Diagnostic> {
        let step = self.workflow.steps.get(number - 1)?;
        let part = part.unwrap_or_default();
        let mut places = step.places.iter();
        let of = |one: &&StepPlace| one.key == part.key && one.item == part.item;
        let found = places.find(of).or(step.places.first())?;
        let title = format!(
            "step {number} ({}) of workflow {} is not valid",
            step.kind.as_str(),
            self.workflow.name
        );
        Some(Diagnostic {
            severity: Severity::Error,
            title,
            place: Place {
                label: words.chars().map(crate::outlet::visible).collect(),
                ..found.place.clone()
            },
            related: Vec::new(),
            help: None,
            grant: None,
        })
    }
}

/// A key of a step, or an item of its list.
#[derive(Debug, Clone, Copy, Default)]
struct Part<'k> {
    key: &'k str,
    item: Option<usize>,
}

impl Part<'_> {
    /// Returns the words of the step that come from this part.
    fn of<'w>(
        &self,
        subjects: &'w [String],
        options: &'w [String],
        kind: StepKind,
    ) -> Vec<&'w String> {
        let is_own = |index: usize| self.item.is_none_or(|item| item == index);
        if kind.subject() == Some(self.key) {
            let own = subjects.iter().enumerate();
            return own
                .filter(|(index, _)| is_own(*index))
                .map(|(_, word)| word)
                .collect();
        }
        let option = format!("--{}", self.key.replace('_', "-"));
        let (mut words, mut next, mut inside) = (Vec::new(), 0, false);
        for word in options {
            if word.starts_with("--") {
                let named = word.split('=').next() == Some(option.as_str());
                inside = named && is_own(next);
                next += usize::from(named);
            }
            if inside {
                words.push(word);
            }
        }
        words
    }
}
