//! The findings that a spec accepts: a list, each entry with its reason. What is not a code is an error.

use time::Date;

use super::keys;
use crate::hazard::DECLARED;
use crate::moment::Moment;
use crate::names::finding::Code;
use crate::yaml::fields::Fields;
use crate::yaml::schema::closest;
use crate::yaml::tree::Node;

/// One entry of `accept` in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The code of the finding.
    pub finding: Code,
    /// The resource, as `kind.name`.
    pub resource: String,
    /// A part of the finding's message; none matches every finding of that code and resource.
    pub matching: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Option<Date>,
}

/// The words of the codes.
pub(super) const CODES: &[&str] = &Code::WORDS;

/// Reads `accept`.
pub(crate) fn read(fields: &Fields<'_>) -> Vec<Acceptance> {
    let items = fields.list("accept").unwrap_or_default();
    items.iter().filter_map(|item| one(fields, item)).collect()
}

fn one(fields: &Fields<'_>, item: &Node) -> Option<Acceptance> {
    let inner = fields.reader.open(item, &item.span, &keys::ACCEPT)?;
    let finding = inner.parsed("finding", |text| {
        Code::parse(text).ok_or_else(|| unknown(text))
    });
    let resource = inner.parsed("resource", resource);
    let reason = inner.parsed("reason", filled);
    let matching = match inner.has("match") {
        true => Some(inner.parsed("match", filled)?),
        false => None,
    };
    let until = match inner.has("until") {
        true => Some(inner.parsed("until", day)?),
        false => None,
    };
    Some(Acceptance {
        finding: finding?,
        resource: resource?,
        matching,
        reason: reason?,
        until,
    })
}

fn unknown(text: &str) -> String {
    let codes = Code::ALL.map(Code::as_str);
    match closest(text, codes.into_iter()) {
        Some(near) => format!("no finding has this code; did you mean `{near}`?"),
        None => format!(
            "no finding has this code; the codes are {}",
            codes.join(", ")
        ),
    }
}

fn resource(text: &str) -> Result<String, String> {
    let known = text
        .split_once('.')
        .is_some_and(|(kind, name)| DECLARED.contains(&kind) && !name.is_empty());
    known.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "must be KIND.NAME, such as bucket.my-snapshots; the kinds are {}",
            DECLARED.join(", ")
        )
    })
}

fn filled(text: &str) -> Result<String, &'static str> {
    match text.trim().is_empty() {
        true => Err("must not be empty"),
        false => Ok(text.to_owned()),
    }
}

fn day(text: &str) -> Result<Date, &'static str> {
    Moment::parse(&format!("{text}T00:00:00Z"))
        .map(Moment::day)
        .ok_or("must be a day, such as 2027-01-31")
}
