//! Looks at a data stream and its temporary copies. Reads only.

use std::time::Duration;

use super::{open, origin, shape};
use crate::cli::open::Opened;
use crate::data::index::lineage::{self, Stream};
use crate::data::index::{self, Index};
use crate::domain::{Error, Reads};
use crate::names::IndexName;
use crate::workflow::replace::{Open, Origin, Own, Proof, Relation, Shape, Subject, World};
use crate::workflow::restore::Facts;

/// Reads what is there of a data stream and of its copies.
///
/// # Errors
/// The read that failed.
pub(super) async fn read(
    domain: &Reads,
    opened: &Opened,
    subject: &Subject<'_>,
    facts: &Facts,
    pause: Duration,
) -> Result<World, Error> {
    let streams = lineage::streams(domain, opened.engine).await?;
    let (mut copies, mut leftovers) = (Vec::new(), Vec::new());
    for stream in &streams {
        match (
            subject.relation(&stream.name),
            IndexName::parse(&stream.name),
        ) {
            (Relation::Copy, Ok(name)) => copies.push(Proof {
                name,
                uuid: stream.identity().unwrap_or_default(),
                shape: shape_of(domain, stream, pause).await?,
            }),
            (Relation::Leftover, _) => leftovers.push(stream.name.clone()),
            _ => {}
        }
    }
    let all = index::remote::list(domain, opened.engine).await?;
    let find = |name: &str| all.iter().find(|index| index.name == name);
    let own = streams
        .iter()
        .find(|one| one.name == subject.index.as_str());
    let own = match (own, find(subject.index.as_str())) {
        (Some(stream), _) => {
            let backing = stream.backing.iter().filter_map(|(name, _)| find(name));
            let backing: Vec<&Index> = backing.collect();
            match backing.iter().all(|index| index.open) {
                true => Own::Open(whole(domain, subject, stream, &backing, pause).await?),
                false => Own::Closed,
            }
        }
        // An index was created under the name of the stream.
        (None, Some(index)) if index.open => {
            Own::Open(open(domain, subject, facts, index, pause).await?)
        }
        (None, Some(_)) => Own::Closed,
        (None, None) => Own::Absent,
    };
    Ok(World {
        own,
        copies,
        leftovers,
    })
}

async fn whole(
    domain: &Reads,
    subject: &Subject<'_>,
    stream: &Stream,
    backing: &[&Index],
    pause: Duration,
) -> Result<Open, Error> {
    let mut refusing = 0;
    for name in names(stream)? {
        refusing += usize::from(index::remote::refuses_writes(domain, &name).await?);
    }
    let written = match index::remote::written(domain, subject.index).await {
        Ok(written) => written,
        Err(error) if error.refusal().is_some() => None,
        Err(error) => return Err(error),
    };
    Ok(Open {
        uuid: stream.identity().unwrap_or_default(),
        blocked: refusing > 0 && refusing == stream.backing.len(),
        partly: refusing > 0 && refusing < stream.backing.len(),
        shape: shape_of(domain, stream, pause).await?,
        origin: origin_of(domain, subject, backing).await?,
        written,
        aliases: Default::default(),
    })
}

/// Returns the origin of a data stream: it was restored if each of its backing indices was.
async fn origin_of(
    domain: &Reads,
    subject: &Subject<'_>,
    backing: &[&Index],
) -> Result<Origin, Error> {
    let mut all = Origin::Restored;
    for one in backing {
        let name =
            IndexName::parse(&one.name).map_err(|_| Error::Unexpected("names of indices"))?;
        let of_one = match index::remote::recoveries(domain, std::slice::from_ref(&name)).await {
            Ok(rows) => origin(subject, one.primaries, &rows),
            Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => Origin::Unknown,
            Err(error) => return Err(error),
        };
        match of_one {
            Origin::Other => return Ok(Origin::Other),
            Origin::Unknown => all = Origin::Unknown,
            Origin::Restored => {}
        }
    }
    Ok(all)
}

async fn shape_of(domain: &Reads, stream: &Stream, pause: Duration) -> Result<Shape, Error> {
    let mut sum = 0_u64;
    let mut growing = false;
    for name in names(stream)? {
        match shape(domain, &name, pause).await? {
            Shape::Whole { docs } => sum = sum.saturating_add(docs),
            Shape::Growing => growing = true,
            Shape::Broken => return Ok(Shape::Broken),
        }
    }
    Ok(match growing {
        true => Shape::Growing,
        false => Shape::Whole { docs: sum },
    })
}

fn names(stream: &Stream) -> Result<Vec<IndexName>, Error> {
    let parse = |(name, _): &(String, String)| {
        IndexName::parse(name).map_err(|_| Error::Unexpected("names of indices"))
    };
    stream.backing.iter().map(parse).collect()
}
