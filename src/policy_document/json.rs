//! JSON text -> value, with every duplicate key; it must never let the last of two equal keys win silently.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Problem;

/// The path of the whole document in a [`Problem`].
pub(super) const ROOT: &str = "document";

/// The longest document that is read, in bytes, blanks included. The longest that AWS takes has 20,480 without them
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html>).
const LONGEST: usize = 128 * 1024;

/// Parses text; the problems beside the value are its duplicate keys.
pub(super) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Vec<Problem>> {
    if text.len() > LONGEST {
        return Err(vec![Problem {
            path: ROOT.to_owned(),
            message: format!(
                "{} bytes are more than any policy has: expected at most {LONGEST}",
                text.len()
            ),
        }]);
    }
    let problems = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Node {
        path: String::new(),
        problems: &problems,
    };
    let result = node
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match result {
        Ok(value) => Ok((value, problems.into_inner())),
        Err(error) => Err(vec![Problem {
            path: ROOT.to_owned(),
            message: format!("not JSON: {error}"),
        }]),
    }
}

/// Joins a path and a key as in `Statement[0].Action`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() || path == ROOT {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

struct Node<'a> {
    path: String,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            match items.next_element_seed(Node {
                path,
                problems: self.problems,
            })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = join(&self.path, &key);
            if map.contains_key(&key) {
                let message = "this key occurs twice".to_owned();
                self.problems.borrow_mut().push(Problem {
                    path: path.clone(),
                    message,
                });
            }
            let value = entries.next_value_seed(Node {
                path,
                problems: self.problems,
            })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
