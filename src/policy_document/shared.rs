//! What two documents both grant; it must never keep a grant that one of them lacks, nor lose a denial that matters.

use super::canonical::{Spelling, statement as canonical_statement};
use super::condition::narrower_values;
use super::cover::is_contained;
use super::evaluate::variables;
use super::glob::{Variables, lowercase};
use super::operator::Operator;
use super::statement::{Condition, Effect, PrincipalSet, Principals, Resources, Statement, Values};
use super::{Document, write};

/// Returns a document that allows only what both allow, for reducing a policy before it is widened.
///
/// It keeps every Deny of both, and each Allow as far as its principals are granted the same by the other, or under the
/// conditions of both. With nothing left it denies everything, since a document without statements is not valid.
pub fn shared(have: &Document, want: &Document) -> Document {
    // A document has one version; what is text under the old one stays text under the new one.
    if have.resolves_variables() != want.resolves_variables() {
        return shared(&have.upgraded(), &want.upgraded());
    }
    let mut kept: Vec<Statement> = Vec::new();
    for (document, other) in [(have, want), (want, have)] {
        for statement in document.statements() {
            let part = match statement.effect {
                Effect::Deny => Some(statement.clone()),
                Effect::Allow => contained_part(statement, variables(document), other)
                    .or_else(|| narrowed(statement, variables(document), other)),
            };
            add(&mut kept, part);
        }
    }
    if kept.is_empty() {
        add(&mut kept, Some(deny_everything(have, want)));
    }
    Document {
        version: Some(want.version().to_owned()),
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
    let contained = |part: &Statement| is_contained(part, variables, other);
    if contained(statement) {
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
        let granted = |name: &&String| contained(&with(vec![(*kind, Values::one(name.as_str()))]));
        let names: Vec<String> = names.items().iter().filter(granted).cloned().collect();
        if !names.is_empty() {
            kept.push((*kind, Values::list(names)));
        }
    }
    (!kept.is_empty()).then(|| with(kept))
}

/// Returns an Allow under its own conditions and those of a statement that grants at least as much but for them.
fn narrowed(statement: &Statement, own: Variables, other: &Document) -> Option<Statement> {
    let bare = |statement: &Statement| Statement {
        condition: Vec::new(),
        ..statement.clone()
    };
    let theirs = variables(other);
    other
        .statements()
        .iter()
        .filter(|wide| wide.effect == Effect::Allow)
        .find_map(|wide| {
            if !is_contained(
                &bare(statement),
                own,
                &other.with_statements(vec![bare(wide)]),
            ) {
                return None;
            }
            let mut condition = statement.condition.clone();
            for added in &wide.condition {
                match condition
                    .iter()
                    .position(|known| is_same_test(known, added))
                {
                    Some(at) => {
                        let known = condition.remove(at);
                        condition.insert(at, both(&known, own, added, theirs)?);
                    }
                    None => condition.push(added.clone()),
                }
            }
            Some(Statement {
                condition,
                ..statement.clone()
            })
        })
}

fn is_same_test(a: &Condition, b: &Condition) -> bool {
    let operators = (Operator::parse(&a.operator), Operator::parse(&b.operator));
    matches!(operators, (Some(a), Some(b)) if a == b) && lowercase(&a.key) == lowercase(&b.key)
}

/// Returns one condition that implies two of the same operator and key, when values are left.
fn both(
    a: &Condition,
    a_variables: Variables,
    b: &Condition,
    b_variables: Variables,
) -> Option<Condition> {
    let operator = Operator::parse(&a.operator)?;
    let mut values: Vec<String> = if operator.negated {
        a.values
            .items()
            .iter()
            .chain(b.values.items())
            .cloned()
            .collect()
    } else {
        let mut values = narrower_values((a, a_variables), (b, b_variables));
        values.extend(narrower_values((b, b_variables), (a, a_variables)));
        values
    };
    values.sort();
    values.dedup();
    (!values.is_empty()).then(|| Condition {
        values: Values::list(values),
        ..a.clone()
    })
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
