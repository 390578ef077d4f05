//! The only way to stdout and stderr: known secrets are masked, and nothing that comes from data is obeyed by a terminal or a CI runner.

use std::io::{BufWriter, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::ColorChoice;

use super::secret;
use super::visible;

/// Why something meant for stdout is lost.
static LOST: Mutex<Option<String>> = Mutex::new(None);

/// Writes a result to stdout.
pub(crate) fn stdout(text: &str) {
    result(&inert(text));
}

/// Has JSON written to stdout piece by piece. Each of its strings is masked and made inert when it is written, so that no key is taken for a
/// secret.
pub(crate) fn json_by(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut stream = BufWriter::new(anstream::stdout());
    let written = write(&mut stream);
    remember(written.and_then(|()| stream.flush()));
}

fn result(text: &str) {
    let mut stream = anstream::stdout();
    let written = stream.write_all(text.as_bytes());
    remember(written.and_then(|()| stream.flush()));
}

fn remember(written: std::io::Result<()>) {
    match written {
        // A reader that went away is no failure of what was done.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
            lost.get_or_insert_with(|| error.to_string());
        }
        _ => {}
    }
}

/// Whether notes and progress are left out.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Sets whether both streams have colour, where that does not follow from the terminal, and whether notes and progress are left out.
pub(crate) fn start(color: Option<bool>, quiet: bool) {
    let choice = match color {
        None => ColorChoice::Auto,
        Some(true) => ColorChoice::Always,
        Some(false) => ColorChoice::Never,
    };
    choice.write_global();
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Returns whether notes and progress are left out.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Writes a note to stderr unless notes are left out.
pub(crate) fn note(text: &str) {
    if !is_quiet() {
        stderr(text);
    }
}

/// Writes to stderr, where progress and errors go. One that is closed or full is no reason to stop.
pub fn stderr(text: &str) {
    let mut stream = anstream::stderr();
    drop(stream.write_all(inert(text).as_bytes()));
    drop(stream.flush());
}

/// Why a result did not get to stdout.
pub(crate) fn lost() -> Option<String> {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Tells a bug in place of the standard library, which would print its message as it is.
pub fn panicked(info: &std::panic::PanicHookInfo<'_>) {
    let backtrace = std::backtrace::Backtrace::capture();
    stderr(&format!("error: a bug in esbackup: {info}\n"));
    if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
        stderr(&format!("{backtrace}\n"));
    }
}

/// A text of which nothing is obeyed: no control character but line ends and colours, and no line that a CI runner takes for a command.
/// Runners take `::` after any blanks at a line's start, and `##[` or `##word[` anywhere in a line, for one. A `::: ` names a second file
/// below a problem of a spec; no runner has a command with an empty name or one that begins with a colon,
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>.
#[must_use]
pub fn inert(text: &str) -> String {
    let text = secret::masked(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        let mut first = true;
        while let Some(c) = rest.chars().next() {
            let style = style(rest);
            let length = if style > 0 { style } else { c.len_utf8() };
            let (piece, after) = rest.split_at(length);
            if style > 0 {
                out.push_str(piece);
                rest = after;
                continue;
            }
            if first && rest.starts_with("::") && !rest.starts_with("::: ") {
                out.push('\\');
            }
            first &= c.is_whitespace();
            out.push(match c {
                '\n' => c,
                '\t' => ' ',
                _ => visible(c),
            });
            if c == '#' && is_command(after) {
                out.push('\\');
            }
            rest = after;
        }
    }
    out
}

/// Whether what follows a `#` makes a command of it: another one, letters, and a bracket.
fn is_command(after: &str) -> bool {
    after.strip_prefix('#').is_some_and(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .starts_with('[')
    })
}

/// How many bytes of a colour or another style the text begins with; what data holds of them was made visible before.
fn style(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    if after.starts_with('m') {
        text.len() - after.len() + 1
    } else {
        0
    }
}
