//! The shapes of JSON that documents are made of, each checked with its path; it must never take one shape for another.

use serde_json::{Map, Value};

use super::json::{ROOT, join};
use super::statement::Values;
use super::{Kind, Problem};

/// How much of a document is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// Everything.
    Strict,
    /// Only what is needed to know what it means.
    Shape,
}

/// Reads a document and collects every problem.
pub(super) struct Reader {
    pub kind: Option<Kind>,
    pub rules: Rules,
    problems: Vec<Problem>,
}

impl Reader {
    /// Without a kind the elements of every kind are taken.
    pub(super) fn new(kind: Option<Kind>, rules: Rules) -> Reader {
        Reader {
            kind,
            rules,
            problems: Vec::new(),
        }
    }

    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<Problem>> {
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(self.problems),
        }
    }

    pub(super) fn problem(&mut self, path: &str, message: impl Into<String>) {
        let path = if path.is_empty() { ROOT } else { path };
        self.problems.push(Problem {
            path: path.to_owned(),
            message: message.into(),
        });
    }

    /// Checks a format, with strict rules only.
    pub(super) fn check(&mut self, path: &str, check: impl Fn(Kind) -> Option<String>) {
        if let (Rules::Strict, Some(kind)) = (self.rules, self.kind)
            && let Some(message) = check(kind)
        {
            self.problem(path, message);
        }
    }

    /// Reads a scalar or a list of scalars.
    pub(super) fn values(&mut self, value: &Value, path: &str, scalars: Scalars) -> Option<Values> {
        let items: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        if self.rules == Rules::Strict && items.is_empty() {
            self.problem(path, "at least one value is needed");
        }
        let before = self.problems.len();
        let mut texts = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            match (item, scalars) {
                (Value::String(text), _) => texts.push(text.clone()),
                (Value::Bool(_) | Value::Number(_), Scalars::Any) => texts.push(item.to_string()),
                (other, Scalars::Any) => {
                    let message = format!(
                        "expected a string, number or boolean, not {}",
                        type_name(other)
                    );
                    self.problem(&item_path(path, value, at), message);
                }
                (other, Scalars::Text) => {
                    self.problem(
                        &item_path(path, value, at),
                        format!("expected a string, not {}", type_name(other)),
                    );
                }
            }
        }
        (self.problems.len() == before).then(|| Values::written(texts, value.clone()))
    }

    pub(super) fn text(&mut self, value: &Value, path: &str) -> Option<String> {
        if let Value::String(text) = value {
            return Some(text.clone());
        }
        self.problem(path, format!("expected a string, not {}", type_name(value)));
        None
    }

    pub(super) fn map<'a>(
        &mut self,
        value: &'a Value,
        path: &str,
    ) -> Option<&'a Map<String, Value>> {
        if let Value::Object(map) = value {
            return Some(map);
        }
        self.problem(
            path,
            format!("expected a mapping, not {}", type_name(value)),
        );
        None
    }

    pub(super) fn keys(&mut self, map: &Map<String, Value>, known: &[&str], path: &str) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let message = match known.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                Some(name) => format!("`{key}` is not an element here: did you mean `{name}`?"),
                None => format!(
                    "`{key}` is not an element here: expected {}",
                    known.join(", ")
                ),
            };
            self.problem(&join(path, key), message);
        }
    }
}

/// The types that a scalar may have.
#[derive(Clone, Copy)]
pub(super) enum Scalars {
    Text,
    Any,
}

/// Returns the path of an item, or of the scalar in place of a list.
pub(super) fn item_path(path: &str, value: &Value, at: usize) -> String {
    if value.is_array() {
        format!("{path}[{at}]")
    } else {
        path.to_owned()
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
