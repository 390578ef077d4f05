//! Why the executor stopped, as a failure.

use crate::cli::print::err;
use crate::execute::Reason;
use crate::exit::Exit;
use crate::failure::{Change, Class, Failure, Hint};
use crate::interrupt::{Signal, Stop};

/// The exit code of a run over several environments, whose time may be over.
pub(super) fn exit_of_run(stop: &Stop, ends: impl IntoIterator<Item = Exit>) -> Exit {
    match stop.requested() {
        Some(Signal::TimeUp(_)) => Exit::of_run_out_of_time(ends),
        _ => Exit::of_run(ends),
    }
}

/// Ends a run that a signal asked to stop before anything was written.
pub(super) fn interrupted(signal: Signal) -> Exit {
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
pub(super) async fn reading<T>(
    stop: &Stop,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match stop.unless_asked(work).await {
        Ok(read) => read,
        Err(signal) => Err(stopped(Reason::Interrupted(signal))),
    }
}

/// Returns the failure that a reason for stopping is.
pub(super) fn stopped(reason: Reason) -> Failure {
    match reason {
        Reason::Failed(failure) => *failure,
        Reason::Interfered { what } => Failure::new(
            Class::Interfered,
            what,
            "what it was planned from changed since it was read",
            "another run interfered: look at a new plan and apply again",
        ),
        Reason::Refused { what, why, hint } => Failure::new(Class::Refused, what, why, hint),
        Reason::Busy { what } => Failure::new(
            Class::Busy,
            format!("change {what}"),
            "a snapshot or restore runs on it; changing it now could damage the snapshot",
            "wait until it is done, then apply again",
        ),
        Reason::Incomplete { what, words } => {
            let hint = after_a_bad_end(&words);
            let messages = match words.is_empty() {
                true => vec!["the engine gave no reason".to_owned()],
                false => words,
            };
            let task = format!("see a good end of {what}");
            Failure {
                messages,
                ..Failure::new(Class::Incomplete, task, "", hint)
            }
        }
        Reason::TooLong { what, waited } => {
            let message = format!(
                "it goes on; it was waited for {}",
                crate::duration::rounded(waited)
            );
            let task = format!("wait for {what}");
            Failure::new(Class::TimeUp, task, message, "wait for it again")
        }
        Reason::Detached { what, signal } => Failure::new(
            signal.into(),
            format!("wait for {what}"),
            "a signal asked to stop waiting; it goes on",
            "wait for it again",
        ),
        Reason::Interrupted(signal) => Failure::new(
            signal.into(),
            "go on",
            signal.words(),
            "run the same command again: it looks first at what was done",
        ),
        Reason::Abandoned { what, signal } => {
            let message = format!(
                "{}, and no answer came: nobody knows whether it was applied",
                signal.words()
            );
            let hint = "run the same command again: it looks first at what was done";
            Failure::new(signal.into(), what, message, hint)
        }
    }
}

/// Returns the allocation setting of an index that the engine's reasons name, without the attribute.
fn allocation_filter(words: &[String]) -> Option<&str> {
    words.iter().find_map(|words| {
        let (_, rest) = words.split_once("index setting [")?;
        Some(rest.split_once(']')?.0)
    })
}

/// What to do about something that was started and did not end well, by the engine's reasons.
fn after_a_bad_end(words: &[String]) -> Hint {
    let Some(setting) = allocation_filter(words) else {
        return "nothing else was done after it; `esbackup snapshot list` and `esbackup indices list` show what is there, and `GET _cluster/allocation/explain` what keeps a shard from its node".into();
    };
    let option = |name: &str, value: Option<String>| (name.to_owned(), value);
    let change = Change {
        command: "restore",
        options: vec![
            option("close-existing", None),
            option("ignore-index-settings", Some(format!("{setting}.*"))),
        ],
        left_out: Vec::new(),
    };
    Hint::default()
        .and(&format!("no node meets the setting {setting} that came with the index: "))
        .otherwise(&format!("delete what was restored and restore it again with --ignore-index-settings \"{setting}.*\","))
        .own("restore it once more over what is there now, without that setting: ")
        .changed(change)
        .own(";")
        .and(" or give a node the attribute that it names")
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
            let hint = after_a_bad_end(&["logs shard 0: INDEX_CREATED".to_owned(), words]);
            let option = format!("--ignore-index-settings \"index.routing.allocation.{kind}.*\"");
            assert!(hint.text().contains(&option), "{hint}");
        }
    }

    #[test]
    fn bad_end_without_a_reason_points_at_no_words() {
        let hint = after_a_bad_end(&[]);
        assert!(!hint.text().contains("above"), "{hint}");
    }
}
