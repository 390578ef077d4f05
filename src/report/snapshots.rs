//! Snapshots for people and programs: lists and single ones. Pure.
#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::counted::bytes;
use crate::data::snapshot::{NameSet, Progress, ShardFailure, Shards, Snapshot, State, Unread};
use crate::duration::rounded;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::outlet::safe;
use crate::report::view::{self, FORMAT_VERSION};
use crate::report::{human, table};

/// A run over the snapshots of several environments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listing {
    /// The version of the format.
    pub format_version: &'static str,
    /// Present, and true, when everything happened in the sandbox.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Each environment, in the order of the files.
    pub environments: Vec<Listed>,
}

/// The snapshots of one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The environment.
    pub environment: String,
    /// The repository.
    pub repository: String,
    /// The snapshots, newest first.
    pub snapshots: Vec<SnapshotView>,
    /// Its own exit code.
    pub exit: u8,
    /// Why they could not be read.
    #[serde(serialize_with = "view::error")]
    pub error: Option<Failure>,
}

/// One snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotView {
    /// Its name.
    pub name: String,
    /// Its id.
    pub uuid: String,
    /// Its state, in the engine's word.
    pub state: String,
    /// Whether its details were read; without them only name, id, state and indices are known.
    pub details_read: bool,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Seconds since it began.
    pub age_seconds: Option<u64>,
    /// Seconds that it took.
    pub duration_seconds: Option<u64>,
    /// The indices that it holds.
    pub indices: NameSet,
    /// The data streams that it holds.
    #[serde(serialize_with = "names")]
    pub data_streams: Vec<Arc<str>>,
    /// Its shards; of one that runs only what its status tells.
    pub shards: Option<Shards>,
    /// The shards that failed.
    pub failures: Vec<ShardFailure>,
    /// Bytes of all its files, where that is known: of one that runs, and of a single one that is shown.
    pub bytes: Option<u64>,
    /// Whether it holds the cluster's global state, where the engine tells.
    pub global_state: Option<bool>,
    /// The engine that took it.
    pub engine: Option<String>,
    /// Who took it, where its metadata says so.
    pub taken_by: Option<String>,
    /// The environment that took it, where its metadata says so.
    pub environment: Option<String>,
    /// All its metadata.
    pub metadata: BTreeMap<String, String>,
}

fn names<S: Serializer>(names: &[Arc<str>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(names.iter().map(|name| &**name))
}

impl Listing {
    /// Puts environments together.
    #[must_use]
    pub fn new(environments: Vec<Listed>, sandbox: bool) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            sandbox,
            environments,
        }
    }
}

impl SnapshotView {
    /// Shows a snapshot as it is at a moment.
    #[must_use]
    pub fn new(snapshot: &Snapshot, now: Moment) -> Self {
        Self {
            name: snapshot.name.clone(),
            uuid: snapshot.uuid.clone(),
            state: snapshot.state.as_str().to_owned(),
            details_read: true,
            started: snapshot.started,
            ended: snapshot.ended,
            age_seconds: snapshot
                .started
                .and_then(|started| now.since(started))
                .map(|age| age.as_secs()),
            duration_seconds: snapshot.duration().map(|length| length.as_secs()),
            indices: snapshot.indices.clone(),
            data_streams: snapshot.data_streams.clone(),
            shards: (snapshot.state != State::InProgress).then_some(snapshot.shards),
            failures: snapshot.failures.clone(),
            bytes: None,
            global_state: snapshot.global_state,
            engine: snapshot.engine.map(|engine| engine.to_string()),
            taken_by: snapshot.taken_by().map(str::to_owned),
            environment: snapshot.environment().map(str::to_owned),
            metadata: snapshot.metadata.clone(),
        }
    }

    /// Shows a snapshot whose details could not be read.
    #[must_use]
    pub fn unread(unread: &Unread) -> Self {
        let brief = &unread.brief;
        Self {
            name: brief.name.to_string(),
            uuid: brief.uuid.to_string(),
            state: brief.state.as_str().to_owned(),
            details_read: false,
            started: None,
            ended: None,
            age_seconds: None,
            duration_seconds: None,
            indices: brief.indices.clone(),
            data_streams: Vec::new(),
            shards: None,
            failures: Vec::new(),
            bytes: None,
            global_state: None,
            engine: None,
            taken_by: None,
            environment: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Adds what `_status` tells.
    #[must_use]
    pub fn with_progress(mut self, progress: Option<&Progress>) -> Self {
        self.bytes = progress.and_then(|progress| progress.bytes_held);
        let so_far = progress.map(|progress| Shards {
            total: progress.shards.total,
            successful: progress.shards.done,
            failed: progress.shards.failed,
        });
        self.shards = self.shards.or(so_far);
        self
    }

    fn age(&self) -> String {
        self.age_seconds
            .map_or_else(unknown, |age| rounded(Duration::from_secs(age)))
    }
}

fn unknown() -> String {
    "-".to_owned()
}

/// A list for people.
#[must_use]
pub fn list(listing: &Listing) -> String {
    let mut text = place(listing);
    for one in &listing.environments {
        let _ = writeln!(
            text,
            "{} (repository {})",
            safe::line(&one.environment),
            safe::line(&one.repository)
        );
        let failure = one.error.as_ref().map(human::failure).unwrap_or_default();
        if one.snapshots.is_empty() {
            text.push_str(match &one.error {
                Some(_) => &failure,
                None => "  no snapshots\n",
            });
            continue;
        }
        let head = [
            "NAME", "STATE", "AGE", "TOOK", "INDICES", "SHARDS", "FAILED", "SIZE", "TAKEN BY",
        ];
        let rows = one.snapshots.iter().map(|snapshot| {
            let took = snapshot.duration_seconds.map(Duration::from_secs);
            vec![
                snapshot.name.clone(),
                snapshot.state.clone(),
                snapshot.age(),
                took.map_or_else(unknown, rounded),
                snapshot.indices.len().to_string(),
                snapshot
                    .shards
                    .map_or_else(unknown, |shards| shards.total.to_string()),
                snapshot
                    .shards
                    .map_or_else(unknown, |shards| shards.failed.to_string()),
                snapshot.bytes.map_or_else(unknown, bytes),
                snapshot.taken_by.clone().unwrap_or_else(unknown),
            ]
        });
        text.push_str(&table::render(&head, rows));
        text.push_str(&failure);
    }
    text
}

/// Single snapshots for people.
#[must_use]
pub fn show(listing: &Listing) -> String {
    let mut text = place(listing);
    for one in &listing.environments {
        if let Some(failure) = &one.error {
            let _ = writeln!(text, "{}", safe::line(&one.environment));
            text.push_str(&human::failure(failure));
        }
        for snapshot in &one.snapshots {
            text.push_str(&detail(snapshot));
        }
    }
    text
}

fn place(listing: &Listing) -> String {
    if listing.sandbox {
        "sandbox: nothing leaves this machine\n".to_owned()
    } else {
        String::new()
    }
}

fn detail(snapshot: &SnapshotView) -> String {
    let moment = |at: Option<Moment>| at.map_or_else(unknown, |at| at.to_string());
    let shards = snapshot.shards.map_or_else(unknown, |shards| {
        let Shards {
            total,
            successful,
            failed,
        } = shards;
        format!("{successful} of {total}, {failed} failed")
    });
    let mut lines = vec![
        ("state", snapshot.state.clone()),
        (
            "started",
            format!("{} ({} ago)", moment(snapshot.started), snapshot.age()),
        ),
        ("ended", moment(snapshot.ended)),
        ("shards", shards),
        ("size", snapshot.bytes.map_or_else(unknown, bytes)),
        ("engine", snapshot.engine.clone().unwrap_or_else(unknown)),
        (
            "taken by",
            snapshot.taken_by.clone().unwrap_or_else(unknown),
        ),
        (
            "environment",
            snapshot.environment.clone().unwrap_or_else(unknown),
        ),
        (
            "global state",
            match snapshot.global_state {
                Some(true) => "included".to_owned(),
                Some(false) => "not included".to_owned(),
                None => unknown(),
            },
        ),
    ];
    lines.extend(
        snapshot
            .data_streams
            .iter()
            .map(|name| ("data stream", name.to_string())),
    );
    lines.extend(
        snapshot
            .indices
            .iter()
            .map(|name| ("index", name.to_string())),
    );
    lines.extend(snapshot.failures.iter().map(|failure| {
        (
            "failed",
            format!(
                "{} shard {}: {}",
                failure.index, failure.shard, failure.reason
            ),
        )
    }));
    let mut text = format!("snapshot {}\n", safe::line(&snapshot.name));
    for (name, value) in lines {
        let _ = writeln!(text, "  {name:<13} {}", safe::line(&value));
    }
    text
}
