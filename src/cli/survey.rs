//! Observes and plans all environments of a run, concurrently and independently. Reads only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::aws::Source;
use crate::cli::failed;
use crate::cli::options::{Detailed, Place, Reach, limits};
use crate::cli::print::err;
use crate::cli::trust;
use crate::clock::ServiceClock;
use crate::domain::Note;
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::interrupt::Stop;
use crate::observe::{Access, ObserveError, Session, observe};
use crate::plan::{self, Choices, Fleet, Outline, Plan};
use crate::report::progress::{Lines, Progress};
use crate::report::view;
use crate::sandbox::Attached;
use crate::spec::Resolved;
use crate::trust::Grant;

/// How many environments are read at the same time.
const AT_ONCE: usize = 8;
/// Where the sandbox keeps its state.
pub(super) const SANDBOX_DIR: &str = ".esbackup/sandbox";

/// Everything that a run over several environments shares.
pub(super) struct Run {
    /// How environments are reached.
    pub access: Access,
    /// What the caller chose.
    pub choices: Choices,
    /// Which environment creates what.
    pub fleet: Fleet,
    /// The sandbox, when the run is against it.
    pub sandbox: Option<Attached>,
}

/// One environment after it was observed. The clients and the plan are gone: those of a thousand environments would not fit into memory.
pub(super) struct Surveyed {
    /// What is wanted.
    pub spec: Arc<Resolved>,
    /// What was planned, or why there is no plan.
    pub result: Result<Outline, Failure>,
}

impl Run {
    /// Sets up a run; with `--sandbox` it starts or finds the sandbox and makes the domains of the specs exist there.
    ///
    /// # Errors
    /// How the run ends when that fails.
    pub(super) async fn start(
        reach: &Reach,
        detailed: &Detailed,
        environments: &[Resolved],
    ) -> Result<Self, Exit> {
        reach.check(environments)?;
        detailed.start();
        let (access, sandbox) = access(&reach.place, environments).await?;
        Ok(Self {
            access,
            choices: reach.choices(),
            fleet: Fleet::of(environments.iter().map(|one| &one.desired)),
            sandbox,
        })
    }

    /// Observes and plans every environment, in the order of the files, and tells what is to be shown of each.
    /// What was not read when it was asked to stop is said to be missing.
    pub(super) async fn survey(
        &mut self,
        environments: &[Arc<Resolved>],
        stop: &Stop,
    ) -> (Vec<Surveyed>, Vec<view::Environment>) {
        let (found, wanted) = self.read(environments, stop).await;
        let refused = stop.requested().is_some();
        if refused || !trust::agreed(&wanted, "The specs").await {
            return found;
        }
        for (grant, _) in wanted {
            self.access.trust.add(grant);
        }
        self.read(environments, stop).await.0
    }

    /// Observes and plans every environment, and says what would have to be trusted for those that were refused for it.
    async fn read(
        &self,
        environments: &[Arc<Resolved>],
        stop: &Stop,
    ) -> (
        (Vec<Surveyed>, Vec<view::Environment>),
        Vec<(Grant, String)>,
    ) {
        let progress = Progress::start(Lines::Quiet);
        progress.doing("reading the live state");
        let (choices, fleet) = (Arc::new(self.choices.clone()), Arc::new(self.fleet.clone()));
        let found = each(environments, &self.access, stop, |spec, access| {
            let (choices, fleet) = (Arc::clone(&choices), Arc::clone(&fleet));
            async move {
                let (actual, session) = observe(&spec.desired, &access).await?;
                let plan = plan::plan(&spec.desired, &spec.accept, &actual, &choices, &fleet);
                // What is kept of it is small already here: a thousand of them wait for the last.
                let kept = Surveyed::of(&spec, Ok(plan));
                let notes = notes_of(&session);
                Ok::<_, ObserveError>((kept, notes, actual.domain.wants()))
            }
        })
        .await;
        progress.finish();
        let planned = found.iter().flatten().flatten();
        let wanted = planned.clone().filter_map(|(.., wants)| wants.clone());
        let wanted = wanted.collect();
        warn_of(planned.flat_map(|(_, notes, _)| notes.iter().cloned()));
        let pairs = environments.iter().zip(found);
        let found = pairs
            .map(|(spec, result)| match result {
                Some(Ok((kept, ..))) => kept,
                Some(Err(error)) => Surveyed::of(spec, Err(failed::unobserved(&error))),
                None => Surveyed::of(spec, Err(ended_early(stop))),
            })
            .unzip();
        (found, wanted)
    }

    /// Observes and plans one environment again.
    ///
    /// # Errors
    /// Why it cannot be planned any more.
    pub(super) async fn again(&self, spec: &Arc<Resolved>) -> Result<(Plan, Session), Failure> {
        match observe(&spec.desired, &self.access).await {
            Ok((actual, session)) => {
                let plan = plan::plan(
                    &spec.desired,
                    &spec.accept,
                    &actual,
                    &self.choices,
                    &self.fleet,
                );
                Ok((plan, session))
            }
            Err(error) => Err(failed::unobserved(&error)),
        }
    }

    /// Whether everything happens in the sandbox.
    pub(super) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Ends the run; a sandbox of its own stops serving.
    pub(super) async fn finish(self) {
        if let Some(attached) = self.sandbox {
            attached.stop().await;
        }
    }
}

impl Surveyed {
    /// What is kept of a plan, or of why there is none, and what is shown of it.
    pub(super) fn of(
        spec: &Arc<Resolved>,
        result: Result<Plan, Failure>,
    ) -> (Self, view::Environment) {
        let (result, view) = match result {
            Ok(plan) => {
                let outline = plan.outline();
                let view = view::Environment::planned(&plan, obstacle(&outline));
                (Ok(outline), view)
            }
            Err(failed) => {
                let scope = &spec.desired.scope;
                let view = view::Environment::failed(
                    scope.environment.as_str(),
                    scope.account.as_str(),
                    scope.region.as_str(),
                    failed.clone(),
                );
                (Err(failed), view)
            }
        };
        let spec = Arc::clone(spec);
        (Self { spec, result }, view)
    }

    /// What stands in the way of this environment, as an exit code; done when nothing does.
    pub(super) fn obstacle(&self) -> Exit {
        match &self.result {
            Ok(outline) => obstacle(outline),
            Err(unplanned) => unplanned.exit(),
        }
    }

    /// Whether there is a danger that nobody accepted.
    pub(super) fn is_endangered(&self) -> bool {
        matches!(&self.result, Ok(outline) if outline.dangers > 0)
    }

    /// Whether something differs from what is wanted, or is not known because it is blocked.
    pub(super) fn differs(&self) -> bool {
        matches!(&self.result, Ok(outline) if !outline.is_empty)
    }
}

/// Decides how the environments are reached; with `--sandbox` the sandbox is found or started.
///
/// # Errors
/// How the run ends when that fails.
pub(super) async fn access(
    place: &Place,
    environments: &[Resolved],
) -> Result<(Access, Option<Attached>), Exit> {
    let limits = limits()?;
    let sandbox = match place.sandbox {
        false => None,
        true => Some(crate::cli::sandbox::attach(Path::new(SANDBOX_DIR), environments).await?),
    };
    let source = match &sandbox {
        Some(attached) => Source::Sandbox {
            url: attached.url(),
            keys: crate::sandbox::credentials,
        },
        None => {
            crate::aws::check_proxy().map_err(|error| {
                err(&format!("error: {error}\n"));
                Exit::Usage
            })?;
            Source::Environment
        }
    };
    // The sandbox stands in for whatever the spec names: that is its purpose, and nothing leaves this machine.
    let folders: Vec<PathBuf> = environments
        .iter()
        .map(|one| one.desired.folder.clone())
        .collect();
    let trust = place.trust.read(&folders, sandbox.is_some())?;
    let access = Access {
        source,
        sandbox: sandbox.as_ref().map(Attached::address),
        trust,
        limits,
        clock: ServiceClock::default(),
    };
    Ok((access, sandbox))
}

/// What stands in the way of a plan, as an exit code; done when nothing is blocked.
pub(super) fn obstacle(outline: &Outline) -> Exit {
    let classes = outline.blocked.iter().map(|(_, blocked)| blocked.class);
    Exit::of_environment(classes.map(Class::exit))
}

/// Does the same in every environment, at most eight at a time. The answers have the order of the environments; there is none of one whose
/// task ended early, or was not done when it was asked to stop.
pub(super) async fn each<T, R>(
    environments: &[Arc<Resolved>],
    access: &Access,
    stop: &Stop,
    read: impl Fn(Arc<Resolved>, Access) -> R,
) -> Vec<Option<T>>
where
    T: Send + 'static,
    R: Future<Output = T> + Send + 'static,
{
    let mut waiting = environments.iter().enumerate();
    let mut tasks = JoinSet::new();
    // What is not begun yet takes no memory: a task is as large as all that it may ever hold.
    let mut begin = |tasks: &mut JoinSet<(usize, T)>| {
        if let Some((index, spec)) = waiting.next() {
            let read = read(Arc::clone(spec), access.clone());
            tasks.spawn(async move { (index, read.await) });
        }
    };
    for _ in 0..AT_ONCE {
        begin(&mut tasks);
    }
    let mut found: Vec<Option<T>> = environments.iter().map(|_| None).collect();
    // They only read, so that they may be left alone at any time.
    while let Ok(Some(joined)) = stop.unless_asked(tasks.join_next()).await {
        begin(&mut tasks);
        if let Ok((index, result)) = joined
            && let Some(slot) = found.get_mut(index)
        {
            *slot = Some(result);
        }
    }
    found
}

/// Says what the clocks of AWS and of the domains say of this machine's, and which domains are busy, each once.
pub(super) fn warn_of_notes<'s>(sessions: impl Iterator<Item = &'s Session>) {
    warn_of(sessions.flat_map(notes_of));
}

fn notes_of(session: &Session) -> Vec<Note> {
    let of_aws = session.reads.clock().correction();
    let of_aws = of_aws.map(|seconds| Note::ClockCorrected { seconds });
    let of_domain = session
        .domain
        .as_ref()
        .and_then(|domain| domain.clock_note());
    let busy = session.busy.clone();
    of_aws.into_iter().chain(of_domain).chain(busy).collect()
}

fn warn_of(notes: impl Iterator<Item = Note>) {
    let notes: BTreeSet<String> = notes.map(|note| note.to_string()).collect();
    for note in notes {
        err(&format!("warning: {note}\n"));
    }
}

/// What a task leaves behind that was not done when it was asked to stop, or ended early.
pub(super) fn ended_early(stop: &Stop) -> Failure {
    if let Some(signal) = stop.requested() {
        return failed::unread_in_time(signal);
    }
    Failure::new(
        Class::Failed,
        "read the live state",
        "the task that read it ended early",
        "report this as a bug",
    )
}

/// Prints an error of the run itself.
pub(super) fn complain(text: &str) {
    err(&format!("error: {text}\n"));
}
