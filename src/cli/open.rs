//! Opens the domains of a run for the commands of every day: the account is confirmed, then the way to the domain is found. Reads only.

use std::collections::BTreeMap;
use std::sync::{Arc, Once};

use crate::cli::allow;
use crate::cli::failed;
use crate::cli::options::{Common, Format};
use crate::cli::print::note;
use crate::cli::survey::{access, each, ended_early, warn_of_notes};
use crate::cli::trust;
use crate::data::index::Health;
use crate::data::{cluster, snapshot};
use crate::domain::{Engine, Limits, Reads};
use crate::exit::Exit;
use crate::failure::{Class, Failure};
use crate::findings::{self, Finding, Stage};
use crate::hazard::Allowance;
use crate::interrupt::Stop;
use crate::moment::Moment;
use crate::observe::{self, Access, Session, connect};
use crate::plan::domain_blocked;
use crate::resources::actual::DomainSeen;
use crate::sandbox::Attached;
use crate::spec::Resolved;
use crate::trust::Grant;

/// Whether it was said that everything happens in the sandbox.
static SAID: Once = Once::new();

/// How, and of where, something is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    /// For people or for programs.
    pub format: Format,
    /// Whether everything happens in the sandbox.
    pub sandbox: bool,
}

/// The environments of a run.
pub(super) struct Opening {
    /// Each environment, in the order of the files.
    pub environments: Vec<Environment>,
    /// The time limits.
    pub limits: Limits,
    sandbox: Option<Attached>,
}

/// One environment, and its domain when that can be reached.
pub(super) struct Environment {
    /// What is wanted of it.
    pub spec: Arc<Resolved>,
    /// The domain, or why it cannot be reached.
    pub opened: Result<Opened, Failure>,
}

/// A domain that can be reached.
pub(super) struct Opened {
    /// What is wanted of the environment.
    pub spec: Arc<Resolved>,
    /// The clients.
    pub session: Session,
    /// The engine, where AWS or the domain tells.
    pub engine: Option<Engine>,
    /// What was seen of the domain.
    pub seen: DomainSeen,
}

impl Opening {
    /// Opens every environment, at most eight at a time, in the order of the files; those that were not opened when it was asked to stop say so.
    ///
    /// # Errors
    /// How the run ends when there is no sandbox, or the options are wrong.
    pub(super) async fn of(
        spec: Vec<Resolved>,
        common: &Common,
        stop: &Stop,
    ) -> Result<Self, Exit> {
        common.detailed.start();
        let place = &common.place;
        common.specs.act_at(place);
        let (mut access, sandbox) = access(place, &spec).await?;
        let spec: Vec<Arc<Resolved>> = spec.into_iter().map(Arc::new).collect();
        let mut opened = reach_each(&spec, &access, stop).await;
        let refused = opened.iter().flatten();
        let wanted: Vec<_> = refused
            .filter_map(|one| one.as_ref().err().and_then(|refused| refused.1.clone()))
            .collect();
        if stop.requested().is_none() && trust::agreed(&wanted, "The specs").await {
            for (grant, _) in wanted {
                access.trust.add(grant);
            }
            opened = reach_each(&spec, &access, stop).await;
        }
        let environments: Vec<Environment> = spec
            .into_iter()
            .zip(opened)
            .map(|(spec, opened)| Environment {
                spec,
                opened: opened.map_or_else(
                    || Err(ended_early(stop)),
                    |opened| opened.map_err(|(failed, _)| failed),
                ),
            })
            .collect();
        let opened = environments
            .iter()
            .filter_map(|one| one.opened.as_ref().ok());
        warn_of_notes(opened.map(|opened| &opened.session));
        Ok(Self {
            environments,
            limits: access.limits,
            sandbox,
        })
    }

    /// Opens all environments of a command.
    ///
    /// # Errors
    /// How the run ends when the specs cannot be used or there is no sandbox.
    pub(super) async fn all(common: &Common, stop: &Stop) -> Result<Self, Exit> {
        Self::of(common.specs.load(&common.place).await?, common, stop).await
    }

    /// Opens the one environment of a command that acts on one.
    ///
    /// # Errors
    /// How the run ends when there are more, an allowance names an unknown resource, or the specs cannot be used.
    pub(super) async fn one(
        common: &Common,
        allowed: &[Allowance],
        stop: &Stop,
    ) -> Result<Self, Exit> {
        let one = vec![common.specs.load_one(&common.place).await?];
        allow::check(allowed, &one)?;
        Self::of(one, common, stop).await
    }

    /// How it is told what a command of this run that writes does; it begins with where that happens.
    pub(super) fn told(&self, format: Format) -> Told {
        let sandbox = self.is_sandbox();
        if sandbox && format == Format::Human {
            // The steps of a workflow open it again.
            SAID.call_once(|| note("sandbox: nothing leaves this machine\n"));
        }
        Told { format, sandbox }
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

impl Environment {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.spec.desired.scope.environment.as_str()
    }

    /// The domain, once it is this environment's turn.
    ///
    /// # Errors
    /// Why it cannot be reached, or what asked for stopping before its turn came.
    pub(super) fn begin(&self, stop: &Stop) -> Result<&Opened, Failure> {
        match (&self.opened, stop.requested()) {
            (Ok(_), Some(signal)) => Err(failed::unread_in_time(signal)),
            (opened, _) => opened.as_ref().map_err(Clone::clone),
        }
    }
}

impl Opened {
    /// The domain.
    ///
    /// # Errors
    /// When requests cannot go there.
    pub(super) fn domain(&self) -> Result<&Reads, Failure> {
        self.session.domain.as_deref().ok_or_else(|| {
            Failure::new(
                Class::Refused,
                "reach the domain",
                "the domain has no endpoint that requests may go to",
                "correct `domain` in the spec",
            )
        })
    }

    /// Turns a failed read into how the environment ends.
    pub(super) fn unread(&self, doing: &str, error: crate::domain::Error) -> Failure {
        failed::unread(doing, error, &self.session.context)
    }

    /// The same of a read in a repository. That of the spec is registered by `apply`, and no other one is.
    pub(super) fn unread_in(
        &self,
        repository: &str,
        doing: &str,
        error: crate::domain::Error,
    ) -> Failure {
        let missing = error
            .refusal()
            .is_some_and(|refusal| refusal.code.as_deref() == Some("repository_missing_exception"));
        let mut failed = self.unread(doing, error);
        if missing && repository != self.repository() {
            failed.advise(format!(
                "name a repository that is registered on the domain: {}, or Amazon's cs-automated-enc or cs-automated",
                self.repository()
            ));
        }
        failed
    }

    /// What endangers the backups, by what is there now. A read that is refused is a note among them, and stops nothing.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let spec = &self.spec;
        let actual = observe::facts(&spec.desired, self.seen.clone(), &self.session).await;
        let today = Some(Moment::now().day());
        let mut found = findings::judge(&spec.desired, &spec.accept, &actual, Stage::Now, today);
        found.extend(self.health().await);
        findings::settle(found, &spec.accept, today)
    }

    /// The finding of a red cluster, or of one whose health could not be read; none of a domain that cannot be reached.
    async fn health(&self) -> Option<Finding> {
        let id = self.spec.desired.domain_id();
        match cluster::health(self.domain().ok()?).await {
            Ok(health) if health.health == Health::Red => Some(findings::red(&id)),
            Ok(_) => None,
            Err(error) => Some(findings::health_not_read(&id, &error.to_string())),
        }
    }

    /// Tells whether the domain is Amazon's.
    pub(super) fn is_amazon(&self) -> bool {
        self.spec.desired.scope.domain_arn.is_some()
    }

    /// The environment's own repository.
    pub(super) fn repository(&self) -> &str {
        self.spec.desired.repository.want.name.as_str()
    }

    /// Metadata of the snapshots that this environment takes.
    pub(super) fn mark(&self) -> BTreeMap<String, String> {
        let scope = &self.spec.desired.scope;
        let mut mark = snapshot::mark(&scope.environment, &self.caller());
        let domain = scope.domain_arn.iter();
        mark.extend(domain.map(|arn| (snapshot::DOMAIN.to_owned(), arn.to_string())));
        mark
    }

    /// Whether snapshots keep their metadata; an engine that nobody knows is taken for a newer one.
    pub(super) fn keeps_metadata(&self) -> bool {
        self.engine.is_none_or(Engine::keeps_snapshot_metadata)
    }

    /// Who runs esbackup, for the metadata of snapshots.
    pub(super) fn caller(&self) -> String {
        use crate::domain::Auth;
        match (
            &self.session.context.caller_arn,
            &self.spec.desired.domain.auth,
        ) {
            (Some(arn), _) => arn.clone(),
            (None, Auth::Basic { username, .. }) => username.clone(),
            (None, _) => std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned()),
        }
    }
}

/// Why a domain cannot be reached, and what would have to be trusted for it.
type Refused = (Failure, Option<(Grant, String)>);

async fn reach_each(
    spec: &[Arc<Resolved>],
    access: &Access,
    stop: &Stop,
) -> Vec<Option<Result<Opened, Refused>>> {
    each(spec, access, stop, |spec, access| async move {
        reach(&spec, &access).await
    })
    .await
}

async fn reach(spec: &Arc<Resolved>, access: &Access) -> Result<Opened, Refused> {
    let (seen, mut session) = connect(&spec.desired, access)
        .await
        .map_err(|error| (failed::unobserved(&error), None))?;
    if let Some(blocked) = domain_blocked(&spec.desired, &seen) {
        let failed = Failure::new(
            blocked.class,
            "reach the domain",
            blocked.reason,
            blocked.remedy,
        );
        return Err((failed, seen.wants()));
    }
    let engine = match (session.context.engine, &session.domain) {
        (Some(engine), _) => Some(engine),
        // Who may not ask for the version may still do everything else.
        (None, Some(client)) => match cluster::engine(client).await {
            Ok(engine) => Some(engine),
            Err(error) if error.refusal().is_some() => None,
            Err(error) => {
                let failed = failed::unread("reach the domain", error, &session.context);
                return Err((failed, None));
            }
        },
        (None, None) => None,
    };
    session.context.engine = engine;
    Ok(Opened {
        spec: Arc::clone(spec),
        session,
        engine,
        seen,
    })
}
