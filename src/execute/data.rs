//! What the executor looks at before and after calls about snapshots and indices. It reads at most once a second, and decides nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{Event, Execution, Reason};
use crate::data::index::{self, Recovery};
use crate::data::{Awaited, Check, Progress, Restored, Restores, Seen, Wait, snapshot};
use crate::domain::{Error, Reads};
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::SendError;
use crate::resources::outcome::Checked;

/// The longest pause between two looks at something that runs.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// How often in a row nothing may move on the whole domain before a restore is taken for stuck.
const STUCK: u32 = 5;

/// One look at something that is waited for.
enum Look {
    /// It goes on.
    Running(Progress),
    /// It goes on, and how far it is cannot be told.
    Unknown,
    /// It is over.
    Over(Seen),
    /// It is over, and it did not succeed.
    Incomplete(Vec<String>),
}

/// What earlier looks at a restore told. A look sends one request, so that no more than one a second is sent: the health of the indices and
/// their recoveries take turns.
#[derive(Debug, Default)]
struct Watch {
    /// Whether the recoveries are next. The health is the first: it tells at once that a restore has finished.
    recoveries: bool,
    /// How often in a row nothing moved.
    still: u32,
    /// The shards that are complete, and all of them.
    shards: (u64, u64),
    /// The bytes that were copied, and all of them.
    bytes: (u64, u64),
}

impl Watch {
    /// Whether the recoveries are read in this look.
    fn turn(&mut self) -> bool {
        let recoveries = self.recoveries;
        self.recoveries = !recoveries;
        recoveries
    }

    fn progress(&self) -> Look {
        Look::Running(Progress::Restore {
            shards_done: self.shards.0,
            shards: self.shards.1,
            bytes_done: self.bytes.0,
            bytes: self.bytes.1,
        })
    }
}

impl Execution<'_> {
    /// Reads what must hold right before a call of a workflow.
    pub(super) async fn check_data(
        &self,
        step: &Step,
        check: &Check,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Checked, Reason> {
        let Some(domain) = &self.session.domain else {
            return Err(self
                .failed(&SendError::NoDomain, &step.call.describe())
                .await);
        };
        if let Check::NoSnapshotRuns { wait } = check {
            return self.until_idle(step, domain, *wait, report).await;
        }
        match holds(domain, check).await {
            Ok(checked) => Ok(checked),
            Err(error) => Err(self.unreadable(step, error).await),
        }
    }

    async fn unreadable(&self, step: &Step, error: Error) -> Reason {
        let doing = format!("look again before: {}", step.call.describe());
        self.unread(error, &doing).await
    }

    /// Waits until no snapshot runs on the domain.
    async fn until_idle(
        &self,
        step: &Step,
        domain: &Reads,
        wait: Duration,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Checked, Reason> {
        let began = Instant::now();
        let mut looks = 0;
        loop {
            let running = match snapshot::remote::running(domain).await {
                Ok(running) => running,
                Err(error) => return Err(self.unreadable(step, error).await),
            };
            if running.is_empty() {
                return Ok(Checked::Holds);
            }
            let running: Vec<String> = running
                .iter()
                .map(|one| format!("{}/{}", one.repository, one.snapshot))
                .collect();
            if began.elapsed() >= wait {
                return Ok(Checked::Busy(running.join(", ")));
            }
            let progress = Progress::Others { running };
            let awaited = Awaited::Progress(&progress);
            report(Event::Awaited { step, awaited });
            self.look_pause(looks).await;
            looks += 1;
            if let Some(signal) = self.stop.requested() {
                return Err(Reason::Interrupted(signal));
            }
        }
    }

    /// Waits for what was started, until its end is seen.
    ///
    /// # Errors
    /// Why it is not waited for any more, or that it did not end well.
    pub async fn wait(
        &self,
        wait: &Wait,
        report: &mut dyn FnMut(Awaited<'_>),
    ) -> Result<(), Reason> {
        let what = wait.what();
        let Some(domain) = &self.session.domain else {
            return Err(self.failed(&SendError::NoDomain, &what).await);
        };
        let (began, mut looks, mut watch) = (Instant::now(), 0, Watch::default());
        loop {
            let look = match wait {
                Wait::Snapshot {
                    repository, name, ..
                } => look_at_snapshot(domain, repository, name).await,
                Wait::Restored {
                    repository,
                    snapshot,
                    targets,
                    ..
                } => look_at_restore(domain, (repository, snapshot), targets, &mut watch).await,
            };
            match look {
                Ok(Look::Over(seen)) => {
                    report(Awaited::Seen(&seen));
                    return Ok(());
                }
                Ok(Look::Incomplete(words)) => return Err(Reason::Incomplete { what, words }),
                Ok(Look::Running(progress)) => report(Awaited::Progress(&progress)),
                Ok(Look::Unknown) => {}
                // It goes on whether or not this look was answered.
                Err(error) if may_pass(&error) && began.elapsed() < wait.timeout() => {}
                Err(error) => {
                    let doing = format!("wait for {what}, which goes on");
                    return Err(self.failed(&SendError::Domain(error), &doing).await);
                }
            }
            if began.elapsed() >= wait.timeout() {
                return Err(Reason::TooLong {
                    what,
                    waited: began.elapsed(),
                });
            }
            self.look_pause(looks).await;
            looks += 1;
            if let Some(signal) = self.stop.requested() {
                return Err(Reason::Detached { what, signal });
            }
        }
    }

    async fn look_pause(&self, looks: u32) {
        self.stop
            .or_elapsed(between_looks(self.limits.poll, looks))
            .await;
    }
}

/// The pause after a look: longer with each, and never shorter than the first.
fn between_looks(first: Duration, looks: u32) -> Duration {
    let pause = first.mul_f64(1.2_f64.powi(looks.min(20) as i32));
    pause.min(LONGEST_LOOK.max(first))
}

impl Wait {
    /// What is waited for.
    pub(super) fn what(&self) -> String {
        match self {
            Wait::Snapshot { name, .. } => format!("snapshot {name}"),
            Wait::Restored { snapshot, .. } => format!("the restore from {snapshot}"),
        }
    }

    fn timeout(&self) -> Duration {
        match self {
            Wait::Snapshot { timeout, .. } | Wait::Restored { timeout, .. } => *timeout,
        }
    }
}

fn may_pass(error: &Error) -> bool {
    match error {
        Error::Refused(refusal) => refusal.is_throttled() || matches!(refusal.status, Some(500..)),
        Error::Broken { .. } | Error::Timeout { .. } | Error::Connect { .. } => true,
        _ => false,
    }
}

async fn holds(domain: &Reads, check: &Check) -> Result<Checked, Error> {
    let held = |held: bool| {
        if held {
            Checked::Holds
        } else {
            Checked::Broken
        }
    };
    match check {
        Check::NoSnapshotRuns { .. } => Ok(Checked::Holds),
        Check::SnapshotAbsent { repository, name } => {
            let found = snapshot::remote::one(domain, repository, name.as_str()).await?;
            Ok(held(found.is_none()))
        }
        Check::SnapshotIs {
            repository,
            name,
            uuid,
            state,
            restores,
        } => {
            let found = snapshot::remote::one(domain, repository, name).await?;
            if !found.is_some_and(|found| found.uuid == *uuid && found.state == *state) {
                return Ok(Checked::Broken);
            }
            if *restores == Restores::DoNotMatter {
                return Ok(Checked::Holds);
            }
            let restoring = snapshot::remote::restoring(domain).await?;
            let busy = restoring
                .iter()
                .any(|one| one.repository == *repository && one.snapshot == *name);
            Ok(if busy {
                Checked::Busy(format!("the restore from {repository}/{name}"))
            } else {
                Checked::Holds
            })
        }
        Check::SnapshotsStand {
            repository,
            snapshots,
        } => {
            let names: Vec<&str> = snapshots.iter().map(|(name, _)| name.as_str()).collect();
            let found = snapshot::remote::named(domain, repository, &names).await?;
            let stands = |(name, uuid): &(String, String)| {
                let same = |one: &snapshot::Snapshot| one.name == *name && one.uuid == *uuid;
                found.iter().any(same)
            };
            Ok(held(snapshots.iter().all(stands)))
        }
        Check::IndexIs { name, uuid } => {
            let found = index::remote::one(domain, name).await?;
            // Without an id nothing tells one index from another of its name.
            let same = |index: index::Index| !uuid.is_empty() && index.uuid == *uuid;
            Ok(held(found.is_some_and(same)))
        }
        Check::IndexAbsent { name } => Ok(held(index::remote::one(domain, name).await?.is_none())),
        Check::IndexNotOpen { name } => Ok(held(!index::remote::is_open(domain, name).await?)),
        Check::IndexIdle { name } => {
            let recoveries = index::remote::recoveries(domain, std::slice::from_ref(name)).await?;
            let restored = |shard: &Recovery| shard.kind == "snapshot" && shard.stage != "done";
            Ok(if recoveries.iter().any(restored) {
                Checked::Busy(format!("the restore of {name}"))
            } else {
                Checked::Holds
            })
        }
        Check::SnapshotHolds {
            repository,
            name,
            index,
        } => {
            let found = snapshot::remote::one(domain, repository, name).await?;
            Ok(held(found.is_some_and(|found| {
                found.is_good() && found.holds(index.as_str())
            })))
        }
        Check::WritesRefused { name } => {
            Ok(held(index::remote::refuses_writes(domain, name).await?))
        }
        Check::IndexHolds { name, docs } => {
            Ok(held(index::remote::count(domain, name).await? == *docs))
        }
        Check::StreamIs { name, identity } => {
            let found = index::lineage::stream(domain, name).await?;
            let found = found.and_then(|stream| stream.identity());
            Ok(held(found.as_deref() == Some(identity)))
        }
        Check::StreamAbsent { name } => {
            Ok(held(index::lineage::stream(domain, name).await?.is_none()))
        }
        Check::StreamRefusesWrites { name } => match index::lineage::stream(domain, name).await? {
            Some(stream) => Ok(held(
                index::lineage::stream_refuses_writes(domain, &stream).await?,
            )),
            None => Ok(Checked::Broken),
        },
        Check::StreamHolds { name, docs } => {
            // A name that is no stream any more could be an index of other documents.
            let there = index::lineage::stream(domain, name).await?.is_some();
            Ok(held(
                there && index::remote::count(domain, name).await? == *docs,
            ))
        }
        Check::SnapshotHoldsStream {
            repository,
            name,
            stream,
            backing,
        } => {
            let found = snapshot::remote::one(domain, repository, name).await?;
            Ok(held(found.is_some_and(|found| {
                found.is_good() && found.holds_stream(stream.as_str(), backing)
            })))
        }
    }
}

async fn look_at_snapshot(domain: &Reads, repository: &str, name: &str) -> Result<Look, Error> {
    if let Some(progress) = snapshot::remote::progress(domain, repository, name).await?
        && progress.state == snapshot::State::InProgress
    {
        return Ok(Look::Running(Progress::Snapshot(progress)));
    }
    // Only the snapshot itself tells how it ended: `_status` calls a failed one done on old engines.
    match snapshot::remote::one(domain, repository, name).await? {
        Some(found) if found.state == snapshot::State::InProgress => Ok(Look::Unknown),
        Some(found) => Ok(Look::Over(Seen::Snapshot(Box::new(found)))),
        None => Ok(Look::Incomplete(vec![
            "it is not there any more: it was deleted or aborted, or the engine failed to finish it, as it does for a data stream whose backing \
             indices are not all taken"
                .to_owned(),
        ])),
    }
}

/// Looks at a restore. Its end is believed, and its documents counted, only once its recoveries were seen after it.
async fn look_at_restore(
    domain: &Reads,
    (repository, name): (&str, &str),
    targets: &[IndexName],
    watch: &mut Watch,
) -> Result<Look, Error> {
    if watch.turn() {
        let recoveries = recoveries(domain, targets).await?;
        let restored = recoveries.iter().filter(|shard| shard.kind == "snapshot");
        watch.bytes = restored.fold((0, 0), |(done, all), shard| {
            (
                done.saturating_add(shard.bytes_done),
                all.saturating_add(shard.bytes),
            )
        });
        let interfered = interfered(&recoveries, repository, name);
        return Ok(interfered.unwrap_or_else(|| watch.progress()));
    }
    let healths = index::remote::healths(domain, targets).await?;
    let complete = |target: &IndexName| {
        healths
            .get(target.as_str())
            .is_some_and(index::IndexHealth::is_complete)
    };
    if targets.iter().all(complete) {
        let recoveries = recoveries(domain, targets).await?;
        return match interfered(&recoveries, repository, name) {
            Some(look) => Ok(look),
            None => counted(domain, targets).await,
        };
    }
    let moving = healths.values().any(|health| health.initializing > 0);
    watch.still = if moving { 0 } else { watch.still + 1 };
    if watch.still >= STUCK && crate::data::cluster::health(domain).await?.initializing == 0 {
        return stuck(domain, targets, &healths).await;
    }
    watch.shards = (
        total(healths.values().map(|health| health.active_primaries)),
        total(healths.values().map(|health| health.primaries)),
    );
    Ok(watch.progress())
}

/// A sum of numbers that a domain tells: however large they are, it is one.
fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

async fn recoveries(domain: &Reads, targets: &[IndexName]) -> Result<Vec<Recovery>, Error> {
    match index::remote::recoveries(domain, targets).await {
        // Without the permission for it the health of the indices has to do.
        Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => Ok(Vec::new()),
        read => read,
    }
}

/// What shows that the indices are not, or not only, what this restore makes.
fn interfered(recoveries: &[Recovery], repository: &str, name: &str) -> Option<Look> {
    let foreign = |shard: &&Recovery| {
        shard.kind == "snapshot" && (shard.repository != repository || shard.snapshot != name)
    };
    if let Some(shard) = recoveries.iter().find(foreign) {
        return Some(Look::Incomplete(vec![format!(
            "{} shard {} is being restored from {}/{}: another restore interfered",
            shard.index, shard.shard, shard.repository, shard.snapshot
        )]));
    }
    let created = recoveries.iter().find(|shard| shard.kind == "empty_store");
    created.map(|shard| {
        Look::Incomplete(vec![format!(
            "index {} is not the restored one: somebody created it in the meantime",
            shard.index
        )])
    })
}

async fn counted(domain: &Reads, targets: &[IndexName]) -> Result<Look, Error> {
    let mut all = Vec::new();
    for target in targets {
        let docs = index::remote::count(domain, target).await?;
        all.push(Restored {
            index: target.to_string(),
            docs,
        });
    }
    Ok(Look::Over(Seen::Restored(all)))
}

async fn stuck(
    domain: &Reads,
    targets: &[IndexName],
    healths: &BTreeMap<String, index::IndexHealth>,
) -> Result<Look, Error> {
    let mut words = match index::remote::unassigned(domain, targets).await {
        // Why is advice; that nothing moves any more is known.
        Err(error) if matches!(error.status(), Some(401 | 403)) => vec![
            "shards have no node; the caller may not read why (cluster:monitor/shards)".to_owned(),
        ],
        read => read?,
    };
    let gone = targets
        .iter()
        .filter(|target| !healths.contains_key(target.as_str()));
    words.extend(gone.map(|target| format!("{target} is not there any more")));
    Ok(Look::Incomplete(words))
}

#[cfg(test)]
mod tests;
