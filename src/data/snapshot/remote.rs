//! What is read of snapshots and sent for them. A request whose answer was lost is looked for, never sent again blindly.

mod details;

use std::collections::BTreeMap;

use super::decode::{self, Decoder};
use super::{Brief, Call, List, Progress, Running, Snapshot};
use crate::data::index::recoveries;
use crate::domain::{Client, Error, Read, Reads};
use crate::moment::Moment;

/// How many bytes of a status are read: a row for each shard of what runs.
const LONGEST: usize = 48 * 1024 * 1024;

/// Reads the names, ids, states and indices of all snapshots of a repository. The engine has them in one file. Elasticsearch 6 leaves out
/// those that hold no index.
///
/// # Errors
/// What the domain or the network answered.
pub async fn briefs(client: &Reads, repository: &str) -> Result<Vec<Brief>, Error> {
    let request = Read::get(["_snapshot", repository, "_all"]).with_query("verbose", "false");
    client.stream(&request, Decoder::default).await
}

/// Reads all snapshots of a repository with their details.
///
/// # Errors
/// What the domain or the network answered to the list of their names.
pub async fn list(client: &Reads, repository: &str) -> Result<List, Error> {
    list_where(client, repository, |_| true).await
}

/// Reads all snapshots of a repository, and the details of those that are wanted.
///
/// # Errors
/// What the domain or the network answered to the list of their names.
pub async fn list_where(
    client: &Reads,
    repository: &str,
    wanted: impl Fn(&Brief) -> bool,
) -> Result<List, Error> {
    let (wanted, unasked) = briefs(client, repository)
        .await?
        .into_iter()
        .partition(wanted);
    let mut list = details::read(client, repository, wanted).await;
    list.unasked = unasked;
    Ok(list)
}

/// Reads one snapshot; none when there is no such snapshot.
///
/// # Errors
/// What the domain or the network answered.
pub async fn one(client: &Reads, repository: &str, name: &str) -> Result<Option<Snapshot>, Error> {
    let request = Read::get(["_snapshot", repository, name]);
    let found = client.stream(&request, Decoder::<Snapshot>::default).await;
    match found {
        // An engine takes a name with a comma or a star for more than one: only the very same name is it.
        Ok(list) => Ok(list.into_iter().find(|one| one.name == name)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads snapshots by their exact names, a request for as many as fit into its first line; nothing of those of which one is missing.
///
/// # Errors
/// What the domain or the network answered.
pub async fn named(
    client: &Reads,
    repository: &str,
    names: &[&str],
) -> Result<Vec<Snapshot>, Error> {
    /// Engines take a first line of 4 kB.
    const LONGEST_LINE: usize = 3_000;
    let mut batches: Vec<String> = Vec::new();
    for name in names {
        match batches.last_mut() {
            // A comma, and whatever is no plain letter, is sent as three.
            Some(batch) if 3 * (batch.len() + name.len() + 1) <= LONGEST_LINE => {
                batch.push(',');
                batch.push_str(name);
            }
            _ => batches.push((*name).to_owned()),
        }
    }
    let mut found = Vec::new();
    for batch in &batches {
        let request = Read::get(["_snapshot", repository, batch]);
        match client.stream(&request, Decoder::<Snapshot>::default).await {
            Ok(list) => found.extend(list),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Whether the engine said that there is no such snapshot. It says so too of one whose files are gone, with the file as the cause.
#[must_use]
pub(crate) fn is_missing(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        let damaged = |words: &String| words.starts_with("no_such_file_exception");
        refusal.status == Some(404)
            && refusal.code.as_deref() == Some("snapshot_missing_exception")
            && !refusal.chain.iter().any(damaged)
    })
}

/// Reads how far a snapshot is.
///
/// # Errors
/// What the domain or the network answered.
pub async fn progress(
    client: &Reads,
    repository: &str,
    name: &str,
) -> Result<Option<Progress>, Error> {
    let request = Read::get(["_snapshot", repository, name, "_status"]);
    match client.read_as(&request, LONGEST, decode::statuses).await {
        Ok((statuses, date)) => {
            let now = date.and_then(Moment::of);
            Ok(statuses.first().and_then(|one| one.progress(now)))
        }
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads which snapshots run on the whole domain, those of Amazon included.
///
/// # Errors
/// What the domain or the network answered.
pub async fn running(client: &Reads) -> Result<Vec<Running>, Error> {
    let request = Read::get(["_snapshot", "_status"]);
    let (statuses, _) = client.read_as(&request, LONGEST, decode::statuses).await?;
    decode::running(&statuses).ok_or(Error::Unexpected("a list of running snapshots"))
}

/// Reads how far each snapshot of a repository is that runs, in one request.
///
/// # Errors
/// What the domain or the network answered.
pub async fn progresses(
    client: &Reads,
    repository: &str,
) -> Result<BTreeMap<String, Progress>, Error> {
    let request = Read::get(["_snapshot", "_status"]);
    let (statuses, _) = client.read_as(&request, LONGEST, decode::statuses).await?;
    Ok(decode::progresses(&statuses, repository))
}

/// Reads which snapshots are being restored on the whole domain.
///
/// # Errors
/// What the domain or the network answered.
pub async fn restoring(client: &Reads) -> Result<Vec<Running>, Error> {
    let request = Read::get(["_cat", "recovery"])
        .with_query("format", "json")
        .with_query("active_only", "true");
    let body = client.read(&request).await?.body;
    let rows = recoveries(&body).ok_or(Error::Unexpected("a table of recoveries"))?;
    let from_snapshot = rows.into_iter().filter(|row| row.kind == "snapshot");
    Ok(from_snapshot
        .map(|row| Running {
            repository: row.repository,
            snapshot: row.snapshot,
            indices: vec![row.index],
        })
        .collect())
}

/// Sends a call once. A snapshot that is already gone counts as deleted.
///
/// # Errors
/// What the domain or the network answered.
pub async fn send(client: &Client, call: &Call) -> Result<(), Error> {
    match (client.send(&call.request()).await, call) {
        (Err(error), Call::Delete { .. }) if is_missing(&error) => Ok(()),
        (result, Call::Delete { .. }) => result?.confirmed("acknowledged").map(drop),
        (result, Call::Take { .. } | Call::Restore { .. }) => {
            let response = result?;
            // One that was waited for answers with the snapshot in place of `accepted`.
            let by = match response.body.get("snapshot") {
                Some(_) => "snapshot",
                None => "accepted",
            };
            response.confirmed(by).map(drop)
        }
    }
}

/// Reads whether a call whose answer was lost was applied.
///
/// # Errors
/// When that cannot be read.
pub async fn was_applied(client: &Reads, call: &Call) -> Result<bool, Error> {
    match call {
        Call::Take {
            repository, name, ..
        } => Ok(one(client, repository, name.as_str()).await?.is_some()),
        Call::Delete { repository, name } => Ok(one(client, repository, name).await?.is_none()),
        // The plan saw that the targets were not there (or closed): what is there now and open, this restore began.
        Call::Restore { restore, .. } => {
            for target in &restore.targets {
                if !crate::data::index::remote::is_open(client, target).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}
