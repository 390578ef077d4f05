//! `esbackup snapshot delete`: deletes snapshots by their exact names, shows each and asks.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;

use crate::cli::act::{Act, Acted, tell_end};
use crate::cli::allow::{DeleteSnapshots, Guarded};
use crate::failure::Failure;

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, timeout};
use crate::cli::print::print;
use crate::cli::snapshot::{list, show};
use crate::cli::stopped::reading;
use crate::exit::Exit;
use crate::interrupt::Stop;

use crate::workflow::Prepared;
use crate::workflow::delete::{self, Wanted};
use crate::workflow::indices::Absent;

/// The options of snapshot delete.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Exact names of the snapshots
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    pub(super) acting: Guarded<DeleteSnapshots>,
    /// Ignore snapshots that do not exist
    #[arg(long)]
    ignore_unavailable: bool,
    /// How long to wait for a running snapshot
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = timeout)]
    wait_for_running: Duration,
}

/// Deletes.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let stop = Stop::listen();
    let opening = match Opening::one(&arguments.common, &arguments.acting.allowed, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let told = opening.told(arguments.common.output.format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let prepared = match &environment.opened {
            Ok(opened) => reading(&stop, prepare(arguments, opened))
                .await
                .map(|prepared| (opened, prepared)),
            Err(failed) => Err(failed.clone()),
        };
        let mut deleted = Vec::new();
        let acted = match prepared {
            Ok((opened, prepared)) => {
                let names = prepared.steps.iter().map(|step| &*step.resource.name);
                deleted.extend(names.map(str::to_owned));
                let act = Act {
                    opened,
                    limits: opening.limits,
                    acting: &arguments.acting,
                    format: arguments.common.output.format,
                    stop: &stop,
                };
                act.carry_out(&prepared).await
            }
            Err(failed) => Acted::early(failed),
        };
        if let (Exit::Done, Format::Human, false, false) = (
            acted.exit(),
            arguments.common.output.format,
            arguments.acting.dry_run,
            deleted.is_empty(),
        ) {
            print(&format!("Deleted: {}.\n", deleted.join(", ")));
        }
        tell_end(told, environment.name(), &acted, serde_json::Map::new());
        ends.push(acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

async fn prepare(arguments: &Arguments, opened: &Opened) -> Result<Prepared, Failure> {
    let repository = &opened.spec.desired.repository.want;
    let wanted = Wanted {
        repository: repository.name.clone(),
        readonly: repository.is_readonly(),
        names: arguments.names.clone(),
        absent: match arguments.ignore_unavailable {
            true => Absent::PassedOver,
            false => Absent::Refused,
        },
        wait_for_running: arguments.wait_for_running,
    };
    let mut found = list::find(opened, None).await?;
    let mut named: BTreeSet<&String> = arguments.names.iter().collect();
    named.retain(|name| found.snapshots.iter().all(|one| one.name != **name));
    // What is named is read whatever the list is: old engines leave out what holds no index.
    for name in named {
        let one = show::look(opened, opened.repository(), name).await?;
        found.snapshots.extend(one);
    }
    let mut prepared = delete::prepare(&wanted, &found.snapshots);
    prepared.notes.extend(found.failed.map(|failed| {
        let Failure { task, messages, .. } = failed;
        format!("could not {task}: {}", messages.join(": "))
    }));
    Ok(prepared)
}
