//! Changes of a JSON value by pointers (RFC 6901), so that a starting state reads as what is special about it.

use serde_json::Value;

fn parent<'a>(value: &'a mut Value, pointer: &'a str) -> (&'a mut Value, String) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let found = value
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{pointer}: there is no {parent}"));
    (found, last.replace("~1", "/").replace("~0", "~"))
}

/// Sets what a pointer points at; the name `-` adds to a list.
pub fn set(value: &mut Value, pointer: &str, to: Value) {
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
