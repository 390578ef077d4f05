//! The rows of a spec as a JSON Schema, for editors and for checks without esbackup. It never refuses a file that esbackup accepts.
//!
//! <https://json-schema.org/draft-07/json-schema-release-notes>

use serde_json::{Map, Value, json};

use super::schema::{Format, Key, Rule, Shape, Table};
use super::tags;

/// Returns the schema of a file, in draft-07.
#[must_use]
pub(crate) fn of_file(file: &'static Table, title: &str) -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    schema.insert("title".to_owned(), json!(title));
    schema.extend(mapping(file));
    Value::Object(schema)
}

fn mapping(table: &'static Table) -> Map<String, Value> {
    // Texts in steps may hold placeholders, which are filled in by each run.
    let filled = table.path.contains('*');
    let properties: Map<String, Value> = table
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key, filled)))
        .collect();
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    let rules: Vec<Value> = table.rules.iter().flat_map(rule).collect();
    if !rules.is_empty() {
        schema.insert("allOf".to_owned(), Value::Array(rules));
    }
    schema
}

fn rule(rule: &Rule) -> Vec<Value> {
    let each = |keys: &[&str]| -> Vec<Value> {
        keys.iter().map(|key| json!({"required": [key]})).collect()
    };
    match rule {
        Rule::Excludes(key, others) => others
            .iter()
            .map(|other| json!({"not": {"required": [key, other]}}))
            .collect(),
        Rule::ExistingAllows(keys) => {
            let mut allowed = keys.to_vec();
            allowed.push("existing");
            vec![json!({
                "if": {"properties": {"existing": {"const": true}}, "required": ["existing"]},
                "then": {"propertyNames": {"enum": allowed}},
            })]
        }
        Rule::AnyOf(keys) => vec![json!({"anyOf": each(keys)})],
        Rule::OneOf(keys) => vec![json!({"oneOf": each(keys)})],
        Rule::UnlessExisting(key, keys) => {
            let existing =
                json!({"properties": {"existing": {"const": true}}, "required": ["existing"]});
            vec![json!({
                "if": {"properties": {*key: {"not": existing}}, "required": [key]},
                "then": {"required": keys},
            })]
        }
    }
}

fn property(key: &Key, filled: bool) -> Value {
    let mut schema = shape(&key.shape, filled);
    schema.insert("description".to_owned(), json!(description(key)));
    if let Some(default) = default(key) {
        schema.insert("default".to_owned(), default);
    }
    Value::Object(schema)
}

/// Returns the meaning of a key as plain text, with the default where that is no value.
fn description(key: &Key) -> String {
    let about = plain(key.about);
    match (key.default, default(key)) {
        ("", _) | (_, Some(_)) => about,
        (words, None) => format!("{about} Default: {}.", plain(words)),
    }
}

/// Returns the default where it is a value of the key's own shape.
fn default(key: &Key) -> Option<Value> {
    let written = key.default.strip_prefix('`')?.strip_suffix('`')?;
    match key.shape {
        Shape::Boolean | Shape::Number => serde_json::from_str(written).ok(),
        _ => Some(json!(written)),
    }
}

/// Returns Markdown without its links and code marks.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(&before.replacen('[', "", 1));
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.replace('`', "")
}

fn shape(shape: &Shape, filled: bool) -> Map<String, Value> {
    let schema = match shape {
        Shape::Version => json!({"const": 1}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Number if filled => {
            json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]})
        }
        Shape::Number => json!({"type": "integer", "minimum": 0}),
        Shape::Text(format) => Value::Object(text(format, filled)),
        Shape::Word(words) if filled => {
            json!({"anyOf": [{"enum": words}, {"pattern": PLACEHOLDER, "type": "string"}]})
        }
        Shape::Word(words) => json!({"enum": words}),
        Shape::Texts => json!({
            "type": "object",
            "additionalProperties": {"type": "string"},
            "maxProperties": tags::MAX_OF_SPEC,
        }),
        Shape::Setting(format, _) => {
            let mut any = text(format, false);
            any.insert("type".to_owned(), json!(["string", "number", "boolean"]));
            Value::Object(any)
        }
        Shape::Settings => json!({
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        }),
        Shape::Statement => json!({
            "type": "object",
            "properties": {"Effect": {"enum": ["Allow", "Deny"]}},
            "required": ["Effect"],
        }),
        Shape::Document => json!({"anyOf": [
            {"type": "object", "required": ["Statement"]},
            {"type": "string", "minLength": 1},
        ]}),
        Shape::Mapping(table) => Value::Object(mapping(table)),
        Shape::Named(inner, _) => json!({
            "type": "object",
            "additionalProperties": self::shape(inner, filled),
        }),
        Shape::List(inner) => json!({"type": "array", "items": self::shape(inner, filled)}),
        Shape::Either(shapes) => {
            let each: Vec<Value> = shapes
                .iter()
                .map(|one| Value::Object(self::shape(one, filled)))
                .collect();
            json!({"anyOf": each})
        }
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// A text that holds a placeholder.
const PLACEHOLDER: &str = r"\{";

fn text(format: &Format, filled: bool) -> Map<String, Value> {
    // A number in a step is taken as it is written.
    let types = match filled {
        true => json!(["string", "number"]),
        false => json!("string"),
    };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), types);
    schema.insert("examples".to_owned(), json!([format.example]));
    if !format.may_be_empty {
        schema.insert("minLength".to_owned(), json!(1));
    }
    if !format.pattern.is_empty() {
        let pattern = match filled {
            true => format!("{}|{PLACEHOLDER}", format.pattern),
            false => format.pattern.to_owned(),
        };
        schema.insert("pattern".to_owned(), json!(pattern));
    }
    schema
}
