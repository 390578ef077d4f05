//! The names of condition operators and what they compare; it must never take an unknown name for a known one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::net::IpAddr;

use super::glob::{Pattern, Variables, Wildcards, lowercase};
use super::scalar::{Decimal, Network, date};

/// A verdict, ordered so that "and" is the least, "or" the greatest; `Unknown` is decided by the effect of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub(super) fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::Yes } else { Truth::No }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    TextIgnoringCase,
    TextPattern,
    Arn,
    Bool,
    Number(Order),
    Date(Order),
    Address,
    Null,
    Binary,
}

/// How an operator takes a key that has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    Single,
    All,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub quantifier: Quantifier,
    pub family: Family,
    pub negated: bool,
    pub if_exists: bool,
    name: &'static str,
}

const OPERATORS: [(&str, Family, bool); 27] = [
    ("StringEquals", Family::Text, false),
    ("StringNotEquals", Family::Text, true),
    ("StringEqualsIgnoreCase", Family::TextIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Family::TextIgnoringCase, true),
    ("StringLike", Family::TextPattern, false),
    ("StringNotLike", Family::TextPattern, true),
    ("NumericEquals", Family::Number(Order::Equal), false),
    ("NumericNotEquals", Family::Number(Order::Equal), true),
    ("NumericLessThan", Family::Number(Order::Less), false),
    (
        "NumericLessThanEquals",
        Family::Number(Order::LessOrEqual),
        false,
    ),
    ("NumericGreaterThan", Family::Number(Order::Greater), false),
    (
        "NumericGreaterThanEquals",
        Family::Number(Order::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Family::Date(Order::Equal), false),
    ("DateNotEquals", Family::Date(Order::Equal), true),
    ("DateLessThan", Family::Date(Order::Less), false),
    (
        "DateLessThanEquals",
        Family::Date(Order::LessOrEqual),
        false,
    ),
    ("DateGreaterThan", Family::Date(Order::Greater), false),
    (
        "DateGreaterThanEquals",
        Family::Date(Order::GreaterOrEqual),
        false,
    ),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Address, false),
    ("NotIpAddress", Family::Address, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

impl Operator {
    /// Reads an operator's name without regard to case.
    pub(super) fn parse(text: &str) -> Option<Operator> {
        let (quantifier, rest) = match text.split_once(':') {
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Quantifier::All, rest)
            }
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Quantifier::Any, rest),
            Some(_) => return None,
            None => (Quantifier::Single, text),
        };
        let lower = rest.to_ascii_lowercase();
        let (base, if_exists) = match lower.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (lower.as_str(), false),
        };
        let (name, family, negated) = OPERATORS
            .into_iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(base))?;
        if family == Family::Null && (if_exists || quantifier != Quantifier::Single) {
            return None;
        }
        Some(Operator {
            quantifier,
            family,
            negated,
            if_exists,
            name,
        })
    }

    /// Says whether `${…}` may be a variable in its values.
    pub(super) fn takes_variables(&self) -> bool {
        matches!(
            self.family,
            Family::Text | Family::TextIgnoringCase | Family::TextPattern | Family::Arn
        )
    }

    /// Returns the name as AWS documents it.
    pub(super) fn canonical_name(&self) -> String {
        let set = match self.quantifier {
            Quantifier::Single => "",
            Quantifier::All => "ForAllValues:",
            Quantifier::Any => "ForAnyValue:",
        };
        format!(
            "{set}{}{}",
            self.name,
            if self.if_exists { "IfExists" } else { "" }
        )
    }

    /// Compares one value of the policy, its variables resolved, with one of the request, before negation.
    pub(super) fn compare(&self, policy: &Pattern, request: &str) -> Truth {
        match self.family {
            Family::Text | Family::TextPattern => known(policy, policy.matches(request)),
            Family::TextIgnoringCase => known(policy, policy.matches(&lowercase(request))),
            Family::Arn => arn_matches(policy, request),
            _ => policy
                .literal_text()
                .map_or(Truth::Unknown, |policy| self.compare_text(&policy, request)),
        }
    }

    fn compare_text(&self, policy: &str, request: &str) -> Truth {
        match self.family {
            // One page of AWS takes variables here, another does not.
            Family::Bool if policy.contains("${") => Truth::Unknown,
            Family::Bool => (lowercase(policy) == lowercase(request)).into(),
            Family::Number(order) => {
                ordered(order, Decimal::parse(policy), Decimal::parse(request))
            }
            Family::Date(order) => ordered(order, date(policy), date(request)),
            Family::Address => match (Network::parse(policy), request.parse::<IpAddr>()) {
                (Some(network), Ok(address)) => network.contains(&Network::host(address)).into(),
                _ => Truth::Unknown,
            },
            Family::Null => Truth::Unknown,
            _ => (policy == request).into(),
        }
    }

    /// Reads a value of the policy as this operator's pattern; only operators on text and ARNs take variables
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-conditionelement>).
    pub(super) fn pattern(&self, text: &str, variables: Variables) -> Pattern {
        match self.family {
            Family::TextPattern | Family::Arn => Pattern::new(text, Wildcards::Yes, variables),
            Family::Text | Family::TextIgnoringCase => Pattern::new(text, Wildcards::No, variables),
            _ => Pattern::new(text, Wildcards::No, Variables::Literal),
        }
    }

    /// Puts values in place of a pattern's variables; where case does not matter, the values lose theirs too.
    pub(super) fn resolved(
        &self,
        pattern: &Pattern,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Pattern {
        let resolved = pattern.resolve(lookup);
        match self.family {
            Family::TextIgnoringCase => resolved.lowercase(),
            _ => resolved,
        }
    }
}

/// A match that rests on a variable without a value is not known.
fn known(pattern: &Pattern, matches: bool) -> Truth {
    match matches {
        true if pattern.has_variables() => Truth::Unknown,
        other => other.into(),
    }
}

/// Compares ARNs part by part: a wildcard does not reach over a colon, except in the last part.
fn arn_matches(policy: &Pattern, request: &str) -> Truth {
    let Some(patterns) = policy.arn_parts() else {
        return Truth::Unknown;
    };
    let parts: Vec<&str> = request.splitn(6, ':').collect();
    let matches = parts.len() == patterns.len()
        && patterns
            .iter()
            .zip(parts)
            .all(|(pattern, part)| pattern.matches(part));
    known(policy, matches)
}

/// Says whether one ARN pattern covers another, part by part.
pub(super) fn arn_covers(wide: &Pattern, narrow: &Pattern) -> bool {
    match (wide.arn_parts(), narrow.arn_parts()) {
        (Some(wide), Some(narrow)) => wide
            .iter()
            .zip(&narrow)
            .all(|(wide, narrow)| wide.covers(narrow)),
        _ => false,
    }
}

fn ordered<T: PartialOrd>(order: Order, policy: Option<T>, request: Option<T>) -> Truth {
    let (Some(policy), Some(request)) = (policy, request) else {
        return Truth::Unknown;
    };
    let verdict = match order {
        Order::Equal => request == policy,
        Order::Less => request < policy,
        Order::LessOrEqual => request <= policy,
        Order::Greater => request > policy,
        Order::GreaterOrEqual => request >= policy,
    };
    verdict.into()
}
