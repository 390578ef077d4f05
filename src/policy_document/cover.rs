//! What one document grants beyond another; it must never call a grant contained without proof.

use std::fmt;

use super::Document;
use super::evaluate::variables;
use super::glob::{Pattern, Variables, Wildcards};
use super::imply::{Test, alternatives, implied};
use super::principal::{self, Atom};
use super::rules::completed;
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
    gap(statement, own, &[], wide).is_none()
}

/// Lists the statements of one effect in `narrow` that `wide` does not cover, each with its uncovered part.
fn uncovered(narrow: &Document, wide: &Document, effect: Effect) -> Vec<Widening> {
    let of = |effect: Effect| {
        let statements = narrow.statements().iter();
        statements.filter(move |statement| statement.effect == effect)
    };
    // What a Deny of the same document takes back was never granted.
    let denials: Vec<&Statement> = match effect {
        Effect::Allow => of(Effect::Deny).collect(),
        Effect::Deny => Vec::new(),
    };
    of(effect)
        .filter_map(|statement| gap(statement, variables(narrow), &denials, wide))
        .collect()
}

/// A unit of an action or resource element: one target, or all of its negated form.
enum Unit {
    Is(Target),
    Not(Vec<Target>),
}

/// A pattern with the least and the most that it can mean.
struct Target {
    least: Pattern,
    most: Pattern,
}

impl Target {
    fn action(text: &str) -> Target {
        Target {
            least: Pattern::action(text),
            most: Pattern::action(text),
        }
    }

    fn resource(text: &str, variables: Variables) -> Target {
        let pattern = |text: &str| Pattern::new(text, Wildcards::Yes, variables);
        Target {
            least: pattern(text),
            most: pattern(completed(text).as_deref().unwrap_or(text)),
        }
    }

    fn covers(&self, narrow: &Target) -> bool {
        self.least == narrow.least || self.least.covers(&narrow.most)
    }
}

/// Compares every principal x action x resource of a statement with each statement of the other document that applies at least
/// as often, and returns what none of them covers.
fn gap<'w>(
    statement: &Statement,
    own: Variables,
    denials: &[&Statement],
    wide: &'w Document,
) -> Option<Widening> {
    let units = Units {
        principals: principal::atoms(statement),
        actions: actions(statement),
        resources: resources(statement, own),
    };
    let tests = tests(statement, own);
    let theirs = variables(wide);
    let others = wide.statements().iter();
    let others = others.filter(|other| other.effect == statement.effect);
    let (applying, rest): (Vec<&'w Statement>, Vec<&'w Statement>) =
        others.partition(|other| all_implied(&tests, &self::tests(other, theirs)));
    let of = |others: Vec<&'w Statement>| {
        let others = others.into_iter();
        let candidates = others.map(|other| Candidate::new(other, theirs, &units));
        candidates.collect::<Vec<Candidate<'w>>>()
    };
    let mut candidates = of(applying);
    let open: Vec<Place> = units
        .places()
        .filter(|place| !candidates.iter().any(|candidate| candidate.covers(*place)))
        .collect();
    if open.is_empty() {
        return None;
    }
    candidates.extend(of(rest));
    let denials: Vec<Candidate> = denials
        .iter()
        .map(|denial| Candidate::new(denial, own, &units))
        .collect();
    let mut uncovered = Marks::none(&units);
    let mut only_conditions = statement.effect == Effect::Allow;
    for place in open {
        let here: Vec<&Candidate> = at(&candidates, place);
        if !covered_together(&tests, &at(&denials, place), &here) {
            uncovered.mark(place);
            only_conditions &= !here.is_empty();
        }
    }
    uncovered.any().then(|| Widening {
        label: statement.label(),
        effect: statement.effect,
        only_conditions,
        principals: marked(&units.principals, &uncovered.principals, |principal| {
            Some(principal.to_string())
        }),
        actions: marked(&units.actions, &uncovered.actions, |(text, _)| {
            Some(text.clone())
        }),
        resources: marked(&units.resources, &uncovered.resources, |(text, _)| {
            text.clone()
        }),
    })
}

fn at<'c, 'd>(candidates: &'c [Candidate<'d>], place: Place) -> Vec<&'c Candidate<'d>> {
    let covers = |candidate: &&Candidate<'_>| candidate.covers(place);
    candidates.iter().filter(covers).collect()
}

/// Says whether a grant under these conditions, less what the denials take back, is given by the candidates together.
fn covered_together(
    tests: &[Test<'_>],
    denials: &[&Candidate<'_>],
    candidates: &[&Candidate<'_>],
) -> bool {
    if denials
        .iter()
        .any(|denial| all_implied(tests, &denial.tests))
    {
        return true;
    }
    let mut left = tests.to_vec();
    left.extend(denials.iter().filter_map(|denial| match &denial.tests[..] {
        [only] => only.complement(),
        _ => None,
    }));
    let given = |left: &Vec<Test<'_>>| {
        let gives = |candidate: &&Candidate<'_>| all_implied(left, &candidate.tests);
        candidates.iter().any(gives)
    };
    alternatives(&left).iter().all(given)
}

fn tests(statement: &Statement, variables: Variables) -> Vec<Test<'_>> {
    let conditions = statement.condition.iter();
    conditions
        .map(|condition| Test::of(condition, variables))
        .collect()
}

fn all_implied(narrow: &[Test<'_>], wide: &[Test<'_>]) -> bool {
    wide.iter().all(|needed| implied(narrow, needed))
}

/// The parts of a statement that are compared one by one.
struct Units {
    principals: Vec<Atom>,
    actions: Vec<(String, Unit)>,
    resources: Vec<(Option<String>, Option<Unit>)>,
}

/// The places of one principal, one action and one resource.
type Place = [usize; 3];

impl Units {
    fn places(&self) -> impl Iterator<Item = Place> {
        let (actions, resources) = (self.actions.len(), self.resources.len());
        let of = move |principal: usize, action: usize| {
            (0..resources).map(move |resource| [principal, action, resource])
        };
        (0..self.principals.len())
            .flat_map(move |principal| (0..actions).flat_map(move |action| of(principal, action)))
    }
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
    fn none(units: &Units) -> Marks {
        Marks {
            principals: vec![false; units.principals.len()],
            actions: vec![false; units.actions.len()],
            resources: vec![false; units.resources.len()],
        }
    }

    fn mark(&mut self, [principal, action, resource]: Place) {
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

/// What one statement covers; each unit is compared once, since a proof is dear and the products are many.
struct Candidate<'a> {
    marks: Marks,
    tests: Vec<Test<'a>>,
}

impl<'a> Candidate<'a> {
    fn new(wide: &'a Statement, variables: Variables, units: &Units) -> Candidate<'a> {
        let action = match &wide.action {
            Actions::Is(values) => Element::Is(action_targets(values)),
            Actions::Not(values) => Element::Not(action_targets(values)),
        };
        let resource = wide.resource.as_ref().map(|resource| match resource {
            Resources::Is(values) => Element::Is(resource_targets(values, variables)),
            Resources::Not(values) => Element::Not(resource_targets(values, variables)),
        });
        let covers_resource = |unit: &Option<Unit>| match (&resource, unit) {
            (None, _) => true,
            (Some(resource), Some(unit)) => resource.covers(unit),
            (Some(_), None) => false,
        };
        let principals = units.principals.iter();
        let actions = units.actions.iter();
        let resources = units.resources.iter();
        Candidate {
            marks: Marks {
                principals: principals
                    .map(|atom| principal::covers(wide, atom))
                    .collect(),
                actions: actions.map(|(_, unit)| action.covers(unit)).collect(),
                resources: resources.map(|(_, unit)| covers_resource(unit)).collect(),
            },
            tests: tests(wide, variables),
        }
    }

    fn covers(&self, [principal, action, resource]: Place) -> bool {
        let parts = [
            self.marks.principals.get(principal),
            self.marks.actions.get(action),
            self.marks.resources.get(resource),
        ];
        parts.into_iter().all(|part| part == Some(&true))
    }
}

/// An action or resource element, read.
enum Element {
    Is(Vec<Target>),
    Not(Vec<Target>),
}

impl Element {
    fn covers(&self, unit: &Unit) -> bool {
        match (self, unit) {
            (Element::Is(wide), Unit::Is(narrow)) => wide.iter().any(|wide| wide.covers(narrow)),
            (Element::Is(wide), Unit::Not(_)) => {
                let everything = Target::action("*");
                wide.iter().any(|wide| wide.covers(&everything))
            }
            (Element::Not(spared), Unit::Is(narrow)) => !spared
                .iter()
                .any(|spared| spared.most.overlaps(&narrow.most)),
            (Element::Not(spared), Unit::Not(narrow)) => spared
                .iter()
                .all(|spared| narrow.iter().any(|narrow| narrow.covers(spared))),
        }
    }
}

fn action_targets(values: &Values) -> Vec<Target> {
    values
        .items()
        .iter()
        .map(|text| Target::action(text))
        .collect()
}

fn resource_targets(values: &Values, variables: Variables) -> Vec<Target> {
    values
        .items()
        .iter()
        .map(|text| Target::resource(text, variables))
        .collect()
}

fn actions(statement: &Statement) -> Vec<(String, Unit)> {
    match &statement.action {
        Actions::Is(values) => values
            .items()
            .iter()
            .map(|text| (text.clone(), Unit::Is(Target::action(text))))
            .collect(),
        Actions::Not(values) => {
            vec![(
                format!("all but {}", values.items().join(", ")),
                Unit::Not(action_targets(values)),
            )]
        }
    }
}

fn resources(statement: &Statement, variables: Variables) -> Vec<(Option<String>, Option<Unit>)> {
    match &statement.resource {
        None => vec![(None, None)],
        Some(Resources::Is(values)) => {
            let unit = |text: &String| Unit::Is(Target::resource(text, variables));
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
                Some(Unit::Not(resource_targets(values, variables))),
            )]
        }
    }
}
