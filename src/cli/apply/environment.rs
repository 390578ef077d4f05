//! One environment of an apply: everything is read again, the steps run, and everything is read once more.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::Arguments;
use super::consent::Consent;
use super::end::{self, End, Verified};
use super::reporter::Reporter;
use crate::backoff;
use crate::cli::{ask, events};
use crate::failure::{Class, Failure};

use crate::cli::options::Format;
use crate::cli::stopped;
use crate::cli::survey::{Run, Surveyed, obstacle};
use crate::duration::rounded;
use crate::execute::{Event, Execution, Reason};
use crate::exit::Exit;
use crate::hazard;
use crate::interrupt::{Signal, Stop};
use crate::observe::Session;
use crate::plan::{Outline, Plan, Step};
use crate::report::progress::{Lines, Progress};
use crate::resources::repository::{self, Verify};
use crate::resources::{Answer, Call};
use crate::spec::Resolved;

/// Credentials that last shorter may expire before the last call.
const SHORTEST: Duration = Duration::from_secs(300);

/// How often the end state is read again before it is called another one: bucket configuration is eventually consistent.
const LOOKS: u32 = 4;

pub(super) struct Applying<'a> {
    pub(super) run: &'a Run,
    pub(super) arguments: &'a Arguments,
    pub(super) stop: &'a Stop,
    pub(super) output: &'a Reporter,
}

/// Why everything could not be read again.
enum Unread {
    /// A read failed, with the read's own message.
    Failed(Failure),
    /// A signal or the time.
    Interrupted(Signal),
}

/// How long the credentials last, if that is not long enough to begin.
fn too_short(expiry: Option<SystemTime>, now: SystemTime) -> Option<Duration> {
    let left = expiry?.duration_since(now).unwrap_or(Duration::ZERO);
    (left < SHORTEST).then_some(left)
}

fn expiring(left: Duration) -> Failure {
    Failure::new(
        Class::Credentials,
        "apply the plan",
        format!(
            "the credentials expire in {}, and it begins only with those that last {} at least",
            rounded(left),
            rounded(SHORTEST)
        ),
        "get new ones (log in again), then run it again",
    )
}

impl Applying<'_> {
    pub(super) async fn environment(&self, one: &Surveyed, consent: Consent) -> End {
        let shown = match &one.result {
            Ok(outline) => outline,
            Err(unplanned) => return End::failed(unplanned.clone()),
        };
        let verified = if one.spec.desired.repository.want.verify == Verify::NotVerified
            || one.spec.desired.repository.management.is_existing()
        {
            Verified::No
        } else {
            Verified::Answers
        };
        match obstacle(shown) {
            Exit::Done => {}
            _ => return End::failed(end::blocked(shown)),
        }
        if shown.calls == 0 {
            return End {
                verified,
                ..End::done()
            };
        }
        match consent {
            Consent::Given => {}
            Consent::Impossible => return End::failed(self.refusal(shown)),
            Consent::Cancelled => return End::failed(ask::cancelled("apply")),
        }
        // What was shown must still be what is there: everything is read again right before the first write.
        let (plan, session) = match self.read_whole(&one.spec).await {
            Err(Unread::Interrupted(signal)) => {
                return End::interrupted(signal, &self.arguments.again());
            }
            Err(Unread::Failed(failed)) => return End::failed(failed),
            Ok((plan, session)) if plan.fingerprint() == shown.fingerprint => (plan, session),
            Ok(_) => {
                let words = "what was read right before the first write differs from what the plan was made of";
                return End::failed(Failure::new(
                    Class::Interfered,
                    "apply the plan",
                    words,
                    "look at a new plan, then apply again",
                ));
            }
        };
        match self
            .stop
            .unless_asked(session.reads.credentials_expire())
            .await
        {
            Err(signal) => return End::interrupted(signal, &self.arguments.again()),
            Ok(expiry) => {
                if let Some(left) = too_short(expiry, session.reads.clock().time()) {
                    return End::failed(expiring(left));
                }
            }
        }
        let repository = one.spec.desired.repository.want.name.as_str();
        let end = self.steps(&plan, &session, repository, verified).await;
        if end.exit() != Exit::Done {
            return end;
        }
        self.look_again(&one.spec, end).await
    }

    fn refusal(&self, outline: &Outline) -> Failure {
        let refused = outline.refused(&self.arguments.allowed);
        if refused.is_empty() {
            return Failure::new(
                Class::Refused,
                "ask",
                ask::IMPOSSIBLE,
                "look at the plan, then run it again with --yes",
            );
        }
        Failure {
            messages: refused.iter().map(ToString::to_string).collect(),
            ..Failure::new(
                Class::Refused,
                "apply: these risks are not allowed",
                "",
                format!("if they are wanted, add {}", hazard::options(refused)),
            )
        }
    }

    async fn steps(
        &self,
        plan: &Plan,
        session: &Session,
        repository: &str,
        verified: Verified,
    ) -> End {
        let total = plan.steps.len();
        let name = plan.environment.as_str();
        let lines = if self.output.format == Format::Human {
            Lines::Plain
        } else {
            Lines::Quiet
        };
        let progress = Progress::start(lines);
        let mut nodes = Vec::new();
        let execution = Execution {
            session,
            patience: self.arguments.patience,
            limits: self.run.access.limits,
            stop: self.stop.clone(),
        };
        let mut order = 0;
        let result = execution
            .run(&plan.steps, &mut |event| {
                if matches!(event, Event::Sending(_) | Event::Needless(_)) {
                    order += 1;
                }
                if let Event::Done {
                    step,
                    answer: Answer::Verified { nodes: seen },
                } = &event
                    && verifies(step, repository)
                {
                    nodes.clone_from(seen);
                }
                events::tell(self.output.format, name, &event, (order, total), &progress);
            })
            .await;
        progress.finish();
        let seen = if nodes.is_empty() {
            None
        } else {
            Some(Verified::Now)
        };
        match result {
            Ok(()) => End {
                done: total,
                total,
                nodes,
                verified: seen.unwrap_or(verified),
                ..End::done()
            },
            Err(stopped) => {
                let described = |step: &Step| step.call.describe();
                let remaining = plan.steps.iter().skip(stopped.begun()).map(described);
                let remaining = remaining.collect();
                let unknown = stopped.unknown(&plan.steps).map(described);
                let (done, reason) = (stopped.calls_done(), stopped.reason);
                let asked_to_stop =
                    matches!(reason, Reason::Interrupted(_) | Reason::Abandoned { .. });
                let mut failure = stopped::stopped(reason);
                if asked_to_stop {
                    let again = self.arguments.again();
                    failure.advise(format!("it goes on from here: {again}"));
                }
                End {
                    done,
                    total,
                    remaining,
                    unknown,
                    nodes,
                    // What answered before the run says nothing of a run that failed.
                    verified: seen.unwrap_or(Verified::No),
                    ..End::failed(failure)
                }
            }
        }
    }

    /// Reads and plans everything again. What could not be read is read once more within the time that is left: it says nothing of what is
    /// there.
    async fn read_whole(&self, desired: &Arc<Resolved>) -> Result<(Plan, Session), Unread> {
        let began = Instant::now();
        let limits = &self.run.access.limits;
        let mut looks = 0;
        loop {
            let failed = match self.stop.unless_asked(self.run.again(desired)).await {
                Err(signal) => return Err(Unread::Interrupted(signal)),
                Ok(Ok((plan, session))) => match end::unread(&plan) {
                    None => return Ok((plan, session)),
                    Some(failed) => failed,
                },
                Ok(Err(failed)) => failed,
            };
            looks += 1;
            // Each read of a look was waited out already: what is left of the time is for what passes without a wait of its own.
            let over = looks >= LOOKS || began.elapsed() >= limits.retry;
            if failed.exit() != Exit::TryAgain || over {
                return Err(Unread::Failed(failed));
            }
            let pause = backoff::jittered(limits.backoff, looks, limits.longest_pause());
            self.stop.or_elapsed(pause).await;
        }
    }

    /// Success is only what was seen: after the last write everything is read once more.
    async fn look_again(&self, desired: &Arc<Resolved>, end: End) -> End {
        let mut left = String::new();
        for look in 0..LOOKS {
            if let Some(before) = look.checked_sub(1) {
                let pause = self
                    .run
                    .access
                    .limits
                    .backoff
                    .saturating_mul(2_u32.saturating_pow(before));
                self.stop.or_elapsed(pause).await;
            }
            match self.read_whole(desired).await {
                Err(Unread::Interrupted(signal)) => {
                    let words = format!(
                        "all calls were confirmed, and {} before everything was read once more",
                        signal.words()
                    );
                    let remedy = format!("see what is there now: {}", self.arguments.again());
                    let failure = Failure::new(signal.into(), "confirm the result", words, remedy);
                    return end.unconfirmed(failure);
                }
                Ok((plan, _)) if plan.is_empty() => return end,
                Ok((plan, _)) => left = end::differences(&plan),
                Err(Unread::Failed(failed)) => {
                    return end.unconfirmed(failed);
                }
            }
        }
        let words = format!(
            "all calls were confirmed, but what is there now is not the plan's end state: {left}"
        );
        let failure = Failure::new(
            Class::Interfered,
            "confirm the result",
            words,
            "another run interfered: apply again",
        );
        end.unconfirmed(failure)
    }
}

/// Whether a step verifies the repository under its own name; what is proved of a candidate is not proved of it.
fn verifies(step: &Step, repository: &str) -> bool {
    matches!(&step.call, Call::Repository(repository::Call::Verify { name }) if name.as_str() == repository)
}
