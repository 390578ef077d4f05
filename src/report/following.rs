//! Words for what is waited for: how far it is, and what was seen at its end. Pure.

use crate::counted::{bytes, counted, documents, indices};
use crate::data::snapshot::Snapshot;
use crate::data::{Progress, Seen};
use crate::duration::rounded;

/// How far something is, in one line.
#[must_use]
pub fn how_far(progress: &Progress) -> String {
    match progress {
        Progress::Others { running } => format!("waiting until {} is done", running.join(", ")),
        Progress::Snapshot(snapshot) => {
            let mut text = format!(
                "{} of {} shards, {} of {}",
                snapshot.shards.done,
                snapshot.shards.total,
                bytes(snapshot.bytes_done),
                bytes(snapshot.bytes_total)
            );
            if snapshot.shards.failed > 0 {
                text.push_str(&format!(", {} shards failed", snapshot.shards.failed));
            }
            // Whole files are counted: a rate over a short time means nothing.
            let seconds = snapshot.running.map_or(0, |running| running.as_secs());
            let rate = snapshot.bytes_done.checked_div(seconds).unwrap_or(0);
            if seconds >= 10 && rate > 0 && snapshot.bytes_total > snapshot.bytes_done {
                let left = (snapshot.bytes_total - snapshot.bytes_done) / rate;
                let left = rounded(std::time::Duration::from_secs(left));
                text.push_str(&format!(", {}/s, {left} left", bytes(rate)));
            }
            text
        }
        Progress::Restore {
            shards_done,
            shards,
            bytes_done,
            bytes: all,
        } => match all {
            // No shard has told its size yet.
            0 => format!("{shards_done} of {shards} shards"),
            all => format!(
                "{shards_done} of {shards} shards, {} of {}",
                bytes(*bytes_done),
                bytes(*all)
            ),
        },
    }
}

/// What was seen at the end, in one line.
#[must_use]
pub(crate) fn what_was_seen(seen: &Seen) -> String {
    match seen {
        Seen::Snapshot(snapshot) => ended(snapshot),
        Seen::Restored(indices) => {
            let each: Vec<String> = indices
                .iter()
                .map(|one| format!("{} ({})", one.index, documents(one.docs)))
                .collect();
            format!("restored: {}", each.join(", "))
        }
    }
}

/// How a snapshot ended, in one line.
#[must_use]
pub(crate) fn ended(snapshot: &Snapshot) -> String {
    let took = snapshot
        .duration()
        .map(|length| format!(" in {}", rounded(length)))
        .unwrap_or_default();
    format!(
        "snapshot {} is {}: {} of {} of {}{took}",
        snapshot.name,
        snapshot.state.as_str(),
        snapshot.shards.successful,
        counted(snapshot.shards.total, "shard", "shards"),
        indices(snapshot.indices.len())
    )
}
