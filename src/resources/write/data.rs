//! The calls about snapshots and indices as the registry knows them; their types, and how they are sent, stand in `data`.

use super::{Preview, Touches, Write, reached};
use crate::aws::{Reads, Writes};
use crate::data::{index, snapshot};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::operations::Operation;
use crate::resources::{Answer, SendError};

impl Write for snapshot::Call {
    const BY_APPLY: &'static [Operation] = &[];
    const BY_DAY_TWO: &'static [Operation] = Self::OPERATIONS;

    fn operation(&self) -> Operation {
        self.operation()
    }

    fn describe(&self) -> String {
        self.describe()
    }

    fn preview(&self) -> Preview {
        Preview::of_request(self.request())
    }

    fn retry_safety(&self) -> RetrySafety {
        match self {
            // One that was started twice would run twice.
            Self::Take { .. } | Self::Restore { .. } => RetrySafety::Never,
            Self::Delete { .. } => RetrySafety::ReadBack,
        }
    }

    fn touches(&self) -> Touches {
        match self {
            Self::Take { .. } | Self::Restore { .. } => Touches::NOTHING,
            Self::Delete { .. } => Touches {
                deletes: true,
                ..Touches::NOTHING
            },
        }
    }

    async fn send(&self, _: &Writes, domain: Option<&Client>) -> Result<Answer, SendError> {
        snapshot::remote::send(reached(domain)?, self).await?;
        Ok(Answer::Done)
    }

    async fn was_applied(&self, _: &Reads, domain: Option<&Client>) -> Result<Effect, SendError> {
        let applied = snapshot::remote::was_applied(reached(domain)?, self).await?;
        Ok(Effect::of(applied))
    }
}

impl Write for index::Call {
    const BY_APPLY: &'static [Operation] = &[];
    const BY_DAY_TWO: &'static [Operation] = Self::OPERATIONS;

    fn operation(&self) -> Operation {
        self.operation()
    }

    fn describe(&self) -> String {
        self.describe()
    }

    fn preview(&self) -> Preview {
        Preview::of_request(self.request())
    }

    fn retry_safety(&self) -> RetrySafety {
        match self {
            Self::Block { .. } | Self::Refresh { .. } | Self::Close { .. } => {
                RetrySafety::Idempotent
            }
            // Another index or stream may have taken the name in the meantime.
            Self::Delete { .. } | Self::DeleteStream { .. } => RetrySafety::Never,
        }
    }

    fn touches(&self) -> Touches {
        match self {
            Self::Delete { .. } | Self::DeleteStream { .. } => Touches {
                deletes: true,
                ..Touches::NOTHING
            },
            Self::Block { .. } | Self::Refresh { .. } | Self::Close { .. } => Touches::NOTHING,
        }
    }

    async fn send(&self, _: &Writes, domain: Option<&Client>) -> Result<Answer, SendError> {
        index::remote::send(reached(domain)?, self).await?;
        Ok(Answer::Done)
    }

    async fn was_applied(&self, _: &Reads, domain: Option<&Client>) -> Result<Effect, SendError> {
        let applied = index::remote::was_applied(reached(domain)?, self).await?;
        Ok(Effect::of(applied))
    }
}

#[cfg(test)]
mod tests;
