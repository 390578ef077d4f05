//! Tells how far a run is: a line for each step and how to go on from it, for people and programs.

use serde_json::json;

use super::words::{Shared, shown};

use crate::cli::act::{CANCELLED, is_plain_no};
use crate::cli::options::Format;
use crate::cli::print::{err, note, print, print_event};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::outlet::safe;
use crate::report::{human, view};
use crate::spec::WorkflowSpec;
use crate::workflow::run::Ready;

/// What is told of a run.
pub(super) struct Teller<'a> {
    /// What its steps share.
    pub shared: Shared<'a>,
    /// The workflow.
    pub workflow: &'a WorkflowSpec,
    /// When it began.
    pub began: Moment,
}

/// Whether a run goes on as what it was, or takes its snapshots anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// The same run, at a step that may have begun.
    Itself,
    /// The same run, at a step of which nothing was begun.
    NotBegun,
    /// A new run from this step.
    New,
}

impl Teller<'_> {
    /// The command that goes on from a step.
    pub(super) fn go_on(&self, ready: &Ready, goes_on: As) -> String {
        let arguments = self.shared.arguments;
        let mut words: Vec<String> = ["esbackup", "run", &self.workflow.name, "--from"]
            .map(str::to_owned)
            .into();
        words.push(ready.number.to_string());
        if goes_on != As::New {
            words.extend(["--began".to_owned(), self.began.to_string()]);
        }
        if goes_on == As::NotBegun {
            words.push("--not-begun".to_owned());
        }
        if let Some(name) = &ready.snapshot {
            words.extend(["--snapshot".to_owned(), name.clone()]);
        }
        for (key, value) in &arguments.set {
            words.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        if arguments.acting.yes {
            words.push("--yes".to_owned());
        }
        for allowance in &arguments.acting.allowed {
            words.extend(["--allow".to_owned(), allowance.to_string()]);
        }
        words.extend(arguments.common.as_words_for(self.shared.environment));
        shown(&words)
    }

    /// A step that begins, or that would. There is no going on from a dry run: nothing of it was begun.
    pub(super) fn step(&self, ready: &Ready) {
        let (number, total) = (ready.number, self.workflow.steps.len());
        let line = shown(&self.shared.line_of(ready));
        let go_on = self.go_on(ready, As::Itself);
        let dry_run = self.shared.arguments.acting.dry_run;
        match (self.shared.arguments.common.output.format, dry_run) {
            (Format::Json, _) => print_event(&json!({
                "event": "step", "environment": self.shared.environment.as_str(), "workflow": self.workflow.name,
                "step": number, "total": total, "kind": ready.kind.as_str(), "command": line,
                "go_on": (!dry_run).then_some(go_on),
            })),
            (Format::Human, true) => {
                print(&format!(
                    "step {number} of {total}: {}\n",
                    safe::line(&line)
                ));
            }
            (Format::Human, false) => note(&format!(
                "\nstep {number} of {total}: {}\n  if it is interrupted: {}\n",
                safe::line(&line),
                safe::line(&go_on)
            )),
        }
    }

    /// A step whose calls depend on what a step before it does.
    pub(super) fn later(&self, after: usize) {
        if self.shared.arguments.common.output.format == Format::Human {
            print(&format!(
                "  its calls follow from what step {after} does; it shows or refuses them when it begins\n"
            ));
        }
    }

    /// The end of the run: how many steps are done, and the step that it goes on from. A dry run has done nothing to go on from.
    pub(super) fn end(
        &self,
        done: usize,
        exit: Exit,
        failed: Option<&Failure>,
        at: Option<(&Ready, As)>,
    ) {
        let arguments = self.shared.arguments;
        let environment = self.shared.environment.as_str();
        let (name, total) = (&self.workflow.name, self.workflow.steps.len());
        let dry_run = arguments.acting.dry_run;
        let done = if dry_run { 0 } else { done };
        let go_on = at
            .filter(|_| !dry_run)
            .map(|(ready, goes_on)| self.go_on(ready, goes_on));
        if arguments.common.output.format == Format::Json {
            let mut event = json!({
                "event": "run", "environment": environment, "workflow": name, "exit": exit.code(),
                "done": done, "total": total, "dry_run": dry_run,
                "error": view::json(failed), "go_on": go_on,
            });
            if let (Some(fields), true) = (event.as_object_mut(), arguments.common.place.sandbox) {
                fields.insert("sandbox".to_owned(), true.into());
            }
            return print_event(&event);
        }
        if failed.is_some_and(is_plain_no) {
            return err(CANCELLED);
        }
        if let Some(failed) = failed {
            err(&format!(
                "\n{environment}: workflow {name}\n{}",
                human::failure(failed)
            ));
        }
        match (exit, go_on) {
            (Exit::Done, _) if !dry_run => print(&format!(
                "{environment}: workflow {name} is done: {done} of {total} steps\n"
            )),
            (_, Some(go_on)) => err(&format!(
                "\n{environment}: workflow {name} stopped; {done} of {total} steps are done\n  to go on: {}\n",
                safe::line(&go_on)
            )),
            (_, None) => {}
        }
    }
}
