//! Answers that arrive in pieces, whatever is in them.

use std::collections::BTreeSet;

use super::*;
use crate::domain::Arriving as _;

/// Decodes an answer that arrives in pieces of these lengths.
fn in_pieces<T: decode::Kept>(text: &[u8], lengths: &[usize]) -> Result<Vec<T>, Undecoded> {
    let mut decoder = decode::Decoder::default();
    let (mut rest, mut lengths) = (text, lengths.iter().cycle());
    while !rest.is_empty() {
        let length = lengths.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (piece, after) = rest.split_at(length);
        decoder.take(piece)?;
        rest = after;
    }
    decoder.end()
}

/// The same by a decoder that holds the whole text.
fn at_once(text: &str) -> Option<Vec<(String, BTreeSet<String>)>> {
    #[derive(serde::Deserialize)]
    struct Whole {
        snapshots: Vec<One>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        snapshot: String,
        #[serde(default)]
        indices: Vec<String>,
    }
    let whole: Whole = serde_json::from_str(text).ok()?;
    let each = whole.snapshots.into_iter();
    Some(
        each.map(|one| (one.snapshot, one.indices.into_iter().collect()))
            .collect(),
    )
}

fn odd_text() -> impl Strategy<Value = String> {
    prop::string::string_regex("[a-c\"\\\\\n\u{1}é{}\\[\\],: ]{0,5}").unwrap()
}

proptest! {
    #[test]
    fn an_answer_in_any_pieces_is_the_answer_at_once(
        list in prop::collection::vec((odd_text(), prop::collection::vec(odd_text(), 0..5), odd_text()), 0..5),
        lengths in prop::collection::vec(1..9_usize, 1..5),
        pretty in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        other in any::<u8>(),
    ) {
        let each: Vec<Value> = list.iter().map(|(name, indices, more)| {
            json!({"snapshot": name, "indices": indices, "uuid": more, "state": "SUCCESS", "x": {"indices": [more, 1, null, {}]}})
        }).collect();
        let body = json!({"total": 1, "snapshots": each, "more": {"snapshots": [more_of(&list)]}});
        let text = match pretty {
            true => serde_json::to_string_pretty(&body).unwrap(),
            false => body.to_string(),
        };
        let read: Vec<Brief> = in_pieces(text.as_bytes(), &lengths).unwrap();
        let read: Vec<_> = read.iter().map(|one| (one.name.to_string(), one.indices.iter().map(str::to_owned).collect())).collect();
        prop_assert_eq!(Some(read), at_once(&text));
        // What is cut off or changed is read as serde reads it, or is no list for both.
        let place = cut.index(text.len());
        let mut changed = text.clone().into_bytes();
        changed[place] = other;
        let briefs = in_pieces::<Brief>(&changed, &lengths).ok();
        if let (Ok(text), Some(briefs)) = (std::str::from_utf8(&changed), &briefs) {
            let read: Vec<_> = briefs.iter().map(|one| (one.name.to_string(), one.indices.iter().map(str::to_owned).collect())).collect();
            prop_assert_eq!(Some(read), at_once(text), "{}", text);
        }
        prop_assert!(in_pieces::<Brief>(&text.as_bytes()[..place], &lengths).is_err());
    }
}

fn more_of(list: &[(String, Vec<String>, String)]) -> Vec<&String> {
    list.iter().map(|(name, ..)| name).collect()
}

#[test]
fn keys_that_are_there_twice_are_an_error() {
    for text in [
        r#"{"snapshots":[{"snapshot":"a","indices":["x"],"indices":["y"]}]}"#,
        r#"{"snapshots":[{"snapshot":"a","snapshot":"b"}]}"#,
        r#"{"snapshots":[{"snapshot":"a"}],"snapshots":[]}"#,
        r#"{"snapshots":[],"snapshots":[{"snapshot":"a"}]}"#,
    ] {
        assert!(snapshots(text.as_bytes()).is_err(), "{text}");
        assert!(decode::briefs(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_name_without_end_is_not_held() {
    let mut decoder = decode::Decoder::<Brief>::default();
    let begin = br#"{"snapshots":[{"snapshot":"a","indices":[""#;
    assert!(decoder.take(begin).is_ok());
    let piece = vec![b'a'; 40_000];
    assert!(decoder.take(&piece).is_ok());
    let second = decoder.take(&piece);
    assert!(matches!(second, Err(Undecoded::TooMuch)));
}
