//! Asking a person: only where stdin and stderr are terminals; elsewhere whatever would ask is refused.

use std::io::{BufRead, IsTerminal};

use crate::failure::{Class, Failure};
use crate::interrupt::{Signal, Stop};
use crate::outlet::{safe, sink};

/// Whether a person can be asked.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What is said where a person would have to be asked and cannot be.
pub(super) const IMPOSSIBLE: &str = "stdin is not a terminal; pass --yes to apply without a prompt";

/// Asks until the answer is yes or no, in small or capital letters; nothing typed means no.
///
/// # Errors
/// The signal that came in place of an answer.
pub(super) async fn is_yes(question: &str, stop: &Stop) -> Result<bool, Signal> {
    let mut question = format!("{question} [y/N]");
    loop {
        let answer = answer(&question, stop).await?.unwrap_or_default();
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => "Answer y or n. [y/N]".clone_into(&mut question),
        }
    }
}

/// Asks until the answer is a name, or no; nothing typed means no.
///
/// # Errors
/// The signal that came in place of an answer.
pub(super) async fn is_name(question: &str, name: &str, stop: &Stop) -> Result<bool, Signal> {
    let confirm = format!("Type {} to confirm:", safe::line(name));
    let mut question = format!("{question} {confirm}");
    loop {
        let answer = answer(&question, stop).await?.unwrap_or_default();
        let answer = answer.trim();
        if answer == name {
            return Ok(true);
        }
        if ["", "n", "no"].contains(&answer.to_ascii_lowercase().as_str()) {
            return Ok(false);
        }
        question = format!("Type {} to confirm, or n to cancel:", safe::line(name));
    }
}

/// Makes the failure of a question that was answered with no.
pub(super) fn cancelled(task: &str) -> Failure {
    Failure {
        hint: None,
        ..Failure::new(Class::Cancelled, task, "nothing was changed", "")
    }
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
