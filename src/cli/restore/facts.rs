//! Reads what a restore depends on, all at once. What decides something and may not be read ends the command; advice that is missing is told.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::open::Opened;
use crate::cli::restore::Arguments;
use crate::cli::snapshot::show;
use crate::data::cluster::Watermark;
use crate::data::snapshot::contents::Contents;
use crate::data::snapshot::{self, Snapshot};
use crate::data::{cluster, index};
use crate::domain::Error;
use crate::failure::{Class, Failure};
use crate::hazard::Word;
use crate::names::IndexName;
use crate::workflow::restore::{Advice, Facts, Scope, Wanted, newest, scope};

/// The longest time that the sizes of a snapshot are waited for: the engine reads every shard's list of files for them.
const LONGEST_SIZES: Duration = Duration::from_secs(20);
/// Of how many indices the settings are read.
const MOST_SETTINGS: usize = 20;

/// The snapshot, what of it is restored, and what the domain holds.
pub(super) struct Read {
    pub snapshot: Snapshot,
    pub scope: Scope,
    pub facts: Facts,
}

/// Reads everything.
///
/// # Errors
/// What could not be read, or that there is no such snapshot.
pub(super) async fn read(
    arguments: &Arguments,
    wanted: &Wanted,
    opened: &Opened,
) -> Result<Read, Failure> {
    let domain = opened.domain()?;
    let (snapshot, indices, aliases, data_streams, health, disks, attributes, watermark) = tokio::join!(
        find(arguments, wanted, opened),
        index::remote::list(domain, opened.engine),
        index::remote::aliases_and_writers(domain),
        index::lineage::backing(domain, opened.engine),
        cluster::health(domain),
        cluster::disks(domain),
        cluster::attributes(domain),
        cluster::watermark(domain),
    );
    let needs = |doing: &str, error: Error| {
        let doing = format!("{doing}, which decides whether something stands in the way");
        opened.unread(&doing, error)
    };
    let snapshot = snapshot?;
    let disks = match disks {
        Err(error) if !looks_past_space(arguments) => {
            let mut failed = needs("read how much room the disks have", error);
            let looking_past = format!(
                "{}--allow space restores without looking",
                failed
                    .hint
                    .take()
                    .map(|hint| format!("{hint}; "))
                    .unwrap_or_default()
            );
            failed.advise(looking_past);
            return Err(failed);
        }
        disks => disks,
    };
    let (aliases, writers) = aliases.map_err(|error| needs("list the aliases", error))?;
    let mut facts = Facts {
        engine: opened.engine,
        indices: indices.map_err(|error| needs("list the indices", error))?,
        aliases,
        writers,
        data_streams: data_streams
            .map_err(|error| needs("list the data streams", error))?
            .into_keys()
            .collect(),
        health: health.map_err(|error| needs("read the health of the domain", error))?,
        disks: advice(disks),
        // What may not be read is most likely what engines take.
        watermark: watermark.unwrap_or(Watermark::DEFAULT),
        attributes: advice(attributes),
        sizes: Err("the sizes were not read".to_owned()),
        settings: BTreeMap::new(),
    };
    let scope = scope(wanted, &snapshot);
    let sizes = snapshot::contents::read(domain, &wanted.repository, &snapshot.name);
    let (sizes, ()) = tokio::join!(
        tokio::time::timeout(LONGEST_SIZES, sizes),
        settings(opened, &scope, &mut facts)
    );
    facts.sizes = match sizes {
        Ok(contents) => advice(contents).map(bytes),
        Err(_) => Err(format!(
            "the engine did not tell the sizes within {} s",
            LONGEST_SIZES.as_secs()
        )),
    };
    Ok(Read {
        snapshot,
        scope,
        facts,
    })
}

/// The bytes of each index, as far as the engine tells.
fn bytes(contents: Option<Contents>) -> BTreeMap<String, u64> {
    let indices = contents.into_iter().flat_map(|all| all.indices);
    indices.map(|(name, part)| (name, part.bytes)).collect()
}

/// Returns whether the caller allowed the guard that the disks decide.
fn looks_past_space(arguments: &Arguments) -> bool {
    let mut allowed = arguments.acting.allowed.iter();
    allowed.any(|one| one.word == Word::Space)
}

fn advice<T>(read: Result<T, Error>) -> Advice<T> {
    read.map_err(|error| error.to_string())
}

/// Settings of indices that have the name of a restored one: only to foresee what the engine will refuse.
async fn settings(opened: &Opened, scope: &Scope, facts: &mut Facts) {
    let Ok(domain) = opened.domain() else { return };
    let there = |source: &&IndexName| {
        let mut indices = facts.indices.iter();
        indices.any(|index| index.open && index.name == source.as_str())
    };
    let sources: Vec<IndexName> = scope
        .pairs
        .iter()
        .map(|(source, _)| source)
        .filter(there)
        .take(MOST_SETTINGS)
        .cloned()
        .collect();
    for source in sources {
        if let Ok(settings) = index::remote::settings(domain, &source).await {
            facts.settings.insert(source.to_string(), settings);
        }
    }
}

async fn find(
    arguments: &Arguments,
    wanted: &Wanted,
    opened: &Opened,
) -> Result<Snapshot, Failure> {
    let (domain, repository) = (opened.domain()?, &wanted.repository);
    if arguments.is_latest() {
        let good = snapshot::Brief::may_be_good;
        let list = snapshot::remote::list_where(domain, repository, good)
            .await
            .and_then(snapshot::List::whole)
            .map_err(|error| {
                opened.unread_in(
                    repository,
                    &format!("list the snapshots of repository {repository}"),
                    error,
                )
            })?;
        return newest(wanted, &list)
            .cloned()
            .ok_or_else(|| none_holds(wanted, &list));
    }
    show::found(opened, repository, &arguments.snapshot).await
}

/// No snapshot is the latest; what the newest good one lacks is told.
fn none_holds(wanted: &Wanted, list: &[Snapshot]) -> Failure {
    let mut failed = Failure::new(
        Class::Refused,
        "find the latest snapshot",
        format!(
            "none of the {} complete snapshots of repository {} holds all of {}",
            list.len(),
            wanted.repository,
            wanted.indices
        ),
        "`esbackup snapshot list` shows those that there are; name one, or ask for other indices",
    );
    let lacks = snapshot::newest_good(list).map(|newest| scope(wanted, newest).prepared.obstacles);
    for obstacle in lacks.unwrap_or_default() {
        let words = format!("{}; {}", obstacle.what, obstacle.remedy);
        failed.messages.push(words);
    }
    failed
}
