//! The library against a sandbox: observe, plan and execute as the command line does, without a process in between.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use esbackup::internals::aws::Source;
use esbackup::internals::domain::Limits;
use esbackup::internals::execute::{Event, Execution, Stopped};
use esbackup::internals::interrupt::Stop;
use esbackup::internals::observe::{Access, Session, observe};
use esbackup::internals::plan::{Choices, Fleet, Plan, Step, plan};
use esbackup::internals::resources::actual::Actual;
use esbackup::internals::resources::declared::Desired;
use esbackup::internals::spec::{Acceptance, Resolved, resolve};
use serde_json::json;

use super::sandbox::Sandbox;
use super::watch::Watch;

/// One sandbox and somebody who plans and applies in it.
pub struct World {
    pub sandbox: Sandbox,
    operator: Operator,
}

/// Somebody who plans and applies, with clients of their own.
pub struct Operator {
    pub choices: Choices,
    pub patience: Duration,
    address: SocketAddr,
    runtime: tokio::runtime::Runtime,
    /// On a paused clock: how far it jumps whenever something is waited for.
    jump: Option<Duration>,
}

impl Deref for World {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.operator
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Operator {
        &mut self.operator
    }
}

/// What a plan was made of.
pub struct Planned {
    pub plan: Plan,
    pub actual: Actual,
    pub session: Session,
}

impl World {
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let operator = Operator::new(&sandbox);
        Self { sandbox, operator }
    }

    /// One whose clock stands still while requests are under way, and jumps this far whenever something is waited for: no pause is longer,
    /// so that hours pass in a moment.
    pub fn on_a_paused_clock(jump: Duration) -> Self {
        let sandbox = Sandbox::start();
        let operator = Operator::on_a_clock(&sandbox, Some(jump));
        Self { sandbox, operator }
    }

    /// Makes the domain of a spec exist, as `--sandbox` does.
    pub fn provide(&self, desired: &Desired) {
        let endpoint = desired.domain.endpoint.as_ref();
        let host = endpoint.map(|endpoint| endpoint.host().to_owned());
        let name = desired.domain.name.as_ref().map(ToString::to_string);
        let body = json!({
            "account": desired.scope.account.as_str(),
            "region": desired.scope.region.as_str(),
            "name": name.or(host.clone()),
            "endpoint_host": host,
            "self_managed": desired.domain.name.is_none(),
        });
        self.sandbox.admin("POST", "/domains", &body);
    }
}

impl Operator {
    pub fn new(sandbox: &Sandbox) -> Self {
        Self::on_a_clock(sandbox, None)
    }

    fn on_a_clock(sandbox: &Sandbox, jump: Option<Duration>) -> Self {
        Self {
            choices: Choices::default(),
            patience: Duration::from_secs(5),
            address: sandbox.address,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(jump.is_some())
                .build()
                .unwrap(),
            jump,
        }
    }

    /// A paused clock moves by itself while everything waits, even for a socket; it stands still while a blocking task is there.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        let (release, held) = std::sync::mpsc::channel::<()>();
        if self.jump.is_some() {
            self.runtime.spawn_blocking(move || held.recv().is_ok());
        }
        let done = self.runtime.block_on(work);
        drop(release);
        done
    }

    fn access(&self) -> Access {
        Access {
            source: Source::Sandbox {
                url: format!("http://{}", self.address),
                keys: esbackup::internals::sandbox::credentials,
            },
            sandbox: Some(self.address),
            trust: esbackup::internals::trust::Trust::everything(),
            limits: limits(),
            clock: Default::default(),
        }
    }

    /// Reads and plans, which sends no write.
    pub fn plan(&self, desired: &Desired) -> Planned {
        self.plan_accepting(desired, &[])
    }

    /// The same with the findings that the spec accepts.
    pub fn plan_accepting(&self, desired: &Desired, accept: &[Acceptance]) -> Planned {
        let watch = Watch::begin(self.address, "planning".to_owned());
        let (actual, session) = self.block_on(observe(desired, &self.access())).unwrap();
        if let Some(watch) = watch {
            watch.end();
        }
        let plan = plan(
            desired,
            accept,
            &actual,
            &self.choices,
            &Fleet::of([desired]),
        );
        Planned {
            plan,
            actual,
            session,
        }
    }

    /// Runs steps and returns what was reported, in words.
    pub fn run(&self, session: &Session, steps: &[Step]) -> (Result<(), Stopped>, Vec<String>) {
        let mut events = Vec::new();
        let result = self.run_telling(session, steps, &mut |event| events.push(words(event)));
        (result, events)
    }

    /// Runs steps and tells what happens as it happens; nothing goes on before the telling ends.
    pub fn run_telling(
        &self,
        session: &Session,
        steps: &[Step],
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), Stopped> {
        let paused = self.jump.is_some();
        let limits = match paused {
            true => Limits::default().retrying_for(self.patience),
            false => limits(),
        };
        let execution = Execution {
            limits,
            session,
            patience: self.patience,
            stop: Stop::never(),
        };
        let (jump, mut jumps) = tokio::sync::mpsc::unbounded_channel();
        let work = async {
            let mut report = |event: Event<'_>| {
                tell(&event);
                if let Some(by) = self.jump
                    && matches!(event, Event::Waiting { .. } | Event::Awaited { .. })
                {
                    jump.send(by).unwrap();
                }
            };
            let result = execution.run(steps, &mut report).await;
            drop(jump);
            result
        };
        let clock = async {
            while let Some(by) = jumps.recv().await {
                tokio::time::advance(by).await;
            }
        };
        self.block_on(async { tokio::join!(work, clock).0 })
    }

    /// Runs steps that have so much time.
    pub fn run_within(
        &self,
        session: &Session,
        steps: &[Step],
        timeout: Duration,
    ) -> Result<(), Stopped> {
        self.block_on(async {
            let execution = Execution {
                limits: limits(),
                session,
                patience: self.patience,
                stop: Stop::listen_within(timeout),
            };
            execution.run(steps, &mut |_| {}).await
        })
    }

    /// Plans and runs all steps; they must all succeed.
    pub fn apply(&self, desired: &Desired) -> Plan {
        let planned = self.plan(desired);
        let blocked: Vec<_> = planned.plan.blocked().collect();
        assert!(blocked.is_empty(), "{blocked:#?}");
        let (result, events) = self.run(&planned.session, &planned.plan.steps);
        if let Err(stopped) = result {
            panic!("{stopped:#?}\n{events:#?}");
        }
        planned.plan
    }
}

/// The limits of tests: nothing waits long, and a service that fails is asked four times.
pub fn limits() -> Limits {
    Limits {
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(5),
        retry: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// Loads the only environment of a spec's text.
pub fn desired(text: &str) -> Desired {
    parsed(text).desired
}

/// The same with what else the spec says.
pub fn parsed(text: &str) -> Resolved {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spec.yaml");
    std::fs::write(&path, text).unwrap();
    resolved(&path).remove(0)
}

/// Loads a spec file or a folder of them.
pub fn load(path: &Path) -> Vec<Desired> {
    resolved(path).into_iter().map(|one| one.desired).collect()
}

/// Loads and resolves a spec file or a folder of them.
pub fn resolved(path: &Path) -> Vec<Resolved> {
    let loaded = esbackup::internals::spec::load(
        &[path.to_owned()],
        &esbackup::internals::trust::Trust::everything(),
    )
    .unwrap_or_else(|problems| panic!("{}", esbackup::internals::yaml::render(&problems, false)));
    loaded
        .specs
        .iter()
        .map(|spec| resolve(spec).unwrap())
        .collect()
}

fn words(event: &Event<'_>) -> String {
    match event {
        Event::Sending(step) => format!("sending: {}", step.call.describe()),
        Event::Waiting { step, reason, .. } => {
            format!("waiting: {}: {reason}", step.call.describe())
        }
        Event::Done { step, .. } => format!("done: {}", step.call.describe()),
        Event::Needless(step) => format!("needless: {}", step.call.describe()),
        Event::Undone { what } => format!("undone: {what}"),
        Event::Awaited { step, awaited } => {
            format!("awaited: {}: {awaited:?}", step.call.describe())
        }
        Event::NotUndone { what, why } => format!("not undone: {what}: {why}"),
    }
}
