//! `esbackup snapshot take`: starts a snapshot, and waits until it is seen how it ended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::causes::words;
use crate::cli::act::{Act, Acted, Acting, tell_end};
use crate::failure::{Change, Class, Failure};

use crate::cli::open::{Opened, Opening};
use crate::cli::options::{Common, Format, shell_word, timeout};
use crate::cli::print::print;
use crate::cli::restore::next::selection;
use crate::cli::snapshot::{verdict, wait};
use crate::cli::stopped::reading;
use crate::data::select::Expression;
use crate::data::snapshot::{self, State};
use crate::data::{Seen, index};
use crate::domain::Error;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::snapshots::SnapshotView;
use crate::workflow::Prepared;
use crate::workflow::name::{SECONDS_TRIED, Template};
use crate::workflow::take::{self, Facts, Wanted};

/// The options of snapshot take.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name of the snapshot, or a template
    ///
    /// A template may hold {environment}, {date} and {time} (UTC).
    #[arg(value_name = "NAME", default_value = crate::workflow::name::DEFAULT)]
    name: String,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    pub(super) acting: Acting,
    /// Indices, patterns and exclusions; may repeat
    ///
    /// Such as logs-*,-logs-debug*. Default: everything.
    #[arg(
        long,
        value_name = "PATTERN",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    indices: Vec<String>,
    /// Include the cluster's global state
    #[arg(long)]
    include_global_state: bool,
    /// Ignore named indices that do not exist
    #[arg(long)]
    ignore_unavailable: bool,
    /// Take it even if shards are unavailable
    ///
    /// It ends as PARTIAL then, with exit code 3.
    #[arg(long)]
    partial: bool,
    /// Mark it as an archive, which prune never deletes
    #[arg(long)]
    archive: bool,
    /// Return once the snapshot has started
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for the snapshot to end
    ///
    /// The snapshot continues afterwards.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = timeout)]
    timeout: Duration,
    /// How long to wait for another running snapshot
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = timeout)]
    wait_for_running: Duration,
}

impl Arguments {
    /// The name and the indices that are asked for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn asked(&self) -> Result<(Template, Expression), String> {
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
pub(super) async fn run(arguments: &Arguments) -> Exit {
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
            Ok(opened) => {
                let taking = Taking {
                    arguments,
                    asked: (&template, &expression),
                    opening: &opening,
                    opened,
                    stop: &stop,
                };
                taking.take(now).await.unwrap_or_else(Acted::early)
            }
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

/// A snapshot that is taken in one environment.
struct Taking<'a> {
    arguments: &'a Arguments,
    asked: (&'a Template, &'a Expression),
    opening: &'a Opening,
    opened: &'a Opened,
    stop: &'a Stop,
}

impl Taking<'_> {
    /// Takes it. A default name that another snapshot has, or gets before anything was sent, makes way for that of the next second.
    async fn take(&self, now: Moment) -> Result<Acted, Failure> {
        let (template, _) = self.asked;
        let mut seconds = 0;
        loop {
            let at = now.plus(Duration::from_secs(seconds));
            let mut wanted = self.wanted(at)?;
            let mut facts = reading(self.stop, facts(self.opened, &wanted)).await?;
            let asked_for = wanted.name.clone();
            while template.is_default() && facts.taken.is_some() && seconds < SECONDS_TRIED {
                seconds += 1;
                wanted = self.wanted(now.plus(Duration::from_secs(seconds)))?;
                facts.taken = reading(self.stop, taken(self.opened, &wanted)).await?;
            }
            let mut prepared = take::prepare(&wanted, &facts);
            if wanted.name != asked_for {
                prepared.notes.push(format!(
                    "there is a snapshot {asked_for} already, so that this one is {}",
                    wanted.name
                ));
            }
            let acted = self.carry_out(&wanted, &prepared).await;
            let interfered = acted.sent == 0 && acted.exit() == Exit::Stale;
            if interfered && template.is_default() && seconds < SECONDS_TRIED {
                let there = reading(self.stop, taken(self.opened, &wanted)).await?;
                if there.is_some() {
                    seconds += 1;
                    continue;
                }
            }
            return Ok(acted);
        }
    }

    fn wanted(&self, now: Moment) -> Result<Wanted, Failure> {
        let Self {
            arguments, opened, ..
        } = self;
        let (template, expression) = self.asked;
        let environment = &opened.spec.desired.scope.environment;
        let repository = &opened.spec.desired.repository.want;
        let name = template.name(environment, now).map_err(|error| {
            Failure::new(
                Class::Usage,
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
            archive: arguments.archive,
            keeps_metadata: opened.keeps_metadata(),
            metadata: opened.mark(),
            timeout: (!arguments.no_wait).then_some(arguments.timeout),
            wait_for_running: arguments.wait_for_running,
        })
    }

    async fn carry_out(&self, wanted: &Wanted, prepared: &Prepared) -> Acted {
        let Self {
            arguments, opened, ..
        } = self;
        let format = arguments.common.output.format;
        let act = Act {
            opened,
            limits: self.opening.limits,
            acting: &arguments.acting,
            format,
            stop: self.stop,
        };
        let mut acted = act.carry_out(prepared).await;
        if let Some(Seen::Snapshot(snapshot)) = acted.seen.first() {
            acted.failed = verdict(snapshot);
        }
        let name = &wanted.name;
        let wait = wait::command(&arguments.common, opened, name.as_str(), None);
        match &mut acted.failed {
            Some(failed) if acted.goes_on => failed.advise(format!("to wait for it again: {wait}")),
            Some(failed) => {
                let changed = |change: &Change| {
                    let selection = selection(&arguments.indices, &change.left_out);
                    format!(
                        "esbackup snapshot take {} --indices {}",
                        shell_word(name.as_str()),
                        shell_word(&selection)
                    )
                };
                let hint = failed.hint.take();
                failed.hint = hint.map(|hint| hint.for_caller("snapshot take", &changed));
            }
            None if arguments.no_wait && !arguments.acting.dry_run && format == Format::Human => {
                print(&format!("Snapshot {name} has started. Next: {wait}\n"));
            }
            _ => {}
        }
        acted
    }
}

/// Reads what a snapshot is prepared from. Which indices there are is worth knowing, and not needed.
async fn facts(opened: &Opened, wanted: &Wanted) -> Result<Facts, Failure> {
    let domain = opened.domain()?;
    let (taken, indices, aliases, streams, warm) = tokio::join!(
        taken(opened, wanted),
        index::remote::list(domain, opened.engine),
        index::remote::aliases_and_writers(domain),
        index::lineage::backing(domain, opened.engine),
        warm(opened),
    );
    let taken = taken?;
    let mut writers = BTreeMap::new();
    let indices = match (indices, aliases) {
        (Ok(indices), Ok((mut aliases, writing))) => {
            writers = writing;
            Some(
                indices
                    .into_iter()
                    .map(|index| {
                        let own = aliases.remove(&index.name).unwrap_or_default();
                        (index, own)
                    })
                    .collect(),
            )
        }
        (Err(error), _) | (_, Err(error)) if error.refusal().is_none() => {
            return Err(opened.unread("list the indices", error));
        }
        _ => None,
    };
    Ok(Facts {
        engine: opened.engine,
        taken,
        indices,
        writers,
        streams: granted(opened, "list the data streams", streams)?,
        warm: granted(opened, "read the settings of the indices", warm)?,
    })
}

/// Reads the state of a snapshot that has the name already.
async fn taken(opened: &Opened, wanted: &Wanted) -> Result<Option<State>, Failure> {
    let repository = opened.repository();
    let found = snapshot::remote::one(opened.domain()?, repository, wanted.name.as_str()).await;
    let doing = format!("look for a snapshot {} in {repository}", wanted.name);
    let found = found.map_err(|error| opened.unread(&doing, error))?;
    Ok(found.map(|one| one.state))
}

/// Turns a refusal into nothing: what may not be read is said, and does not end the command.
fn granted<T>(opened: &Opened, doing: &str, read: Result<T, Error>) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.refusal().is_some() => Ok(None),
        Err(error) => Err(opened.unread(doing, error)),
    }
}

/// Reads which indices are in UltraWarm storage, which Amazon domains alone have.
async fn warm(opened: &Opened) -> Result<BTreeSet<String>, Error> {
    let Some(domain) = opened.domain().ok().filter(|_| opened.is_amazon()) else {
        return Ok(BTreeSet::new());
    };
    let kept = index::remote::kept(domain, opened.engine).await?;
    let is_warm = |kept: &index::remote::Kept| kept.tier.as_deref() == Some(index::WARM);
    let warm = kept.into_iter().filter(|(_, kept)| is_warm(kept));
    Ok(warm.map(|(name, _)| name).collect())
}
