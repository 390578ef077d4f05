//! The files of a snapshot in its bucket, judged by their names and sizes alone; what names cannot tell is said to be unchecked. Pure.
//!
//! <https://github.com/opensearch-project/OpenSearch/blob/main/server/src/main/java/org/opensearch/repositories/blobstore/package-info.java>

use std::collections::BTreeMap;

use super::{Check, Level};
use crate::data::snapshot::contents::Part;

/// Bytes that each file of a shard may have inside the shard's list of files instead of an object of its own: Lucene's commit points and
/// descriptions of segments, some hundred bytes each.
const INLINE: u64 = 1_024;

/// How many missing things are named.
const SHOWN: usize = 10;

/// What of a snapshot's files was seen in the bucket.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    base: String,
    own: String,
    root: Root,
    shards: BTreeMap<(String, String), Shard>,
    objects: u64,
}

/// The files at the repository's root.
#[derive(Debug, Clone, Copy, Default)]
struct Root {
    latest: bool,
    index: bool,
    snapshot: bool,
    global: bool,
}

/// The files of one shard.
#[derive(Debug, Clone, Copy, Default)]
struct Shard {
    /// The list of this snapshot's files.
    listed: bool,
    /// That list, where the data is in a remote store and not in the repository.
    shallow: bool,
    /// The list of the shard's snapshots.
    index: bool,
    bytes: u64,
}

impl Files {
    /// Begins for the snapshot with this id, in the repository under this base path.
    #[must_use]
    pub(crate) fn of(base_path: Option<&str>, uuid: &str) -> Self {
        Self {
            base: prefix(base_path),
            own: uuid.to_owned(),
            root: Root::default(),
            shards: BTreeMap::new(),
            objects: 0,
        }
    }

    /// The prefix of every object of the repository.
    #[must_use]
    pub(crate) fn prefix(&self) -> &str {
        &self.base
    }

    /// Notes an object of the bucket.
    pub(crate) fn see(&mut self, key: &str, size: u64) {
        let Some(name) = key.strip_prefix(&self.base) else {
            return;
        };
        self.objects += 1;
        let mut parts = name.split('/');
        match (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) {
            (Some(file), None, ..) => self.see_root(file),
            (Some("indices"), Some(index), Some(shard), Some(file), None) => {
                let place = (index.to_owned(), shard.to_owned());
                let (list, shallow) = (
                    format!("snap-{}.dat", self.own),
                    format!("shallow-snap-{}", self.own),
                );
                let shard = self.shards.entry(place).or_default();
                shard.listed |= file == list;
                shard.shallow |= file.starts_with(&shallow);
                shard.index |= file.starts_with("index-");
                if file.starts_with("__") {
                    shard.bytes = shard.bytes.saturating_add(size);
                }
            }
            _ => {}
        }
    }

    fn see_root(&mut self, file: &str) {
        self.root.latest |= file == "index.latest";
        self.root.index |= file.strip_prefix("index-").is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        self.root.snapshot |= file == format!("snap-{}.dat", self.own);
        self.root.global |= file == format!("meta-{}.dat", self.own);
    }

    /// Judges what was seen, for a snapshot with this many shards and, where the engine told, this much in them.
    #[must_use]
    pub(crate) fn judge(&self, shards: u64, held: Option<Part>) -> Vec<Check> {
        vec![self.lists(shards), self.data(shards, held)]
    }

    /// The files that make the snapshot known: each of them has a name that follows from the snapshot's id.
    fn lists(&self, shards: u64) -> Check {
        let (level, what) = (Level::Snapshot, "files in the bucket");
        let mut missing: Vec<String> = [
            (self.root.latest, "index.latest".to_owned()),
            (self.root.index, "index-N".to_owned()),
            (self.root.snapshot, format!("snap-{}.dat", self.own)),
            (self.root.global, format!("meta-{}.dat", self.own)),
        ]
        .into_iter()
        .filter(|(seen, _)| !seen)
        .map(|(_, name)| format!("{}{name} is missing", self.base))
        .collect();
        let own = || {
            self.shards
                .iter()
                .filter(|(_, one)| one.listed || one.shallow)
        };
        let found = own().count() as u64;
        if found < shards {
            missing.push(format!(
                "{found} of {shards} shards have their list of files (indices/…/snap-{}.dat)",
                self.own
            ));
        }
        let unindexed = own().filter(|(_, one)| one.listed && !one.index);
        missing.extend(unindexed.take(SHOWN).map(|((index, shard), _)| {
            format!("{}indices/{index}/{shard}/index-… is missing", self.base)
        }));
        if missing.is_empty() {
            let words = format!(
                "the snapshot's own files and the lists of all {shards} shards are there ({} objects {})",
                self.objects,
                match self.base.is_empty() {
                    true => "in the bucket, which has no base path".to_owned(),
                    false => format!("under `{}`", self.base),
                }
            );
            Check::ok(level, what, words)
        } else {
            Check::failed(level, what, missing)
        }
    }

    /// The data: names do not tell which file belongs to which snapshot, so that only too few bytes are proof of a loss.
    fn data(&self, shards: u64, held: Option<Part>) -> Check {
        let (level, what) = (Level::Snapshot, "data in the bucket");
        let own = || self.shards.values().filter(|one| one.listed || one.shallow);
        let Some(held) = held.filter(|_| own().count() as u64 >= shards) else {
            return Check::unchecked(level, what, "it is not known how much there should be");
        };
        if own().any(|one| one.shallow) {
            return Check::unchecked(
                level,
                what,
                "it is in a remote store, not in the repository",
            );
        }
        let stored = own().fold(0_u64, |all, one| all.saturating_add(one.bytes));
        let least = held.bytes.saturating_sub(held.files.saturating_mul(INLINE));
        if stored < least {
            let words = format!(
                "the shards of the snapshot have {} bytes, and the bucket holds {stored} bytes of them: files are missing",
                held.bytes
            );
            return Check::failed(level, what, vec![words]);
        }
        let words = format!(
            "the bucket holds {stored} bytes in the shards of the snapshot, which has {}; that each file is there and whole only level restore proves",
            held.bytes
        );
        Check::unchecked(level, what, words)
    }
}

/// What the keys of a repository begin with.
fn prefix(base_path: Option<&str>) -> String {
    match base_path.map(|path| path.trim_matches('/')) {
        None | Some("") => String::new(),
        Some(path) => format!("{path}/"),
    }
}
