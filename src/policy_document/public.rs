//! Which statements make a bucket policy public by S3's own meaning; it must never pass over a grant that is not fixed to someone.
//!
//! "The meaning of public", <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use super::Document;
use super::glob::lowercase;
use super::operator::{Family, Operator, Quantifier};
use super::scalar::Network;
use super::statement::{Condition, Effect, PrincipalKind, PrincipalSet, Principals, Statement};

/// The context keys that limit a grant to someone when their values are fixed.
const FIXING_KEYS: [&str; 15] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "aws:sourceip",
];

/// Returns the labels of the statements that make a bucket policy public.
pub fn is_public(document: &Document) -> Vec<String> {
    document
        .statements()
        .iter()
        .filter(|statement| statement_is_public(statement))
        .map(Statement::label)
        .collect()
}

fn statement_is_public(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && reaches_anyone(statement)
        && !statement.condition.iter().any(fixes)
}

fn reaches_anyone(statement: &Statement) -> bool {
    match &statement.principal {
        None | Some(Principals::Is(PrincipalSet::Everyone) | Principals::Not(_)) => true,
        Some(Principals::Is(PrincipalSet::Listed(listed))) => listed
            .iter()
            .any(|(kind, names)| names.items().iter().any(|name| is_anyone(*kind, name))),
    }
}

/// A web identity provider such as `graph.facebook.com` is anyone; a provider of an account has an ARN.
fn is_anyone(kind: PrincipalKind, name: &str) -> bool {
    name.contains('*') || (kind == PrincipalKind::Federated && !name.starts_with("arn:"))
}

fn fixes(condition: &Condition) -> bool {
    let key = lowercase(&condition.key);
    let Some(operator) = Operator::parse(&condition.operator) else {
        return false;
    };
    // An absent key passes IfExists and ForAllValues, so these fix nothing.
    let binds = !operator.negated && !operator.if_exists && operator.quantifier != Quantifier::All;
    let values = condition.values.items();
    if !binds || values.is_empty() || !FIXING_KEYS.contains(&key.as_str()) {
        return false;
    }
    match (operator.family, key.as_str()) {
        (Family::Address, "aws:sourceip") => values.iter().all(|value| is_narrow_network(value)),
        (_, "aws:sourceip") => false,
        (
            Family::Text | Family::TextIgnoringCase | Family::TextPattern | Family::Arn,
            "s3:dataaccesspointarn",
        ) => values
            .iter()
            .all(|value| is_fixed(value) || has_fixed_account(value)),
        (Family::Text | Family::TextIgnoringCase | Family::TextPattern | Family::Arn, _) => {
            values.iter().all(|value| is_fixed(value))
        }
        _ => false,
    }
}

/// Returns the key and the values of a condition that a request must have one of; none of a condition that a request without the key
/// passes, or that excludes values.
pub(crate) fn binding(condition: &Condition) -> Option<(String, &[String])> {
    let operator = Operator::parse(&condition.operator)?;
    let binds = !operator.negated && !operator.if_exists && operator.quantifier != Quantifier::All;
    let names_values = matches!(
        operator.family,
        Family::Text
            | Family::TextIgnoringCase
            | Family::TextPattern
            | Family::Arn
            | Family::Address
    );
    (binds && names_values).then(|| (lowercase(&condition.key), condition.values.items()))
}

fn is_fixed(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// The name of an access point may hold a wildcard when its account does not.
fn has_fixed_account(value: &str) -> bool {
    let head: Vec<&str> = value.splitn(6, ':').take(5).collect();
    head.len() == 5
        && head.iter().all(|part| is_fixed(part))
        && head.last().is_some_and(|account| !account.is_empty())
}

/// Ranges broader than /8 (IPv4) or /32 (IPv6) are public, the private ranges of RFC 1918 excepted, none of which is broader.
fn is_narrow_network(value: &str) -> bool {
    Network::parse(value)
        .is_some_and(|network| network.length >= if network.is_v4() { 8 } else { 32 })
}
