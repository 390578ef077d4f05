//! Compares a restored index with the live one of its name. What may be explained by writes to the live index is said and is no failure. Pure.

use serde_json::Value;

use crate::data::index::lineage::Sequences;
use crate::moment::Moment;
use crate::workflow::verify::{Check, Level};

/// How many differences are named.
const SHOWN: usize = 10;

/// What was read of an index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Side {
    /// Its documents.
    pub docs: u64,
    /// Its mapping.
    pub mapping: Value,
    /// When it was created; a restored index keeps the moment of its original.
    pub created: Option<Moment>,
    /// The highest sequence number of each shard; none where the engine does not tell.
    pub sequences: Option<Sequences>,
    /// Whether it makes what it takes visible within seconds by itself.
    pub refreshes: bool,
}

/// The live index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Live {
    /// There is none of this name.
    Absent,
    /// It could not be read, for this reason.
    Unread(String),
    /// It is there.
    Here(Side),
}

/// What happened to the live index since the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// No shard took a write.
    Nothing,
    /// At least one did.
    Written,
    /// The snapshot is ahead of the live index: it lost writes, or is another one.
    Behind,
    /// Nobody can tell.
    Unknown,
}

/// Compares.
#[must_use]
pub(crate) fn compare(index: &str, restored: &Side, live: &Live) -> Vec<Check> {
    let level = Level::Restore;
    let (documents, mapping) = (
        format!("documents of {index}"),
        format!("mapping of {index}"),
    );
    let why = match live {
        Live::Absent => "there is no live index of this name to compare with".to_owned(),
        Live::Unread(words) => format!("the live index could not be read: {words}"),
        Live::Here(side) if side.created != restored.created => {
            "the live index is another one: it was created at another time".to_owned()
        }
        Live::Here(side) => {
            let since = since(restored, side);
            return vec![
                self::documents(documents, restored, side, since),
                self::mapping(mapping, restored, side, since),
            ];
        }
    };
    let counted = format!("{} were restored; {why}", restored.docs);
    vec![
        Check::unchecked(level, documents, counted),
        Check::unchecked(level, mapping, why),
    ]
}

fn since(restored: &Side, live: &Side) -> Since {
    let (Some(then), Some(now)) = (&restored.sequences, &live.sequences) else {
        return Since::Unknown;
    };
    if then.is_empty() || !then.keys().eq(now.keys()) {
        return Since::Unknown;
    }
    let pairs = || then.values().zip(now.values());
    if pairs().any(|(then, now)| then > now) {
        Since::Behind
    } else if pairs().all(|(then, now)| then == now) {
        Since::Nothing
    } else {
        Since::Written
    }
}

fn documents(what: String, restored: &Side, live: &Side, since: Since) -> Check {
    let level = Level::Restore;
    let (then, now) = (restored.docs, live.docs);
    if then == now {
        let words = match since {
            Since::Nothing => format!("{then}, as in the live index, which took no write since"),
            _ => format!("{then}, as in the live index"),
        };
        return Check::ok(level, what, words);
    }
    let both = format!("{then} were restored, and the live index has {now}");
    match since {
        Since::Written => Check::ok(
            level,
            what,
            format!("{both}; the live index was written to since, so that is no failure"),
        ),
        Since::Unknown | Since::Behind => Check::unchecked(
            level,
            what,
            format!("{both}; the live index may have been written to since"),
        ),
        Since::Nothing if !live.refreshes => Check::unchecked(
            level,
            what,
            format!("{both}; the live index does not show at once what it took"),
        ),
        Since::Nothing => Check::failed(
            level,
            what,
            vec![format!("{both}, although it took no write since")],
        ),
    }
}

fn mapping(what: String, restored: &Side, live: &Side, since: Since) -> Check {
    let level = Level::Restore;
    if restored.mapping == live.mapping {
        return Check::ok(level, what, "it is that of the live index");
    }
    let mut lost = Vec::new();
    missing_fields("", &restored.mapping, &live.mapping, &mut lost);
    // Fields come, and their parameters change, without a document; they never go from an index.
    if !lost.is_empty() && matches!(since, Since::Nothing | Since::Written) {
        lost.truncate(SHOWN);
        let mut words = vec!["the live index lacks fields that the restored one has".to_owned()];
        words.extend(lost);
        return Check::failed(level, what, words);
    }
    Check::ok(
        level,
        what,
        "it differs from that of the live index, whose mapping may have been changed since",
    )
}

/// The fields of one mapping that another one does not have, as paths.
fn missing_fields(path: &str, of: &Value, other: &Value, found: &mut Vec<String>) {
    let Value::Object(keys) = of else { return };
    let is_fields = path.ends_with("properties") || path.ends_with("fields");
    for (key, value) in keys {
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        match other.get(key) {
            Some(other) => missing_fields(&path, value, other, found),
            None if is_fields => found.push(path),
            None => {}
        }
    }
}
