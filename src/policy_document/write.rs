//! Document -> JSON in a stable order of keys; it must never change a value that was read.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::statement::{
    Actions, Condition, PrincipalKind, PrincipalSet, Principals, Resources, Statement, Values,
};
use super::{Document, read, shape};

#[cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "every key is a string and nothing here returns an error of its own"
    )
)]
pub(super) fn value(document: &Document) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

#[cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "every key is a string and nothing here returns an error of its own"
    )
)]
pub(super) fn minified(document: &Document) -> String {
    serde_json::to_string(document).unwrap_or_default()
}

/// Indented JSON in which a list of one item stands on one line.
#[cfg_attr(
    not(test),
    expect(
        clippy::disallowed_methods,
        reason = "every key is a string and nothing here returns an error of its own"
    )
)]
pub(super) fn pretty(statement: &Statement) -> String {
    let text = serde_json::to_string_pretty(statement).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut pretty = String::with_capacity(text.len());
    let mut rest = lines.as_slice();
    while let [line, after @ ..] = rest {
        if !pretty.is_empty() {
            pretty.push('\n');
        }
        pretty.push_str(line);
        rest = match after {
            [item, end, further @ ..]
                if line.ends_with('[') && end.trim_start().starts_with(']') =>
            {
                pretty.push_str(item.trim());
                pretty.push_str(end.trim());
                further
            }
            _ => after,
        };
    }
    pretty
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(version) = &self.version {
            map.serialize_entry("Version", version)?;
        }
        if let Some(id) = &self.id {
            map.serialize_entry("Id", id)?;
        }
        map.serialize_entry("Statement", &self.statements)?;
        map.end()
    }
}

/// Reads a document that was serialised here; its kind is not known, so only the shape is checked.
impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        let value = Value::deserialize(deserializer)?;
        read::document(&value, None, shape::Rules::Shape).map_err(|problems| {
            let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
            de::Error::custom(text.join("; "))
        })
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            map.serialize_entry("Sid", sid)?;
        }
        map.serialize_entry("Effect", self.effect.as_str())?;
        match &self.principal {
            Some(Principals::Is(set)) => map.serialize_entry("Principal", set)?,
            Some(Principals::Not(set)) => map.serialize_entry("NotPrincipal", set)?,
            None => {}
        }
        match &self.action {
            Actions::Is(values) => map.serialize_entry("Action", values)?,
            Actions::Not(values) => map.serialize_entry("NotAction", values)?,
        }
        match &self.resource {
            Some(Resources::Is(values)) => map.serialize_entry("Resource", values)?,
            Some(Resources::Not(values)) => map.serialize_entry("NotResource", values)?,
            None => {}
        }
        if !self.condition.is_empty() {
            map.serialize_entry("Condition", &ConditionBlock(&self.condition))?;
        }
        map.end()
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_written() {
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

impl Serialize for PrincipalSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            PrincipalSet::Everyone => serializer.serialize_str("*"),
            PrincipalSet::Listed(listed) => {
                let mut map = serializer.serialize_map(None)?;
                for kind in PrincipalKind::ALL {
                    for (_, names) in listed.iter().filter(|(listed, _)| *listed == kind) {
                        map.serialize_entry(kind.as_str(), names)?;
                    }
                }
                map.end()
            }
        }
    }
}

struct ConditionBlock<'a>(&'a [Condition]);

struct Keys<'a>(Vec<&'a Condition>);

impl Serialize for ConditionBlock<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operators: Vec<&str> = Vec::new();
        for condition in self.0 {
            if !operators.contains(&condition.operator.as_str()) {
                operators.push(&condition.operator);
            }
        }
        let mut map = serializer.serialize_map(Some(operators.len()))?;
        for operator in operators {
            let keys = self
                .0
                .iter()
                .filter(|condition| condition.operator == operator)
                .collect();
            map.serialize_entry(operator, &Keys(keys))?;
        }
        map.end()
    }
}

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for condition in &self.0 {
            map.serialize_entry(&condition.key, &condition.values)?;
        }
        map.end()
    }
}
