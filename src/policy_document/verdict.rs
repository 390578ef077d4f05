//! A request of which not every context key is known, against a document: certain, possible or no; it must never be certain of a guess.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Document;
use super::condition::{Context, truth};
use super::evaluate::{self, PrincipalId, variables};
use super::glob::{Variables, lowercase};
use super::operator::Truth;
use super::principal;
use super::statement::{Condition, Effect, PrincipalKind, PrincipalSet, Principals, Statement};

/// How sure it is that something applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It does not.
    No,
    /// It depends on what cannot be known here.
    Possible,
    /// It does.
    Certain,
}

impl From<Truth> for Verdict {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::No => Verdict::No,
            Truth::Unknown => Verdict::Possible,
            Truth::Yes => Verdict::Certain,
        }
    }
}

/// What is known of a context key. A key that is not listed can be absent or have any value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It has these values.
    Is(Vec<String>),
    /// The request does not have it.
    Absent,
    /// It is absent, or has this value.
    AbsentOr(String),
    /// It is the ARN of the role with this name in an account, whose path a session does not tell.
    RoleNamed {
        /// The ARN up to the path: `arn:aws:iam::123456789012:role/`.
        start: String,
        /// The name of the role.
        name: String,
    },
}

/// A request as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Who asks.
    pub principal: PrincipalId,
    /// What, such as `s3:GetObject`.
    pub action: String,
    /// On what, by ARN.
    pub resource: String,
    /// What is known of the context keys, by lower-cased name.
    pub keys: BTreeMap<String, Known>,
}

/// A statement that applies, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct By {
    /// How sure that is.
    pub verdict: Verdict,
    /// The label of the statement.
    pub label: String,
    /// The condition keys that it depends on and that are not known.
    pub unknown: Vec<String>,
    /// All its condition keys.
    pub keys: Vec<String>,
}

/// Returns the statements of an effect that apply or may, in the order written.
#[must_use]
pub(crate) fn applying(document: &Document, effect: Effect, asked: &Asked) -> Vec<By> {
    let own = variables(document);
    let statements = document
        .statements()
        .iter()
        .filter(|statement| statement.effect == effect);
    let all = statements.map(|statement| by(statement, own, asked));
    all.filter(|by| by.verdict > Verdict::No).collect()
}

/// Returns how sure it is that a statement of an effect applies.
#[must_use]
pub(crate) fn strongest(document: &Document, effect: Effect, asked: &Asked) -> Verdict {
    let all = applying(document, effect, asked);
    all.iter().map(|by| by.verdict).max().unwrap_or(Verdict::No)
}

/// Whether a statement is about an action on a resource, whoever asks and whatever its conditions are.
#[must_use]
pub(crate) fn covers(statement: &Statement, action: &str, resource: &str) -> bool {
    let nothing = Context::new(BTreeMap::new());
    evaluate::action(statement, action) > Truth::No
        && evaluate::resource(statement, Variables::Resolved, resource, &nothing) > Truth::No
}

fn by(statement: &Statement, own: Variables, asked: &Asked) -> By {
    let context = context(asked);
    let mut unknown = Vec::new();
    let mut truths = vec![
        concerns(statement, &asked.principal),
        evaluate::action(statement, &asked.action),
        evaluate::resource(statement, own, &asked.resource, &context),
    ];
    for condition in &statement.condition {
        let truth = holds(condition, own, asked);
        if truth == Truth::Unknown {
            unknown.push(condition.key.clone());
        }
        truths.push(truth);
    }
    unknown.sort();
    unknown.dedup();
    By {
        verdict: truths.into_iter().min().unwrap_or(Truth::No).into(),
        label: statement.label(),
        unknown,
        keys: statement
            .condition
            .iter()
            .map(|condition| lowercase(&condition.key))
            .collect(),
    }
}

fn context(asked: &Asked) -> Context<'static> {
    let known = asked.keys.iter().filter_map(|(key, known)| match known {
        Known::Is(values) => Some((key.clone(), values.clone())),
        Known::Absent | Known::AbsentOr(_) | Known::RoleNamed { .. } => None,
    });
    Context::new(known.collect())
}

/// Whether a condition holds; a key that is not known makes it unknown.
fn holds(condition: &Condition, own: Variables, asked: &Asked) -> Truth {
    let key = lowercase(&condition.key);
    let with = |known: Known| {
        let mut asked = asked.clone();
        asked.keys.insert(key.clone(), known);
        truth(condition, own, &context(&asked))
    };
    match asked.keys.get(&key) {
        None => Truth::Unknown,
        Some(Known::Is(_) | Known::Absent) => truth(condition, own, &context(asked)),
        Some(Known::RoleNamed { start, name }) => {
            let candidates = role_arns(condition, start, name);
            let mut truths = candidates.into_iter().map(|arn| with(Known::Is(vec![arn])));
            let first = truths.next().unwrap_or(Truth::Unknown);
            match truths.all(|other| other == first) {
                true => first,
                false => Truth::Unknown,
            }
        }
        Some(Known::AbsentOr(value)) => {
            let (absent, present) = (with(Known::Absent), with(Known::Is(vec![value.clone()])));
            if absent == present {
                absent
            } else {
                Truth::Unknown
            }
        }
    }
}

/// ARNs that the role may have: without a path, and with each path that a value of the condition suggests.
fn role_arns(condition: &Condition, start: &str, name: &str) -> Vec<String> {
    let mut arns = vec![format!("{start}{name}"), format!("{start}unknown/{name}")];
    for value in condition.values.items() {
        for filled in ["", "x"].map(|part| value.replace('*', part).replace('?', "x")) {
            let below = format!("{}/{name}", filled.trim_end_matches('/'));
            arns.extend([format!("{filled}{name}"), filled, below]);
        }
    }
    arns.retain(|arn| {
        let path = arn.strip_prefix(start);
        path.is_some_and(|path| path.rsplit('/').next() == Some(name))
    });
    arns
}

/// Whether a statement concerns a principal. A role asks in a session whose name nobody knows here.
fn concerns(statement: &Statement, id: &PrincipalId) -> Truth {
    let PrincipalId::Aws(arn) = id else {
        return principal::concerns(statement, id).into();
    };
    let Some(role) = role_of(arn) else {
        return principal::concerns(statement, id).into();
    };
    match (&statement.principal, statement.effect) {
        // The account, the role and the session must all be named to be spared; AWS says that otherwise they may be denied
        // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
        (Some(Principals::Not(set)), Effect::Deny) if names(set, arn) => {
            if names_everyone(set) {
                Truth::No
            } else {
                Truth::Unknown
            }
        }
        (Some(Principals::Not(_)), Effect::Deny) => Truth::Yes,
        (Some(Principals::Is(set)), _) if !principal::concerns(statement, id) => {
            match names_session(set, role) {
                true => Truth::Unknown,
                false => Truth::No,
            }
        }
        _ => principal::concerns(statement, id).into(),
    }
}

/// The account and the name of a role by its ARN.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, rest) = (parts.next()?, parts.next()?);
    rest.starts_with("role/")
        .then(|| rest.rsplit('/').next().map(|name| (account, name)))?
}

fn listed(set: &PrincipalSet) -> impl Iterator<Item = &String> {
    let listed = match set {
        PrincipalSet::Everyone => [].as_slice(),
        PrincipalSet::Listed(listed) => listed.as_slice(),
    };
    let aws = listed
        .iter()
        .filter(|(kind, _)| *kind == PrincipalKind::Aws);
    aws.flat_map(|(_, values)| values.items())
}

fn names(set: &PrincipalSet, arn: &str) -> bool {
    names_everyone(set) || listed(set).any(|name| name == arn)
}

fn names_everyone(set: &PrincipalSet) -> bool {
    *set == PrincipalSet::Everyone || listed(set).any(|name| name == "*")
}

fn names_session(set: &PrincipalSet, (account, role): (&str, &str)) -> bool {
    let session = format!(":sts::{account}:assumed-role/{role}/");
    listed(set).any(|name| name.contains(&session))
}
