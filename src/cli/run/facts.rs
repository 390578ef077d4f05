//! Reads what the steps of a run depend on, once, before the first one.

use crate::cli::failed::Failed;
use crate::cli::open::Opened;
use crate::cli::snapshot::list;
use crate::data::cluster;
use crate::data::index::{lineage, remote};
use crate::moment::Moment;
use crate::spec::StepKind;
use crate::workflow::run::{Facts, Filled};

/// The domain's clock, where it tells; else the local one.
pub async fn clock(opened: &Opened) -> Result<Moment, Failed> {
    match cluster::clock(opened.domain()?).await {
        Ok(now) => Ok(now.unwrap_or_else(Moment::now)),
        // Who may not ask for the version may still do everything else.
        Err(error) if error.refusal().is_some() => Ok(Moment::now()),
        Err(error) => Err(opened.unread("read the domain's clock", error)),
    }
}

/// The snapshots, and the indices where one is deleted or restored.
pub async fn read(opened: &Opened, steps: &[Filled]) -> Result<Facts, Failed> {
    let mut facts = Facts {
        snapshots: list::read(opened, None).await?,
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
