//! Tells what happens while steps run: one line each for people, one JSON object each for programs.

use serde_json::json;

use crate::cli::options::Format;
use crate::cli::print::print_event;
use crate::data::{Awaited, Progress as Waited};
use crate::execute::Event;
use crate::report::following;
use crate::report::progress::Progress;
use crate::resources::Answer;

/// Tells what happens in a step, which has this place among so many.
pub(super) fn tell(
    format: Format,
    environment: &str,
    event: &Event<'_>,
    (order, total): (usize, usize),
    progress: &Progress,
) {
    let line = match event {
        Event::Sending(step) => {
            progress.doing(&format!(
                "{environment}: {order}/{total} {}",
                step.call.describe()
            ));
            None
        }
        Event::Waiting {
            step,
            reason,
            waited,
        } => {
            let text = format!(
                "{} ({} s): {reason}",
                step.call.describe(),
                waited.as_secs()
            );
            progress.doing(&text);
            Some(("waiting", text, Some(waited.as_secs())))
        }
        Event::Done { step, answer } => {
            let nodes = match answer {
                Answer::Verified { nodes } => {
                    format!(": {} confirmed by {}", nodes.len(), nodes.join(", "))
                }
                Answer::Done => String::new(),
            };
            Some((
                "done",
                format!("{order}/{total} {}{nodes}", step.call.describe()),
                None,
            ))
        }
        Event::Awaited { awaited, .. } => {
            return tell_awaited(format, environment, *awaited, progress);
        }
        Event::Needless(step) => Some((
            "needless",
            format!("{order}/{total} {}: not needed", step.call.describe()),
            None,
        )),
        Event::Undone { what } => Some(("undone", format!("cleaned up: {what}"), None)),
        Event::NotUndone { what, why } => Some((
            "not-undone",
            format!("could not clean up: {what}: {why}"),
            None,
        )),
    };
    let Some((kind, text, waited)) = line else {
        return;
    };
    match format {
        Format::Human => progress.done(&format!("{environment}: {text}")),
        Format::Json => {
            let mut object = json!({"event": kind, "environment": environment, "order": order, "total": total, "message": text});
            if let (
                Some(fields),
                Event::Done { step, .. } | Event::Needless(step) | Event::Waiting { step, .. },
            ) = (object.as_object_mut(), event)
            {
                let operation = step.call.operation();
                fields.insert("service".to_owned(), operation.service.into());
                fields.insert("operation".to_owned(), operation.operation.into());
                fields.insert("resource".to_owned(), step.resource.to_string().into());
            }
            if let (Some(fields), Some(waited)) = (object.as_object_mut(), waited) {
                fields.insert("waited_seconds".to_owned(), waited.into());
            }
            print_event(&object);
        }
    }
}

/// Tells what happens while something is waited for.
pub(super) fn tell_awaited(
    format: Format,
    environment: &str,
    awaited: Awaited<'_>,
    progress: &Progress,
) {
    let (kind, text) = match awaited {
        Awaited::Progress(how) => ("progress", following::how_far(how)),
        Awaited::Seen(seen) => ("seen", following::what_was_seen(seen)),
    };
    match (format, awaited) {
        (Format::Json, _) => {
            print_event(&json!({"event": kind, "environment": environment, "message": text}))
        }
        (Format::Human, Awaited::Progress(Waited::Others { .. })) => {
            progress.waiting(&format!("{environment}: {text}"));
        }
        // A pipe hears the end of it only.
        (Format::Human, Awaited::Progress(_)) => progress.doing(&format!("{environment}: {text}")),
        (Format::Human, Awaited::Seen(_)) => progress.done(&format!("{environment}: {text}")),
    }
}
