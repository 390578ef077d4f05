//! An index's shards: which documents and files each holds, and whether it can answer; the same state gives the same files.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::super::identifiers;
use super::super::search_state::{Index, Millis, Recovery, Unrefreshed};
use super::index_settings as settings;

const DOCUMENTS_OF_A_FILE: usize = 200;
/// What a shard without documents takes on a real engine.
const EMPTY: usize = 208;

/// Whether an index's primaries can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    All,
    /// They are being restored.
    Soon,
    /// Some have no place, or could not be restored.
    Never,
}

/// Says whether an index's primaries can answer at a moment.
pub(super) fn ready(index: &Index, now: Millis) -> Ready {
    match &index.recovery {
        _ if !index.assigned => Ready::Never,
        Some(recovery) if recovery.ends > now => Ready::Soon,
        Some(recovery) if !recovery.failed.is_empty() => Ready::Never,
        _ => Ready::All,
    }
}

/// Returns how many primaries cannot answer.
pub(super) fn unready(index: &Index, now: Millis) -> usize {
    match (ready(index, now), &index.recovery) {
        (Ready::All, _) => 0,
        (Ready::Never, Some(recovery)) if index.assigned => recovery.failed.len(),
        _ => settings::shards(index),
    }
}

/// Returns how many documents can be counted.
pub(super) fn visible(index: &Index, now: Millis) -> usize {
    if unready(index, now) == settings::shards(index) {
        return 0;
    }
    match &index.unrefreshed {
        Some(written) if !is_refreshed(index, written.since, now) => written.before,
        _ => index.documents.0.len(),
    }
}

/// Says whether the engine has refreshed by itself what was written at a moment; it does each second, or not at all.
fn is_refreshed(index: &Index, since: Millis, now: Millis) -> bool {
    let interval = index.settings.get("index.refresh_interval");
    let interval = interval.map_or("1s", String::as_str);
    let number = |unit: &str| interval.strip_suffix(unit)?.parse::<Millis>().ok();
    let millis = number("ms").or(number("s").map(|seconds| seconds * 1000));
    let millis = millis.or(number("m").map(|minutes| minutes * 60_000));
    millis.is_some_and(|millis| millis >= 0 && now >= since.saturating_add(millis))
}

/// Notes that a document is about to be written.
pub(super) fn note_write(index: &mut Index, now: Millis) {
    index.unrefreshed = Some(match index.unrefreshed {
        Some(written) if !is_refreshed(index, written.since, now) => written,
        _ => Unrefreshed {
            since: now,
            before: index.documents.0.len(),
        },
    });
}

/// Returns the shard of a document.
fn of_document(id: &str, shards: usize) -> usize {
    let digest = Sha256::digest(id.as_bytes());
    let head = digest.first().copied().map_or(0, usize::from);
    head % shards.max(1)
}

/// Returns how many documents a shard holds.
pub(super) fn documents(index: &Index, shard: usize) -> usize {
    let shards = settings::shards(index);
    let ids = index.documents.0.keys();
    ids.filter(|id| of_document(id, shards) == shard).count()
}

/// Returns the data files of one shard: name and content.
pub(super) fn files(index: &Index, shard: usize) -> Vec<(String, Vec<u8>)> {
    let shards = settings::shards(index);
    let mine: Vec<(&String, &String)> = index
        .documents
        .0
        .iter()
        .filter(|(id, _)| of_document(id, shards) == shard)
        .collect();
    if mine.is_empty() {
        return vec![file(b"{}".to_vec())];
    }
    mine.chunks(DOCUMENTS_OF_A_FILE)
        .map(|part| {
            let part: BTreeMap<&String, &String> = part.iter().copied().collect();
            // Texts always can be written.
            file(serde_json::to_vec(&part).unwrap_or_default())
        })
        .collect()
}

fn file(mut bytes: Vec<u8>) -> (String, Vec<u8>) {
    if bytes.len() < EMPTY {
        bytes.resize(EMPTY, b' ');
    }
    let digest: String = identifiers::sha256_hex(&bytes).chars().take(22).collect();
    (format!("__{digest}"), bytes)
}

/// Returns the bytes of all primaries.
pub(super) fn bytes(index: &Index) -> u64 {
    let each = (0..settings::shards(index)).flat_map(|shard| files(index, shard));
    each.map(|(_, bytes)| bytes.len() as u64).sum()
}

/// Returns what of a total is copied at a moment.
pub(super) fn copied(total: u64, (started, ends): (Millis, Millis), now: Millis) -> u64 {
    if now >= ends {
        return total;
    }
    let (passed, whole) = (now - started, (ends - started).max(1));
    let share = u128::from(total) * u128::from(passed.max(0).unsigned_abs())
        / u128::from(whole.unsigned_abs());
    u64::try_from(share).unwrap_or(total)
}

/// Returns how long a copy takes.
pub(super) fn duration(bytes: u64, rate: Option<u64>) -> Millis {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return 0;
    };
    i64::try_from(u128::from(bytes) * 1000 / u128::from(rate)).unwrap_or(i64::MAX / 4)
}

/// Returns the slower of a domain's rate and a repository's setting.
pub(super) fn rate(domain: Option<u64>, setting: Option<&String>) -> Option<u64> {
    let setting = setting.and_then(|text| size(text));
    match (domain, setting) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Reads `40mb`; 0 is no limit.
fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit.trim_end_matches('b') {
        "" => 1,
        "k" => 1024,
        "m" => 1024 * 1024,
        "g" => 1024 * 1024 * 1024,
        _ => return None,
    };
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)
        .filter(|size| *size > 0)
}

/// How far a restored shard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    pub files: usize,
    pub files_done: usize,
    pub bytes: u64,
    pub bytes_done: u64,
}

/// Returns how far each shard of a restore is: one after the other.
pub(super) fn progress(recovery: &Recovery, now: Millis) -> Vec<Progress> {
    let total: u64 = recovery.shards.iter().flatten().sum();
    let mut left = copied(total, (recovery.started, recovery.ends), now);
    let over = now >= recovery.ends;
    let mut all = Vec::new();
    for files in &recovery.shards {
        let bytes: u64 = files.iter().sum();
        let bytes_done = bytes.min(left);
        left -= bytes_done;
        let mut end = 0;
        let done = files.iter().filter(|size| {
            end += **size;
            over || end <= bytes_done
        });
        let files_done = done.count();
        all.push(Progress {
            files: files.len(),
            files_done,
            bytes,
            bytes_done,
        });
    }
    all
}
