//! Values that several kinds share: account ids, durations, words of a fixed set; a guess is offered as help, never taken.

use super::fields::Fields;
use super::keys;
use super::problem::Problem;
use super::yaml::{Node, Value};
use crate::names::AccountId;
use crate::resources::bucket::spec::Management;

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
        self.parsed(key, AccountId::parse)
    }

    /// Returns whether the resource is used as it is.
    pub(crate) fn management(&self) -> Management {
        match self.boolean("existing") {
            Some(true) => Management::Existing,
            Some(false) | None => Management::Managed,
        }
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
        let text = self.text(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let names = || words.iter().map(|(word, _)| *word);
        let same = names().find(|word| word.eq_ignore_ascii_case(text));
        let near = same.or_else(|| keys::closest(text, names()));
        let rule = format!("must be {}", names().collect::<Vec<_>>().join(" or "));
        self.invalid(
            key,
            &rule,
            near.map(|near| format!("did you mean `{near}`?")),
        );
        None
    }

    /// Returns a duration in seconds, written in one of the units.
    pub(crate) fn duration(&self, key: &str, units: &[(char, u32)], example: &str) -> Option<u32> {
        let node = self.node(key)?;
        let rule = format!("must be a duration such as {example}");
        let unit = units.first().map_or('s', |(unit, _)| *unit);
        match &node.value {
            Value::Text(text) => {
                let seconds = parse_duration(text, units);
                if seconds.is_none() {
                    self.invalid(key, &rule, None);
                }
                seconds
            }
            Value::Number(text) => {
                self.invalid(key, &rule, Some(format!("did you mean `{text}{unit}`?")));
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
    let digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let written = if digits { text } else { "123456789012" };
    Problem::error(&node.span, format!("{what} must be text in quotes"))
        .label("a number: YAML may read one that begins with 0 as octal, and drops the zeros")
        .help(format!("write \"{written}\""))
}

fn parse_duration(text: &str, units: &[(char, u32)]) -> Option<u32> {
    let unit = text.chars().next_back()?;
    let (_, factor) = units.iter().find(|(known, _)| *known == unit)?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u32>().ok()?.checked_mul(*factor)
}
