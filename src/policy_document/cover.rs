//! What one document grants beyond another; it must never call a grant contained without proof.

use std::fmt;

use super::canonical::{Spelling, statement as canonical_statement};
use super::condition::implies;
use super::evaluate::variables;
use super::glob::{Pattern, Variables, Wildcards};
use super::principal::{self, Atom};
use super::statement::{Actions, Effect, PrincipalSet, Principals, Resources, Statement, Values};
use super::{Document, VERSION_2012, write};

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

/// Returns a document that allows only what both allow, for reducing a policy before it is widened.
///
/// It keeps every Deny of both, and each Allow as far as its principals are granted the same by the other. With nothing left it
/// denies everything, since a document without statements is not valid.
pub fn shared(have: &Document, want: &Document) -> Document {
    let everything = deny_everything(have, want);
    let mixed = have.resolves_variables() != want.resolves_variables();
    if mixed && (have.mentions_variables() || want.mentions_variables()) {
        return Document::new(vec![everything]);
    }
    let mut kept: Vec<Statement> = Vec::new();
    for (document, other) in [(have, want), (want, have)] {
        for statement in document.statements() {
            let part = match statement.effect {
                Effect::Deny => Some(statement.clone()),
                Effect::Allow => contained_part(statement, variables(document), other),
            };
            add(&mut kept, part);
        }
    }
    if kept.is_empty() {
        kept.push(everything);
    }
    let version = if mixed { VERSION_2012 } else { want.version() };
    Document {
        version: Some(version.to_owned()),
        id: None,
        statements: kept,
    }
}

/// Adds a statement once, without its Sid when that is taken.
fn add(kept: &mut Vec<Statement>, statement: Option<Statement>) {
    let Some(mut statement) = statement else {
        return;
    };
    let bare = |statement: &Statement| {
        write::pretty(&canonical_statement(
            &Statement {
                sid: None,
                ..statement.clone()
            },
            &Spelling::default(),
        ))
    };
    if kept.iter().any(|other| bare(other) == bare(&statement)) {
        return;
    }
    if kept
        .iter()
        .any(|other| other.sid.is_some() && other.sid == statement.sid)
    {
        statement.sid = None;
    }
    kept.push(statement);
}

/// Returns an Allow with those of its principals whose whole grant is in the other document.
fn contained_part(
    statement: &Statement,
    variables: Variables,
    other: &Document,
) -> Option<Statement> {
    let is_contained = |part: &Statement| missing(part, variables, other).is_empty();
    if is_contained(statement) {
        return Some(statement.clone());
    }
    let Some(Principals::Is(PrincipalSet::Listed(listed))) = &statement.principal else {
        return None;
    };
    let with = |listed| Statement {
        principal: Some(Principals::Is(PrincipalSet::Listed(listed))),
        ..statement.clone()
    };
    let mut kept = Vec::new();
    for (kind, names) in listed {
        let contained =
            |name: &&String| is_contained(&with(vec![(*kind, Values::one(name.as_str()))]));
        let names: Vec<String> = names.items().iter().filter(contained).cloned().collect();
        if !names.is_empty() {
            kept.push((*kind, Values::list(names)));
        }
    }
    (!kept.is_empty()).then(|| with(kept))
}

fn deny_everything(have: &Document, want: &Document) -> Statement {
    let statements = || have.statements().iter().chain(want.statements());
    if statements().any(|statement| statement.resource.is_none()) {
        // The actions that a trust policy may name.
        return Statement::deny([
            "sts:AssumeRole",
            "sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithWebIdentity",
            "sts:SetSourceIdentity",
            "sts:TagSession",
        ])
        .by_everyone();
    }
    if statements().all(|statement| statement.principal.is_none()) {
        return Statement::deny("*").on("*");
    }
    // A bucket policy may name its own bucket only, so its own words are reused.
    let resources = statements().filter_map(|statement| match &statement.resource {
        Some(Resources::Is(values) | Resources::Not(values)) => Some(values.items()),
        None => None,
    });
    let mut resources: Vec<String> = resources.flatten().cloned().collect();
    resources.sort();
    resources.dedup();
    Statement::deny("s3:*").on(resources).by_everyone()
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
