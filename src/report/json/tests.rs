//! Secrets in JSON: masked in values however they are escaped, and never in the format's own keys.

use serde::Serialize;
use serde_json::{Value, json};

use super::{write_document, write_event};

fn document(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    write_document(value, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn event(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    write_event(value, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_secret_that_json_would_write_with_escapes_is_masked() {
    for secret in [
        "pa##word1-canary",
        "canary\u{202e}direction",
        "canary\"quote\\\u{1b}",
    ] {
        crate::outlet::secret::keep(secret);
        let echoed = json!({"words": [format!("you sent {secret}")]});
        for text in [event(&echoed), document(&echoed)] {
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["words"][0], "you sent ***", "{text}");
        }
    }
}

#[test]
fn a_secret_that_is_a_word_of_the_format_masks_values_and_no_key() {
    crate::outlet::secret::keep("canary_key_of_the_format");
    crate::outlet::secret::keep("Canary-as-a-key-of-data");
    let text = event(
        &json!({"canary_key_of_the_format": "is canary_key_of_the_format", "Canary-as-a-key-of-data": 1}),
    );
    let expected = json!({"canary_key_of_the_format": "is ***", "***": 1});
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}

#[test]
fn every_character_of_a_string_comes_back() {
    let all: String = ('\u{0}'..='\u{2100}').collect();
    let value = json!({"a##b": all, "list": [1, -2, 3.5, null, true, {}, []], "keys": {"1": "x"}});
    for text in [event(&value), document(&value)] {
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(!text.contains("##"));
        assert_eq!(crate::outlet::sink::inert(&text), text);
    }
    let numbers = std::collections::BTreeMap::from([(5, "x")]);
    assert_eq!(event(&numbers), "{\"5\":\"x\"}\n");
}
