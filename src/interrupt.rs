//! SIGINT and SIGTERM as a request to stop at the next step; a second SIGINT leaves at once.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A signal that asks for stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// The exit code that shells give a process ended by the signal.
    pub fn exit_code(self) -> u8 {
        match self {
            Signal::Interrupt => 130,
            Signal::Terminate => 143,
        }
    }
}

/// Tells whether stopping was asked for.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Signal>>);

impl Stop {
    /// Listens for signals from now on. Where they cannot be heard, they end the process as usual.
    pub fn listen() -> Self {
        let (send, receive) = watch::channel(None);
        // Not in the task: it begins only when this one waits for something.
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return Self(receive);
        };
        tokio::spawn(async move {
            let mut interrupted = false;
            loop {
                let heard = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                };
                let before = *send.borrow();
                // A second SIGINT leaves at once, whatever else was heard before it.
                if interrupted && heard == Signal::Interrupt {
                    std::process::exit(i32::from(heard.exit_code()));
                }
                interrupted |= heard == Signal::Interrupt;
                send.send_replace(Some(before.unwrap_or(heard)));
            }
        });
        Self(receive)
    }

    /// Never asks for stopping.
    pub fn never() -> Self {
        Self(watch::channel(None).1)
    }

    /// The signal that asked for stopping.
    pub fn requested(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for the time, or until stopping is asked for.
    pub async fn or_elapsed(&self, pause: Duration) {
        let mut receive = self.0.clone();
        let asked = async {
            if receive.wait_for(Option::is_some).await.is_err() {
                // Nobody can ask any more.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = asked => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Does something that may be given up at any time, such as reading.
    ///
    /// # Errors
    /// The signal that asked for stopping before it was over.
    pub async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Result<T, Signal> {
        tokio::select! {
            done = work => Ok(done),
            signal = self.asked() => Err(signal),
        }
    }

    /// Waits until stopping is asked for.
    pub async fn asked(&self) -> Signal {
        let mut receive = self.0.clone();
        let heard = receive
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|signal| *signal);
        match heard {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}
