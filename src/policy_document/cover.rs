//! What one document grants beyond another; it must never call a grant contained without proof.

use std::fmt;

use super::Document;
use super::condition::implies;
use super::evaluate::variables;
use super::glob::{Pattern, Variables, Wildcards};
use super::principal::{self, Atom};
use super::statement::{Actions, Effect, Resources, Statement, Values};

/// Something that one document grants and another did not, or no longer denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widening {
    /// The label of the statement: a new or wider Allow, or the Deny that is gone or narrower.
    pub label: String,
    /// Allow for a grant that is new, Deny for a denial that is gone.
    pub effect: Effect,
    /// Whether the same was granted before, under other conditions; never said of a denial.
    pub only_conditions: bool,
    /// Whom it concerns, in words.
    pub principals: Vec<String>,
    /// The actions.
    pub actions: Vec<String>,
    /// The resources; empty in a trust policy.
    pub resources: Vec<String>,
}

impl fmt::Display for Widening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.effect {
            Effect::Allow => "allows",
            Effect::Deny => "no longer denies",
        };
        write!(formatter, "{verb} {}", self.actions.join(", "))?;
        if !self.resources.is_empty() {
            write!(formatter, " on {}", self.resources.join(", "))?;
        }
        write!(formatter, " to {}", self.principals.join(", "))?;
        match self.only_conditions {
            true => formatter.write_str(" under other conditions"),
            false => Ok(()),
        }
    }
}

/// Lists what `want` grants that `have` did not, a Deny that is gone or narrower included; empty means proved not wider.
///
/// A Deny counts by itself, because it also limits what other policies grant.
pub fn widens(have: &Document, want: &Document) -> Vec<Widening> {
    let grants = uncovered(want, have, Effect::Allow);
    let denials = uncovered(have, want, Effect::Deny);
    grants.into_iter().chain(denials).collect()
}

/// Says whether the whole of a statement is granted, or denied, by a document too.
pub(super) fn is_contained(statement: &Statement, own: Variables, wide: &Document) -> bool {
    gap(statement, own, wide).is_none()
}

/// Lists the statements of one effect in `narrow` that `wide` does not cover, each with its uncovered part.
fn uncovered(narrow: &Document, wide: &Document, effect: Effect) -> Vec<Widening> {
    let of_effect = |statement: &&Statement| statement.effect == effect;
    let statements = narrow.statements().iter().filter(of_effect);
    statements
        .filter_map(|statement| gap(statement, variables(narrow), wide))
        .collect()
}

/// A unit of an action or resource element: one pattern, or all of its negated form.
enum Unit {
    Is(Pattern),
    Not(Vec<Pattern>),
}

/// Compares every principal x action x resource of a statement with each statement of the other document that applies at least
/// as often, and returns what none of them covers.
fn gap(statement: &Statement, own: Variables, wide: &Document) -> Option<Widening> {
    let (principals, actions, resources) = (
        principal::atoms(statement),
        actions(statement),
        resources(statement, own),
    );
    let theirs = variables(wide);
    let open = |conditions: Compared| {
        let applies = |other: &&Statement| {
            other.effect == statement.effect
                && (conditions == Compared::Ignored
                    || applies_as_often(statement, own, other, theirs))
        };
        let candidates: Vec<Candidate> = wide
            .statements()
            .iter()
            .filter(applies)
            .map(|other| Candidate::new(other, theirs, &principals, &actions, &resources))
            .collect();
        let mut open = Marks::none(principals.len(), actions.len(), resources.len());
        for principal in 0..principals.len() {
            for action in 0..actions.len() {
                for resource in 0..resources.len() {
                    if !candidates
                        .iter()
                        .any(|candidate| candidate.covers(principal, action, resource))
                    {
                        open.mark(principal, action, resource);
                    }
                }
            }
        }
        open
    };
    let uncovered = open(Compared::Minded);
    uncovered.any().then(|| Widening {
        label: statement.label(),
        effect: statement.effect,
        only_conditions: statement.effect == Effect::Allow && !open(Compared::Ignored).any(),
        principals: marked(&principals, &uncovered.principals, |principal| {
            Some(principal.to_string())
        }),
        actions: marked(&actions, &uncovered.actions, |(text, _)| Some(text.clone())),
        resources: marked(&resources, &uncovered.resources, |(text, _)| text.clone()),
    })
}

/// Whether conditions count when statements are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Minded,
    Ignored,
}

fn marked<T>(items: &[T], marks: &[bool], text: impl Fn(&T) -> Option<String>) -> Vec<String> {
    items
        .iter()
        .zip(marks)
        .filter(|(_, mark)| **mark)
        .filter_map(|(item, _)| text(item))
        .collect()
}

/// Which principals, actions and resources are meant, each by its place.
struct Marks {
    principals: Vec<bool>,
    actions: Vec<bool>,
    resources: Vec<bool>,
}

impl Marks {
    fn none(principals: usize, actions: usize, resources: usize) -> Marks {
        Marks {
            principals: vec![false; principals],
            actions: vec![false; actions],
            resources: vec![false; resources],
        }
    }

    fn mark(&mut self, principal: usize, action: usize, resource: usize) {
        let slots = [
            self.principals.get_mut(principal),
            self.actions.get_mut(action),
            self.resources.get_mut(resource),
        ];
        for slot in slots.into_iter().flatten() {
            *slot = true;
        }
    }

    fn any(&self) -> bool {
        self.principals.contains(&true)
    }
}

fn applies_as_often(
    narrow: &Statement,
    own: Variables,
    wide: &Statement,
    theirs: Variables,
) -> bool {
    let implied = |needed| {
        narrow
            .condition
            .iter()
            .any(|condition| implies((condition, own), (needed, theirs)))
    };
    wide.condition.iter().all(implied)
}

/// What one statement covers; each unit is compared once, since a proof is dear and the products are many.
struct Candidate(Marks);

impl Candidate {
    fn new(
        wide: &Statement,
        variables: Variables,
        principals: &[Atom],
        actions: &[(String, Unit)],
        resources: &[(Option<String>, Option<Unit>)],
    ) -> Candidate {
        let action = match &wide.action {
            Actions::Is(values) => Element::Is(action_patterns(values)),
            Actions::Not(values) => Element::Not(action_patterns(values)),
        };
        let resource = wide.resource.as_ref().map(|resource| match resource {
            Resources::Is(values) => Element::Is(resource_patterns(values, variables)),
            Resources::Not(values) => Element::Not(resource_patterns(values, variables)),
        });
        let covers_resource = |unit: &Option<Unit>| match (&resource, unit) {
            (None, _) => true,
            (Some(resource), Some(unit)) => resource.covers(unit),
            (Some(_), None) => false,
        };
        Candidate(Marks {
            principals: principals
                .iter()
                .map(|atom| principal::covers(wide, atom))
                .collect(),
            actions: actions
                .iter()
                .map(|(_, unit)| action.covers(unit))
                .collect(),
            resources: resources
                .iter()
                .map(|(_, unit)| covers_resource(unit))
                .collect(),
        })
    }

    fn covers(&self, principal: usize, action: usize, resource: usize) -> bool {
        let Candidate(marks) = self;
        let parts = [
            marks.principals.get(principal),
            marks.actions.get(action),
            marks.resources.get(resource),
        ];
        parts.into_iter().all(|part| part == Some(&true))
    }
}

/// An action or resource element, its patterns read.
enum Element {
    Is(Vec<Pattern>),
    Not(Vec<Pattern>),
}

impl Element {
    fn covers(&self, unit: &Unit) -> bool {
        match (self, unit) {
            (Element::Is(wide), Unit::Is(narrow)) => wide.iter().any(|wide| wide.covers(narrow)),
            (Element::Is(wide), Unit::Not(_)) => {
                let everything = Pattern::action("*");
                wide.iter().any(|wide| wide.covers(&everything))
            }
            (Element::Not(spared), Unit::Is(narrow)) => {
                !spared.iter().any(|spared| spared.overlaps(narrow))
            }
            (Element::Not(spared), Unit::Not(narrow)) => spared
                .iter()
                .all(|spared| narrow.iter().any(|narrow| narrow.covers(spared))),
        }
    }
}

fn action_patterns(values: &Values) -> Vec<Pattern> {
    values
        .items()
        .iter()
        .map(|text| Pattern::action(text))
        .collect()
}

fn resource_patterns(values: &Values, variables: Variables) -> Vec<Pattern> {
    values
        .items()
        .iter()
        .map(|text| Pattern::new(text, Wildcards::Yes, variables))
        .collect()
}

fn actions(statement: &Statement) -> Vec<(String, Unit)> {
    match &statement.action {
        Actions::Is(values) => values
            .items()
            .iter()
            .map(|text| (text.clone(), Unit::Is(Pattern::action(text))))
            .collect(),
        Actions::Not(values) => {
            vec![(
                format!("all but {}", values.items().join(", ")),
                Unit::Not(action_patterns(values)),
            )]
        }
    }
}

fn resources(statement: &Statement, variables: Variables) -> Vec<(Option<String>, Option<Unit>)> {
    match &statement.resource {
        None => vec![(None, None)],
        Some(Resources::Is(values)) => {
            let unit = |text: &String| Unit::Is(Pattern::new(text, Wildcards::Yes, variables));
            values
                .items()
                .iter()
                .map(|text| (Some(text.clone()), Some(unit(text))))
                .collect()
        }
        Some(Resources::Not(values)) => {
            let text = format!("all but {}", values.items().join(", "));
            vec![(
                Some(text),
                Some(Unit::Not(resource_patterns(values, variables))),
            )]
        }
    }
}
