//! `esbackup indices delete`: deletes indices by their exact names, and looks afterwards whether they are gone.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::list;
use crate::cli::act::{Act, Acted, Acting, tell_end};
use crate::cli::allow::{DeleteIndices, Guarded};
use crate::failure::{Class, Failure};

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, shell_word, timeout};
use crate::cli::print::print;
use crate::cli::snapshot::{list as snapshots, verdict, wait};
use crate::cli::stopped::reading;
use crate::data::Seen;
use crate::data::index::{lineage, remote};
use crate::data::snapshot::{self, Brief};
use crate::domain::{Error, Reads};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::names::IndexName;
use crate::workflow::Prepared;
use crate::workflow::indices::{self, Absent, Deletion, Facts, First, Target, Wanted};
use crate::workflow::name::Template;

/// The options of indices delete.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Exact names of indices and data streams
    ///
    /// No pattern, alias or date math.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    pub(super) acting: Guarded<DeleteIndices>,
    /// Ignore indices that do not exist
    #[arg(long)]
    ignore_unavailable: bool,
    /// Count only this snapshot for guard no-snapshot; may repeat
    ///
    /// As in a workflow that restores from it.
    #[arg(long, value_name = "NAME", conflicts_with = "snapshot_first")]
    in_snapshot: Vec<String>,
    /// Take a snapshot of them first
    ///
    /// Writes are blocked before it, and the indices are deleted only when it is complete.
    #[arg(long)]
    snapshot_first: bool,
    /// Name of that snapshot, or a template
    ///
    /// A template may hold {environment}, {date} and {time} (UTC).
    #[arg(long, value_name = "NAME", default_value = crate::workflow::name::DEFAULT)]
    snapshot_name: String,
    /// How long to wait for that snapshot to end
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = timeout)]
    timeout: Duration,
}

impl Arguments {
    /// How the snapshot is named that is taken first.
    ///
    /// # Errors
    /// What is wrong with that name.
    pub(crate) fn template(&self) -> Result<Template, String> {
        let name = &self.snapshot_name;
        Template::parse(name).map_err(|error| format!("{name}: {error}"))
    }
}

/// What is deleted, and how.
pub(crate) struct Choice<'a> {
    /// The names as they were given.
    pub names: &'a [String],
    /// What an index that is not there means.
    pub absent: Absent,
    /// The only snapshots that count for the guard no-snapshot; any good one when there is none.
    pub counted: &'a [String],
    /// The name of the snapshot that is taken first, and how long its end is waited for.
    pub first: Option<(&'a Template, Duration)>,
    /// The options that name the place.
    pub common: &'a Common,
    /// What was agreed to.
    pub consent: String,
}

impl Choice<'_> {
    /// The same command, which takes a snapshot under another name.
    fn command(&self, opened: &Opened) -> String {
        let mut text = "esbackup indices delete".to_owned();
        for name in self.names {
            text.push_str(&format!(" {}", shell_word(name)));
        }
        if self.absent == Absent::PassedOver {
            text.push_str(" --ignore-unavailable");
        }
        text.push_str(" --snapshot-first");
        text.push_str(&self.consent);
        let environment = &opened.spec.desired.scope.environment;
        text.push_str(&self.common.as_options_for(environment));
        text
    }
}

/// Deletes.
pub(crate) async fn run(arguments: &Arguments) -> Exit {
    let template = match arguments.template() {
        Ok(template) => template,
        Err(problem) => return crate::cli::usage(&problem),
    };
    let stop = Stop::listen();
    let opening = match Opening::one(&arguments.common, &arguments.acting.allowed, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let choice = Choice {
        names: &arguments.names,
        absent: match arguments.ignore_unavailable {
            true => Absent::PassedOver,
            false => Absent::Refused,
        },
        counted: &arguments.in_snapshot,
        first: arguments
            .snapshot_first
            .then_some((&template, arguments.timeout)),
        common: &arguments.common,
        consent: arguments.acting.consent(),
    };
    let format = arguments.common.output.format;
    let told = opening.told(format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let Deleted {
            acted,
            indices,
            notes,
        } = match &environment.opened {
            Ok(opened) => {
                let act = Act {
                    opened,
                    limits: opening.limits,
                    acting: &arguments.acting,
                    format,
                    stop: &stop,
                };
                delete(&act, &choice).await
            }
            Err(failed) => Deleted::early(failed.clone()),
        };
        if format == Format::Human && !indices.is_empty() {
            print(&format!(
                "Deleted, and seen to be gone: {}.\n",
                indices.join(", ")
            ));
        }
        let more = [
            ("deleted".to_owned(), json!(indices)),
            ("notes".to_owned(), json!(notes)),
        ];
        tell_end(told, environment.name(), &acted, more.into_iter().collect());
        ends.push(acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

/// How a deletion ended.
pub(crate) struct Deleted {
    /// How the calls ended.
    pub acted: Acted,
    /// The indices that were seen to be gone.
    pub indices: Vec<String>,
    /// What should be known about it.
    pub notes: Vec<String>,
}

impl Deleted {
    fn early(failed: Failure) -> Self {
        Self {
            acted: Acted::early(failed),
            indices: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Deletes in one environment.
pub(crate) async fn delete(act: &Act<'_>, choice: &Choice<'_>) -> Deleted {
    let deletion = match reading(act.stop, prepare(act.opened, choice)).await {
        Ok(deletion) => deletion,
        Err(failed) => return Deleted::early(failed),
    };
    let mut acted = act.carry_out(&deletion.prepared).await;
    let sent = acted.calls.0 > 0 || acted.failed.is_some();
    let notes = deletion.prepared.notes.clone();
    if act.acting.dry_run || !sent {
        return Deleted {
            acted,
            indices: Vec::new(),
            notes,
        };
    }
    let taken = acted.seen.iter().find_map(|seen| match seen {
        Seen::Snapshot(snapshot) => verdict(snapshot),
        Seen::Restored(_) => None,
    });
    if let (Some(failed), Some(incomplete)) = (&mut acted.failed, taken) {
        *failed = incomplete;
    }
    if let (Some(failed), true) = (&mut acted.failed, acted.goes_on) {
        failed.advise(going_on(act.opened, choice, &deletion));
    }
    if acted.failed.is_some() && acted.calls.1 > 0 {
        lift(act, &deletion, &mut acted).await;
    }
    let indices = confirm(act.opened, &deletion.targets, &mut acted).await;
    Deleted {
        acted,
        indices,
        notes,
    }
}

/// How to see the end of a snapshot that goes on, and how to begin again: what is written from now on is in no snapshot.
fn going_on(opened: &Opened, choice: &Choice<'_>, deletion: &Deletion) -> String {
    let name = deletion
        .prepared
        .steps
        .iter()
        .find_map(|step| match &step.call {
            crate::resources::Call::Snapshot(snapshot::Call::Take { name, .. }) => Some(name),
            _ => None,
        });
    let wait = name.map_or_else(String::new, |name| {
        let wait = wait::command(choice.common, opened, name.as_str(), None);
        format!(
            "nothing is deleted and writes are let in again; to wait for the snapshot: {wait}\n"
        )
    });
    format!(
        "{wait}then, with a snapshot of its own: {}",
        choice.command(opened)
    )
}

/// Reads everything that decides, and prepares.
async fn prepare(opened: &Opened, choice: &Choice<'_>) -> Result<Deletion, Failure> {
    let repository = &opened.spec.desired.repository.want;
    let facts = facts(opened, choice).await?;
    let first = match choice.first {
        None => None,
        Some((template, timeout)) => {
            let environment = &opened.spec.desired.scope.environment;
            let taken = |name: &str| facts.snapshots.iter().any(|one| one.name == name);
            let name = template.free_name(environment, Moment::now(), taken);
            let name = name.map_err(|error| {
                Failure::new(
                    Class::Usage,
                    "name the snapshot",
                    error.to_string(),
                    "give another name with --snapshot-name",
                )
            })?;
            Some(First {
                name,
                metadata: snapshot::mark_archive(opened.mark()),
                keeps_metadata: opened.keeps_metadata(),
                timeout,
                readonly: repository.is_readonly(),
                blocked: blocked(opened, choice.names, &facts).await?,
            })
        }
    };
    let wanted = Wanted {
        names: choice.names.to_vec(),
        environment: opened.spec.desired.scope.environment.clone(),
        repository: repository.name.to_string(),
        counted: choice.counted.to_vec(),
        absent: choice.absent,
        first,
    };
    Ok(indices::prepare(&wanted, &facts))
}

async fn facts(opened: &Opened, choice: &Choice<'_>) -> Result<Facts, Failure> {
    let domain = opened.domain()?;
    // The others say nothing about these indices.
    let counts = |one: &Brief| {
        let holds = || choice.names.iter().any(|name| one.indices.contains(name));
        choice.counted.iter().any(|name| **name == *one.name) || (one.may_be_good() && holds())
    };
    let unread = |doing: &'static str| move |error| opened.unread(doing, error);
    let (indices, snapshots, aliases, streams, running, restoring) = tokio::join!(
        list::all(opened),
        snapshots::read_where(opened, None, counts),
        remote::aliases(domain),
        lineage::backing(domain, opened.engine),
        snapshot::remote::running(domain),
        snapshot::remote::restoring(domain),
    );
    Ok(Facts {
        indices: indices?,
        snapshots: snapshots?,
        aliases: aliases.map_err(unread("read the aliases"))?,
        streams: streams.map_err(unread("read the data streams"))?,
        running: running.map_err(unread("ask whether a snapshot runs"))?,
        restoring: restoring.map_err(unread("ask whether a restore runs"))?,
    })
}

/// Which of the indices refuse writes already.
async fn blocked(
    opened: &Opened,
    names: &[String],
    facts: &Facts,
) -> Result<BTreeSet<String>, Failure> {
    let mut blocked = BTreeSet::new();
    let known = |name: &IndexName| facts.indices.iter().any(|one| one.name == name.as_str());
    let each = names.iter().flat_map(|name| {
        let backing = facts.streams.get(name);
        backing.map_or_else(|| vec![name], |backing| backing.iter().collect())
    });
    for name in each.filter_map(|name| IndexName::parse(name).ok()) {
        if !known(&name) {
            continue;
        }
        let refuses = remote::refuses_writes(opened.domain()?, &name)
            .await
            .map_err(|error| opened.unread(&format!("read the settings of index {name}"), error))?;
        if refuses {
            blocked.insert(name.to_string());
        }
    }
    Ok(blocked)
}

/// Lets writes in again to what was blocked and still stands; says how to do it by hand where that fails.
async fn lift(act: &Act<'_>, deletion: &Deletion, acted: &mut Acted) {
    // The blocks are the first calls. What was sent last may have been applied although it failed; what was not sent is somebody else's.
    let sent = deletion.lift.iter().take(acted.sent);
    let never = Stop::never();
    let mut by_hand = Vec::new();
    for step in sent {
        let crate::resources::Call::Index(call) = &step.call else {
            continue;
        };
        let index = call.index();
        if let Ok(domain) = act.opened.domain()
            && let Ok(None) = remote::one(domain, index).await
        {
            continue;
        }
        let quietly = Acting {
            dry_run: false,
            yes: true,
            allowed: Vec::new(),
            beforehand: false,
        };
        let lifting = Act {
            opened: act.opened,
            limits: act.limits,
            acting: &quietly,
            format: act.format,
            stop: &never,
        };
        let prepared = Prepared {
            steps: vec![step.clone()],
            ..Prepared::default()
        };
        if lifting.carry_out(&prepared).await.failed.is_some() {
            by_hand.push(format!(
                "PUT /{index}/_settings {{\"index.blocks.write\": null}}"
            ));
        }
    }
    if let (Some(failed), false) = (&mut acted.failed, by_hand.is_empty()) {
        let text = format!(
            "writes are still refused; to let them in again: {}",
            by_hand.join("; ")
        );
        let remedy = failed.hint.take().unwrap_or_default();
        failed.advise(format!("{text}\n{remedy}"));
    }
}

/// Returns the id of what has the name of a target, if anything has.
async fn still_there(domain: &Reads, target: &Target) -> Result<Option<String>, Error> {
    if target.stream {
        let found = lineage::stream(domain, &target.name).await?;
        return Ok(found.map(|stream| stream.identity().unwrap_or_default()));
    }
    let found = remote::one(domain, &target.name).await?;
    Ok(found.map(|index| index.uuid))
}

/// Looks whether the indices are gone.
async fn confirm(opened: &Opened, targets: &[Target], acted: &mut Acted) -> Vec<String> {
    let mut gone = Vec::new();
    let (done, total) = acted.calls;
    for (place, target) in targets.iter().enumerate() {
        // The deletions are the last steps, in the order of the targets.
        let sent = done > total.saturating_sub(targets.len()) + place;
        let Ok(domain) = opened.domain() else {
            continue;
        };
        if !sent {
            continue;
        }
        let doing = format!("look whether {} is gone", target.named());
        let failed = match still_there(domain, target).await {
            Ok(None) => {
                gone.push(target.name.to_string());
                continue;
            }
            Ok(Some(uuid)) if uuid != target.uuid => {
                gone.push(target.name.to_string());
                Failure::new(
                    Class::Interfered,
                    doing,
                    format!("it is gone, and another {} appeared since", target.named()),
                    "stop whatever writes to it, then look at `esbackup indices list`",
                )
            }
            Ok(Some(_)) => Failure::new(
                Class::Failed,
                doing,
                "the engine confirmed the deletion, and the index is still there",
                "look at `esbackup indices list`, then run it again",
            ),
            Err(error) => opened.unread(&doing, error),
        };
        acted.failed.get_or_insert(failed);
    }
    gone
}
