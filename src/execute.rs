//! Runs the steps of a plan, one after the other, and decides nothing: what is sent, checked, waited for and undone stands in the plan.

mod data;
pub(crate) mod failure;
mod stopped;

pub use stopped::{Known, Reason, Stopped};

use failure::{gone_missing, may_pass, of_interim, says_no, try_again, unread_before, waiting_for};
use std::cell::Cell;
use std::time::Duration;
use stopped::asked_to_stop;

use tokio::time::Instant;

use crate::backoff;
use crate::data::Awaited;
use crate::diagnosis::Transient;
use crate::domain::{self, Limits};
use crate::exit::Exit;
use crate::failure::Class;
use crate::interrupt::Stop;
use crate::lost::{Effect, RetrySafety};
use crate::observe::Session;
use crate::plan::Step;
use crate::resources::outcome::Checked;
use crate::resources::{Answer, Call, Check, SendError, bucket, repository, role};

/// How often a call is sent when answers are lost or the service is busy.
const ATTEMPTS: u32 = 4;
/// The longest pause between two attempts while a change propagates.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What happens while steps run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A call is about to be sent.
    Sending(&'a Step),
    /// A refusal may pass by itself; the call is sent again after the pause.
    Waiting {
        /// The step.
        step: &'a Step,
        /// What is waited for, and the service's words.
        reason: String,
        /// How long it has been waited so far.
        waited: Duration,
    },
    /// A call was confirmed.
    Done {
        /// The step.
        step: &'a Step,
        /// What the service confirmed.
        answer: Answer,
    },
    /// Something is waited for.
    Awaited {
        /// The step.
        step: &'a Step,
        /// What happens.
        awaited: Awaited<'a>,
    },
    /// A call was not needed: what it would have done was there already.
    Needless(&'a Step),
    /// What a failed step left behind was removed.
    Undone {
        /// What was done, in words.
        what: String,
    },
    /// What a failed step left behind could not be removed.
    NotUndone {
        /// What was tried, in words.
        what: String,
        /// Why it failed.
        why: String,
    },
}

/// What the checks before a step say of its call.
enum Ready {
    /// All hold.
    ToSend,
    /// What it would do is there already.
    Needless,
}

/// What the executor is given beside the steps.
pub struct Execution<'a> {
    /// The clients.
    pub session: &'a Session,
    /// How long refusals that may pass by themselves are waited out.
    pub patience: Duration,
    /// The pauses between attempts and between two looks at what is waited for, and how long a service that throttles or fails is waited
    /// out.
    pub limits: Limits,
    /// Asks for stopping at the next step.
    pub stop: Stop,
}

impl Execution<'_> {
    /// Runs the steps in order and stops at the first failure.
    ///
    /// # Errors
    /// Where and why it stopped; what the failed step asked to undo was tried by then.
    pub async fn run(
        &self,
        steps: &[Step],
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Stopped> {
        for (done, step) in steps.iter().enumerate() {
            if let Some(signal) = self.stop.requested() {
                // Between two steps: what the last one left for a later one to clean up is cleaned up now.
                if let Some(last) = done.checked_sub(1).and_then(|last| steps.get(last)) {
                    self.undo(last, report).await;
                }
                return Err(Stopped {
                    done,
                    call: Known::Unsent,
                    reason: Reason::Interrupted(signal),
                });
            }
            let known = Cell::new(Known::Unsent);
            let stepped = self.stop.unless_overdue(self.step(step, &known, report));
            let result = stepped.await.unwrap_or_else(|signal| {
                Err(match (known.get(), &step.after) {
                    (Known::Accepted | Known::Needless, Some(wait)) => Reason::Detached {
                        what: wait.what(),
                        signal,
                    },
                    (known, _) => asked_to_stop(step, known, signal),
                })
            });
            if let Err(reason) = result {
                let call = known.get();
                // A call that was never sent leaves nothing behind, but an earlier one may have.
                let mut earlier = steps.iter().take(done);
                if call.was_sent() || earlier.any(|earlier| earlier.undo == step.undo) {
                    self.undo(step, report).await;
                }
                return Err(Stopped { done, call, reason });
            }
        }
        Ok(())
    }

    /// Looks, sends and waits, and says what is known of the call however that ends.
    async fn step(
        &self,
        step: &Step,
        known: &Cell<Known>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Reason> {
        match self.ready(step, report).await? {
            Ready::ToSend => {
                self.call(step, known, report).await?;
                known.set(Known::Accepted);
            }
            Ready::Needless => {
                known.set(Known::Needless);
                report(Event::Needless(step));
            }
        }
        match &step.after {
            Some(wait) => {
                self.wait(wait, &mut |awaited| {
                    report(Event::Awaited { step, awaited })
                })
                .await
            }
            None => Ok(()),
        }
    }

    /// Reads again what must hold right before the step's call.
    async fn ready(&self, step: &Step, report: &mut dyn FnMut(Event<'_>)) -> Result<Ready, Reason> {
        for check in &step.before {
            match self.check(step, check, report).await? {
                Checked::Holds => {}
                Checked::Needless => return Ok(Ready::Needless),
                Checked::Broken => {
                    return Err(Reason::Interfered {
                        what: step.call.describe(),
                    });
                }
                Checked::Busy(what) => return Err(Reason::Busy { what }),
                Checked::Refused { why, hint } => {
                    let what = step.call.describe();
                    return Err(Reason::Refused { what, why, hint });
                }
            }
        }
        Ok(Ready::ToSend)
    }

    async fn call(
        &self,
        step: &Step,
        known: &Cell<Known>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Reason> {
        report(Event::Sending(step));
        let answer = self.send(step, known, report).await?;
        report(Event::Done { step, answer });
        Ok(())
    }

    /// Reads again what must hold right before the call. What cannot be read does not hold.
    async fn check(
        &self,
        step: &Step,
        check: &Check,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Checked, Reason> {
        match check {
            Check::Bucket(check) => self.check_bucket(step, check, report).await,
            Check::Data(check) => self.check_data(step, check, report).await,
            Check::Repository(repository::Check::Idle { name }) => {
                let doing = format!("ask whether a snapshot runs on {name}");
                self.checked(&doing, async |domain| {
                    repository::remote::idle(domain, name).await
                })
                .await
            }
            Check::Repository(repository::Check::Own(own)) => {
                let doing = format!("read the snapshots of {}", own.candidate);
                self.checked(&doing, async |domain| {
                    repository::remote::own(domain, own).await
                })
                .await
            }
        }
    }

    /// Asks the domain.
    async fn checked(
        &self,
        doing: &str,
        ask: impl AsyncFnOnce(&crate::domain::Reads) -> Result<Checked, crate::domain::Error>,
    ) -> Result<Checked, Reason> {
        let Some(domain) = &self.session.domain else {
            return Err(self.failed(&SendError::NoDomain, doing).await);
        };
        match ask(domain).await {
            Ok(checked) => Ok(checked),
            Err(error) => Err(self.unread(error, doing).await),
        }
    }

    async fn check_bucket(
        &self,
        step: &Step,
        check: &bucket::Check,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Checked, Reason> {
        let began = Instant::now();
        let mut attempt = 0;
        loop {
            let unread = match bucket::remote::check(&self.session.reads, check).await {
                Ok(checked) => return Ok(checked),
                Err(unread) => unread,
            };
            // A bucket created a moment ago may not be known everywhere yet.
            let not_yet = step.patience.bucket && unread.class == Class::Unavailable;
            if !not_yet || began.elapsed() >= self.patience {
                let bucket = self.session.context.bucket_arn.as_deref();
                return Err(unread_before(step, &unread, bucket));
            }
            let reason = format!("waiting for the new bucket: {}", unread.words);
            report(Event::Waiting {
                step,
                reason,
                waited: began.elapsed(),
            });
            self.pause(attempt).await;
            attempt += 1;
            if let Some(signal) = self.stop.requested() {
                return Err(Reason::Interrupted(signal));
            }
        }
    }

    /// Sends the call until it is confirmed, found to be in effect, or refused for good.
    async fn send(
        &self,
        step: &Step,
        known: &Cell<Known>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Answer, Reason> {
        let began = Instant::now();
        let doing = step.call.describe();
        let (safety, touches) = (step.call.retry_safety(), step.call.touches());
        let domain = self.session.domain.as_ref();
        let (mut attempt, mut pauses, mut may_have_arrived) = (0, 0, false);
        loop {
            attempt += 1;
            known.set(Known::Unanswered);
            let error = match step.call.send(&self.session.writes, domain).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            may_have_arrived |= error.outcome_unknown();
            if !may_have_arrived {
                known.set(Known::Refused);
            }
            let unclear = error.outcome_unknown() || error.exists_already();
            if unclear && safety.is_read_back() {
                match self.was_applied(step).await {
                    Ok(Effect::Applied) => return Ok(Answer::Done),
                    // It is there, and it is not what this plan would have made: somebody else was faster.
                    Ok(_) if error.exists_already() => {
                        let failure = error.explain(&doing, &self.session.context);
                        let what = format!("{doing}: {}", failure.messages.join(": "));
                        return Err(Reason::Interfered { what });
                    }
                    Ok(effect) if safety == RetrySafety::Never || effect == Effect::Another => {
                        if says_no(&error) {
                            known.set(Known::Refused);
                        }
                        return Err(try_again(self.failed(&error, &doing).await));
                    }
                    Ok(_) if says_no(&error) => known.set(Known::Refused),
                    Ok(_) => {}
                    Err(_) => return Err(self.failed(&error, &doing).await),
                }
            }
            let transient = error.transience(&self.session.context);
            let not_yet = may_pass(transient, step.patience) || gone_missing(&error, step.patience);
            let passing = transient == Transient::Throttled || error.service_failed();
            let limits = &self.limits;
            let again = match passing {
                true => attempt < limits.attempts() && began.elapsed() < limits.retry,
                false if not_yet => began.elapsed() < self.patience,
                false => error.outcome_unknown() && attempt < ATTEMPTS,
            };
            if !again {
                let failed = self.failed(&error, &doing).await;
                let failed = match touches.interim {
                    true => of_interim(failed),
                    false => failed,
                };
                // A creation that may still be under way is not called failed.
                if safety.appears_late() && may_have_arrived {
                    return Err(try_again(failed));
                }
                return Err(if not_yet && self.may_wait(transient) {
                    try_again(failed)
                } else {
                    failed
                });
            }
            if let Some(signal) = self.stop.requested() {
                return Err(asked_to_stop(step, known.get(), signal));
            }
            let waited = began.elapsed();
            let reason = waiting_for(transient, &error.message());
            report(Event::Waiting {
                step,
                reason,
                waited,
            });
            match passing {
                true => self.pause_until(pauses, limits.longest_pause()).await,
                false => self.pause(pauses).await,
            }
            pauses += 1;
            if let Some(signal) = self.stop.requested() {
                return Err(asked_to_stop(step, known.get(), signal));
            }
            // In us-east-1 a second creation of one's own bucket answers 200 and resets its ACLs: it is sent only where the bucket is still
            // not there right before.
            if may_have_arrived && touches.creates && safety.appears_late() {
                match self.was_applied(step).await {
                    Ok(Effect::Applied) => return Ok(Answer::Done),
                    Ok(Effect::Missing) => {}
                    Ok(Effect::Another) | Err(_) => {
                        return Err(try_again(self.failed(&error, &doing).await));
                    }
                }
            }
            if touches.deletes {
                // A deletion whose answer was lost may be in effect by now.
                if may_have_arrived
                    && safety.is_read_back()
                    && matches!(self.was_applied(step).await, Ok(Effect::Applied))
                {
                    return Ok(Answer::Done);
                }
                // What was looked at before it may have changed meanwhile: another thing may have its name now.
                if let Ready::Needless = self.ready(step, report).await? {
                    return Ok(Answer::Done);
                }
            }
        }
    }

    /// Reads what became of a call whose answer was lost, more than once where the service may still be working on it.
    async fn was_applied(&self, step: &Step) -> Result<Effect, SendError> {
        let domain = self.session.domain.as_ref();
        let mut looks = 1;
        loop {
            let effect = step.call.was_applied(&self.session.reads, domain).await?;
            let late = step.call.retry_safety().appears_late();
            if effect == Effect::Applied || looks >= ATTEMPTS || !late {
                return Ok(effect);
            }
            self.pause(looks).await;
            looks += 1;
        }
    }

    /// Removes what the step asked to have removed when it fails; says whether that worked.
    async fn undo(&self, step: &Step, report: &mut dyn FnMut(Event<'_>)) {
        let Some(undo) = &step.undo else { return };
        let what = undo.describe();
        let why = match self.stop.while_cleaning_up(self.removed(undo)).await {
            Some(Ok(_)) => return report(Event::Undone { what }),
            Some(Err(error)) => error
                .explain(&what, &self.session.context)
                .messages
                .join(": "),
            None => "there was no answer in the time that was left".to_owned(),
        };
        report(Event::NotUndone { what, why });
    }

    /// Sends what cleans up until it is confirmed or refused. It is not cut short by the signal that made it necessary.
    async fn removed(&self, undo: &Call) -> Result<Answer, SendError> {
        let (writes, domain) = (&self.session.writes, self.session.domain.as_ref());
        let mut attempt = 0;
        loop {
            attempt += 1;
            match undo.send(writes, domain).await {
                Err(error) if error.outcome_unknown() && attempt < ATTEMPTS => {
                    tokio::time::sleep(self.limits.backoff).await;
                }
                result => return result,
            }
        }
    }

    /// Whether a denial may be called too early: with no patience at all it is the denial that it is.
    fn may_wait(&self, transient: Transient) -> bool {
        let denial = matches!(transient, Transient::IamPropagation | Transient::Changed(_));
        !denial || !self.patience.is_zero()
    }

    async fn pause(&self, attempt: u32) {
        self.pause_until(attempt, LONGEST_PAUSE).await;
    }

    async fn pause_until(&self, attempt: u32, longest: Duration) {
        let pause = backoff::jittered(self.limits.backoff, attempt, longest);
        self.stop.or_elapsed(pause).await;
    }

    /// What it means that the domain could not be read right before a call: nothing was sent, and reading again later may help.
    async fn unread(&self, error: domain::Error, doing: &str) -> Reason {
        let may_pass = error.may_pass();
        match self.failed(&SendError::Domain(error), doing).await {
            Reason::Failed(mut failure) if may_pass && failure.exit() != Exit::Denied => {
                if !failure.class.may_pass() {
                    failure.class = Class::Unavailable;
                }
                Reason::Failed(failure)
            }
            reason => reason,
        }
    }

    /// What a failure means. The caller's role is looked up for it only as long as nobody asks for stopping: the service's words are at hand.
    async fn failed(&self, error: &SendError, doing: &str) -> Reason {
        let mut context = self.session.context.clone();
        if matches!(error, SendError::Domain(_)) && context.lacks_caller_role() {
            let looked_up = role::remote::caller(&self.session.reads, &context);
            context.caller_role_arn = self.stop.unless_asked(looked_up).await.ok().flatten();
        }
        Reason::Failed(Box::new(error.explain(doing, &context)))
    }
}
