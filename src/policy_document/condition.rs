//! One condition against a request, and against another condition; it must never say that one implies another without proof.

use std::collections::BTreeMap;

use super::glob::{Pattern, Variables, lowercase};
use super::operator::{Family, Network, Operator, Quantifier, Truth, arn_covers};
use super::statement::Condition;

/// The context of a request by lower-cased key (key names have no case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
pub(super) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    pub fn new(context: BTreeMap<String, Vec<String>>) -> Context {
        Context(
            context
                .into_iter()
                .filter(|(_, values)| !values.is_empty())
                .map(|(key, values)| (lowercase(&key), values))
                .collect(),
        )
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&lowercase(key)).map(Vec::as_slice)
    }

    /// Returns the value that a policy variable stands for; a key with several has none.
    pub fn variable(&self, key: &str) -> Option<String> {
        match self.get(key) {
            Some([only]) => Some(only.clone()),
            _ => None,
        }
    }
}

/// Says whether a condition holds.
pub(super) fn truth(condition: &Condition, variables: Variables, context: &Context) -> Truth {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return Truth::Unknown;
    };
    let present = context.get(&condition.key);
    if operator.family == Family::Null {
        return null(condition, present.is_some());
    }
    let Some(values) = present else {
        return absent(&operator);
    };
    let resolved = |text: &String| {
        operator
            .pattern(text, variables)
            .resolve(&|key| context.variable(key))
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

fn null(condition: &Condition, present: bool) -> Truth {
    let verdicts = condition
        .values
        .items()
        .iter()
        .map(|value| match lowercase(value).as_str() {
            "true" => Truth::from(!present),
            "false" => Truth::from(present),
            _ => Truth::Unknown,
        });
    verdicts.max().unwrap_or(Truth::No)
}

fn absent(operator: &Operator) -> Truth {
    match (operator.quantifier, operator.if_exists) {
        // AWS does not say which of the two wins.
        (Quantifier::Any, true) => Truth::Unknown,
        (Quantifier::Any, false) => Truth::No,
        (Quantifier::All, _) | (Quantifier::Single, true) => Truth::Yes,
        (Quantifier::Single, false) => operator.negated.into(),
    }
}

/// Says whether `wide` holds at least as often as `narrow`, for every request.
pub(super) fn implies(narrow: (&Condition, Variables), wide: (&Condition, Variables)) -> bool {
    let ((narrow, narrow_variables), (wide, wide_variables)) = (narrow, wide);
    if lowercase(&narrow.key) != lowercase(&wide.key) {
        return false;
    }
    let (Some(small), Some(big)) = (
        Operator::parse(&narrow.operator),
        Operator::parse(&wide.operator),
    ) else {
        // What an operator means that is not known can only be equal to itself.
        let same_values = sorted(narrow) == sorted(wide);
        let resolved = |value: &&String| value.contains("${");
        let same_meaning =
            narrow_variables == wide_variables || !sorted(narrow).iter().any(resolved);
        return narrow.operator == wide.operator && same_values && same_meaning;
    };
    if small.quantifier != big.quantifier
        || small.negated != big.negated
        || absent(&small) > absent(&big)
    {
        return false;
    }
    let covered = |wide: (&Operator, &String, Variables),
                   narrow: (&Operator, &String, Variables)| {
        value_covers(wide, narrow)
    };
    let narrow_values = narrow
        .values
        .items()
        .iter()
        .map(|value| (&small, value, narrow_variables));
    let wide_values = wide
        .values
        .items()
        .iter()
        .map(|value| (&big, value, wide_variables));
    if small.negated {
        wide_values
            .clone()
            .all(|value| narrow_values.clone().any(|other| covered(other, value)))
    } else {
        narrow_values
            .clone()
            .all(|value| wide_values.clone().any(|other| covered(other, value)))
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
        wide_values.any(|other| value_covers((&big, other, wide.1), (&small, value, narrow.1)))
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

fn sorted(condition: &Condition) -> Vec<&String> {
    let mut values: Vec<&String> = condition.values.items().iter().collect();
    values.sort();
    values.dedup();
    values
}

/// Says whether whatever one value matches is matched by the other.
fn value_covers(
    wide: (&Operator, &String, Variables),
    narrow: (&Operator, &String, Variables),
) -> bool {
    let ((big, big_text, big_variables), (small, small_text, small_variables)) = (wide, narrow);
    let big_pattern = big.pattern(big_text, big_variables);
    let small_pattern = small.pattern(small_text, small_variables);
    let same_text = big_text == small_text && big_pattern == small_pattern;
    if same_text && (big.family == small.family) {
        return true;
    }
    match (big.family, small.family) {
        (Family::Arn, Family::Arn) => arn_covers(&big_pattern, &small_pattern),
        (Family::Arn, Family::Text) => small_pattern
            .literal_text()
            .is_some_and(|text| big.compare(&big_pattern, &text) == Truth::Yes),
        (Family::Text | Family::TextPattern, Family::Arn) => {
            small_pattern.is_literal()
                && small_pattern.arn_parts().is_some()
                && big_pattern.covers(&small_pattern)
        }
        (Family::Text | Family::TextPattern, Family::Text | Family::TextPattern) => {
            big_pattern.covers(&small_pattern)
        }
        (
            Family::TextIgnoringCase,
            Family::Text | Family::TextIgnoringCase | Family::TextPattern,
        ) => big_pattern.covers(&small_pattern.lowercase()),
        (Family::Bool, Family::Bool) | (Family::Null, Family::Null) => {
            lowercase(big_text) == lowercase(small_text)
        }
        (Family::Address, Family::Address) => {
            match (Network::parse(big_text), Network::parse(small_text)) {
                (Some(big), Some(small)) => big.contains(&small),
                _ => false,
            }
        }
        _ => false,
    }
}
