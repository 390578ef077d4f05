//! Reads what the steps of a run depend on, once, before the first one.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::open::Opened;
use crate::cli::snapshot::{list, show};
use crate::data::cluster;
use crate::data::index::{lineage, remote};
use crate::data::snapshot::Snapshot;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::spec::StepKind;
use crate::workflow::run::{Facts, Filled};

/// The domain's clock, where it tells; else the local one.
pub(super) async fn clock(opened: &Opened) -> Result<Moment, Failure> {
    match cluster::clock(opened.domain()?).await {
        Ok(now) => Ok(now.unwrap_or_else(Moment::now)),
        // Who may not ask for the version may still do everything else.
        Err(error) if error.refusal().is_some() => Ok(Moment::now()),
        Err(error) => Err(opened.unread("read the domain's clock", error)),
    }
}

/// The snapshots, those that the steps name in other repositories, and the indices where one is deleted or restored.
pub(super) async fn read(opened: &Opened, steps: &[Filled]) -> Result<Facts, Failure> {
    let mut facts = Facts {
        snapshots: list::read(opened, None).await?,
        elsewhere: elsewhere(opened, steps).await?,
        repository: opened.repository().to_owned(),
        ..Facts::default()
    };
    let names_indices =
        |step: &Filled| matches!(step.kind, StepKind::DeleteIndices | StepKind::Restore);
    if !steps.iter().any(names_indices) {
        return Ok(facts);
    }
    let client = opened.domain()?;
    facts.indices = remote::list(client, opened.engine)
        .await
        .map_err(|error| opened.unread("list the indices", error))?;
    facts.aliases = remote::aliases(client)
        .await
        .map_err(|error| opened.unread("list the aliases", error))?;
    facts.streams = lineage::backing(client, opened.engine)
        .await
        .map_err(|error| opened.unread("list the data streams", error))?;
    Ok(facts)
}

/// What other repositories hold of the snapshots that steps name there.
async fn elsewhere(
    opened: &Opened,
    steps: &[Filled],
) -> Result<BTreeMap<String, Vec<Snapshot>>, Failure> {
    let named = steps.iter().flat_map(|step| {
        let repositories = step.values("--repository").into_iter();
        repositories.zip(step.subject())
    });
    let named: BTreeSet<(&str, &str)> = named.collect();
    let mut found: BTreeMap<String, Vec<Snapshot>> = BTreeMap::new();
    for (repository, name) in named {
        let there = show::look(opened, repository, name).await?;
        found
            .entry(repository.to_owned())
            .or_default()
            .extend(there);
    }
    Ok(found)
}
