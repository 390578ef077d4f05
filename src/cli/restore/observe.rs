//! Looks at one index and its temporary copies: what the next stage of a replacement follows from. Reads only.

mod stream;

use std::time::Duration;

use crate::cli::open::Opened;
use crate::data::index::{self, Index, Recovery};
use crate::domain::{Error, Reads};
use crate::failure::Failure;
use crate::names::IndexName;
use crate::workflow::replace::{Open, Origin, Own, Proof, Relation, Shape, Subject, World};
use crate::workflow::restore::Facts;

/// How often an index without a shard that is being set up is looked at before shards count as lost.
const LOOKS: u32 = 4;

/// Looks.
///
/// # Errors
/// What could not be read.
pub(super) async fn observe(
    opened: &Opened,
    subject: &Subject<'_>,
    facts: &Facts,
    pause: Duration,
) -> Result<World, Failure> {
    let domain = opened.domain()?;
    let doing = format!("look at index {} and its copies", subject.index);
    read(domain, opened, subject, facts, pause)
        .await
        .map_err(|error| opened.unread(&doing, error))
}

async fn read(
    domain: &Reads,
    opened: &Opened,
    subject: &Subject<'_>,
    facts: &Facts,
    pause: Duration,
) -> Result<World, Error> {
    if subject.backing.is_some() {
        return stream::read(domain, opened, subject, facts, pause).await;
    }
    let all = index::remote::list(domain, opened.engine).await?;
    let (mut copies, mut leftovers) = (Vec::new(), Vec::new());
    for index in &all {
        match (subject.relation(&index.name), IndexName::parse(&index.name)) {
            (Relation::Copy, Ok(name)) => copies.push(Proof {
                shape: shape(domain, &name, pause).await?,
                uuid: index.uuid.clone(),
                name,
            }),
            (Relation::Leftover, _) => leftovers.push(index.name.clone()),
            _ => {}
        }
    }
    let own = all
        .iter()
        .find(|index| index.name == subject.index.as_str());
    let own = match own {
        None => Own::Absent,
        Some(index) if !index.open => Own::Closed,
        Some(index) => Own::Open(open(domain, subject, facts, index, pause).await?),
    };
    Ok(World {
        own,
        copies,
        leftovers,
    })
}

async fn open(
    domain: &Reads,
    subject: &Subject<'_>,
    facts: &Facts,
    found: &Index,
    pause: Duration,
) -> Result<Open, Error> {
    let name = subject.index;
    let origin = match index::remote::recoveries(domain, std::slice::from_ref(name)).await {
        Ok(rows) => origin(subject, found.primaries, &rows),
        Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => Origin::Unknown,
        Err(error) => return Err(error),
    };
    let written = match index::remote::written(domain, name).await {
        Ok(written) => written,
        Err(error) if error.refusal().is_some() => None,
        Err(error) => return Err(error),
    };
    Ok(Open {
        uuid: found.uuid.clone(),
        blocked: index::remote::refuses_writes(domain, name).await?,
        partly: false,
        shape: shape(domain, name, pause).await?,
        origin,
        written,
        aliases: facts
            .aliases
            .get(name.as_str())
            .cloned()
            .unwrap_or_default(),
    })
}

/// Where the primaries come from; a copy of a primary says nothing.
fn origin(subject: &Subject<'_>, primaries: u32, rows: &[Recovery]) -> Origin {
    let from_it = |row: &&Recovery| {
        row.kind == "snapshot"
            && row.repository == subject.repository
            && row.snapshot == subject.snapshot.name
    };
    let other = |row: &Recovery| match row.kind.as_str() {
        "snapshot" => !from_it(&row),
        "empty_store" | "local_shards" => true,
        _ => false,
    };
    let mut shards: Vec<u64> = rows.iter().filter(from_it).map(|row| row.shard).collect();
    shards.sort_unstable();
    shards.dedup();
    if rows.iter().any(other) {
        Origin::Other
    } else if primaries > 0 && shards.len() == primaries as usize {
        Origin::Restored
    } else {
        Origin::Unknown
    }
}

async fn shape(domain: &Reads, name: &IndexName, pause: Duration) -> Result<Shape, Error> {
    let mut looks = 0;
    loop {
        looks += 1;
        let healths = index::remote::healths(domain, std::slice::from_ref(name)).await?;
        match healths.get(name.as_str()) {
            Some(health) if health.is_complete() => {
                match index::remote::count(domain, name).await {
                    Ok(docs) => return Ok(Shape::Whole { docs }),
                    // A shard that started a moment ago may not answer a search yet.
                    Err(_) if looks < LOOKS => {}
                    Err(error) => return Err(error),
                }
            }
            Some(health) if health.initializing > 0 => return Ok(Shape::Growing),
            _ if looks >= LOOKS => return Ok(Shape::Broken),
            _ => {}
        }
        tokio::time::sleep(pause).await;
    }
}
