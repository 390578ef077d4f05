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
        write!(formatter, " to {}", self.principals.join(", "))
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
    missing(statement, own, wide).is_empty()
}

/// Lists the statements of one effect in `narrow` that `wide` does not cover, each with its uncovered part.
fn uncovered(narrow: &Document, wide: &Document, effect: Effect) -> Vec<Widening> {
    let statements = narrow
        .statements()
        .iter()
        .filter(|statement| statement.effect == effect);
    statements
        .filter_map(|statement| {
            let missing = missing(statement, variables(narrow), wide);
            (!missing.is_empty()).then(|| Widening {
                label: statement.label(),
                effect,
                principals: distinct(missing.iter().map(|part| part.principal.to_string())),
                actions: distinct(missing.iter().map(|part| part.action.to_string())),
                resources: distinct(missing.iter().filter_map(|part| part.resource.clone())),
            })
        })
        .collect()
}

fn distinct(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for item in items {
        if !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    distinct
}

/// One principal, action and resource that nothing covers.
struct Missing {
    principal: Atom,
    action: String,
    resource: Option<String>,
}

/// A unit of an action or resource element: one pattern, or all of its negated form.
enum Unit {
    Is(Pattern),
    Not(Vec<Pattern>),
}

/// Compares every principal x action x resource of a statement with each statement of the other document that applies at least
/// as often.
fn missing(statement: &Statement, own: Variables, wide: &Document) -> Vec<Missing> {
    let theirs = variables(wide);
    let candidates: Vec<Candidate> = wide
        .statements()
        .iter()
        .filter(|other| {
            other.effect == statement.effect && applies_as_often(statement, own, other, theirs)
        })
        .map(|other| Candidate::new(other, theirs))
        .collect();
    let mut missing = Vec::new();
    for principal in principal::atoms(statement) {
        let here: Vec<&Candidate> = candidates
            .iter()
            .filter(|candidate| principal::covers(candidate.statement, &principal))
            .collect();
        for (action_text, action) in actions(statement) {
            let here: Vec<&&Candidate> = here
                .iter()
                .filter(|candidate| candidate.action.covers(&action))
                .collect();
            for (resource_text, resource) in resources(statement, own) {
                if !here
                    .iter()
                    .any(|candidate| candidate.covers_resource(resource.as_ref()))
                {
                    let (action, resource) = (action_text.clone(), resource_text);
                    missing.push(Missing {
                        principal: principal.clone(),
                        action,
                        resource,
                    });
                }
            }
        }
    }
    missing
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

struct Candidate<'a> {
    statement: &'a Statement,
    action: Element,
    resource: Option<Element>,
}

/// An action or resource element, its patterns read.
enum Element {
    Is(Vec<Pattern>),
    Not(Vec<Pattern>),
}

impl<'a> Candidate<'a> {
    fn new(statement: &'a Statement, variables: Variables) -> Candidate<'a> {
        let action = match &statement.action {
            Actions::Is(values) => Element::Is(action_patterns(values)),
            Actions::Not(values) => Element::Not(action_patterns(values)),
        };
        let resource = statement.resource.as_ref().map(|resource| match resource {
            Resources::Is(values) => Element::Is(resource_patterns(values, variables)),
            Resources::Not(values) => Element::Not(resource_patterns(values, variables)),
        });
        Candidate {
            statement,
            action,
            resource,
        }
    }

    fn covers_resource(&self, unit: Option<&Unit>) -> bool {
        match (&self.resource, unit) {
            (None, _) => true,
            (Some(resource), Some(unit)) => resource.covers(unit),
            (Some(_), None) => false,
        }
    }
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
