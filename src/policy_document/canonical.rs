//! Document -> its one canonical form; it must never merge what grants differently.

use std::collections::BTreeMap;

use super::glob::lowercase;
use super::operator::{Family, Operator};
use super::principal::canonical_name;
use super::statement::{
    Actions, Condition, PrincipalKind, PrincipalSet, Principals, Resources, Statement, Values,
};
use super::{Document, VERSION_2012};

/// How names without case are spelled in a canonical form: in lower case, or as the documents shown to a person spell them.
#[derive(Default)]
pub(super) struct Spelling(BTreeMap<String, String>);

impl Spelling {
    /// Learns the spelling of a document; the first one learnt stays.
    pub(super) fn learn(&mut self, document: &Document) {
        for statement in &document.statements {
            let (Actions::Is(actions) | Actions::Not(actions)) = &statement.action;
            let keys = statement.condition.iter().map(|condition| &condition.key);
            for name in actions.items().iter().chain(keys) {
                self.0
                    .entry(lowercase(name))
                    .or_insert_with(|| name.clone());
            }
        }
    }

    fn spell(&self, name: &str) -> String {
        let lower = lowercase(name);
        self.0.get(&lower).cloned().unwrap_or(lower)
    }
}

pub(super) fn document(document: &Document, spelling: &Spelling) -> Document {
    let mut keyed: Vec<(String, Statement)> = document
        .statements
        .iter()
        .map(|written| statement(written, spelling))
        .map(|statement| (super::write::pretty(&statement), statement))
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.dedup_by(|a, b| a.0 == b.0);
    // The versions differ only in policy variables.
    let version = if document.mentions_variables() {
        document.version()
    } else {
        VERSION_2012
    };
    let statements = keyed.into_iter().map(|(_, statement)| statement).collect();
    Document {
        version: Some(version.to_owned()),
        id: None,
        statements,
    }
}

/// Returns a statement with every list sorted and without duplicates; an empty Sid is none.
pub(super) fn statement(written: &Statement, spelling: &Spelling) -> Statement {
    let spelled = |values: &Values| {
        sorted(
            values
                .items()
                .iter()
                .map(|item| spelling.spell(item))
                .collect(),
        )
    };
    let plain = |values: &Values| sorted(values.items().to_vec());
    let mut condition: Vec<Condition> = written
        .condition
        .iter()
        .map(|part| condition(part, spelling))
        .collect();
    condition.sort_by(|a, b| {
        (&a.operator, &a.key, a.values.items()).cmp(&(&b.operator, &b.key, b.values.items()))
    });
    condition.dedup();
    Statement {
        sid: written.sid.clone().filter(|sid| !sid.is_empty()),
        effect: written.effect,
        principal: written.principal.as_ref().map(|principal| match principal {
            Principals::Is(set) => Principals::Is(principals(set, written)),
            Principals::Not(set) => Principals::Not(principals(set, written)),
        }),
        action: match &written.action {
            Actions::Is(values) => Actions::Is(spelled(values)),
            Actions::Not(values) => Actions::Not(spelled(values)),
        },
        resource: written.resource.as_ref().map(|resource| match resource {
            Resources::Is(values) => Resources::Is(plain(values)),
            Resources::Not(values) => Resources::Not(plain(values)),
        }),
        condition,
    }
}

fn sorted(mut items: Vec<String>) -> Values {
    items.sort();
    items.dedup();
    Values::list(items)
}

fn principals(set: &PrincipalSet, statement: &Statement) -> PrincipalSet {
    let PrincipalSet::Listed(listed) = set else {
        return PrincipalSet::Everyone;
    };
    let mut canonical = Vec::new();
    for kind in PrincipalKind::ALL {
        let names = listed
            .iter()
            .filter(|(listed, _)| *listed == kind)
            .flat_map(|(_, values)| values.items());
        let names: Vec<String> = names.map(|name| canonical_name(kind, name)).collect();
        if !names.is_empty() {
            canonical.push((kind, sorted(names)));
        }
    }
    match canonical.as_slice() {
        // See `principal::names` for where this holds.
        [(PrincipalKind::Aws, names)] if names.items() == ["*"] && statement.resource.is_some() => {
            PrincipalSet::Everyone
        }
        _ => PrincipalSet::Listed(canonical),
    }
}

fn condition(written: &Condition, spelling: &Spelling) -> Condition {
    let operator = Operator::parse(&written.operator);
    let without_case =
        operator.is_some_and(|operator| matches!(operator.family, Family::Bool | Family::Null));
    let items = written.values.items().iter();
    let items = items
        .map(|item| {
            if without_case {
                lowercase(item)
            } else {
                item.clone()
            }
        })
        .collect();
    Condition {
        operator: operator.map_or_else(
            || written.operator.clone(),
            |operator| operator.canonical_name(),
        ),
        key: spelling.spell(&written.key),
        values: sorted(items),
    }
}
