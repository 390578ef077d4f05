//! Changes of a JSON value by pointers (RFC 6901), so that a starting state reads as what is special about it.

use serde_json::Value;

fn parent<'a>(value: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let mut names: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    let last = names.pop().unwrap();
    let found = names.iter().fold(value, |value, name| match value {
        Value::Object(fields) => fields
            .entry(name)
            .or_insert_with(|| Value::Object(Default::default())),
        Value::Array(items) => &mut items[name.parse::<usize>().unwrap()],
        other => panic!("{pointer} leads into {other}"),
    });
    (found, last)
}

/// Sets what a pointer points at, with the objects that lead there; the name `-` adds to a list, and
/// `{"document": …}` stands for the text of the document.
pub fn set(value: &mut Value, pointer: &str, to: Value) {
    let text = to.get("document").filter(|document| document.is_object());
    let to = match text {
        Some(document) => Value::String(document.to_string()),
        None => to,
    };
    match parent(value, pointer) {
        (Value::Object(fields), name) => drop(fields.insert(name, to)),
        (Value::Array(items), name) if name == "-" => items.push(to),
        (Value::Array(items), name) => items[name.parse::<usize>().unwrap()] = to,
        (other, _) => panic!("{pointer} is in {other}"),
    }
}

/// Removes what a pointer points at; it must be there.
pub fn remove(value: &mut Value, pointer: &str) {
    match parent(value, pointer) {
        (Value::Object(fields), name) => {
            assert!(fields.remove(&name).is_some(), "there is no {pointer}");
        }
        (Value::Array(items), name) => drop(items.remove(name.parse().unwrap())),
        (other, _) => panic!("{pointer} is in {other}"),
    }
}
