//! Prints what an apply does, for people or as one JSON object a line.

#![cfg_attr(
    not(test),
    expect(
        clippy::let_underscore_must_use,
        reason = "writing to a String never fails"
    )
)]

use std::fmt::Write as _;
use std::sync::Once;

use serde::Serialize;
use serde_json::json;

use super::Arguments;
use super::end::{End, Verified};
use crate::cli::act::{CANCELLED, is_plain_no};
use crate::cli::options::Format;
use crate::cli::print::{err, print, print_event};
use crate::exit::Exit;
use crate::outlet::safe;
use crate::report::{human, view};

/// How many of the calls that were not sent are named.
const SHOWN: usize = 6;

/// The event that shows the plan.
#[derive(Serialize)]
struct Planned<'a> {
    event: &'static str,
    plan: &'a view::Run,
    sandbox: bool,
}

/// Prints what happens, for people or as one JSON object a line.
pub(super) struct Reporter {
    pub(super) format: Format,
    pub(super) cancelled: Once,
}

impl Reporter {
    /// Shows the plan, and says how many resources it is about.
    pub(super) fn plan(&self, shown: view::Run, arguments: &Arguments) -> view::Summary {
        match self.format {
            Format::Human => {
                let detail = arguments.detailed.detail();
                human::plan(&shown, detail, "").for_each(|part| print(&part));
            }
            Format::Json => print_event(&Planned {
                event: "plan",
                plan: &shown,
                sandbox: shown.sandbox,
            }),
        }
        shown.summary
    }

    pub(super) fn ended(&self, environment: &str, end: &End) {
        if self.format == Format::Json {
            let verified = match end.verified {
                Verified::Now => json!(true),
                Verified::Answers => json!("answers"),
                Verified::No => json!(false),
            };
            let mut object = json!({
                "event": "environment", "environment": environment, "exit": end.exit().code(), "done": end.done, "total": end.total,
                "error": view::json(end.failure.as_ref()), "not_done": end.remaining, "verified": verified, "nodes": end.nodes,
            });
            if let (Some(fields), Some(unknown)) = (object.as_object_mut(), &end.unknown) {
                fields.insert("unknown".to_owned(), unknown.as_str().into());
            }
            return print_event(&object);
        }
        let name = safe::line(environment);
        if let Some(failure) = &end.failure {
            if is_plain_no(failure) {
                // One question names all environments, so one line answers it.
                return self.cancelled.call_once(|| err(CANCELLED));
            }
            let so_far = match end.total {
                0 => "nothing was written".to_owned(),
                total => format!("{} of {total} calls done", end.done),
            };
            let mut text = format!("\n{name}: {so_far}\n{}", human::failure(failure));
            if let Some(what) = &end.unknown {
                let _ = writeln!(text, "    not known:  {}", safe::line(what));
            }
            for what in end.remaining.iter().take(SHOWN) {
                let _ = writeln!(text, "    not done:   {}", safe::line(what));
            }
            if let Some(more) = end
                .remaining
                .len()
                .checked_sub(SHOWN)
                .filter(|more| *more > 0)
            {
                let _ = writeln!(text, "                and {more} more");
            }
            return err(&text);
        }
        let repository = match end.verified {
            Verified::Now => format!(
                "the repository is verified on all nodes ({})",
                safe::line(&end.nodes.join(", "))
            ),
            Verified::Answers => "the repository answers".to_owned(),
            Verified::No => "the repository is not verified".to_owned(),
        };
        match end.total {
            0 => print(&format!("{name}: nothing to do; {repository}.\n")),
            1 => print(&format!("{name}: done, 1 call; {repository}.\n")),
            total => print(&format!("{name}: done, {total} calls; {repository}.\n")),
        }
    }

    pub(super) fn summary(&self, planned: view::Summary, ends: &[Exit], exit: Exit) {
        if self.format == Format::Json {
            let done = ends.iter().filter(|end| **end == Exit::Done).count();
            print_event(
                &json!({"event": "summary", "summary": planned, "environments": ends.len(), "done": done, "exit": exit.code()}),
            );
        }
    }
}
