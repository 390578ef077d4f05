//! Progress on stderr: one live line with the elapsed time on a terminal, plain lines in a pipe.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::outlet::trace;
use crate::outlet::{safe, sink};

/// Shows what is being done.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    lines: Lines,
    /// What a pipe was told last of what is waited for.
    said: Mutex<String>,
}

/// What a pipe gets to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Nothing: the work is short, or programs read the events elsewhere.
    Quiet,
    /// One line for what was done.
    Plain,
}

impl Progress {
    /// Shows a live line where stderr is a terminal.
    pub(crate) fn start(lines: Lines) -> Self {
        // A live line among the lines of requests would be torn.
        let terminal = std::io::stderr().is_terminal() && !trace::is_on() && !sink::is_quiet();
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let lines = if sink::is_quiet() {
            Lines::Quiet
        } else {
            lines
        };
        Self {
            bar,
            lines,
            said: Mutex::new(String::new()),
        }
    }

    /// Says what is being done now.
    pub(crate) fn doing(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(sink::inert(&safe::line(what)));
        }
    }

    /// Says what must end first. That may take long: a pipe hears it once.
    pub(crate) fn waiting(&self, what: &str) {
        self.doing(what);
        let Ok(mut said) = self.said.lock() else {
            return;
        };
        if self.bar.is_none() && *said != what {
            what.clone_into(&mut said);
            self.done(what);
        }
    }

    /// Says what was done, for good.
    pub(crate) fn done(&self, what: &str) {
        let what = safe::line(what);
        match (&self.bar, self.lines) {
            (Some(bar), _) => bar.println(sink::inert(&what)),
            (None, Lines::Plain) => sink::stderr(&format!("{what}\n")),
            (None, Lines::Quiet) => {}
        }
    }

    /// Takes the live line away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
