//! `esbackup indices list`: the indices of the domains, and in which snapshot each is; it writes nothing.

use clap::Args;

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format};
use crate::cli::print::{print, print_document};
use crate::cli::snapshot::list::{self as snapshots, Found};
use crate::data::index::{Index, lineage, remote};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::indices::{self, Beside, Listed, Listing, Read};

/// The options of indices list.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// Lists.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let opening = match Opening::all(&arguments.common, &Stop::never()).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let now = Moment::now();
    let (mut shown, mut ends) = (Vec::new(), Vec::new());
    for environment in &opening.environments {
        let read = match &environment.opened {
            Ok(opened) => read(opened).await,
            Err(failed) => (Err(failed.clone()), None, Beside::default()),
        };
        let (indices, snapshots, beside) = match read {
            (Ok(indices), snapshots, beside) => (Ok(indices), snapshots, beside),
            (Err(failed), _, _) => (Err(failed), None, Beside::default()),
        };
        let failed = match (&indices, &snapshots) {
            (Err(failed), _) | (Ok(_), Some(Err(failed))) => Some(failed.clone()),
            (Ok(_), Some(Ok(found))) => found.failed.clone(),
            (Ok(_), None) => None,
        };
        let exit = failed.as_ref().map_or(Exit::Done, |failed| failed.exit());
        shown.push(Listed::new(
            environment.name(),
            environment.spec.desired.repository.want.name.as_str(),
            indices.as_deref().unwrap_or(&[]),
            &beside,
            snapshots.and_then(Result::ok).as_ref().map(|found| Read {
                snapshots: &found.snapshots,
                unread: &found.unread,
            }),
            now,
            (exit.code(), failed),
        ));
        ends.push(exit);
    }
    let listing = Listing::new(shown, opening.is_sandbox());
    match arguments.common.output.format {
        Format::Human => print(&indices::list(&listing)),
        Format::Json => print_document(&listing),
    }
    opening.finish().await;
    Exit::of_run(ends)
}

type Snapshots = Option<Result<Found, Failure>>;

/// Reads both; indices are worth seeing although the repository does not answer.
async fn read(opened: &Opened) -> (Result<Vec<Index>, Failure>, Snapshots, Beside) {
    let (indices, snapshots) = tokio::join!(all(opened), snapshots::find(opened, None));
    // Not at the same time: each answer may be long.
    (indices, Some(snapshots), beside(opened).await)
}

/// Reads the data streams and the blocks of indices: worth seeing, and not worth failing for.
async fn beside(opened: &Opened) -> Beside {
    let mut beside = Beside::default();
    let Ok(domain) = opened.domain() else {
        return beside;
    };
    if let Ok(read) = lineage::backing(domain, opened.engine).await {
        beside.streams = read;
    }
    if let Ok(kept) = remote::kept(domain, opened.engine).await {
        let kept = kept.into_iter().filter(|(_, kept)| !kept.blocks.is_empty());
        beside.blocks = Some(kept.map(|(name, kept)| (name, kept.blocks)).collect());
    }
    beside
}

/// Reads all indices, by name.
///
/// # Errors
/// Why they could not be read.
pub(crate) async fn all(opened: &Opened) -> Result<Vec<Index>, Failure> {
    let mut indices = remote::list(opened.domain()?, opened.engine)
        .await
        .map_err(|error| opened.unread("list the indices", error))?;
    indices.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(indices)
}
