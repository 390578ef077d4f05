//! Principals against a request and against each other; it must never take an account for one of its users where that could widen.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::evaluate::PrincipalId;
use super::rules;
use super::statement::{Effect, PrincipalKind, PrincipalSet, Principals, Statement};

/// One name of a principal element in its canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// Everything, services and federated users too.
    Everyone,
    /// One name, which is `*` for everyone of that kind.
    One(PrincipalKind, String),
}

/// Returns the account's id for its id or its root ARN in any partition; other names stay as they are.
pub(super) fn canonical_name(kind: PrincipalKind, name: &str) -> String {
    match (kind, account_of_root(name)) {
        (PrincipalKind::Aws, Some(account)) => account.to_owned(),
        _ => name.to_owned(),
    }
}

fn account_of_root(name: &str) -> Option<&str> {
    let mut parts = name.splitn(6, ':');
    let head = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let (account, resource) = (parts.next()?, parts.next()?);
    (head[0] == "arn" && head[2] == "iam" && head[3].is_empty() && resource == "root")
        .then_some(account)
}

/// Lists the canonical names of a set. In a bucket policy `{"AWS": "*"}` is everyone
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html>); for a trust
/// policy AWS does not say so.
pub(super) fn names(set: &PrincipalSet, statement: &Statement) -> Vec<Name> {
    let PrincipalSet::Listed(listed) = set else {
        return vec![Name::Everyone];
    };
    let mut names: Vec<Name> = listed
        .iter()
        .flat_map(|(kind, values)| values.items().iter().map(|value| (*kind, value.as_str())))
        .map(|name| match name {
            (PrincipalKind::Aws, "*") if statement.resource.is_some() => Name::Everyone,
            (kind, value) => Name::One(kind, canonical_name(kind, value)),
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Says whether a statement concerns a principal; one without a principal element concerns whoever it is attached to.
pub(super) fn concerns(statement: &Statement, id: &PrincipalId) -> bool {
    match &statement.principal {
        None => true,
        Some(Principals::Is(set)) => {
            let names = names(set, statement);
            identities(id)
                .iter()
                .any(|identity| names.iter().any(|name| name_matches(name, identity)))
        }
        Some(Principals::Not(set)) => {
            let names = names(set, statement);
            let named = |identity: &Identity| names.iter().any(|name| name_matches(name, identity));
            match statement.effect {
                Effect::Allow => !identities(id).iter().any(named),
                // The account, the role and the session must all be named to be spared
                // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
                Effect::Deny => !identities(id).iter().all(named),
            }
        }
    }
}

/// Says how an Allow that concerns a principal names it; none for a statement without a principal element.
pub(super) fn named(statement: &Statement, id: &PrincipalId) -> Option<Named> {
    let set = match &statement.principal {
        None => return None,
        Some(Principals::Not(_)) => return Some(Named::Directly),
        Some(Principals::Is(set)) => set,
    };
    let names = names(set, statement);
    let known = identities(id);
    let matching = known
        .iter()
        .enumerate()
        .filter(|(_, identity)| names.iter().any(|name| name_matches(name, identity)));
    let how = |(at, identity): (usize, &Identity)| match identity {
        _ if at == 0 || names.contains(&Name::Everyone) => Named::Directly,
        Identity::RoleOfSession { .. } => Named::Role,
        Identity::Exact(..) | Identity::Anonymous => Named::Account,
    };
    matching.map(how).max()
}

/// How a statement names a principal, which decides what else has to allow a request
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Only its account is named, which delegates to the account: an identity policy has to allow the request, too.
    Account,
    /// The role of the session is named: the role's permissions boundary has to allow the request, too.
    Role,
    /// The principal itself, or everyone.
    Directly,
}

/// One of the names under which a principal is known; the first is its own.
enum Identity {
    Anonymous,
    Exact(PrincipalKind, String),
    /// The role of a session, whose ARN does not tell the role's path.
    RoleOfSession {
        account: String,
        name: String,
    },
}

fn identities(id: &PrincipalId) -> Vec<Identity> {
    match id {
        PrincipalId::Anonymous => vec![Identity::Anonymous],
        PrincipalId::Service(name) => vec![Identity::Exact(PrincipalKind::Service, name.clone())],
        PrincipalId::Federated(name) => {
            vec![Identity::Exact(PrincipalKind::Federated, name.clone())]
        }
        PrincipalId::Aws(arn) => {
            let mut identities = vec![Identity::Exact(
                PrincipalKind::Aws,
                canonical_name(PrincipalKind::Aws, arn),
            )];
            let Some(account) = id.account() else {
                return identities;
            };
            if account_of_root(arn).is_none() {
                identities.push(Identity::Exact(PrincipalKind::Aws, account.clone()));
            }
            if let Some(name) = session_role(arn) {
                identities.push(Identity::RoleOfSession {
                    account,
                    name: name.to_owned(),
                });
            }
            identities
        }
    }
}

/// Returns the role's name of `arn:…:sts::…:assumed-role/NAME/SESSION`.
fn session_role(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    resource.strip_prefix("assumed-role/")?.split('/').next()
}

fn name_matches(name: &Name, identity: &Identity) -> bool {
    match (name, identity) {
        (Name::Everyone, _) => true,
        (
            Name::One(PrincipalKind::Aws, text),
            Identity::Exact(PrincipalKind::Aws, _) | Identity::Anonymous,
        ) if text == "*" => true,
        (Name::One(kind, text), Identity::Exact(other, value)) => kind == other && text == value,
        (Name::One(PrincipalKind::Aws, text), Identity::RoleOfSession { account, name }) => {
            text == "*" || role_matches(text, account, name)
        }
        _ => false,
    }
}

fn role_matches(arn: &str, account: &str, role: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (of, resource) = (parts.next(), parts.next().unwrap_or_default());
    of == Some(account)
        && resource.starts_with("role/")
        && resource.rsplit('/').next() == Some(role)
}

/// The principals of a statement as units of comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// The statement has no principal element.
    Implied,
    /// One name of `Principal`.
    Is(Name),
    /// All of `NotPrincipal`.
    Not(Vec<Name>),
}

pub(super) fn atoms(statement: &Statement) -> Vec<Atom> {
    match &statement.principal {
        None => vec![Atom::Implied],
        Some(Principals::Is(set)) => names(set, statement).into_iter().map(Atom::Is).collect(),
        Some(Principals::Not(set)) => vec![Atom::Not(names(set, statement))],
    }
}

/// Says whether a statement concerns everyone whom an atom of another statement of the same effect does.
///
/// An account does not cover its own roles and users: naming one of them grants it directly, while naming the account only lets
/// its administrator grant.
pub(super) fn covers(statement: &Statement, atom: &Atom) -> bool {
    let wide = match &statement.principal {
        None => return *atom == Atom::Implied,
        Some(Principals::Is(set)) => names(set, statement),
        Some(Principals::Not(set)) => {
            let spared = names(set, statement);
            return matches!(atom, Atom::Not(other) if spared.iter().all(|name| other.contains(name)));
        }
    };
    if wide.contains(&Name::Everyone) {
        return *atom != Atom::Implied;
    }
    let Atom::Is(name) = atom else { return false };
    let every_aws = wide.contains(&Name::One(PrincipalKind::Aws, "*".to_owned()));
    wide.contains(name) || (every_aws && matches!(name, Name::One(PrincipalKind::Aws, _)))
}

impl std::fmt::Display for Atom {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |name: &Name| match name {
            Name::Everyone => "everyone".to_owned(),
            Name::One(PrincipalKind::Aws, name) if name == "*" => "everyone in AWS".to_owned(),
            Name::One(_, name) if rules::is_account(name) => format!("account {name}"),
            Name::One(_, name) => name.clone(),
        };
        match self {
            Atom::Implied => formatter.write_str("whoever has this policy"),
            Atom::Is(name) => formatter.write_str(&text(name)),
            Atom::Not(names) => {
                let names: Vec<String> = names.iter().map(text).collect();
                write!(formatter, "everyone but {}", names.join(", "))
            }
        }
    }
}
