//! One condition against a request; it must never call decided what AWS does not define.

use std::collections::BTreeMap;

use super::glob::{Pattern, Variables, lowercase};
use super::imply::{Value, absent, null};
use super::operator::{Family, Operator, Quantifier, Truth};
use super::statement::Condition;

/// The context of a request by lower-cased key (key names have no case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
pub(super) struct Context<'a> {
    values: BTreeMap<String, Vec<String>>,
    /// Says of a key that is not among these whether it may be there all the same.
    is_unknown: &'a dyn Fn(&str) -> bool,
}

impl Context<'static> {
    pub(super) fn new(context: BTreeMap<String, Vec<String>>) -> Context<'static> {
        Context {
            values: context
                .into_iter()
                .filter(|(_, values)| !values.is_empty())
                .map(|(key, values)| (lowercase(&key), values))
                .collect(),
            is_unknown: &|_| false,
        }
    }
}

impl Context<'_> {
    /// Takes what is not known of other keys; they are asked for in lower case.
    pub(super) fn with_unknown<'b>(self, is_unknown: &'b dyn Fn(&str) -> bool) -> Context<'b> {
        Context {
            values: self.values,
            is_unknown,
        }
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.values.get(&lowercase(key)).map(Vec::as_slice)
    }

    /// Returns the value that a policy variable stands for; a key with several has none.
    pub(super) fn variable(&self, key: &str) -> Option<String> {
        // A key that nobody knows leaves the variable as it is.
        match self.get(key) {
            Some([only]) => Some(only.clone()),
            _ => None,
        }
    }
}

/// Says whether a condition holds.
pub(super) fn truth(condition: &Condition, variables: Variables, context: &Context<'_>) -> Truth {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return Truth::Unknown;
    };
    let present = context.get(&condition.key);
    if present.is_none() && (context.is_unknown)(&lowercase(&condition.key)) {
        return Truth::Unknown;
    }
    if operator.family == Family::Null {
        return null(condition.values.items(), present.is_some());
    }
    let Some(values) = present else {
        return absent(&operator);
    };
    let resolved = |text: &String| {
        let pattern = operator.pattern(text, variables);
        operator.resolved(&pattern, &|key| context.variable(key))
    };
    let patterns: Vec<Pattern> = condition.values.items().iter().map(resolved).collect();
    let one = |value: &String| {
        let verdict = patterns
            .iter()
            .map(|pattern| operator.compare(pattern, value))
            .max();
        let verdict = verdict.unwrap_or(Truth::No);
        if operator.negated {
            verdict.not()
        } else {
            verdict
        }
    };
    match (operator.quantifier, values) {
        (Quantifier::Single, [only]) => one(only),
        // AWS does not define a key with several values under an operator for one.
        (Quantifier::Single, _) => Truth::Unknown,
        (Quantifier::All, values) => values.iter().map(one).min().unwrap_or(Truth::Yes),
        (Quantifier::Any, values) => values.iter().map(one).max().unwrap_or(Truth::No),
    }
}

/// Returns the values of one condition that are covered by values of another.
pub(super) fn narrower_values(
    narrow: (&Condition, Variables),
    wide: (&Condition, Variables),
) -> Vec<String> {
    let (Some(small), Some(big)) = (
        Operator::parse(&narrow.0.operator),
        Operator::parse(&wide.0.operator),
    ) else {
        return Vec::new();
    };
    let covered = |value: &&String| {
        let mut wide_values = wide.0.values.items().iter();
        let narrow = Value {
            operator: &small,
            text: value,
            variables: narrow.1,
        };
        wide_values.any(|other| {
            let wide = Value {
                operator: &big,
                text: other,
                variables: wide.1,
            };
            wide.covers(&narrow)
        })
    };
    narrow
        .0
        .values
        .items()
        .iter()
        .filter(covered)
        .cloned()
        .collect()
}
