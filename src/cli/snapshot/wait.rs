//! `esbackup snapshot wait`: waits for the end of a snapshot that somebody started; it writes nothing.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::act::{Acted, tell_end};

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, shell_word, timeout};
use crate::cli::print::print;
use crate::cli::snapshot::{show, verdict};
use crate::cli::stopped::reading;
use crate::data::{Seen, Wait};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::following;
use crate::report::snapshots::SnapshotView;

/// The options of snapshot wait.
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
    /// How long to wait
    ///
    /// The snapshot continues afterwards.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = timeout)]
    timeout: Duration,
}

/// Waits.
pub(crate) async fn run(arguments: &Arguments) -> Exit {
    let stop = Stop::listen();
    let opening = match Opening::one(&arguments.common, &[], &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let format = arguments.common.output.format;
    let told = opening.told(format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let acted = match &environment.opened {
            Ok(opened) => one(arguments, &opening, opened, &stop).await,
            Err(failed) => Acted::early(failed.clone()),
        };
        let snapshot = acted.seen.iter().find_map(|seen| match seen {
            Seen::Snapshot(snapshot) => Some(snapshot),
            Seen::Restored(_) => None,
        });
        if let (Some(snapshot), Format::Human) = (snapshot, format) {
            print(&format!(
                "{}: {}\n",
                environment.name(),
                crate::outlet::safe::line(&following::ended(snapshot))
            ));
        }
        let view = snapshot.map(|snapshot| SnapshotView::new(snapshot, Moment::now()));
        let more = [("snapshot".to_owned(), json!(view))].into_iter().collect();
        tell_end(told, environment.name(), &acted, more);
        ends.push(acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

async fn one(arguments: &Arguments, opening: &Opening, opened: &Opened, stop: &Stop) -> Acted {
    let repository = repository(arguments, opened);
    let there = show::found(opened, &repository, &arguments.name);
    if let Err(failed) = reading(stop, there).await {
        return Acted::early(failed);
    }
    let wait = Wait::Snapshot {
        repository,
        name: arguments.name.clone(),
        timeout: arguments.timeout,
    };
    let mut acted = crate::cli::act::wait(
        opened,
        opening.limits,
        &wait,
        arguments.common.output.format,
        stop,
    )
    .await;
    if let Some(Seen::Snapshot(snapshot)) = acted.seen.first() {
        acted.failed = verdict(snapshot);
    }
    if let (Some(failure), true) = (&mut acted.failed, acted.goes_on) {
        let again = command(
            &arguments.common,
            opened,
            &arguments.name,
            arguments.repository.as_deref(),
        );
        failure.advise(format!("to wait for it again: {again}"));
    }
    acted
}

/// The command that waits for the end of a snapshot.
pub(crate) fn command(
    common: &Common,
    opened: &Opened,
    name: &str,
    repository: Option<&str>,
) -> String {
    let mut command = format!("esbackup snapshot wait {}", shell_word(name));
    if let Some(repository) = repository {
        command.push_str(&format!(" --repository {}", shell_word(repository)));
    }
    command.push_str(&common.as_options_for(&opened.spec.desired.scope.environment));
    command
}

fn repository(arguments: &Arguments, opened: &Opened) -> String {
    let own = || opened.repository().to_owned();
    arguments.repository.clone().unwrap_or_else(own)
}
