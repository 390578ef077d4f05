//! The names of condition operators and what they compare; it must never take an unknown name for a known one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::net::IpAddr;

use time::{Date, Duration, Time};

use super::glob::{Pattern, Variables, Wildcards, lowercase};

/// A verdict, ordered so that "and" is the least, "or" the greatest; `Unknown` is decided by the effect of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub fn not(self) -> Truth {
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
    pub fn parse(text: &str) -> Option<Operator> {
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

    /// Returns the name as AWS documents it.
    pub fn canonical_name(&self) -> String {
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
    pub fn compare(&self, policy: &Pattern, request: &str) -> Truth {
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
            Family::Bool => (lowercase(policy) == lowercase(request)).into(),
            Family::Number(order) => ordered(order, number(policy), number(request)),
            Family::Date(order) => ordered(order, date(policy), date(request)),
            Family::Address => match (Network::parse(policy), request.parse::<IpAddr>()) {
                (Some(network), Ok(address)) => network.contains(&Network::host(address)).into(),
                _ => Truth::Unknown,
            },
            Family::Null => Truth::Unknown,
            _ => (policy == request).into(),
        }
    }

    /// Reads a value of the policy as this operator's pattern.
    pub fn pattern(&self, text: &str, variables: Variables) -> Pattern {
        match self.family {
            Family::TextPattern | Family::Arn => Pattern::new(text, Wildcards::Yes, variables),
            Family::TextIgnoringCase => Pattern::new(text, Wildcards::No, variables).lowercase(),
            _ => Pattern::new(text, Wildcards::No, variables),
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

fn number(text: &str) -> Option<f64> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

/// Reads `2026-01-31`, `2026-01-31T10:00Z`, `2026-01-31T10:00:00.5+01:00`, or seconds since 1970, in seconds since 1970.
pub(super) fn date(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    let (day, clock) = match text.split_once('T') {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let fields: Vec<&str> = day.split('-').collect();
    let [year, month, day] = fields.as_slice() else {
        return None;
    };
    let month = month.parse::<u8>().ok()?.try_into().ok()?;
    let day = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let since_midnight = clock.map_or(Some(Duration::ZERO), since_midnight)?;
    let at = day.midnight().checked_add(since_midnight)?;
    Some(at.assume_utc().unix_timestamp())
}

/// Reads the time of a day with its offset from UTC, as what has passed since midnight in UTC.
fn since_midnight(text: &str) -> Option<Duration> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "Z"),
    };
    let clock = hours_and_minutes(clock)?;
    match offset.split_at_checked(1)? {
        ("Z", "") => Some(clock),
        ("+", ahead) => Some(clock - hours_and_minutes(ahead)?),
        ("-", behind) => Some(clock + hours_and_minutes(behind)?),
        _ => None,
    }
}

/// Reads `hh:mm` or `hh:mm:ss`; parts of a second are dropped.
fn hours_and_minutes(text: &str) -> Option<Duration> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let fields: Option<Vec<u8>> = whole.split(':').map(|field| field.parse().ok()).collect();
    let (hours, minutes, seconds) = match fields?.as_slice() {
        [hours, minutes] => (*hours, *minutes, 0),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let time = Time::from_hms(hours, minutes, seconds).ok()?;
    Some(time - Time::MIDNIGHT)
}

/// A range of addresses (<https://www.rfc-editor.org/rfc/rfc4632>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    pub length: u8,
}

impl Network {
    /// Reads `10.0.0.0/8` or a single address.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let host = Network::host(address.parse().ok()?);
        let length = length.unwrap_or(host.length);
        (length <= host.length).then_some(Network {
            address: host.address,
            length,
        })
    }

    /// The range of one address.
    pub fn host(address: IpAddr) -> Network {
        Network {
            address,
            length: if address.is_ipv4() { 32 } else { 128 },
        }
    }

    pub fn is_v4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Says whether every address of `other` is in `self`.
    pub fn contains(&self, other: &Network) -> bool {
        let (width, mine, theirs) = match (self.address, other.address) {
            (IpAddr::V4(mine), IpAddr::V4(theirs)) => (
                32,
                u128::from(u32::from(mine)),
                u128::from(u32::from(theirs)),
            ),
            (IpAddr::V6(mine), IpAddr::V6(theirs)) => (128, u128::from(mine), u128::from(theirs)),
            _ => return false,
        };
        let shift = u32::from(width - self.length);
        let prefix = |address: u128| address.checked_shr(shift).unwrap_or(0);
        self.length <= other.length && prefix(mine) == prefix(theirs)
    }
}
