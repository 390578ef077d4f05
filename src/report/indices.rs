//! Indices for people and programs, each with the newest complete snapshot that holds it. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::counted::bytes;
use crate::data::index::Index;
use crate::data::select::stream_backed;
use crate::data::snapshot::{Snapshot, Unread, possible_holders};
use crate::duration::rounded;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::outlet::safe;
use crate::report::view::{self, FORMAT_VERSION};
use crate::report::{human, table};
use crate::workflow::indices::{Held, Holders};

/// A run over the indices of several environments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Listing {
    /// The version of the format.
    pub format_version: &'static str,
    /// Present, and true, when everything happened in the sandbox.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Each environment, in the order of the files.
    pub environments: Vec<Listed>,
}

/// The indices of one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Listed {
    /// The environment.
    pub environment: String,
    /// The repository whose snapshots were looked at.
    pub repository: String,
    /// Whether its snapshots could be read.
    pub snapshots_read: bool,
    /// The indices, by name.
    pub indices: Vec<IndexView>,
    /// Its own exit code.
    pub exit: u8,
    /// What could not be read.
    #[serde(serialize_with = "view::error")]
    pub error: Option<Failure>,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct IndexView {
    /// What the engine tells of it.
    #[serde(flatten)]
    pub index: Index,
    /// Data stream that the index backs.
    pub data_stream: Option<String>,
    /// Its settings that block operations, such as `index.blocks.write`; null where they could not be read.
    pub blocks: Option<Vec<String>>,
    /// The newest complete snapshot that holds an index of its name.
    pub last_good: Option<LastGood>,
    /// Whether a snapshot may hold it that could not be read, and may be newer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_known: bool,
}

/// What is read beside the indices themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Beside {
    /// The data streams, each with the indices that back it.
    pub streams: BTreeMap<String, Vec<String>>,
    /// The settings of indices that block operations, by index.
    pub blocks: Option<BTreeMap<String, Vec<String>>>,
}

/// The snapshots of a repository, as far as they were read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Read<'s> {
    /// Those whose details were read.
    pub snapshots: &'s [Snapshot],
    /// The others.
    pub unread: &'s [Unread],
}

/// The newest complete snapshot that holds an index of this name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LastGood {
    /// The snapshot.
    pub snapshot: String,
    /// When it began.
    pub started: Option<Moment>,
    /// Seconds since then.
    pub age_seconds: Option<u64>,
    /// Whether it began before this index was created, so that it holds another one of the name.
    pub older_than_the_index: bool,
    /// The environment that took it, where that is another one: it holds that one's index of the name.
    pub other_environment: Option<String>,
}

impl Listing {
    /// Puts environments together.
    #[must_use]
    pub(crate) fn new(environments: Vec<Listed>, sandbox: bool) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            sandbox,
            environments,
        }
    }
}

impl Listed {
    /// Shows the indices of an environment as they are at a moment.
    #[must_use]
    pub(crate) fn new(
        environment: &str,
        repository: &str,
        indices: &[Index],
        beside: &Beside,
        snapshots: Option<Read<'_>>,
        now: Moment,
        (exit, error): (u8, Option<Failure>),
    ) -> Self {
        let read = snapshots.unwrap_or_default();
        let holders = Holders::of(read.snapshots, environment);
        let possible = possible_holders(read.unread);
        let view = |index: &Index| IndexView {
            index: index.clone(),
            data_stream: stream_backed(&beside.streams, &index.name).map(str::to_owned),
            blocks: beside
                .blocks
                .as_ref()
                .map(|blocks| blocks.get(&index.name).cloned().unwrap_or_default()),
            last_good: last_good(holders.held(index), now),
            not_known: snapshots.is_none() || possible.get(&(), &index.name).is_some(),
        };
        Self {
            environment: environment.to_owned(),
            repository: repository.to_owned(),
            snapshots_read: snapshots.is_some(),
            indices: indices.iter().map(view).collect(),
            exit,
            error,
        }
    }
}

fn last_good(held: Held<'_>, now: Moment) -> Option<LastGood> {
    let (snapshot, older, other) = match held {
        Held::Good(snapshot) => (snapshot, false, None),
        Held::Older(snapshot) => (snapshot, true, None),
        Held::Anothers(snapshot, whose) => (snapshot, false, Some(whose.to_owned())),
        Held::No => return None,
    };
    let age = snapshot.started.and_then(|started| now.since(started));
    Some(LastGood {
        snapshot: snapshot.name.clone(),
        started: snapshot.started,
        age_seconds: age.map(|age| age.as_secs()),
        older_than_the_index: older,
        other_environment: other,
    })
}

/// A list for people.
#[must_use]
pub(crate) fn list(listing: &Listing) -> String {
    let mut text = String::new();
    if listing.sandbox {
        text.push_str("sandbox: nothing leaves this machine\n");
    }
    for one in &listing.environments {
        let _ = writeln!(
            text,
            "{} (snapshots of repository {})",
            safe::line(&one.environment),
            safe::line(&one.repository)
        );
        if !one.indices.is_empty() {
            let head = [
                "NAME",
                "HEALTH",
                "STATE",
                "DOCS",
                "SIZE",
                "PRIMARIES",
                "COPIES",
                "LAST GOOD SNAPSHOT",
            ];
            let rows = one.indices.iter().map(row);
            text.push_str(&table::render(&head, rows));
            if one.indices.iter().any(|index| index.blocks.is_none()) {
                text.push_str("  the blocks of the indices (index.blocks.*) could not be read\n");
            }
        } else if one.error.is_none() {
            text.push_str("  no indices\n");
        }
        if let Some(failure) = &one.error {
            text.push_str(&human::failure(failure));
        }
    }
    text
}

/// Open or closed, and the settings that block operations.
fn state(view: &IndexView) -> String {
    let open = if view.index.open { "open" } else { "closed" };
    let blocks = view.blocks.iter().flatten().map(String::as_str);
    std::iter::once(open)
        .chain(blocks)
        .collect::<Vec<_>>()
        .join(", ")
}

fn row(view: &IndexView) -> Vec<String> {
    let index = &view.index;
    let unknown = || "-".to_owned();
    let last = match &view.last_good {
        None if view.not_known => "not known".to_owned(),
        None => "none".to_owned(),
        Some(last) => {
            let age = last.age_seconds.map(std::time::Duration::from_secs);
            let age = age.map_or_else(String::new, |age| format!(", {} ago", rounded(age)));
            let but = match (&last.other_environment, last.older_than_the_index) {
                (Some(whose), _) => format!(", of environment {whose}"),
                _ if view.not_known => ", and perhaps a newer one".to_owned(),
                (None, true) => ", older than this index".to_owned(),
                (None, false) => String::new(),
            };
            format!("{}{age}{but}", last.snapshot)
        }
    };
    vec![
        match &view.data_stream {
            Some(stream) => format!("{} (data stream {stream})", index.name),
            None => index.name.clone(),
        },
        index
            .health
            .map_or_else(unknown, |health| health.as_str().to_owned()),
        state(view),
        index.docs.map_or_else(unknown, |docs| docs.to_string()),
        index.bytes.map_or_else(unknown, bytes),
        index.primaries.to_string(),
        index.replicas.to_string(),
        last,
    ]
}
