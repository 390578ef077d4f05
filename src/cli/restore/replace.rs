//! Carries out replacements, one index after the other: looks, does what the stage asks for, and looks again until it is done.

use crate::cli::act::{Act, Acted, wait};
use crate::cli::print::{err, note};
use crate::cli::restore::Arguments;
use crate::cli::restore::facts::Read;
use crate::cli::restore::observe::observe;
use crate::cli::stopped::reading;
use crate::data::{Restored, Seen};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::interrupt::GRACE;
use crate::names::IndexName;
use crate::outlet::safe;
use crate::workflow::Prepared;
use crate::workflow::replace::{self, Own, Stage, Stopped, Subject, World};
use crate::workflow::restore::{self, Consent, Scope, Wanted};

/// The stages that a replacement has at most, with each wait and each look repeated.
const MOST_STAGES: u32 = 12;

struct Replacing<'a> {
    arguments: &'a Arguments,
    wanted: &'a Wanted,
    act: &'a Act<'a>,
    read: &'a Read,
}

/// One index or data stream that is replaced.
#[derive(Clone, Copy)]
struct Replaced<'s> {
    name: &'s IndexName,
    /// Backing indices of a data stream.
    backing: Option<&'s [IndexName]>,
}

impl Replaced<'_> {
    fn named(self) -> String {
        match self.backing {
            None => format!("index {}", self.name),
            Some(_) => format!("data stream {}", self.name),
        }
    }
}

impl std::fmt::Display for Replaced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.name.fmt(f)
    }
}

/// Returns what is replaced, one after the other.
fn replaced(scope: &Scope) -> Vec<Replaced<'_>> {
    let plain = scope.plain().map(|(index, _)| Replaced {
        name: index,
        backing: None,
    });
    let streams = scope.streams.iter().map(|stream| Replaced {
        name: &stream.source,
        backing: Some(&stream.sources),
    });
    plain.chain(streams).collect()
}

/// Replaces, or gives up, all indices that are asked for.
pub(super) async fn all(
    arguments: &Arguments,
    wanted: &Wanted,
    act: &Act<'_>,
    read: &Read,
) -> Acted {
    let replacing = Replacing {
        arguments,
        wanted,
        act,
        read,
    };
    let mut prepared = if arguments.cancel {
        read.scope.prepared.clone()
    } else {
        let mut prepared = restore::inspect(wanted, &read.snapshot, &read.scope, &read.facts);
        let _overwritten = restore::conflicts(wanted, &read.scope, &read.facts, &mut prepared);
        prepared
    };
    if arguments.cancel || arguments.acting.dry_run {
        let mut begun = Vec::new();
        for index in replaced(&read.scope) {
            let calls = prepared.steps.len();
            if let Err(failed) = replacing.add(index, &mut prepared).await {
                return Acted::early(failed);
            }
            begun.push((index, prepared.steps.len() > calls));
        }
        let acted = act.carry_out(&prepared).await;
        if arguments.cancel && !arguments.acting.dry_run && acted.failed.is_none() {
            begun
                .iter()
                .for_each(|(index, begun)| tell_given_up(act, *index, *begun));
        }
        return acted;
    }
    if let Err(failed) = replacing.agreed().await {
        let mut acted = Acted::early(failed);
        if let (Some(_), Some(index)) = (act.stop.requested(), replaced(&read.scope).first()) {
            replacing.explain(*index, None, &mut acted).await;
        }
        return acted;
    }
    let mut total = act.carry_out(&prepared).await;
    let each = replaced(&read.scope);
    for (place, index) in each.iter().enumerate() {
        if total.failed.is_some() {
            let left = each.iter().skip(place);
            total
                .remaining
                .extend(left.map(|index| format!("replace {}", index.named())));
            break;
        }
        absorb(&mut total, replacing.one(*index).await);
    }
    total
}

fn tell_given_up(act: &Act<'_>, index: Replaced<'_>, begun: bool) {
    let name = act.opened.spec.desired.scope.environment.as_str();
    err(&format!(
        "{}: {}\n",
        safe::line(name),
        given_up(index.name, begun)
    ));
}

fn given_up(index: &IndexName, begun: bool) -> String {
    if begun {
        format!("given up: writes to {index} are allowed again")
    } else {
        format!("nothing to give up: no replacement of {index} was begun")
    }
}

fn absorb(total: &mut Acted, more: Acted) {
    total.seen.extend(more.seen);
    total.calls = (total.calls.0 + more.calls.0, total.calls.1 + more.calls.1);
    total.remaining.extend(more.remaining);
    total.unknown = more.unknown;
    total.failed = more.failed;
    total.goes_on = more.goes_on;
}

impl Replacing<'_> {
    fn subject<'s>(&'s self, replaced: Replaced<'s>) -> Subject<'s> {
        Subject {
            repository: &self.wanted.repository,
            snapshot: &self.read.snapshot,
            index: replaced.name,
            backing: replaced.backing,
        }
    }

    /// Refuses what nobody agreed to before the writes of the first index are blocked, where nobody can be asked later.
    ///
    /// # Errors
    /// The guard, or what could not be read.
    async fn agreed(&self) -> Result<(), Failure> {
        let mut needed = Prepared::default();
        let mut first = None;
        for index in replaced(&self.read.scope) {
            let (subject, world) = (self.subject(index), self.look(index).await?);
            let stage = replace::stage(&subject, &world, false);
            if let Some(raised) = replace::consent(self.wanted, &subject, &stage) {
                first.get_or_insert(index);
                needed.raised.push(raised);
            }
        }
        let Some(first) = first else {
            return Ok(());
        };
        let yes = self.act.acting.yes;
        if let Some(mut failed) = self.act.obstacle(&needed) {
            failed.task = format!("replace index {first}: a guard stands in the way");
            if let (Some(remedy), false) = (&mut failed.hint, yes) {
                remedy.push(" --yes");
            }
            return Err(failed);
        }
        if yes {
            return Ok(());
        }
        Err(Failure::new(
            Class::Refused,
            format!("replace index {first}"),
            "stdin is not a terminal, so nobody can confirm the deletion of the old index",
            "pass --yes beside --allow to replace without a prompt; --dry-run shows the calls",
        ))
    }

    /// Looks; a signal ends that at once.
    async fn look(&self, index: Replaced<'_>) -> Result<World, Failure> {
        reading(self.act.stop, self.observe(index)).await
    }

    async fn observe(&self, index: Replaced<'_>) -> Result<World, Failure> {
        let pause = self.act.limits.poll;
        observe(
            self.act.opened,
            &self.subject(index),
            &self.read.facts,
            pause,
        )
        .await
    }

    /// Looks once more at what a failure left. Who was asked to stop does not look for long.
    async fn look_after(&self, index: Replaced<'_>) -> Option<World> {
        if self.act.stop.requested().is_none() {
            return self.look(index).await.ok();
        }
        let looked = tokio::time::timeout(GRACE, self.observe(index)).await;
        looked.ok().and_then(Result::ok)
    }

    /// Adds all calls that are left for one index, to be shown; or those that give its replacement up.
    async fn add(&self, index: Replaced<'_>, prepared: &mut Prepared) -> Result<(), Failure> {
        let (subject, world) = (self.subject(index), self.look(index).await?);
        let more = if self.arguments.cancel {
            replace::cancel(&subject, &world)
        } else {
            let stage = replace::stage(&subject, &world, false);
            replace::preview(self.wanted, &subject, &world, &stage)
        };
        prepared.steps.extend(more.steps);
        prepared.notes.extend(more.notes);
        prepared.obstacles.extend(more.obstacles);
        Ok(())
    }

    /// Goes from stage to stage.
    async fn one(&self, index: Replaced<'_>) -> Acted {
        let subject = self.subject(index);
        let (mut total, mut counted) = (Acted::default(), false);
        for round in 0..MOST_STAGES {
            let world = match self.look(index).await {
                Ok(world) => world,
                Err(failed) => {
                    let mut acted = Acted::early(failed);
                    if self.act.stop.requested().is_some() {
                        self.explain(index, None, &mut acted).await;
                    }
                    absorb(&mut total, acted);
                    return total;
                }
            };
            if round == 0 {
                self.tell_leftovers(&world);
            }
            let stage = replace::stage(&subject, &world, counted);
            let next = replace::next(self.wanted, &subject, &stage);
            if round == 0 && !next.prepared.steps.is_empty() {
                note(&format!("if it is interrupted: {}\n", self.again()));
            }
            let mut acted = match &next.wait {
                Some(until) => {
                    wait(
                        self.act.opened,
                        self.act.limits,
                        until,
                        self.act.format,
                        self.act.stop,
                    )
                    .await
                }
                None => self.act.carry_out(&next.prepared).await,
            };
            if acted.failed.is_some() {
                self.explain(index, Some(&stage), &mut acted).await;
            }
            if let (Some(docs), None) = (next.docs, &acted.failed) {
                let index = index.to_string();
                acted
                    .seen
                    .push(Seen::Restored(vec![Restored { index, docs }]));
            }
            counted |= next.counted;
            let ends = acted.failed.is_some() || next.last;
            absorb(&mut total, acted);
            if ends {
                return total;
            }
        }
        absorb(
            &mut total,
            Acted::early(Failure::new(
                Class::Busy,
                format!("replace {}", index.named()),
                "it changes each time it is looked at",
                self.again(),
            )),
        );
        total
    }

    fn tell_leftovers(&self, world: &World) {
        let name = self.act.opened.spec.desired.scope.environment.as_str();
        for left in &world.leftovers {
            note(&format!(
                "{}: note: {} is left of a replacement from another snapshot: delete it if nobody goes on with that\n",
                safe::line(name),
                safe::line(left)
            ));
        }
    }

    fn again(&self) -> String {
        self.arguments
            .again(self.act.opened, &self.read.snapshot.name)
    }

    /// Says how to go on and how to give up; a call that met somebody else's index says so.
    async fn explain(&self, index: Replaced<'_>, stage: Option<&Stage>, acted: &mut Acted) {
        if matches!(stage, Some(Stage::Stopped(_))) {
            return;
        }
        let world = self.look_after(index).await;
        let now = world
            .as_ref()
            .map(|world| replace::stage(&self.subject(index), world, false));
        let Some(failed) = &mut acted.failed else {
            return;
        };
        if let Some(stage @ Stage::Stopped(Stopped::Recreated { .. })) = &now {
            let next = replace::next(self.wanted, &self.subject(index), stage);
            for obstacle in next.prepared.obstacles {
                failed.messages.push(obstacle.what);
                failed.advise(obstacle.remedy);
            }
            failed.class = Class::Interfered;
            return;
        }
        let again = self.again();
        let guarded = failed.exit() == Exit::Refused && matches!(stage, Some(Stage::Decide { .. }));
        if guarded {
            failed.task = format!(
                "go on: stopped before the old index is deleted (guard replace); writes to {index} stay blocked until you go on or give up"
            );
        }
        let mut remedy = match (&failed.hint, acted.goes_on || guarded) {
            (Some(remedy), false) => format!("{remedy}\n"),
            _ => String::new(),
        };
        let consent = match (guarded, self.wanted.consent) {
            (true, Consent::Options) if self.arguments.acting.yes => {
                format!(" --allow replace=index.{index}")
            }
            (true, Consent::Options) => format!(" --allow replace=index.{index} --yes"),
            _ => String::new(),
        };
        remedy.push_str(&format!("to go on: {again}{consent}"));
        let gone = matches!(
            world,
            Some(World {
                own: Own::Absent,
                ..
            })
        );
        if gone && !acted.goes_on && !self.arguments.leaves_aliases() {
            remedy.push_str(&format!(
                "\nif the engine refuses {index} with its aliases each time, without them: {}",
                self.arguments
                    .again_without_aliases(self.act.opened, &self.read.snapshot.name)
            ));
        }
        if matches!(
            world,
            Some(World {
                own: Own::Open(_),
                ..
            })
        ) && matches!(now, Some(Stage::Prove { .. } | Stage::AwaitCopy { .. }))
        {
            remedy.push_str(&format!(
                "\nto give up, which lets writes to {index} in again and removes its copy: {again} --cancel"
            ));
        }
        failed.advise(remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_up_says_whether_there_was_anything_to_give_up() -> Result<(), crate::names::NameError>
    {
        let index = IndexName::parse("logs")?;
        assert_eq!(
            [given_up(&index, true), given_up(&index, false)],
            [
                "given up: writes to logs are allowed again",
                "nothing to give up: no replacement of logs was begun",
            ]
        );
        Ok(())
    }
}
