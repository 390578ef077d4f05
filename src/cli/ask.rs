//! Asking a person: only where stdin and stderr are terminals; elsewhere whatever would ask is refused.

use std::io::{BufRead, IsTerminal};

use crate::interrupt::{Signal, Stop};
use crate::outlet::sink;

/// Whether a person can be asked.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and says whether the answer is exactly what was asked for.
///
/// # Errors
/// The signal that came in place of an answer.
pub async fn answer_is(question: &str, expected: &str, stop: &Stop) -> Result<bool, Signal> {
    sink::stderr(&format!("{question} "));
    let (send, receive) = tokio::sync::oneshot::channel();
    // A thread of its own that nobody waits for: reading a terminal cannot be cancelled, and a signal must still end the run.
    std::thread::spawn(move || {
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        drop(send.send(read.map(|_| answer)));
    });
    tokio::select! {
        answer = receive => Ok(matches!(answer, Ok(Ok(answer)) if answer.trim() == expected)),
        signal = stop.asked() => Err(signal),
    }
}
