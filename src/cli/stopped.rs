//! Why the executor stopped, as an exit code and as what is shown.

use crate::cli::failed::Failed;
use crate::cli::print::err;
use crate::execute::Reason;
use crate::exit::Exit;
use crate::interrupt::{Signal, Stop};
use crate::report::view::Failure;

/// The exit code of a run over several environments, whose time may be over.
pub fn exit_of_run(stop: &Stop, ends: impl IntoIterator<Item = Exit>) -> Exit {
    match stop.requested() {
        Some(Signal::TimeUp(_)) => Exit::of_run_out_of_time(ends),
        _ => Exit::of_run(ends),
    }
}

/// Ends a run that a signal asked to stop before anything was written.
pub fn interrupted(signal: Signal) -> Exit {
    let why = match signal {
        Signal::Interrupt | Signal::Terminate => "ended by a signal".to_owned(),
        Signal::TimeUp(_) => signal.words(),
    };
    err(&format!("error: {why}; this command wrote nothing\n"));
    signal.exit()
}

/// Reads what is needed before anything is written; a signal ends that at once.
///
/// # Errors
/// What the reading ended with, or the signal.
pub async fn reading<T>(
    stop: &Stop,
    work: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match stop.unless_asked(work).await {
        Ok(read) => read,
        Err(signal) => {
            let (exit, failure) = stopped(Reason::Interrupted(signal));
            Err(Failed { failure, exit })
        }
    }
}

/// The exit code and what is shown.
pub fn stopped(reason: Reason) -> (Exit, Failure) {
    match reason {
        Reason::Failed { explanation, class } => (class.exit(), Failure::explained(&explanation)),
        Reason::Interfered { what } => {
            let words = "what it was planned from changed since it was read";
            (
                Exit::Stale,
                Failure::local(
                    what,
                    words,
                    "another run interfered: look at a new plan and apply again",
                ),
            )
        }
        Reason::Refused { what, why, hint } => (Exit::Refused, Failure::local(what, why, hint)),
        Reason::Busy { what } => {
            let words =
                "a snapshot or restore runs on it; changing it now could damage the snapshot";
            (
                Exit::TryAgain,
                Failure::local(
                    format!("change {what}"),
                    words,
                    "wait until it is done, then apply again",
                ),
            )
        }
        Reason::Incomplete { what, words } => {
            let remedy = after_a_bad_end(&words);
            let words = match words.is_empty() {
                true => vec!["the engine gave no reason".to_owned()],
                false => words,
            };
            let failure = Failure {
                words,
                ..Failure::local(format!("see a good end of {what}"), "", remedy)
            };
            (Exit::Partly, failure)
        }
        Reason::TooLong { what, waited } => {
            let words = format!(
                "it goes on; it was waited for {}",
                crate::duration::rounded(waited)
            );
            let failure = Failure::local(format!("wait for {what}"), words, "wait for it again");
            (Exit::TryAgain, failure)
        }
        Reason::Detached { what, signal } => {
            let words = "a signal asked to stop waiting; it goes on";
            let failure = Failure::local(format!("wait for {what}"), words, "wait for it again");
            (signal.exit(), failure)
        }
        Reason::Interrupted(signal) => {
            let failure = Failure::local(
                "go on",
                signal.words(),
                "run the same command again: it looks first at what was done",
            );
            (signal.exit(), failure)
        }
        Reason::Abandoned { what, signal } => {
            let words = format!(
                "{}, and no answer came: nobody knows whether it was applied",
                signal.words()
            );
            let failure = Failure::local(
                what,
                words,
                "run the same command again: it looks first at what was done",
            );
            (signal.exit(), failure)
        }
    }
}

/// Returns the allocation setting of an index that the engine's reasons name, without the attribute.
pub fn allocation_filter(words: &[String]) -> Option<&str> {
    words.iter().find_map(|words| {
        let (_, rest) = words.split_once("index setting [")?;
        Some(rest.split_once(']')?.0)
    })
}

/// What to do about something that was started and did not end well, by the engine's reasons.
fn after_a_bad_end(words: &[String]) -> String {
    match allocation_filter(words) {
        Some(setting) => format!(
            "no node meets the setting {setting} that came with the index: delete what was restored and restore it again with --ignore-index-settings \"{setting}.*\", or give a node the attribute that it names"
        ),
        None => "nothing else was done after it; `esbackup snapshot list` and `esbackup indices list` show what is there, and `GET _cluster/allocation/explain` what keeps a shard from its node".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::after_a_bad_end;

    #[test]
    fn allocation_filter_is_named_with_the_option_that_drops_it() {
        for kind in ["require", "include", "exclude"] {
            let words = format!(
                "logs shard 0: filter: node does not match index setting [index.routing.allocation.{kind}] filters [box:\"warm\"]"
            );
            let remedy = after_a_bad_end(&["logs shard 0: INDEX_CREATED".to_owned(), words]);
            let option = format!("--ignore-index-settings \"index.routing.allocation.{kind}.*\"");
            assert!(remedy.contains(&option), "{remedy}");
        }
    }

    #[test]
    fn bad_end_without_a_reason_points_at_no_words() {
        let remedy = after_a_bad_end(&[]);
        assert!(!remedy.contains("above"), "{remedy}");
    }
}
