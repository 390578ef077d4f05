//! `esbackup snapshot prune`: shows what is kept and what is deleted, each with its reason, asks, and deletes.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::causes::words;
use crate::cli::act::{Act, Acted, Acting, tell_end};
use crate::failure::Failure;

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, timeout};
use crate::cli::print::print;
use crate::cli::snapshot::list::{self, Found};
use crate::cli::stopped::reading;
use crate::data::index::remote as index;
use crate::data::select::Expression;
use crate::data::snapshot::{Snapshot, possible_copies};
use crate::data::{Check, cluster};
use crate::duration;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::verdicts::{self, HeldBack, Summary, VerdictView};
use crate::resources;
use crate::spec::StepKind;
use crate::workflow::delete::{deletion, refuse_readonly};
use crate::workflow::name::{DEFAULT, Template, ownership};
use crate::workflow::prune::{CopyOf, GoneAfter, Live, Policy, Scope, Verdict, prune};
use crate::workflow::{Prepared, Question};

/// What a clock of whole seconds leaves out.
const WITHIN_A_SECOND: Duration = Duration::from_millis(999);

/// The options of snapshot prune.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    pub(super) acting: Acting,
    /// Keep snapshots at most this much older than the newest
    ///
    /// Such as 30d. The newest is the newest successful one.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    keep_within: Option<Duration>,
    /// Keep the newest N
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Keep the newest of each of the last N days that have one
    #[arg(long, value_name = "N")]
    keep_daily: Option<u32>,
    /// Keep the newest of each of the last N weeks that have one
    #[arg(long, value_name = "N")]
    keep_weekly: Option<u32>,
    /// Keep the newest of each of the last N months that have one
    #[arg(long, value_name = "N")]
    keep_monthly: Option<u32>,
    /// Delete snapshots beyond the newest N that no rule keeps
    #[arg(long, value_name = "N")]
    max_count: Option<u32>,
    /// Delete failed and partial ones this much older than a success
    ///
    /// Default: never.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    failed_after: Option<Duration>,
    /// Keep this snapshot whatever the rules say; may repeat
    #[arg(long, value_name = "NAME")]
    keep: Vec<String>,
    /// Keep the newest successful copy of this index; may repeat
    ///
    /// Of each owner, whatever the rules say.
    #[arg(long, value_name = "NAME")]
    keep_holding: Vec<String>,
    /// Let the last copies of deleted indices go at this age; may repeat
    ///
    /// Such as logs-*=90d. The age is counted from the newest successful snapshot back.
    #[arg(long, value_name = "PATTERN=DURATION", value_parser = gone_after)]
    gone_after: Vec<GoneAfter>,
    /// Prune the snapshots of every owner, each by itself
    ///
    /// Without it, only this environment's snapshots are pruned.
    #[arg(long)]
    all: bool,
    /// How long to wait for a running snapshot
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = timeout)]
    wait_for_running: Duration,
}

impl Arguments {
    fn policy(&self) -> Policy {
        Policy {
            keep_within: self.keep_within,
            keep_last: self.keep_last,
            keep_daily: self.keep_daily,
            keep_weekly: self.keep_weekly,
            keep_monthly: self.keep_monthly,
            max_count: self.max_count,
            failed_after: self.failed_after,
            keep: self.keep.iter().cloned().collect(),
            keep_holding: self.keep_holding.iter().cloned().collect(),
            gone_after: self.gone_after.clone(),
        }
    }

    /// Checks the rules.
    ///
    /// # Errors
    /// There is none, or one that keeps nothing.
    pub(crate) fn check(&self) -> Result<(), String> {
        let checked = self.policy().check();
        checked.map_err(|error| error.to_string().replace('_', "-"))
    }
}

/// Reads `PATTERN=DURATION`. The age comes last, since a name may have a `=` of its own.
fn gone_after(text: &str) -> Result<GoneAfter, String> {
    let form = "it is PATTERN=DURATION, such as logs-*=90d";
    let (indices, age) = text.rsplit_once('=').ok_or(form)?;
    if indices.starts_with('-') || indices.contains(',') {
        return Err(format!("{form}, with one pattern and no exclusion"));
    }
    Expression::parse(&[indices]).map_err(|problem| words(&problem))?;
    Ok(GoneAfter {
        // As everywhere, `_all` is another word for everything.
        indices: if indices == "_all" { "*" } else { indices }.to_owned(),
        age: duration::parse(age)?,
    })
}

/// Prunes each environment, one after the other.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    if let Err(problem) = arguments.check() {
        return crate::cli::usage(&problem);
    }
    let stop = Stop::listen();
    let opening = match Opening::all(&arguments.common, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let format = arguments.common.output.format;
    let told = opening.told(format);
    let mut ends = Vec::new();
    for environment in &opening.environments {
        let (mut shown, mut acted, mut held_back) = (Vec::new(), Acted::default(), None);
        let decided = match environment.begin(&stop) {
            Ok(opened) => reading(&stop, decide(arguments, opened))
                .await
                .map(|found| (opened, found)),
            Err(failed) => Err(failed),
        };
        match decided {
            Ok((opened, decided)) => {
                let Decided {
                    prepared, unread, ..
                } = decided;
                held_back = decided.held_back;
                shown = decided.verdicts.into_iter().map(VerdictView::new).collect();
                if format == Format::Human {
                    print(&verdicts::human(environment.name(), &shown, held_back));
                }
                let act = Act {
                    opened,
                    limits: opening.limits,
                    acting: &arguments.acting,
                    format,
                    stop: &stop,
                };
                acted = act.carry_out(&prepared).await;
                // What could not be read stays, and so may others for which it would have stood.
                acted.failed = acted.failed.or(unread);
            }
            Err(failed) => acted.failed = Some(failed),
        }
        let more = [
            ("summary".to_owned(), json!(Summary::of(&shown))),
            ("gone_after_held_back".to_owned(), json!(held_back)),
            ("snapshots".to_owned(), json!(shown)),
        ];
        tell_end(told, environment.name(), &acted, more.into_iter().collect());
        ends.push(acted.exit());
    }
    opening.finish().await;
    Exit::of_run(ends)
}

/// What is to be done in one environment.
struct Decided {
    prepared: Prepared,
    verdicts: Vec<Verdict>,
    /// Why some of the snapshots could not be read.
    unread: Option<Failure>,
    held_back: Option<HeldBack>,
}

async fn decide(arguments: &Arguments, opened: &Opened) -> Result<Decided, Failure> {
    let domain = opened.domain()?;
    let Found {
        snapshots: mut all,
        unread,
        failed,
    } = list::find(opened, None).await?;
    let now = cluster::clock(domain)
        .await
        .map_err(|error| opened.unread("read the domain's clock", error))?;
    // A domain that does not tell the time has the local clock's, and what it calls the future stays anyway. A `Date` has whole
    // seconds: what began within the one that it names did not begin in the future.
    let now = now.map_or_else(Moment::now, |second| second.plus(WITHIN_A_SECOND));
    let templates = templates(opened);
    let environment = &opened.spec.desired.scope.environment;
    let scope = if arguments.all {
        Scope::All
    } else {
        Scope::Own
    };
    let owner = |one: &Snapshot| ownership(one, environment, &templates);
    let live = live(opened).await?;
    let held_back = HeldBack::of(live.as_ref(), opened.seen.has_cold_storage());
    let mut verdicts = prune(&all, owner, scope, &arguments.policy(), live.as_ref(), now);
    let copies = possible_copies(&unread);
    verdicts.iter_mut().for_each(|one| one.doubt(&copies));
    // Thousands of deletions may be prepared, and none of them needs these.
    for one in &mut all {
        one.metadata = BTreeMap::new();
        one.failures = Vec::new();
    }
    let mut prepared = prepare(arguments, opened, &all, &verdicts);
    if let (Some(held_back), false) = (held_back, arguments.gone_after.is_empty()) {
        let why = held_back.in_words();
        prepared
            .notes
            .push(format!("--gone-after lets nothing go: {why}"));
    }
    verdicts.extend(unread.iter().map(Verdict::unread));
    for name in &arguments.keep {
        if !verdicts.iter().any(|one| one.name == *name) {
            prepared.refuse(
                format!(
                    "there is no snapshot {name} in repository {}",
                    opened.repository()
                ),
                "name snapshots exactly; `esbackup snapshot list` shows them",
            );
        }
    }
    Ok(Decided {
        prepared,
        verdicts,
        unread: failed,
        held_back,
    })
}

/// The indices of the domain; none where the caller may not list them, who still prunes by names alone.
async fn live(opened: &Opened) -> Result<Option<Live>, Failure> {
    match index::list(opened.domain()?, opened.engine).await {
        Ok(indices) => {
            let live = Live::of(&indices);
            Ok(Some(live.with_cold_storage(opened.seen.has_cold_storage())))
        }
        Err(error) if matches!(error.status(), Some(401 | 403)) => Ok(None),
        Err(error) => Err(opened.unread("list the indices", error)),
    }
}

/// The templates of names that only this environment gives.
fn templates(opened: &Opened) -> Vec<Template> {
    let steps = opened.spec.workflows.iter().flat_map(|one| &one.steps);
    let names = steps
        .filter(|step| step.kind == StepKind::Snapshot)
        .flat_map(|step| &step.subjects);
    std::iter::once(DEFAULT)
        .chain(names.map(String::as_str))
        .filter_map(|text| Template::parse(text).ok())
        .collect()
}

fn prepare(
    arguments: &Arguments,
    opened: &Opened,
    all: &[Snapshot],
    verdicts: &[Verdict],
) -> Prepared {
    let mut prepared = Prepared::default();
    let repository = &opened.spec.desired.repository.want;
    // The oldest first: whatever ends it early, the newer ones are still there.
    let deleted = verdicts.iter().rev().filter(|verdict| verdict.is_delete());
    let known: BTreeMap<(&str, &str), &Snapshot> = all
        .iter()
        .map(|one| ((one.name.as_str(), one.uuid.as_str()), one))
        .collect();
    for verdict in deleted {
        let keeper = verdict.keeper.as_ref();
        let keeper = keeper.and_then(|one| known.get(&(one.name.as_str(), one.uuid.as_str())));
        if let Some(snapshot) = known.get(&(verdict.name.as_str(), verdict.uuid.as_str())) {
            let mut step = deletion(
                &repository.name,
                arguments.wait_for_running,
                snapshot,
                keeper.copied(),
            );
            // What makes this copy superfluous must still be there when it goes.
            if !verdict.instead.is_empty() {
                let stand = Check::SnapshotsStand {
                    repository: repository.name.to_string(),
                    snapshots: verdict
                        .instead
                        .iter()
                        .map(|one| (one.name.clone(), one.uuid.clone()))
                        .collect(),
                };
                step.before.push(resources::Check::Data(stand));
            }
            prepared.steps.push(step);
        }
    }
    if repository.is_readonly() && !prepared.steps.is_empty() {
        refuse_readonly(&mut prepared, &repository.name);
    }
    let count = prepared.steps.len();
    let lost: Vec<String> = verdicts
        .iter()
        .flat_map(|one| &one.lost)
        .map(CopyOf::subject)
        .collect();
    let lost = match lost.as_slice() {
        [] => String::new(),
        names => format!(" No snapshot holds {} afterwards.", names.join(", ")),
    };
    prepared.question = Question::Yes(format!(
        "Delete {count} {} for good?{lost}",
        if count == 1 { "snapshot" } else { "snapshots" }
    ));
    prepared
}
