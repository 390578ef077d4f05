//! Reads the details of many snapshots in batches of their names. The engine opens a file for each, so that one request for all of them may
//! take longer than any gateway waits. A batch that fails leaves its snapshots unread: they are there, and nothing is known of them.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::is_missing;
use crate::data::snapshot::decode::{Decoder, Kept as _};
use crate::data::snapshot::{Brief, List, Snapshot, Unread, Why};
use crate::domain::{Error, Read, Reads, encoded_length};
use crate::names::SnapshotName;

/// How many bytes of path and query a request has at most. With the longest host name its URL stays below 4 KB.
const LONGEST: usize = 3700;

/// How many snapshots one request asks for at most: a slow store answers a request for each.
const MOST: usize = 100;

/// How much memory the details of one list may take.
const MOST_KEPT: usize = 512 * 1024 * 1024;

/// How many requests may fail before batches that fail are not halved any more.
const MOST_HALVED: usize = 64;

/// How many requests may fail one after the other before nothing more is asked.
const MOST_FAILED: usize = 8;

/// What is read, and what is still to be read.
#[derive(Default)]
struct Reading {
    queue: VecDeque<Vec<Brief>>,
    list: List,
    kept: usize,
    failed: usize,
    failed_in_a_row: usize,
}

/// Reads the details of snapshots. Whatever is answered, each of them is then read, unread, or gone: deleted since it was listed.
pub(super) async fn read(client: &Reads, repository: &str, wanted: Vec<Brief>) -> List {
    let reading = RefCell::new(Reading::of(repository, wanted));
    let worker = async || {
        loop {
            let next = reading.borrow_mut().queue.pop_front();
            let Some(batch) = next else { return };
            let request = request(repository, &batch);
            let decoder = match batch.len() {
                1 => Decoder::default,
                _ => Decoder::of_filtered,
            };
            let answer = client.stream(&request, decoder).await;
            reading.borrow_mut().take(batch, answer);
        }
    };
    // A few at once: the engine reads a file for each snapshot.
    tokio::join!(worker(), worker(), worker(), worker());
    reading.into_inner().list
}

/// Asks for the details of a batch. Its indices are known, and are most of what there is to tell. One alone is asked for whole, and is not
/// passed over when its files are damaged.
fn request(repository: &str, batch: &[Brief]) -> Read {
    match batch {
        [one] => Read::get(["_snapshot", repository, &one.name]),
        several => {
            let names: Vec<&str> = several.iter().map(|one| &*one.name).collect();
            request_of(repository, &names.join(","))
        }
    }
}

fn request_of(repository: &str, names: &str) -> Read {
    Read::get(["_snapshot", repository, names])
        .with_query("ignore_unavailable", "true")
        .with_query("filter_path", "-snapshots.indices")
}

/// Puts as many into a request as its URL can name.
fn batches(repository: &str, wanted: Vec<Brief>) -> VecDeque<Vec<Brief>> {
    let around = request_of(repository, "x").length().unwrap_or(LONGEST);
    let mut batches: VecDeque<Vec<Brief>> = VecDeque::new();
    let mut length = around;
    for brief in wanted {
        // With its comma.
        let more = encoded_length(&brief.name) + 3;
        match batches.back_mut() {
            Some(batch) if length + more <= LONGEST && batch.len() < MOST => batch.push(brief),
            _ => {
                length = around;
                batches.push_back(vec![brief]);
            }
        }
        length += more;
    }
    batches
}

impl Reading {
    fn of(repository: &str, wanted: Vec<Brief>) -> Self {
        let mut times: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for one in &wanted {
            *times.entry(one.name.clone()).or_default() += 1;
        }
        // Engines give a name once; of two nobody knows which one an answer means.
        let once = |name: &str| times.get(name).is_none_or(|times| *times == 1);
        let plain = |one: &Brief| SnapshotName::parse(&one.name).is_ok() && once(&one.name);
        let (plain, mut odd): (Vec<Brief>, Vec<Brief>) = wanted.into_iter().partition(plain);
        // Of an answer that repeats a name a million times one is shown.
        let mut shown: BTreeSet<Box<str>> = BTreeSet::new();
        odd.retain(|one| shown.insert(one.name.clone()));
        let mut reading = Self {
            queue: batches(repository, plain),
            ..Self::default()
        };
        reading.unread(odd, Why::OddName);
        reading
    }

    fn unread(&mut self, briefs: Vec<Brief>, why: Why) {
        let unread = briefs.into_iter().map(|brief| Unread { brief, why });
        self.list.unread.extend(unread);
    }

    /// Takes the answer to a batch.
    fn take(&mut self, batch: Vec<Brief>, answer: Result<Vec<Snapshot>, Error>) {
        match answer {
            Ok(found) => {
                self.failed_in_a_row = 0;
                self.found(batch, found);
            }
            Err(error) if is_missing(&error) && batch.len() == 1 => self.failed_in_a_row = 0,
            Err(error) => self.failed(batch, error),
        }
    }

    fn found(&mut self, batch: Vec<Brief>, found: Vec<Snapshot>) {
        let alone = batch.len() == 1;
        let mut found: BTreeMap<String, Snapshot> = found
            .into_iter()
            .map(|one| (one.name.clone(), one))
            .collect();
        for brief in batch {
            match found.remove(&*brief.name) {
                Some(snapshot) if is_still(&brief, &snapshot) => {
                    let indices = brief.indices.clone();
                    self.keep(
                        brief,
                        Snapshot {
                            indices,
                            ..snapshot
                        },
                    );
                }
                Some(snapshot) if alone => self.keep(brief, snapshot),
                // It ended, was deleted, or made way for another one of its name since; or its files are damaged.
                _ if !alone => self.queue.push_front(vec![brief]),
                _ => self.failed(
                    vec![brief],
                    Error::Unexpected("the snapshot that was asked for"),
                ),
            }
        }
    }

    fn keep(&mut self, brief: Brief, snapshot: Snapshot) {
        self.kept += size_of::<Snapshot>() + snapshot.size();
        match self.kept > MOST_KEPT {
            true => {
                self.unread(vec![brief], Why::TooMuch);
                self.give_up(Why::TooMuch);
            }
            false => self.list.snapshots.push(snapshot),
        }
    }

    fn failed(&mut self, mut batch: Vec<Brief>, error: Error) {
        self.failed += 1;
        self.failed_in_a_row += 1;
        let halves = batch.len() > 1 && self.failed <= MOST_HALVED && may_be_of_one(&error);
        let gives_up = self.failed_in_a_row >= MOST_FAILED;
        if halves && !gives_up {
            let second = batch.split_off(batch.len() / 2);
            self.queue.push_front(second);
            self.queue.push_front(batch);
            return;
        }
        self.list.error.get_or_insert(error);
        self.unread(batch, Why::Failed);
        if gives_up {
            self.give_up(Why::Failed);
        }
    }

    /// Leaves what is still to be read unread.
    fn give_up(&mut self, why: Why) {
        for batch in std::mem::take(&mut self.queue) {
            self.unread(batch, why);
        }
    }
}

/// Returns true if the details are those of the listed snapshot, which has not changed since.
fn is_still(brief: &Brief, snapshot: &Snapshot) -> bool {
    *brief.uuid == *snapshot.uuid && brief.state == snapshot.state
}

/// Returns true if fewer snapshots may be answered: the request took too long, or one of them cannot be read.
fn may_be_of_one(error: &Error) -> bool {
    match error {
        Error::Timeout { .. } | Error::Broken { .. } | Error::TooHeavy => true,
        Error::Refused(refusal) => {
            let status = refusal.status;
            !refusal.is_throttled() && matches!(status, Some(400 | 404 | 413 | 414 | 500..))
        }
        _ => false,
    }
}
