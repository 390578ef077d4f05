//! `esbackup status`: how old the last good snapshot is and what is in none, against the objectives; it writes nothing.

use std::time::Duration;

use clap::Args;

use crate::cli::failed;
use crate::cli::open::{Environment, Opened, Opening};
use crate::cli::options::{Common, Format, Total};
use crate::cli::print::{print, print_document};
use crate::cli::record;
use crate::cli::stopped::exit_of_run;
use crate::data::cluster;
use crate::data::index::remote as index;
use crate::data::select::Expression;
use crate::data::snapshot::{List, Snapshot, possible_copies, possible_holders, remote};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::findings;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::report::status::{At, Blocked, Indices, Report, StatusView, human, objective};
use crate::report::view::FindingView;
use crate::resources::bucket;
use crate::spec::Objectives;
use crate::workflow::exposure;
use crate::workflow::status::{Backups, Verdict, lacked, uncovered};

/// The options of status.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    total: Total,
}

/// Tells the status of every environment.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let stop = Stop::listen_within(arguments.total.timeout);
    let opening = match Opening::all(&arguments.common, &stop).await {
        Ok(opening) => opening,
        Err(exit) => return exit,
    };
    let (mut shown, mut ends) = (Vec::new(), Vec::new());
    for environment in &opening.environments {
        let (view, exit) = match &environment.opened {
            Ok(opened) => match stop.unless_asked(Looking::at(opened)).await {
                Ok(looked) => looked,
                Err(signal) => unread(environment, &failed::unread_in_time(signal)),
            },
            Err(failed) => unread(environment, failed),
        };
        shown.push(view);
        ends.push(exit);
    }
    let report = Report::new(shown, opening.is_sandbox());
    match arguments.common.output.format {
        Format::Human => print(&human(&report)),
        Format::Json => print_document(&report),
    }
    opening.finish().await;
    exit_of_run(&stop, ends)
}

fn unread(environment: &Environment, failed: &Failure) -> (StatusView, Exit) {
    let spec = &environment.spec;
    let view = StatusView::unread(
        environment.name(),
        spec.desired.repository.want.name.as_str(),
        &spec.objectives,
        failed.clone(),
        failed.exit().code(),
    );
    (view, failed.exit())
}

/// The reads of one environment, each of which may be refused by itself.
struct Looking<'a> {
    opened: &'a Opened,
    view: StatusView,
    found: Vec<Exit>,
}

impl<'a> Looking<'a> {
    async fn at(opened: &'a Opened) -> (StatusView, Exit) {
        let spec = &opened.spec;
        let Objectives {
            rpo, restore_test, ..
        } = &spec.objectives;
        let (rpo, restore_test) = (*rpo, *restore_test);
        let nothing = Failure::new(Class::Failed, "", "", "");
        let mut view = StatusView::unread(
            spec.desired.scope.environment.as_str(),
            opened.repository(),
            &spec.objectives,
            nothing,
            0,
        );
        view.errors.clear();
        let mut looking = Looking {
            opened,
            view,
            found: Vec::new(),
        };
        let now = looking.clock().await;
        looking.findings().await;
        looking.restore_test(restore_test, now).await;
        if let Some(mut list) = looking.snapshots().await {
            looking.unread(&mut list);
            let backups = Backups::of(&list.snapshots, now);
            looking.view.judge(&backups, rpo, now);
            let last = backups.last_good.map(|(last, _)| last);
            looking.view.doubt(&list.unread);
            looking.indices(&list, last, now).await;
            if looking.view.objectives.rpo.verdict == Verdict::Missed {
                looking.found.push(Exit::Differences);
            }
        }
        let exit = Exit::of_environment(looking.found);
        looking.view.exit = exit.code();
        (looking.view, exit)
    }

    fn failed(&mut self, failed: Failure) {
        self.found.push(failed.exit());
        self.view.errors.push(failed);
    }

    /// What endangers the backups. Reads that are refused are notes among it.
    async fn findings(&mut self) {
        let found = self.opened.findings().await;
        if findings::dangers(&found) > 0 {
            self.found.push(Exit::Differences);
        }
        self.view.findings = FindingView::all(&found);
    }

    /// Reads the record of the last restore test, where the spec has an objective for it. A caller who may not read it learns what is missing,
    /// and everything else.
    async fn restore_test(&mut self, wanted: Option<Duration>, now: Moment) {
        if wanted.is_none() {
            return;
        }
        let place = match record::place(self.opened).await {
            Ok(place) => place,
            Err(why) => return self.view.restore_test_unknown(wanted, why),
        };
        let reads = &self.opened.session.reads;
        match bucket::remote::record::read(reads, &place).await {
            Ok(kept) => {
                // The record has S3's time, and so has what it is compared with.
                let seconds = reads.clock().now();
                let theirs = seconds.and_then(|all| Moment::from_millis(all.checked_mul(1000)?));
                let now = theirs.unwrap_or(now);
                self.view
                    .judge_restore_test(wanted, kept.as_ref(), &place, now);
                if self.view.objectives.restore_test.verdict == Verdict::Missed {
                    self.found.push(Exit::Differences);
                }
            }
            Err(unread) => {
                let may_not = unread.permission.is_some();
                let failed = record::unread(&place, unread);
                let mut why = failed.messages.join(": ");
                if may_not {
                    let remedy = failed.hint.unwrap_or_default();
                    why = format!("{why}; {remedy}");
                    return self.view.restore_test_unknown(wanted, why);
                }
                self.view.restore_test_unknown(wanted, why);
                self.failed(failed);
            }
        }
    }

    /// The domain's clock, by which its snapshots are dated; the local one where the domain does not tell.
    async fn clock(&mut self) -> Moment {
        let told = match self.opened.domain() {
            Ok(client) => cluster::clock(client).await.ok().flatten(),
            Err(_) => None,
        };
        let (moment, clock) = match told {
            Some(moment) => (moment, "domain"),
            None => (Moment::now(), "local"),
        };
        self.view.at = Some(At { moment, clock });
        moment
    }

    async fn snapshots(&mut self) -> Option<List> {
        let repository = self.opened.repository().to_owned();
        let client = match self.opened.domain() {
            Ok(client) => client,
            Err(failed) => {
                self.failed(failed);
                return None;
            }
        };
        match remote::list(client, &repository).await {
            Ok(list) => {
                self.view.repository.registered = Some(true);
                self.view.repository.answers = true;
                Some(list)
            }
            Err(error) => {
                let code = error.refusal().and_then(|refusal| refusal.code.clone());
                self.view.repository.registered = match code.as_deref() {
                    Some("repository_missing_exception") => Some(false),
                    Some("repository_exception" | "repository_verification_exception") => {
                        Some(true)
                    }
                    _ => None,
                };
                let doing = format!("list the snapshots of repository {repository}");
                let mut failed = self.opened.unread(&doing, error);
                if self.view.repository.registered == Some(false) {
                    failed.advise(
                        "`esbackup plan` shows what is missing, `esbackup apply` registers it",
                    );
                }
                self.failed(failed);
                None
            }
        }
    }

    /// Tells of the snapshots whose details could not be read.
    fn unread(&mut self, list: &mut List) {
        let all = list.snapshots.len() + list.unread.len();
        if let Some((count, error)) = list.failure() {
            let repository = self.opened.repository();
            let doing = format!(
                "read the details of {count} of the {all} snapshots of repository {repository}"
            );
            let failed = self.opened.unread(&doing, error);
            // Engines know the names of what is there after its files are gone.
            let nothing_read = list.snapshots.is_empty() && failed.exit() != Exit::Denied;
            self.view.repository.answers &= !nothing_read;
            self.failed(failed);
        }
    }

    async fn indices(&mut self, list: &List, last: Option<&Snapshot>, now: Moment) {
        let (list, unread) = (&list.snapshots, &list.unread);
        let spec = &self.opened.spec;
        // Whoever only reads from a repository has indices that others took.
        let readonly = spec.desired.repository.want.is_readonly();
        let read = async {
            let indices = index::list(self.opened.domain()?, self.opened.engine).await;
            indices.map_err(|error| self.opened.unread("list the indices", error))
        };
        let indices = match read.await {
            Ok(indices) => indices,
            Err(failed) => {
                if !readonly {
                    self.view.objectives.rpo = objective(
                        spec.objectives.rpo,
                        Verdict::NotKnown,
                        Some("the indices could not be listed".to_owned()),
                    );
                }
                return self.failed(failed);
            }
        };
        let environment = spec.desired.scope.environment.as_str();
        let selects = match spec.objectives.indices.as_slice() {
            [] => Expression::everything(),
            // The spec was checked.
            named => Expression::parse(named).unwrap_or_else(|_| Expression::everything()),
        };
        let copies = possible_copies(unread);
        let mut facts = exposure::Facts {
            indices: &indices,
            unread: &copies,
            snapshots: list,
            environment,
            settings: None,
            selects: &selects,
            rpo: spec.objectives.rpo,
            now,
        };
        let mut exposures = exposure::exposures(&facts);
        let mut settings = exposure::Settings::default();
        let asks = exposures
            .iter()
            .any(|one| one.missed || one.judged == exposure::Judged::NotRead)
            || !uncovered(&indices, environment, list, &settings.tiers).is_empty();
        let mut blocked = None;
        match self.settings().await {
            Ok((read, blocks)) => {
                settings = read;
                blocked = Some(blocks);
                facts.settings = Some(&settings);
                exposures = exposure::exposures(&facts);
            }
            // Nothing is judged by them: they are shown as not known.
            Err(_) if !asks => {}
            Err(failed) => self.failed(failed),
        }
        if !readonly {
            self.view.judge_exposure(&exposures, spec.objectives.rpo);
        }
        // One that could not be read may hold it, and be newer.
        let doubted = possible_holders(unread);
        let is_doubted = |name: &str| doubted.get(&(), name).is_some();
        let all = uncovered(&indices, environment, list, &settings.tiers);
        let (not_known, not_covered): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|index| is_doubted(&index.name));
        let mut lacked =
            last.map_or_else(Vec::new, |last| lacked(&indices, environment, list, last));
        lacked.retain(|name| !is_doubted(name));
        self.view.indices = Some(Indices {
            total: indices.len(),
            not_in_a_good_snapshot: not_covered,
            not_in_the_last_good: lacked,
            not_known: not_known.into_iter().map(|index| index.name).collect(),
            cold_storage: self.opened.seen.has_cold_storage(),
            exposure: (!readonly).then_some(exposures),
            blocked,
        });
    }

    /// Reads the tiers and the blocks of the indices: what they mean for exposure, and the blocks by their names.
    async fn settings(&self) -> Result<(exposure::Settings, Vec<Blocked>), Failure> {
        let kept = index::kept(self.opened.domain()?, self.opened.engine).await;
        let kept = kept.map_err(|error| {
            self.opened
                .unread("read the tiers and the blocks of the indices", error)
        })?;
        let (mut settings, mut blocked) = (exposure::Settings::default(), Vec::new());
        for (name, kept) in kept {
            if !kept.blocks.is_empty() {
                blocked.push(Blocked {
                    name: name.clone(),
                    blocks: kept.blocks,
                });
            }
            if kept.refuses_writes {
                settings.refuse_writes.insert(name.clone());
            }
            settings.tiers.extend(kept.tier.map(|tier| (name, tier)));
        }
        Ok((settings, blocked))
    }
}
