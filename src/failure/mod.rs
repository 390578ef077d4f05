//! Failures as data: what failed, its class, the messages and what to do next. The class decides the exit code and whether to try again.

mod class;
mod hint;
mod layer;

pub use class::Class;
pub(crate) use hint::{Change, Hint};
pub(crate) use layer::Layer;

use crate::exit::Exit;
use crate::interrupt::Signal;

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Class of the failure.
    pub class: Class,
    /// What was being done.
    pub task: String,
    /// Who refused, where that is known.
    pub layer: Option<Layer>,
    /// Messages, the outermost first and the whole chain of causes after it. They are not safe for a terminal yet.
    pub messages: Vec<String>,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// Why, where the messages are known.
    pub cause: Option<String>,
    /// What to do next.
    pub hint: Option<Hint>,
    /// Whose messages they are.
    pub speaker: Speaker,
    /// Whose request a policy denied.
    pub party: Option<Party>,
}

/// Whose messages a failure quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// A service.
    Service,
    /// esbackup itself.
    Esbackup,
}

/// The principal whose request was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Whoever runs esbackup.
    Caller,
    /// The snapshot role, with which the domain goes to S3.
    Role,
}

impl Failure {
    /// Makes a failure that esbackup itself tells of.
    pub fn new(
        class: Class,
        task: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<Hint>,
    ) -> Self {
        Self {
            class,
            task: task.into(),
            layer: None,
            messages: vec![message.into()],
            request_id: None,
            cause: None,
            hint: Some(hint.into()),
            speaker: Speaker::Esbackup,
            party: None,
        }
    }

    /// Says what to do next in place of what was said so far.
    pub fn advise(&mut self, hint: impl Into<Hint>) {
        self.hint = Some(hint.into());
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        self.class.exit()
    }
}

impl From<Signal> for Class {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate => Self::Terminated,
            Signal::TimeUp(_) => Self::TimeUp,
        }
    }
}
