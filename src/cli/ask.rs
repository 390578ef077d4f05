//! Asking a person: only where stdin and stderr are terminals; elsewhere whatever would ask is refused.

use std::io::{BufRead, IsTerminal, Write};

/// Whether a person can be asked.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and says whether the answer is exactly what was asked for.
pub fn answer_is(question: &str, expected: &str) -> bool {
    let mut stderr = std::io::stderr();
    if write!(stderr, "{question} ")
        .and_then(|()| stderr.flush())
        .is_err()
    {
        return false;
    }
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(_) => answer.trim() == expected,
        Err(_) => false,
    }
}
