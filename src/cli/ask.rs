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
    let answer = answer(question, stop).await?;
    Ok(answer.is_some_and(|answer| answer.trim() == expected))
}

/// Asks, and returns whether the answer is `y` or `yes`, in small or large letters.
///
/// # Errors
/// The signal that came in place of an answer.
pub async fn is_yes(question: &str, stop: &Stop) -> Result<bool, Signal> {
    let answer = answer(question, stop).await?.unwrap_or_default();
    let answer = answer.trim().to_ascii_lowercase();
    Ok(["y", "yes"].contains(&answer.as_str()))
}

async fn answer(question: &str, stop: &Stop) -> Result<Option<String>, Signal> {
    sink::stderr(&format!("{question} "));
    let (send, receive) = tokio::sync::oneshot::channel();
    // A thread of its own that nobody waits for: reading a terminal cannot be cancelled, and a signal must still end the run.
    std::thread::spawn(move || {
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        drop(send.send(read.map(|_| answer)));
    });
    tokio::select! {
        answer = receive => Ok(answer.ok().and_then(Result::ok)),
        signal = stop.asked() => Err(signal),
    }
}
