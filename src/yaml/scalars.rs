//! Values that several kinds share: account ids, durations, words of a fixed set; a guess is offered as help, never taken.

use std::time::Duration;

use super::fields::Fields;
use super::mistyped::{NO_PLACEHOLDERS, has_placeholder};
use super::problem::Problem;
use super::schema::closest;
use super::tree::{Node, Value};
use crate::duration;
use crate::names::{AccountId, Arn, Region, meant};

impl Fields<'_> {
    /// Returns an account id; a number is refused with the reason.
    pub(crate) fn account(&self, key: &str) -> Option<AccountId> {
        let node = self.node(key)?;
        if let Value::Number(text) = &node.value {
            self.reader.report(unquoted_account(
                node,
                text,
                &format!("`{}`", self.path_of(key)),
            ));
            return None;
        }
        let text = self.text(key)?;
        match AccountId::parse(text) {
            Ok(account) => Some(account),
            Err(rule) => {
                self.invalid(key, &rule.to_string(), Some(account_help(text)));
                None
            }
        }
    }

    /// Returns a Region; what a wrong one probably means is offered.
    pub(crate) fn region(&self, key: &str) -> Option<Region> {
        let text = self.text(key)?;
        let rule = match Region::parse(text) {
            Ok(region) => return Some(region),
            Err(rule) => rule.to_string(),
        };
        let (rule, help) = match meant::region(text) {
            None => (rule, None),
            Some(meant) => {
                let all: Vec<String> = meant.regions.iter().map(|one| format!("`{one}`")).collect();
                let zone = "an Availability Zone; a Region has no letter at its end".to_owned();
                let rule = if meant.is_zone { zone } else { rule };
                (rule, Some(format!("did you mean {}?", all.join(" or "))))
            }
        };
        self.invalid(key, &rule, help);
        None
    }

    /// Returns the description of a role or policy, see
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    pub(crate) fn description(&self) -> Option<String> {
        let text = self.text("description")?;
        let known = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
        if text.chars().count() > 1_000 || !text.chars().all(known) {
            self.invalid(
                "description",
                "has at most 1,000 characters, all of them Latin-1",
                None,
            );
        }
        Some(text.to_owned())
    }

    /// Returns one of a few words.
    pub(crate) fn word<T: Clone>(&self, key: &str, words: &[(&'static str, T)]) -> Option<T> {
        let node = self.node(key)?;
        let switch = match &node.value {
            Value::Bool(value) => Some(*value),
            Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                "on" | "yes" | "true" => Some(true),
                "off" | "no" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        };
        let meant = switch.map(|on| if on { "enabled" } else { "suspended" });
        let meant = meant.filter(|meant| words.iter().any(|(word, _)| word == meant));
        let text = match (&node.value, meant) {
            (Value::Bool(value), Some(_)) => {
                if *value {
                    "true"
                } else {
                    "false"
                }
            }
            _ => self.text(key)?,
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let names = || words.iter().map(|(word, _)| *word);
        let same = names().find(|word| word.eq_ignore_ascii_case(text));
        let near = meant.or(same).or_else(|| closest(text, names()));
        let rule = format!("must be {}", names().collect::<Vec<_>>().join(" or "));
        self.invalid(
            key,
            &rule,
            near.map(|near| format!("did you mean `{near}`?")),
        );
        None
    }

    /// Returns a duration that is written in one of these units.
    pub(crate) fn duration(&self, key: &str, units: &[char], example: &str) -> Option<Duration> {
        let node = self.node(key)?;
        let rule = format!("must be a duration such as {example}");
        let unit = units.first().copied().unwrap_or('s');
        match &node.value {
            Value::Text(text) => {
                let length = duration::parse(text).ok();
                // Of `ms` the number would end in a letter.
                let number = text.strip_suffix(units);
                let length = length.filter(|_| number.is_some_and(ends_in_digit));
                if length.is_none() {
                    self.invalid(key, &rule, None);
                }
                length
            }
            Value::Number(text) => {
                // Seconds, most likely, where that many of the first unit make no sense.
                let seconds = text.len() > 3;
                let unit = match units.contains(&'s') {
                    true if seconds => Some('s'),
                    _ => (!seconds).then_some(unit),
                };
                let help = unit.map(|unit| format!("did you mean `{text}{unit}`?"));
                self.invalid(key, &rule, help);
                None
            }
            _ => {
                self.reader
                    .wrong_type(node, &format!("`{}`", self.path_of(key)), "a duration");
                None
            }
        }
    }
}

/// Explains why an account id needs quotes.
pub(crate) fn unquoted_account(node: &Node, text: &str, what: &str) -> Problem {
    let label = match digits_of(text) {
        Some(_) => "a number: YAML may read one that begins with 0 as octal, and drops the zeros",
        None => "a number, and not one of 12 digits",
    };
    Problem::error(&node.span, format!("{what} must be text in quotes"))
        .label(label)
        .help(account_help(text))
}

/// Returns what a wrong account id was probably meant to be.
pub(crate) fn account_help(text: &str) -> String {
    match digits_of(text) {
        Some(digits) if digits.len() == 12 => format!("write \"{digits}\""),
        Some(digits) => format!(
            "write all 12 digits in quotes; if YAML or a spreadsheet dropped zeros: \"{digits:0>12}\""
        ),
        None if has_placeholder(text) => NO_PLACEHOLDERS.to_owned(),
        None => "write all 12 digits in quotes, such as \"123456789012\"; \
                 aws sts get-caller-identity shows them"
            .to_owned(),
    }
}

/// Returns the digits of an account id that is written with separators, as a number with an exponent, or in an ARN; 9 to 11 of them where
/// zeros at its beginning may be lost.
fn digits_of(text: &str) -> Option<String> {
    let text = match Arn::parse(text) {
        Ok(arn) => arn.account().to_owned(),
        Err(_) => text.trim().to_owned(),
    };
    let text = text.strip_prefix('+').unwrap_or(&text);
    if let Ok(number) = text.parse::<f64>()
        && text.contains(['e', 'E', '.'])
    {
        // A spreadsheet that shortens a number drops digits that nothing brings back.
        let written = text.split(['e', 'E']).next().unwrap_or_default();
        let digits = written.bytes().filter(u8::is_ascii_digit).count();
        let whole = number.fract() == 0.0 && (1e8..1e12).contains(&number);
        return (whole && digits >= 12).then(|| format!("{number:012.0}"));
    }
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.' | ',' | '\u{a0}'))
        .collect();
    let whole = digits.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('-');
    (whole && (9..=12).contains(&digits.len())).then_some(digits)
}

fn ends_in_digit(text: &str) -> bool {
    text.ends_with(|last: char| last.is_ascii_digit())
}
