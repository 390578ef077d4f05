//! `esbackup snapshot list`: the snapshots of a repository, newest first; it writes nothing.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format};
use crate::cli::print::{print, print_document};
use crate::data::snapshot::{self, Brief, Progress, Snapshot, State, Unread, remote};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::snapshots::{self as report, Listed, Listing, SnapshotView};

/// The options of snapshot list.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Another repository of the domain
    ///
    /// Such as cs-automated-enc. Default: the spec's.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// Lists.
pub(crate) async fn run(arguments: &Arguments) -> Exit {
    let opening = match Opening::all(&arguments.common, &Stop::never()).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let now = Moment::now();
    let (mut shown, mut ends) = (Vec::new(), Vec::new());
    for environment in &opening.environments {
        let listed = match &environment.opened {
            Ok(opened) => find(opened, arguments.repository.as_deref()).await,
            Err(failed) => Err(failed.clone()),
        };
        let repository = arguments
            .repository
            .clone()
            .unwrap_or_else(|| environment.spec.desired.repository.want.name.to_string());
        let running = match (&environment.opened, &listed) {
            (Ok(opened), Ok(found)) => running(opened, &repository, &found.snapshots).await,
            _ => BTreeMap::new(),
        };
        let found = listed.unwrap_or_else(|failed| Found {
            failed: Some(failed),
            ..Found::default()
        });
        let failed = found.failed;
        // Each is let go once it is shown: there may be many.
        let read = found
            .snapshots
            .into_iter()
            .map(|one| SnapshotView::new(&one, now).with_progress(running.get(&one.name)));
        let unread = found.unread.iter().map(SnapshotView::unread);
        let exit = failed.as_ref().map_or(Exit::Done, |failed| failed.exit());
        shown.push(Listed {
            environment: environment.name().to_owned(),
            repository,
            snapshots: read.chain(unread).collect(),
            exit: exit.code(),
            error: failed,
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

/// What was read of the snapshots of a repository.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Those whose details were read, newest first.
    pub snapshots: Vec<Snapshot>,
    /// Those that are there as well, by their names.
    pub unread: Vec<Unread>,
    /// Why their details could not be read.
    pub failed: Option<Failure>,
}

/// Reads the snapshots of a repository as far as they can be read.
///
/// # Errors
/// Why not even their names could be read.
pub(crate) async fn find(opened: &Opened, repository: Option<&str>) -> Result<Found, Failure> {
    let repository = repository.unwrap_or_else(|| opened.repository());
    let list = remote::list(opened.domain()?, repository).await;
    let mut list = list.map_err(|error| unlisted(opened, repository, error))?;
    let all = list.snapshots.len() + list.unread.len();
    let failed = list.failure().map(|(count, error)| {
        let doing = format!(
            "read the details of {count} of the {all} snapshots of repository {repository}"
        );
        opened.unread_in(repository, &doing, error)
    });
    newest_first(&mut list.snapshots);
    list.unread.sort_by(|a, b| b.brief.name.cmp(&a.brief.name));
    Ok(Found {
        snapshots: list.snapshots,
        unread: list.unread,
        failed,
    })
}

fn newest_first(list: &mut [Snapshot]) {
    list.sort_by(|a, b| (b.started, &b.name).cmp(&(a.started, &a.name)));
}

fn unlisted(opened: &Opened, repository: &str, error: crate::domain::Error) -> Failure {
    let doing = format!("list the snapshots of repository {repository}");
    opened.unread_in(repository, &doing, error)
}

/// Reads the snapshots of a repository, newest first.
///
/// # Errors
/// Why one could not be read.
pub(crate) async fn read(
    opened: &Opened,
    repository: Option<&str>,
) -> Result<Vec<Snapshot>, Failure> {
    read_where(opened, repository, |_| true).await
}

/// Reads those snapshots of a repository that are wanted, newest first.
///
/// # Errors
/// Why one could not be read.
pub(crate) async fn read_where(
    opened: &Opened,
    repository: Option<&str>,
    wanted: impl Fn(&Brief) -> bool,
) -> Result<Vec<Snapshot>, Failure> {
    let repository = repository.unwrap_or_else(|| opened.repository());
    let list = remote::list_where(opened.domain()?, repository, wanted).await;
    let list = list.and_then(snapshot::List::whole);
    let mut list = list.map_err(|error| unlisted(opened, repository, error))?;
    newest_first(&mut list);
    Ok(list)
}
