//! Conditions against conditions; it must never say that some imply another without proof.
//!
//! A proof holds for every request and every verdict: where the other condition is not decided, these are not fulfilled either.

use super::glob::{Pattern, Variables, lowercase};
use super::operator::{Family, Operator, Quantifier, Truth, arn_covers};
use super::ranges::ValueSet;
use super::statement::Condition;

/// Most ways into which the values of one statement's conditions are split for a proof.
const SPLITS: usize = 64;

/// One condition, read for proofs.
#[derive(Clone, Debug)]
pub(super) struct Test<'a> {
    key: String,
    kind: Kind<'a>,
}

#[derive(Clone, Debug)]
enum Kind<'a> {
    Compare(Compare<'a>),
    Null {
        absent: Truth,
        present: Truth,
    },
    /// The operator is not known.
    Opaque(&'a Condition, Variables),
}

#[derive(Clone, Debug)]
struct Compare<'a> {
    operator: Operator,
    quantifier: Quantifier,
    negated: bool,
    absent: Truth,
    values: Vec<&'a String>,
    variables: Variables,
}

impl<'a> Test<'a> {
    /// Reads a condition.
    pub(super) fn of(condition: &'a Condition, variables: Variables) -> Test<'a> {
        let values = condition.values.items();
        let kind = match Operator::parse(&condition.operator) {
            None => Kind::Opaque(condition, variables),
            Some(operator) if operator.family == Family::Null => Kind::Null {
                absent: null(values, false),
                present: null(values, true),
            },
            Some(operator) => Kind::Compare(Compare {
                operator,
                quantifier: operator.quantifier,
                negated: operator.negated,
                absent: absent(&operator),
                values: values.iter().collect(),
                variables,
            }),
        };
        Test {
            key: lowercase(&condition.key),
            kind,
        }
    }

    /// Returns a condition that holds where a Deny under this one alone does not apply; none when that is not known.
    pub(super) fn complement(&self) -> Option<Test<'a>> {
        // A Deny applies where its condition is not decided.
        let spared = |truth: Truth| Truth::from(truth == Truth::No);
        let kind = match &self.kind {
            Kind::Opaque(..) => return None,
            Kind::Null { absent, present } => Kind::Null {
                absent: spared(*absent),
                present: spared(*present),
            },
            Kind::Compare(compare) => Kind::Compare(Compare {
                quantifier: match compare.quantifier {
                    Quantifier::Single => Quantifier::Single,
                    Quantifier::All => Quantifier::Any,
                    Quantifier::Any => Quantifier::All,
                },
                negated: !compare.negated,
                absent: spared(compare.absent),
                ..compare.clone()
            }),
        };
        Some(Test {
            key: self.key.clone(),
            kind,
        })
    }

    fn absent(&self) -> Truth {
        match &self.kind {
            Kind::Compare(compare) => compare.absent,
            Kind::Null { absent, .. } => *absent,
            Kind::Opaque(..) => Truth::Yes,
        }
    }

    /// The most that it can be for a key that is there.
    fn present(&self) -> Truth {
        match &self.kind {
            Kind::Null { present, .. } => *present,
            Kind::Compare(_) | Kind::Opaque(..) => Truth::Yes,
        }
    }

    fn compare(&self) -> Option<&Compare<'a>> {
        match &self.kind {
            Kind::Compare(compare) => Some(compare),
            Kind::Null { .. } | Kind::Opaque(..) => None,
        }
    }
}

/// Returns the verdict of a `Null` condition on a key that is there or absent.
pub(super) fn null(values: &[String], present: bool) -> Truth {
    let verdicts = values.iter().map(|value| match lowercase(value).as_str() {
        "true" => Truth::from(!present),
        "false" => Truth::from(present),
        _ => Truth::Unknown,
    });
    verdicts.max().unwrap_or(Truth::No)
}

/// Returns the verdict of an operator on a key that is absent.
pub(super) fn absent(operator: &Operator) -> Truth {
    match (operator.quantifier, operator.if_exists) {
        // AWS does not say which of the two wins.
        (Quantifier::Any, true) => Truth::Unknown,
        (Quantifier::Any, false) => Truth::No,
        (Quantifier::All, _) | (Quantifier::Single, true) => Truth::Yes,
        (Quantifier::Single, false) => operator.negated.into(),
    }
}

/// Says whether `wide` holds at least as often as all of `narrow` together, for every request.
pub(super) fn implied(narrow: &[Test<'_>], wide: &Test<'_>) -> bool {
    let same: Vec<&Test<'_>> = narrow.iter().filter(|one| one.key == wide.key).collect();
    if let Kind::Opaque(condition, variables) = &wide.kind {
        return same.iter().any(|one| {
            matches!(&one.kind, Kind::Opaque(other, others) if is_same(condition, *variables, other, *others))
        });
    }
    let absent = same.iter().map(|one| one.absent()).min();
    if absent.unwrap_or(Truth::Yes) > wide.absent() {
        return false;
    }
    let present = same.iter().map(|one| one.present()).min();
    let present = present.unwrap_or(Truth::Yes);
    match &wide.kind {
        Kind::Compare(wide) => {
            let compared = same.iter().filter_map(|one| one.compare());
            let compared = compared.filter(|one| one.quantifier == wide.quantifier);
            present == Truth::No || wide.holds_with(&compared.collect::<Vec<_>>())
        }
        Kind::Null { present: most, .. } => present <= *most,
        Kind::Opaque(..) => false,
    }
}

/// What an operator means that is not known can only be equal to itself.
fn is_same(a: &Condition, a_variables: Variables, b: &Condition, b_variables: Variables) -> bool {
    let sorted = |condition: &Condition| {
        let mut values = condition.values.items().to_vec();
        values.sort();
        values.dedup();
        values
    };
    let values = sorted(a);
    let resolved = |value: &String| value.contains("${");
    let same_meaning = a_variables == b_variables || !values.iter().any(resolved);
    a.operator == b.operator && values == sorted(b) && same_meaning
}

/// Splits conditions into alternatives, one of which holds whenever they do.
pub(super) fn alternatives<'a>(tests: &[Test<'a>]) -> Vec<Vec<Test<'a>>> {
    let mut alternatives = vec![tests.to_vec()];
    for (at, test) in tests.iter().enumerate() {
        let Some(compare) = test.compare() else {
            continue;
        };
        let splits = !compare.negated && compare.quantifier != Quantifier::All;
        let count = alternatives.len().saturating_mul(compare.values.len());
        if !splits || compare.values.len() < 2 || count > SPLITS {
            continue;
        }
        let with = |alternative: &Vec<Test<'a>>, value: &'a String| {
            let mut alternative = alternative.clone();
            if let Some(Kind::Compare(compare)) = alternative.get_mut(at).map(|test| &mut test.kind)
            {
                compare.values = vec![value];
            }
            alternative
        };
        alternatives = alternatives
            .iter()
            .flat_map(|alternative| compare.values.iter().map(|value| with(alternative, value)))
            .collect();
    }
    alternatives
}

impl Compare<'_> {
    /// Says whether a key that is there passes whenever it passes all of `narrow`, which have the same quantifier.
    fn holds_with(&self, narrow: &[&Compare<'_>]) -> bool {
        if narrow.is_empty() {
            return false;
        }
        if !self.negated && self.values.iter().any(|value| self.takes_everything(value)) {
            return true;
        }
        let alone = |one: &&Compare<'_>| one.is_within(self) || self.holds_for_each(&[one]);
        // Each of several conditions under ForAnyValue may hold for another value.
        let together = self.quantifier != Quantifier::Any;
        narrow.iter().any(alone)
            || (together && (self.holds_for_set(narrow) || self.holds_for_each(narrow)))
    }

    fn takes_everything(&self, value: &str) -> bool {
        self.operator.family == Family::TextPattern && self.pattern(value).is_everything()
    }

    fn pattern(&self, value: &str) -> Pattern {
        let pattern = self.operator.pattern(value, self.variables);
        match self.operator.family {
            Family::TextIgnoringCase => pattern.lowercase(),
            _ => pattern,
        }
    }

    fn value<'v>(&'v self, text: &'v str) -> Value<'v> {
        Value {
            operator: &self.operator,
            text,
            variables: self.variables,
        }
    }

    /// Compares the values by themselves.
    fn is_within(&self, wide: &Compare<'_>) -> bool {
        let mut mine = self.values.iter().map(|text| self.value(text));
        let mut theirs = wide.values.iter().map(|text| wide.value(text));
        let by_value = match (self.negated, wide.negated) {
            (false, false) => mine.all(|narrow| theirs.clone().any(|wide| wide.covers(&narrow))),
            (true, true) => theirs.all(|narrow| mine.clone().any(|wide| wide.covers(&narrow))),
            (false, true) => mine.all(|one| theirs.clone().all(|other| one.is_apart(&other))),
            (true, false) => false,
        };
        by_value || wide.holds_for_set(&[self])
    }

    fn set(&self) -> Option<ValueSet> {
        let set = ValueSet::of(self.operator.family, self.values.iter().copied())?;
        Some(if self.negated { set.complement() } else { set })
    }

    /// Compares the values as ranges.
    fn holds_for_set(&self, narrow: &[&Compare<'_>]) -> bool {
        let Some(wide) = self.set() else { return false };
        let mut sets = narrow
            .iter()
            .filter_map(|one| one.set())
            .filter(|set| set.intersection(&wide).is_some());
        let Some(first) = sets.next() else {
            return false;
        };
        sets.try_fold(first, |all, set| all.intersection(&set))
            .is_some_and(|all| all.is_within(&wide))
    }

    /// Where only some texts pass, asks for each of them.
    fn holds_for_each(&self, narrow: &[&Compare<'_>]) -> bool {
        let Some(texts) = narrow.iter().find_map(|one| one.texts()) else {
            return false;
        };
        texts.iter().all(|text| {
            narrow.iter().any(|one| one.truth(text) == Truth::No) || self.truth(text) == Truth::Yes
        })
    }

    /// Returns the only texts that pass.
    fn texts(&self) -> Option<Vec<String>> {
        let takes = match self.operator.family {
            Family::Text | Family::TextPattern | Family::Arn => !self.negated,
            _ => false,
        };
        let literal = |value: &&String| {
            let pattern = self.pattern(value);
            let is_arn = self.operator.family == Family::Arn;
            match is_arn && pattern.arn_parts().is_none() {
                true => None,
                false => pattern.literal_text(),
            }
        };
        takes.then(|| self.values.iter().map(literal).collect())?
    }

    /// The verdict on one value of a request whose variables are not known.
    fn truth(&self, text: &str) -> Truth {
        let verdicts = self
            .values
            .iter()
            .map(|value| self.operator.compare(&self.pattern(value), text));
        let verdict = verdicts.max().unwrap_or(Truth::No);
        match self.negated {
            true => verdict.not(),
            false => verdict,
        }
    }
}

/// One value of a condition.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub operator: &'a Operator,
    pub text: &'a str,
    pub variables: Variables,
}

impl Value<'_> {
    fn pattern(&self) -> Pattern {
        self.operator.pattern(self.text, self.variables)
    }

    /// The text of a Boolean is compared without case, as that of StringEqualsIgnoreCase; one with a variable is only itself.
    fn family(&self) -> Option<Family> {
        match self.operator.family {
            Family::Bool if self.text.contains("${") => None,
            Family::Bool => Some(Family::TextIgnoringCase),
            family => Some(family),
        }
    }

    /// Says whether whatever the other value matches is matched by this one, before negation.
    pub(super) fn covers(&self, narrow: &Value<'_>) -> bool {
        let (big_pattern, small_pattern) = (self.pattern(), narrow.pattern());
        let same_text = self.text == narrow.text && big_pattern == small_pattern;
        if same_text && self.operator.family == narrow.operator.family {
            return true;
        }
        let (Some(big), Some(small)) = (self.family(), narrow.family()) else {
            return false;
        };
        match (big, small) {
            (Family::Arn, Family::Arn) => arn_covers(&big_pattern, &small_pattern),
            (Family::Arn, Family::Text | Family::TextPattern) => {
                has_fixed_parts(&small_pattern) && arn_covers(&big_pattern, &small_pattern)
            }
            // An ARN's parts are compared one by one, which matches less than the same pattern as one text.
            (Family::Text | Family::TextPattern, Family::Arn) => {
                small_pattern.arn_parts().is_some() && big_pattern.covers(&small_pattern)
            }
            (Family::TextIgnoringCase, Family::Arn) => {
                let lower = small_pattern.clone().lowercase();
                small_pattern.arn_parts().is_some() && big_pattern.lowercase().covers(&lower)
            }
            (Family::Text | Family::TextPattern, Family::Text | Family::TextPattern) => {
                big_pattern.covers(&small_pattern)
            }
            (Family::Text | Family::TextPattern, Family::TextIgnoringCase) => {
                small_pattern.has_no_case() && big_pattern.covers(&small_pattern)
            }
            (
                Family::TextIgnoringCase,
                Family::Text | Family::TextIgnoringCase | Family::TextPattern,
            ) => big_pattern.lowercase().covers(&small_pattern.lowercase()),
            _ => match (self.set(), narrow.set()) {
                (Some(big), Some(small)) => small.is_within(&big),
                _ => false,
            },
        }
    }

    fn set(&self) -> Option<ValueSet> {
        let text = self.text.to_owned();
        ValueSet::of(self.operator.family, std::iter::once(&text))
    }

    /// Says whether nothing is matched by both values.
    fn is_apart(&self, other: &Value<'_>) -> bool {
        let (Some(mine), Some(theirs)) = (self.family(), other.family()) else {
            return false;
        };
        let (a, b) = (self.pattern(), other.pattern());
        let is_text = |family: Family, pattern: &Pattern| match family {
            Family::Arn => pattern.arn_parts().is_some(),
            Family::Text | Family::TextPattern | Family::TextIgnoringCase => true,
            _ => false,
        };
        if !is_text(mine, &a) || !is_text(theirs, &b) {
            return false;
        }
        match [mine, theirs].contains(&Family::TextIgnoringCase) {
            true => !a.lowercase().overlaps(&b.lowercase()),
            false => !a.overlaps(&b),
        }
    }
}

/// Says whether every text that a pattern matches is split into the same first five parts of an ARN.
fn has_fixed_parts(pattern: &Pattern) -> bool {
    pattern
        .arn_parts()
        .is_some_and(|parts| parts.iter().take(5).all(Pattern::is_literal))
}
