//! `esbackup snapshot show`: one snapshot with its indices, its size and every failed shard; it writes nothing.

use clap::Args;

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, shell_word};
use crate::cli::print::{print, print_document};
use crate::data::snapshot::{Progress, Snapshot, remote};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::snapshots::{self, Listed, Listing, SnapshotView};

/// The options of snapshot show.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name of the snapshot
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    common: Common,
    /// Another repository of the domain
    ///
    /// Such as cs-automated-enc. Default: the spec's.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// Shows.
pub(crate) async fn run(arguments: &Arguments) -> Exit {
    let opening = match Opening::one(&arguments.common, &[], &Stop::never()).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let now = Moment::now();
    let (mut shown, mut ends) = (Vec::new(), Vec::new());
    for environment in &opening.environments {
        let found = match &environment.opened {
            Ok(opened) => read(arguments, opened).await,
            Err(failed) => Err(failed.clone()),
        };
        let (snapshots, failed) = match &found {
            Ok((snapshot, progress)) => {
                let view = SnapshotView::new(snapshot, now).with_progress(progress.as_ref());
                (vec![view], None)
            }
            Err(failed) => (Vec::new(), Some(failed)),
        };
        let exit = failed.map_or(Exit::Done, |failed| failed.exit());
        shown.push(Listed {
            environment: environment.name().to_owned(),
            repository: repository(arguments, &environment.spec.desired.repository.want.name),
            snapshots,
            exit: exit.code(),
            error: failed.cloned(),
        });
        ends.push(exit);
    }
    let listing = Listing::new(shown, opening.is_sandbox());
    match arguments.common.output.format {
        Format::Human => print(&snapshots::show(&listing)),
        Format::Json => print_document(&listing),
    }
    opening.finish().await;
    Exit::of_run(ends)
}

fn repository(arguments: &Arguments, own: &crate::names::RepositoryName) -> String {
    arguments
        .repository
        .clone()
        .unwrap_or_else(|| own.to_string())
}

async fn read(
    arguments: &Arguments,
    opened: &Opened,
) -> Result<(Snapshot, Option<Progress>), Failure> {
    let (name, domain) = (&arguments.name, opened.domain()?);
    let repository = repository(arguments, &opened.spec.desired.repository.want.name);
    let snapshot = found(opened, &repository, name).await?;
    // Sizes are worth having and not worth failing for: a broken repository or a missing permission shows elsewhere.
    let progress = remote::progress(domain, &repository, name)
        .await
        .unwrap_or(None);
    Ok((snapshot, progress))
}

/// Reads a snapshot that must be there. A name that no snapshot has is refused alike by every command.
///
/// # Errors
/// Why it could not be read, or that there is none (exit code 6).
pub(crate) async fn found(
    opened: &Opened,
    repository: &str,
    name: &str,
) -> Result<Snapshot, Failure> {
    look(opened, repository, name).await?.ok_or_else(|| {
        let elsewhere = match repository == opened.repository() {
            true => String::new(),
            false => format!(" --repository {}", shell_word(repository)),
        };
        Failure::new(
            Class::Refused,
            doing(repository, name),
            format!("there is no snapshot {name} in repository {repository}"),
            format!("`esbackup snapshot list{elsewhere}` shows those that there are"),
        )
    })
}

/// Reads a snapshot, if it is there.
///
/// # Errors
/// Why it could not be read.
pub(crate) async fn look(
    opened: &Opened,
    repository: &str,
    name: &str,
) -> Result<Option<Snapshot>, Failure> {
    let found = remote::one(opened.domain()?, repository, name).await;
    found.map_err(|error| opened.unread_in(repository, &doing(repository, name), error))
}

fn doing(repository: &str, name: &str) -> String {
    format!("read snapshot {name} of repository {repository}")
}
