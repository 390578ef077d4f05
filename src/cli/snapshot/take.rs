//! `esbackup snapshot take`: starts a snapshot, and waits until it is seen how it ended.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::act::{Act, Acted, Acting, tell_end};
use crate::cli::failed::Failed;
use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, duration};
use crate::cli::print::print;
use crate::cli::snapshot::{verdict, wait};
use crate::cli::stopped::reading;
use crate::data::snapshot;
use crate::data::{Seen, index};
use crate::domain::error::words;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::snapshots::SnapshotView;
use crate::workflow::name::Template;
use crate::workflow::select::Expression;
use crate::workflow::take::{self, Facts, Wanted};

/// The options of snapshot take.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The new snapshot's name, or a template with {environment}, {date} and {time} (UTC).
    #[arg(default_value = crate::workflow::name::DEFAULT)]
    name: String,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    acting: Acting,
    /// Patterns and exclusions such as logs-*,-logs-debug*; may repeat. Default: everything.
    #[arg(
        long,
        value_name = "PATTERN",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    indices: Vec<String>,
    /// Takes the cluster's global state as well.
    #[arg(long)]
    include_global_state: bool,
    /// Passes over named indices that are not there.
    #[arg(long)]
    ignore_unavailable: bool,
    /// Takes a snapshot although shards are not available; it ends as PARTIAL (exit code 3).
    #[arg(long)]
    partial: bool,
    /// Ends once the snapshot has started.
    #[arg(long)]
    no_wait: bool,
    /// How long the snapshot's end is waited for; it goes on afterwards.
    #[arg(long, default_value = "24h", value_parser = duration)]
    timeout: Duration,
    /// How long another snapshot that runs is waited for.
    #[arg(long, default_value = "10m", value_parser = duration)]
    wait_for_running: Duration,
}

impl Arguments {
    /// The name and the indices that are asked for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn asked(&self) -> Result<(Template, Expression), String> {
        let template =
            Template::parse(&self.name).map_err(|error| format!("{}: {error}", self.name))?;
        let expression = match self.indices.as_slice() {
            [] => Expression::everything(),
            indices => Expression::parse(indices).map_err(|problem| words(&problem))?,
        };
        Ok((template, expression))
    }
}

/// Takes a snapshot in each environment, one after the other.
pub async fn run(arguments: &Arguments) -> Exit {
    let (template, expression) = match arguments.asked() {
        Ok(asked) => asked,
        Err(problem) => return crate::cli::usage(&problem),
    };
    let stop = Stop::listen();
    let opening = match Opening::all(&arguments.common, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let told = opening.told(arguments.common.output.format);
    let now = Moment::now();
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let name = environment.name();
        let acted = match environment.begin(&stop) {
            Ok(opened) => match wanted(arguments, (&template, &expression), opened, now) {
                Ok(wanted) => match reading(&stop, facts(opened, &wanted)).await {
                    Ok(facts) => one(arguments, &opening, opened, (&wanted, &facts), &stop).await,
                    Err(failed) => Acted::early(failed),
                },
                Err(failed) => Acted::early(failed),
            },
            Err(failed) => Acted::early(failed),
        };
        let seen = acted.seen.iter().find_map(|seen| match seen {
            Seen::Snapshot(snapshot) => Some(SnapshotView::new(snapshot, Moment::now())),
            Seen::Restored(_) => None,
        });
        let more = [("snapshot".to_owned(), json!(seen))];
        tell_end(told, name, &acted, more.into_iter().collect());
        ends.push(acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

/// Reads what a snapshot is prepared from. Which indices there are is worth knowing, and not needed.
async fn facts(opened: &Opened, wanted: &Wanted) -> Result<Facts, Failed> {
    let domain = opened.domain()?;
    let repository = opened.repository();
    let (taken, indices, aliases) = tokio::join!(
        snapshot::remote::one(domain, repository, wanted.name.as_str()),
        index::remote::list(domain, opened.engine),
        index::remote::aliases(domain),
    );
    let doing = format!("look for a snapshot {} in {repository}", wanted.name);
    let taken = taken.map_err(|error| opened.unread(&doing, error))?;
    let indices = match (indices, aliases) {
        (Ok(indices), Ok(mut aliases)) => Some(
            indices
                .into_iter()
                .map(|index| {
                    let own = aliases.remove(&index.name).unwrap_or_default();
                    (index, own)
                })
                .collect(),
        ),
        (Err(error), _) | (_, Err(error)) if error.refusal().is_none() => {
            return Err(opened.unread("list the indices", error));
        }
        _ => None,
    };
    Ok(Facts {
        taken: taken.map(|one| one.state),
        indices,
    })
}

fn wanted(
    arguments: &Arguments,
    (template, expression): (&Template, &Expression),
    opened: &Opened,
    now: Moment,
) -> Result<Wanted, Failed> {
    let environment = &opened.desired.scope.environment;
    let repository = &opened.desired.repository.want;
    let name = template.name(environment, now).map_err(|error| {
        Failed::local(
            Exit::Usage,
            "name the snapshot",
            error.to_string(),
            "give another name",
        )
    })?;
    Ok(Wanted {
        repository: repository.name.clone(),
        readonly: repository.is_readonly(),
        name,
        indices: expression.clone(),
        ignore_unavailable: arguments.ignore_unavailable,
        include_global_state: arguments.include_global_state,
        partial: arguments.partial,
        metadata: opened.mark(),
        timeout: (!arguments.no_wait).then_some(arguments.timeout),
        wait_for_running: arguments.wait_for_running,
    })
}

async fn one(
    arguments: &Arguments,
    opening: &Opening,
    opened: &Opened,
    (wanted, facts): (&Wanted, &Facts),
    stop: &Stop,
) -> Acted {
    let format = arguments.common.output.format;
    let act = Act {
        opened,
        limits: opening.limits,
        acting: &arguments.acting,
        format,
        stop,
    };
    let mut acted = act.carry_out(&take::prepare(wanted, facts)).await;
    if let Some(Seen::Snapshot(snapshot)) = acted.seen.first() {
        acted.failed = verdict(snapshot);
    }
    let name = &wanted.name;
    let wait = wait::command(&arguments.common, opened, name.as_str(), None);
    match &mut acted.failed {
        Some(failed) if acted.goes_on => {
            failed.failure.remedy = Some(format!("to wait for it again: {wait}"))
        }
        None if arguments.no_wait && !arguments.acting.dry_run && format == Format::Human => {
            print(&format!("Snapshot {name} has started. Next: {wait}\n"));
        }
        _ => {}
    }
    acted
}
