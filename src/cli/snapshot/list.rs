//! `esbackup snapshot list`: the snapshots of a repository, newest first; it writes nothing.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::failed::Failed;
use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format};
use crate::cli::print::{print, print_document};
use crate::data::snapshot::{self, Brief, Progress, Snapshot, State, remote};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::snapshots::{self as report, Listed, Listing, SnapshotView};

/// The options of snapshot list.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Another repository of the domain, such as cs-automated-enc. Default: the spec's.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// Lists.
pub async fn run(arguments: &Arguments) -> Exit {
    let opening = match Opening::all(&arguments.common, &Stop::never()).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let now = Moment::now();
    let (mut shown, mut ends) = (Vec::new(), Vec::new());
    for environment in &opening.environments {
        let listed = match &environment.opened {
            Ok(opened) => read(opened, arguments.repository.as_deref()).await,
            Err(failed) => Err(failed.clone()),
        };
        let repository = arguments
            .repository
            .clone()
            .unwrap_or_else(|| environment.desired.repository.want.name.to_string());
        let running = match (&environment.opened, &listed) {
            (Ok(opened), Ok(list)) => running(opened, &repository, list).await,
            _ => BTreeMap::new(),
        };
        let (snapshots, failed) = match listed {
            Ok(list) => (list, None),
            Err(failed) => (Vec::new(), Some(failed)),
        };
        let exit = failed.as_ref().map_or(Exit::Done, |failed| failed.exit);
        shown.push(Listed {
            environment: environment.name().to_owned(),
            repository,
            snapshots: snapshots
                .iter()
                .map(|one| SnapshotView::new(one, now).with_progress(running.get(&one.name)))
                .collect(),
            exit: exit.code(),
            error: failed.map(|failed| failed.failure),
        });
        ends.push(exit);
    }
    let listing = Listing::new(shown, opening.is_sandbox());
    match arguments.common.output.format {
        Format::Human => print(&report::list(&listing)),
        Format::Json => print_document(&listing),
    }
    opening.finish().await;
    Exit::of_run(ends)
}

/// How far those are that run: worth having, and not worth failing for.
async fn running(
    opened: &Opened,
    repository: &str,
    list: &[Snapshot],
) -> BTreeMap<String, Progress> {
    let runs = list.iter().any(|one| one.state == State::InProgress);
    if runs
        && let Ok(domain) = opened.domain()
        && let Ok(progresses) = remote::progresses(domain, repository).await
    {
        return progresses;
    }
    // What is not known is shown as that.
    BTreeMap::new()
}

/// Reads the snapshots of a repository, newest first.
///
/// # Errors
/// Why they could not be read.
pub async fn read(opened: &Opened, repository: Option<&str>) -> Result<Vec<Snapshot>, Failed> {
    read_where(opened, repository, |_| true).await
}

/// Reads those snapshots of a repository that are wanted, newest first.
///
/// # Errors
/// Why they could not be read.
pub async fn read_where(
    opened: &Opened,
    repository: Option<&str>,
    wanted: impl Fn(&Brief) -> bool,
) -> Result<Vec<Snapshot>, Failed> {
    let repository = repository.unwrap_or_else(|| opened.repository());
    let list = remote::list_where(opened.domain()?, repository, wanted).await;
    let mut list = list.and_then(snapshot::List::whole).map_err(|error| {
        opened.unread_in(
            repository,
            &format!("list the snapshots of repository {repository}"),
            error,
        )
    })?;
    list.sort_by(|a, b| (b.started, &b.name).cmp(&(a.started, &a.name)));
    Ok(list)
}
