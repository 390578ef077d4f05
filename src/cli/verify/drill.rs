//! The drill of `verify`: restores indices under temporary names, compares them, and deletes them; it touches no other index.

use serde_json::{Map, Value};

use super::Verifying;
use super::look::refused;
use crate::cli::act::{Act, Acted};
use crate::failure::{Class, Failure};

use crate::cli::indices::list_all;
use crate::data::Seen;
use crate::data::cluster;
use crate::data::index::{lineage, remote};
use crate::data::snapshot::contents::Contents;
use crate::data::snapshot::{Snapshot, remote as snapshots};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::names::IndexName;

use crate::workflow::drill::compare::{Live, Side, compare};
use crate::workflow::drill::{self, Drill, Left, Room};
use crate::workflow::verify::{Check, Level, NAMED};

const LEVEL: Level = Level::Restore;

impl Verifying<'_> {
    /// Restores a sample, or what was named.
    pub(super) async fn restore(&mut self, contents: Option<&Contents>) -> Result<(), Failure> {
        let Some(snapshot) = self.snapshot.clone().filter(Snapshot::is_good) else {
            let why = "only a complete snapshot is restored in a drill";
            self.checks.push(Check::unchecked(LEVEL, "drill", why));
            return Ok(());
        };
        let indices = match self.choice.indices {
            [] => drill::sample(&snapshot, self.choice.sample),
            names => match drill::named(&snapshot, names) {
                Ok(names) => names,
                Err(lost) => {
                    let words = format!("the snapshot does not hold {}", lost.join(", "));
                    self.checks.push(Check::failed(LEVEL, NAMED, vec![words]));
                    return Ok(());
                }
            },
        };
        if indices.is_empty() {
            let why = "the snapshot holds no index but those of the engine and its plugins";
            self.checks.push(Check::unchecked(LEVEL, "drill", why));
            return Ok(());
        }
        let drills: Vec<Result<Drill, String>> = indices
            .iter()
            .map(|index| self.drill(&snapshot, index, contents))
            .collect();
        self.clear(&drills).await?;
        for drill in drills {
            match drill {
                Ok(drill) if self.acting.dry_run => self.show(&drill),
                Ok(drill) => self.one(&drill).await?,
                Err(why) => self.checks.push(Check::unchecked(LEVEL, "drill", why)),
            }
        }
        Ok(())
    }

    fn drill(
        &self,
        snapshot: &Snapshot,
        index: &str,
        contents: Option<&Contents>,
    ) -> Result<Drill, String> {
        let repository = self.opened.repository();
        let name = IndexName::parse(index).map_err(|error| format!("{index}: {error}"))?;
        let streams = snapshot.streams();
        let (temporary, backing) = match streams.get(index) {
            None => (
                drill::temporary_name(repository, &snapshot.uuid, index),
                &[][..],
            ),
            Some(backing) if backing.is_empty() => {
                return Err(format!(
                    "the engine does not tell which indices back data stream {index}"
                ));
            }
            Some(backing) => (
                drill::temporary_stream_name(repository, &snapshot.uuid, index),
                backing.as_slice(),
            ),
        };
        let temporary = temporary.ok_or_else(|| format!("{index} has no safe temporary name"))?;
        let parse =
            |name: &&str| IndexName::parse(name).map_err(|error| format!("{name}: {error}"));
        let bytes = |name: &str| {
            let part = contents.and_then(|all| all.indices.get(name));
            part.map(|part| part.bytes)
        };
        let of_stream = backing.iter().map(|name| bytes(name));
        let bytes = match backing.is_empty() {
            true => bytes(index),
            false => of_stream.sum(),
        };
        Ok(Drill {
            repository: repository.to_owned(),
            snapshot: snapshot.name.clone(),
            uuid: snapshot.uuid.clone(),
            index: name,
            backing: backing.iter().map(parse).collect::<Result<_, _>>()?,
            temporary,
            bytes,
            timeout: self.choice.timeout,
            wait_for_running: self.choice.wait_for_running,
        })
    }

    fn show(&mut self, drill: &Drill) {
        self.note_shown(drill);
        self.shown.push(drill.restoring());
        self.shown.extend(drill.remove(drill::THE_RESTORED).steps);
        let what = format!("restore of {}", drill.named());
        let why = "a dry run restores nothing";
        self.checks.push(Check::unchecked(LEVEL, what, why));
    }

    /// Offers to remove what interrupted drills left. What is in nobody's way may stay.
    async fn clear(&mut self, drills: &[Result<Drill, String>]) -> Result<(), Failure> {
        let wanted = |name: &str| {
            let mut all = drills.iter().flatten();
            all.any(|one| one.temporary.as_str() == name)
        };
        let (left, busy) = self.left_over().await?;
        if let Some(index) = busy.iter().find(|index| wanted(&index.name)) {
            return Err(Failure::new(
                Class::Busy,
                "begin the drill",
                format!(
                    "{} is being restored: by another drill, or by one that was interrupted",
                    index.name
                ),
                "wait until it is restored, then run it again: it is removed first",
            ));
        }
        if left.is_empty() {
            return Ok(());
        }
        let prepared = drill::clear(&left, self.choice.wait_for_running);
        if self.acting.dry_run {
            self.shown.extend(prepared.steps);
            return Ok(());
        }
        let names: Vec<&str> = left.iter().map(|index| index.name.as_str()).collect();
        let acted = self.act().carry_out(&prepared).await;
        self.sent += acted.calls.0;
        self.asked += acted.calls.1;
        let what = "left over by an interrupted drill";
        let Some(failed) = acted.failed else {
            let words = format!("removed: {}", names.join(", "));
            self.checks.push(Check::ok(LEVEL, what, words));
            return Ok(());
        };
        if failed.exit() != Exit::Refused || names.iter().any(|name| wanted(name)) {
            return Err(failed);
        }
        let why = format!("{} stays; with --yes it is removed", names.join(", "));
        self.checks.push(Check::unchecked(LEVEL, what, why));
        Ok(())
    }

    /// What interrupted drills left, and what is still being restored under such a name.
    async fn left_over(&self) -> Result<(Vec<Left>, Vec<Left>), Failure> {
        let domain = self.opened.domain()?;
        let mut found: Vec<Left> = Vec::new();
        for index in list_all(self.opened).await? {
            let Some(name) = index
                .name
                .starts_with(drill::PREFIX)
                .then(|| IndexName::parse(&index.name).ok())
                .flatten()
            else {
                continue;
            };
            let settings = remote::settings(domain, &name).await.map_err(|error| {
                self.opened
                    .unread(&format!("read the settings of index {name}"), error)
            })?;
            if drill::is_left_over(&index.name, &settings) {
                found.push(Left::from(&index));
            }
        }
        found.extend(self.streams_left_over().await?);
        if found.is_empty() {
            return Ok((found, Vec::new()));
        }
        let restoring = snapshots::restoring(domain)
            .await
            .map_err(|error| self.opened.unread("ask whether a restore runs", error))?;
        let busy = |left: &Left| {
            let mut all = restoring.iter().flat_map(|one| &one.indices);
            all.any(|name| *name == left.name || left.backing.contains(name))
        };
        let (busy, left) = found.into_iter().partition(busy);
        Ok((left, busy))
    }

    /// Data streams that interrupted drills left: their oldest backing index tells where it was restored from.
    async fn streams_left_over(&self) -> Result<Vec<Left>, Failure> {
        let domain = self.opened.domain()?;
        let unread = |doing: &str, error| self.opened.unread(doing, error);
        let streams = match lineage::streams(domain, self.opened.engine).await {
            Ok(streams) => streams,
            // Without the permission for it no drill of this caller restored a stream.
            Err(error) if matches!(error.status(), Some(401 | 403)) => return Ok(Vec::new()),
            Err(error) => return Err(unread("list the data streams", error)),
        };
        let mut found = Vec::new();
        for stream in streams {
            let oldest = stream
                .backing
                .first()
                .map(|(name, _)| IndexName::parse(name));
            let Some(Ok(oldest)) = oldest.filter(|_| stream.name.starts_with(drill::PREFIX)) else {
                continue;
            };
            let settings = remote::settings(domain, &oldest)
                .await
                .map_err(|error| unread(&format!("read the settings of index {oldest}"), error))?;
            if drill::is_left_over(&stream.name, &settings) {
                found.push(Left {
                    uuid: stream.identity().unwrap_or_default(),
                    backing: stream.backing.into_iter().map(|(name, _)| name).collect(),
                    name: stream.name,
                });
            }
        }
        Ok(found)
    }

    /// Restores, compares and deletes one index.
    async fn one(&mut self, drill: &Drill) -> Result<(), Failure> {
        let what = format!("restore of {}", drill.named());
        let room = self.room().await?;
        let acted = self.act().carry_out(&drill.restore(&room)).await;
        self.sent += acted.calls.0;
        self.asked += acted.calls.1;
        if acted.goes_on {
            return Err(self.left(drill, acted));
        }
        let docs = acted.seen.iter().find_map(|seen| match seen {
            Seen::Restored(all) if all.is_empty() => None,
            Seen::Restored(all) => {
                let docs = all.iter().map(|one| one.docs);
                Some(docs.fold(0, u64::saturating_add))
            }
            Seen::Snapshot(_) => None,
        });
        let result = match (acted.failed, docs) {
            (None, Some(docs)) => self.look(drill, docs).await,
            (None, None) => Ok(vec![Check::unchecked(
                LEVEL,
                &what,
                "its documents were not counted",
            )]),
            (Some(failed), _) if failed.exit() == Exit::Stale => return Err(failed),
            (Some(failed), _) => refused(LEVEL, &what, failed)
                .map(|check| vec![check])
                .map_err(|failed| *failed),
        };
        // What was restored goes, whatever was found and although a signal came meanwhile.
        // A restore that was never sent left nothing: what has the name now is somebody else's.
        let removed = match acted.sent {
            0 => Ok(None),
            _ => self.remove(drill).await,
        };
        match (result, removed) {
            (Ok(checks), removed) => {
                self.note(drill, docs, removed.as_ref(), &checks);
                self.checks.extend(checks);
                removed.map(|_| ())
            }
            (Err(failed), Ok(_)) => Err(failed),
            (Err(failed), Err(removal)) => Err(and_stays(failed, removal)),
        }
    }

    /// How a drill ends that leaves its index behind.
    fn left(&self, drill: &Drill, acted: Acted) -> Failure {
        let remedy = format!(
            "the restore goes on into {}, which stays; run it again with --yes once it is done: it is removed first",
            drill.temporary
        );
        match acted.failed {
            Some(mut failed) => {
                failed.advise(remedy);
                failed
            }
            None => Failure::new(
                Class::Busy,
                "restore",
                "nobody waits for it any more",
                remedy,
            ),
        }
    }

    async fn room(&self) -> Result<Room, Failure> {
        let domain = self.opened.domain()?;
        let health = cluster::health(domain)
            .await
            .map_err(|error| self.opened.unread("read the health of the domain", error))?;
        let disks = cluster::disks(domain)
            .await
            .map_err(|error| self.opened.unread("read the disks of the domain", error))?;
        Ok(Room { health, disks })
    }

    /// Compares what was restored with the live index.
    async fn look(&self, drill: &Drill, docs: u64) -> Result<Vec<Check>, Failure> {
        if drill.is_stream() {
            return self.look_at_stream(drill, docs).await;
        }
        let doing = format!("look at the restored index {}", drill.temporary);
        let restored = self
            .side(&drill.temporary)
            .await
            .map_err(|error| self.opened.unread(&doing, error))?;
        let Some(restored) = restored else {
            let words = vec![format!("{} is not there any more", drill.temporary)];
            let what = format!("restore of {}", drill.named());
            return Ok(vec![Check::failed(LEVEL, what, words)]);
        };
        let restored = Side { docs, ..restored };
        let live = match self.side(&drill.index).await {
            Ok(Some(side)) => Live::Here(side),
            Ok(None) => Live::Absent,
            Err(error) => {
                let failed = self.opened.unread("read the live index", error);
                Live::Unread(failed.messages.join(": "))
            }
        };
        let words = format!("{docs} documents came back as {}", drill.temporary);
        let mut checks = vec![Check::ok(
            LEVEL,
            format!("restore of {}", drill.named()),
            words,
        )];
        checks.extend(compare(drill.index.as_str(), &restored, &live));
        Ok(checks)
    }

    /// Compares each backing index of a restored data stream with the live one.
    async fn look_at_stream(&self, drill: &Drill, docs: u64) -> Result<Vec<Check>, Failure> {
        let unread = |doing: String| move |error| self.opened.unread(&doing, error);
        let what = format!("restore of {}", drill.named());
        let found = lineage::stream(self.opened.domain()?, &drill.temporary)
            .await
            .map_err(unread(format!("look at data stream {}", drill.temporary)))?;
        let Some(found) = found else {
            let words = vec![format!(
                "{} did not come back as a data stream",
                drill.temporary
            )];
            return Ok(vec![Check::failed(LEVEL, what, words)]);
        };
        let words = format!(
            "{docs} documents in {} backing indices came back as data stream {}",
            found.backing.len(),
            drill.temporary
        );
        let mut checks = vec![Check::ok(LEVEL, what, words)];
        for (index, temporary) in drill.backing.iter().zip(drill.targets()) {
            let restored = self
                .side(&temporary)
                .await
                .map_err(unread(format!("look at the restored index {temporary}")))?;
            let Some(restored) = restored else {
                let words = vec![format!("{temporary} is not there any more")];
                checks.push(Check::failed(LEVEL, format!("restore of {index}"), words));
                continue;
            };
            let live = match self.side(index).await {
                Ok(Some(side)) => Live::Here(side),
                Ok(None) => Live::Absent,
                Err(error) => {
                    let failed = self.opened.unread("read the live index", error);
                    Live::Unread(failed.messages.join(": "))
                }
            };
            checks.extend(compare(index.as_str(), &restored, &live));
        }
        Ok(checks)
    }

    /// Reads an index; the sequence numbers last, so that a write while it is read is noticed.
    async fn side(&self, name: &IndexName) -> Result<Option<Side>, crate::domain::Error> {
        let Some(domain) = &self.opened.session.domain else {
            return Ok(None);
        };
        let Some(index) = remote::one(domain, name).await? else {
            return Ok(None);
        };
        let docs = remote::count(domain, name).await?;
        let mapping = remote::mapping(domain, name).await?;
        let settings = remote::settings(domain, name).await?;
        let sequences = lineage::sequences(domain, name).await?;
        Ok(Some(Side {
            docs,
            mapping,
            created: index.created,
            sequences,
            refreshes: refreshes(&settings),
        }))
    }

    /// Returns the id of what the drill restored, if it is there.
    async fn temporary(&self, drill: &Drill) -> Result<Option<String>, crate::domain::Error> {
        let Some(domain) = &self.opened.session.domain else {
            return Ok(None);
        };
        if drill.is_stream() {
            let found = lineage::stream(domain, &drill.temporary).await?;
            return Ok(found.map(|stream| stream.identity().unwrap_or_default()));
        }
        let found = remote::one(domain, &drill.temporary).await?;
        Ok(found.map(|index| index.uuid))
    }

    /// Deletes the temporary index, by its exact name and id, which is returned.
    async fn remove(&mut self, drill: &Drill) -> Result<Option<String>, Failure> {
        let found = self.temporary(drill).await.map_err(|error| {
            let doing = format!("look for the temporary index {}", drill.temporary);
            self.opened.unread(&doing, error)
        })?;
        let Some(uuid) = found else { return Ok(None) };
        let never = Stop::never();
        let act = Act {
            stop: &never,
            ..self.act()
        };
        let acted = act.carry_out(&drill.remove(&uuid)).await;
        self.sent += acted.calls.0;
        self.asked += acted.calls.1;
        match acted.failed {
            None => Ok(Some(uuid)),
            Some(mut failed) => {
                failed.messages.push(format!("{} stays", drill.temporary));
                Err(failed)
            }
        }
    }
}

/// Two failures in one: what was looked at, and that the temporary index may still be there.
fn and_stays(mut failed: Failure, removal: Failure) -> Failure {
    let Failure { task, messages, .. } = removal;
    let removal = format!("{task}: {}", messages.join(": "));
    failed.messages.push(removal);
    failed
}

/// Whether an index shows within seconds what it took: unless it was told to wait longer, or not to do it by itself.
fn refreshes(settings: &Map<String, Value>) -> bool {
    let interval = settings
        .get("index.refresh_interval")
        .and_then(Value::as_str);
    match interval {
        None => true,
        Some(text) => ["1s", "500ms", "100ms"].contains(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_that_fails_twice_says_that_its_index_stays() {
        let look = Failure::new(Class::Denied, "look at it", "no", "grant it");
        let removal = Failure::new(
            Class::Failed,
            "delete index esbackup-drill-1",
            "esbackup-drill-1 stays",
            "",
        );
        let both = and_stays(look, removal);
        assert_eq!(
            (both.exit(), both.messages),
            (
                Exit::Denied,
                vec![
                    "no".to_owned(),
                    "delete index esbackup-drill-1: esbackup-drill-1 stays".to_owned()
                ]
            )
        );
    }
}
