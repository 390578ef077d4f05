//! What a statement of a bucket policy grants, and to whom, in words. It decides nothing about severity.

use crate::aws::permissions;
use crate::policy_document::verdict::covers;
use crate::policy_document::{
    Actions, Condition, PrincipalKind, PrincipalSet, Principals, Statement, binding,
};

/// Somebody whom a statement lets in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// Everyone, signed or not.
    Everyone,
    /// Everyone in an organisation.
    Organization(String),
    /// Somebody of an account, in words.
    Account {
        /// The account.
        account: String,
        /// Its name or ARN, in words.
        words: String,
    },
    /// Somebody of whom only an id is known.
    Unknown(String),
    /// A service of AWS.
    Service(String),
    /// Everyone who comes through a network, or an access point.
    Through(String),
}

/// Whom a statement lets in.
pub(super) fn whom(statement: &Statement) -> Vec<Who> {
    let listed = match &statement.principal {
        None => return Vec::new(),
        Some(Principals::Not(_) | Principals::Is(PrincipalSet::Everyone)) => {
            return everyone(statement);
        }
        Some(Principals::Is(PrincipalSet::Listed(listed))) => listed,
    };
    let mut found = Vec::new();
    for (kind, values) in listed {
        for name in values.items() {
            match kind {
                PrincipalKind::Aws if name == "*" => found.extend(everyone(statement)),
                PrincipalKind::Aws => found.push(aws(name)),
                PrincipalKind::Service => found.push(Who::Service(name.clone())),
                PrincipalKind::CanonicalUser => {
                    found.push(Who::Unknown(format!(
                        "the owner of canonical user id {name}"
                    )));
                }
                PrincipalKind::Federated => match account_of(name) {
                    Some(account) => found.push(Who::Account {
                        account: account.to_owned(),
                        words: format!("whoever {name} vouches for"),
                    }),
                    None => found.push(Who::Unknown(format!("whoever {name} vouches for"))),
                },
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn aws(name: &str) -> Who {
    if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Who::Account {
            account: name.to_owned(),
            words: format!("account {name}"),
        };
    }
    match account_of(name) {
        Some(account) if name.ends_with(":root") => Who::Account {
            account: account.to_owned(),
            words: format!("account {account}"),
        },
        Some(account) => Who::Account {
            account: account.to_owned(),
            words: name.to_owned(),
        },
        None => Who::Unknown(name.to_owned()),
    }
}

/// The account of an ARN, where it has one.
fn account_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    (parts.next() == Some("arn"))
        .then(|| parts.nth(3))
        .flatten()
        .filter(|account| !account.is_empty())
}

/// Whom a statement for everyone lets in under its conditions.
fn everyone(statement: &Statement) -> Vec<Who> {
    let limited = |key: &str| {
        let conditions = statement.condition.iter().filter_map(binding);
        let mut of_key = conditions.filter(|(found, _)| found == key);
        of_key.next().map(|(_, values)| values.to_vec())
    };
    let accounts = limited("aws:principalaccount")
        .or_else(|| limited("aws:sourceaccount"))
        .filter(|values| values.iter().all(|value| is_fixed(value)));
    if let Some(accounts) = accounts {
        return accounts.iter().map(|account| aws(account)).collect();
    }
    for key in ["aws:principalarn", "aws:sourcearn"] {
        let arns = limited(key)
            .filter(|arns| arns.iter().all(|arn| account_of(arn).is_some_and(is_fixed)));
        if let Some(arns) = arns {
            return arns.iter().map(|arn| aws(arn)).collect();
        }
    }
    for key in [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceorgid",
    ] {
        if let Some(values) = limited(key) {
            return values.into_iter().map(Who::Organization).collect();
        }
    }
    for (key, what) in [
        ("aws:sourcevpce", "VPC endpoint"),
        ("aws:sourcevpc", "VPC"),
        ("s3:dataaccesspointaccount", "access points of account"),
        ("s3:dataaccesspointarn", "access point"),
    ] {
        if let Some(values) = limited(key).filter(|values| values.iter().all(|v| is_fixed(v))) {
            return vec![Who::Through(format!("{what} {}", values.join(", ")))];
        }
    }
    let not_public =
        crate::policy_document::is_public(&crate::policy_document::Document::new(vec![
            statement.clone(),
        ]))
        .is_empty();
    match limited("aws:sourceip") {
        Some(values) if not_public => {
            vec![Who::Through(format!("address {}", values.join(", ")))]
        }
        _ => vec![Who::Everyone],
    }
}

fn is_fixed(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?', '$'])
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Everyone => f.write_str("everyone"),
            Who::Organization(id) => write!(f, "every account of organization {id}"),
            Who::Account { words, .. } | Who::Unknown(words) => f.write_str(words),
            Who::Service(name) => write!(f, "the service {name}"),
            Who::Through(what) => write!(f, "everyone who comes through {what}"),
        }
    }
}

/// What a statement lets somebody do with a bucket, in words: `read every object and list the bucket`.
pub(super) fn what(statement: &Statement, bucket: &str, prefix: &str) -> String {
    let own = format!("{bucket}/{prefix}index-0");
    let other = format!("{bucket}/another/key");
    let on = |action: &str, resource: &str| covers(statement, action, resource);
    if on(permissions::UNKNOWN_TO_S3, bucket) && on(permissions::UNKNOWN_TO_S3, &own) {
        return "do anything with the bucket and its objects".to_owned();
    }
    let mut all = Vec::new();
    let mut under = Vec::new();
    let mut else_where = Vec::new();
    for (action, word) in [
        (permissions::GET_OBJECT, "read"),
        (permissions::GET_OBJECT_VERSION, "read old versions of"),
        (permissions::PUT_OBJECT, "write"),
        (permissions::DELETE_OBJECT, "delete"),
        (permissions::DELETE_OBJECT_VERSION, "delete old versions of"),
    ] {
        match (on(action, &own), on(action, &other)) {
            (true, true) => all.push(word),
            (true, false) => under.push(word),
            (false, true) => else_where.push(word),
            (false, false) => {}
        }
    }
    let mut parts = Vec::new();
    for (words, objects) in [
        (all, "every object".to_owned()),
        (under, "the snapshots' objects".to_owned()),
        (else_where, "objects that are not the snapshots'".to_owned()),
    ] {
        if !words.is_empty() {
            parts.push(format!("{} {objects}", joined(&words)));
        }
    }
    for (action, words) in [
        (permissions::LIST_BUCKET, "list the bucket"),
        (permissions::PUT_BUCKET_POLICY, "replace the bucket policy"),
        (permissions::PUT_LIFECYCLE, "change the lifecycle"),
        (
            permissions::PUT_REPLICATION,
            "replicate the objects elsewhere",
        ),
        (permissions::DELETE_BUCKET, "delete the bucket"),
    ] {
        if on(action, bucket) {
            parts.push(words.to_owned());
        }
    }
    if parts.is_empty() {
        let (word, values) = match &statement.action {
            Actions::Is(values) => ("", values),
            Actions::Not(values) => ("everything but ", values),
        };
        let resources: Vec<&str> = statement.all_resources().map(String::as_str).collect();
        return format!(
            "use {word}{} on {}",
            values.items().join(", "),
            resources.join(", ")
        );
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    joined(&parts)
}

/// The condition keys of a statement, in words; empty where it has none.
pub(super) fn conditions(statement: &Statement) -> String {
    let mut keys: Vec<&str> = statement
        .condition
        .iter()
        .map(|condition: &Condition| condition.key.as_str())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    match keys.is_empty() {
        true => String::new(),
        false => format!(" under a condition on {}", joined(&keys)),
    }
}

/// Words with commas, and `and` before the last.
pub(super) fn joined(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
