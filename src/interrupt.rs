//! SIGINT, SIGTERM and the end of `--timeout` as a request to stop at the next step; a second SIGINT leaves at once.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::duration::rounded;
use crate::exit::Exit;
use crate::failure::Class;

/// How long after `--timeout` a call that was sent already may still be answered, and then how long what it left may take to be removed.
pub const GRACE: Duration = Duration::from_secs(3);

/// What asks for stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// The time that the command was given, by `--timeout`, is over.
    TimeUp(Duration),
}

impl Signal {
    /// How a run ends that it ended: with the code that shells give a process ended by the signal; for the time, to try again.
    pub fn exit(self) -> Exit {
        Class::from(self).exit()
    }

    /// What it is, as the reason for stopping.
    pub fn words(self) -> String {
        match self {
            Signal::Interrupt | Signal::Terminate => "a signal asked to stop".to_owned(),
            Signal::TimeUp(after) => format!("the time of --timeout ({}) is over", rounded(after)),
        }
    }
}

/// Tells whether stopping was asked for.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: watch::Receiver<Option<Signal>>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Listens for signals from now on. Where they cannot be heard, they end the process as usual.
    pub fn listen() -> Self {
        Self::start(None)
    }

    /// Listens for signals, and asks for stopping once the time is over.
    pub fn listen_within(timeout: Duration) -> Self {
        Self::start(Some(timeout))
    }

    fn start(timeout: Option<Duration>) -> Self {
        let (send, receive) = watch::channel(None);
        let deadline = timeout.map(|after| (Instant::now() + after, after));
        // Not in the task: it begins only when this one waits for something.
        let mut signals = match (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) {
            (Ok(interrupt), Ok(terminate)) => Some((interrupt, terminate)),
            _ => None,
        };
        tokio::spawn(async move {
            let (mut time, mut interrupted) = (deadline, false);
            loop {
                let signalled = async {
                    let Some((interrupt, terminate)) = &mut signals else {
                        return std::future::pending().await;
                    };
                    tokio::select! {
                        _ = interrupt.recv() => Signal::Interrupt,
                        _ = terminate.recv() => Signal::Terminate,
                    }
                };
                let heard = tokio::select! {
                    heard = signalled => heard,
                    heard = up(time) => heard,
                };
                match heard {
                    Signal::Interrupt if interrupted => {
                        std::process::exit(i32::from(heard.exit().code()))
                    }
                    Signal::Interrupt => interrupted = true,
                    Signal::Terminate => {}
                    Signal::TimeUp(_) => time = None,
                }
                send.send_modify(|asked| {
                    asked.get_or_insert(heard);
                });
            }
        });
        Self {
            asked: receive,
            deadline: deadline.map(|(at, _)| at),
        }
    }

    /// Never asks for stopping.
    pub fn never() -> Self {
        Self {
            asked: watch::channel(None).1,
            deadline: None,
        }
    }

    /// What asked for stopping.
    pub fn requested(&self) -> Option<Signal> {
        *self.asked.borrow()
    }

    /// Waits for the time, or until stopping is asked for.
    pub async fn or_elapsed(&self, pause: Duration) {
        match self.unless_asked(tokio::time::sleep(pause)).await {
            Ok(()) | Err(_) => {}
        }
    }

    /// Does what may be left alone at any time: nothing but reads.
    ///
    /// # Errors
    /// What asked for stopping before it was done.
    pub async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Result<T, Signal> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            signal = self.asked() => Err(signal),
        }
    }

    /// Does what may write: it is left alone only when no answer came a while after the time was over.
    ///
    /// # Errors
    /// What asked for stopping before it was done.
    pub async fn unless_overdue<T>(&self, work: impl Future<Output = T>) -> Result<T, Signal> {
        let late = self.deadline.map(|deadline| deadline + GRACE);
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = reached(late) => Err(self.asked().await),
        }
    }

    /// Cleans up: it is left alone only when that takes longer than the time and what is added to it; none then.
    pub async fn while_cleaning_up<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let late = self.deadline.map(|deadline| deadline + GRACE * 2);
        tokio::select! {
            biased;
            done = work => Some(done),
            () = reached(late) => None,
        }
    }

    /// Waits until stopping is asked for.
    pub async fn asked(&self) -> Signal {
        let mut receive = self.asked.clone();
        let heard = receive
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|signal| *signal);
        match heard {
            Some(signal) => signal,
            // Nobody can ask any more.
            None => std::future::pending().await,
        }
    }
}

async fn up(time: Option<(Instant, Duration)>) -> Signal {
    match time {
        Some((at, after)) => {
            sleep_until(at).await;
            Signal::TimeUp(after)
        }
        None => std::future::pending().await,
    }
}

async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
