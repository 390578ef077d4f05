//! One index or one data stream that is deleted: what it is made of, and what must hold before it goes. Pure.

use super::held::{self, Held, Holders};
use crate::counted::documents;
use crate::data::Check;
use crate::data::index::lineage::identity;
use crate::data::index::{Call, Index};
use crate::data::snapshot::Snapshot;
use crate::moment::Moment;
use crate::names::IndexName;

/// What a name means.
pub(super) struct Found<'f> {
    /// The name.
    pub name: IndexName,
    /// Whether it is a data stream.
    pub is_stream: bool,
    /// The index, or the backing indices of the stream, oldest first.
    parts: Vec<(IndexName, &'f Index)>,
}

impl<'f> Found<'f> {
    pub(super) fn index(name: IndexName, index: &'f Index) -> Self {
        Self {
            parts: vec![(name.clone(), index)],
            is_stream: false,
            name,
        }
    }

    pub(super) fn stream(name: IndexName, backing: Vec<(IndexName, &'f Index)>) -> Self {
        Self {
            name,
            is_stream: true,
            parts: backing,
        }
    }

    /// Returns each index that goes.
    pub(super) fn indices(&self) -> impl Iterator<Item = (&IndexName, &'f Index)> {
        self.parts.iter().map(|(name, index)| (name, *index))
    }

    /// Returns what tells it from another one of its name; none where the engine does not tell.
    pub(super) fn identity(&self) -> Option<String> {
        identity(self.parts.iter().map(|(_, index)| index.uuid.as_str()))
    }

    /// Returns the latest creation of its indices: what is in no snapshot that began before.
    pub(super) fn created(&self) -> Option<Moment> {
        let all: Option<Vec<Moment>> = self.parts.iter().map(|(_, index)| index.created).collect();
        all?.into_iter().max()
    }

    pub(super) fn named(&self) -> String {
        let kind = if self.is_stream {
            "data stream"
        } else {
            "index"
        };
        format!("{kind} {}", self.name)
    }

    /// Names it with what it holds.
    pub(super) fn told(&self) -> String {
        let docs: Option<u64> = self
            .parts
            .iter()
            .map(|(_, index)| index.docs)
            .try_fold(0_u64, |sum, docs| Some(sum.saturating_add(docs?)));
        let docs = docs.map(documents);
        match (self.is_stream, docs) {
            (false, Some(docs)) => format!("{} ({docs})", self.name),
            (false, None) => self.name.to_string(),
            (true, docs) => {
                let number = self.parts.len();
                let indices = if number == 1 { "index" } else { "indices" };
                let docs = docs.map_or_else(String::new, |docs| format!(", {docs}"));
                format!(
                    "data stream {} ({number} backing {indices}{docs})",
                    self.name
                )
            }
        }
    }

    /// Returns the newest snapshot that holds it whole.
    pub(super) fn held<'s>(
        &self,
        environment: &str,
        snapshots: &'s [Snapshot],
        holders: &Holders<'s>,
    ) -> Held<'s> {
        match self.parts.as_slice() {
            [(_, index)] if !self.is_stream => holders.held(index),
            _ => held::held_stream(
                self.name.as_str(),
                &self.backing(),
                self.created(),
                environment,
                snapshots,
            ),
        }
    }

    fn backing(&self) -> Vec<String> {
        self.parts
            .iter()
            .map(|(name, _)| name.to_string())
            .collect()
    }

    /// Tells whether a snapshot has it, whatever its state and time.
    pub(super) fn is_in(&self, snapshot: &Snapshot) -> bool {
        match self.is_stream {
            true => snapshot.holds_stream(self.name.as_str(), &self.backing()),
            false => snapshot.holds(self.name.as_str()),
        }
    }

    pub(super) fn is_still(&self) -> Check {
        let (name, identity) = (self.name.clone(), self.identity().unwrap_or_default());
        match self.is_stream {
            true => Check::StreamIs { name, identity },
            false => Check::IndexIs {
                name,
                uuid: identity,
            },
        }
    }

    pub(super) fn is_held(&self, repository: &str, snapshot: &str) -> Check {
        let (repository, name) = (repository.to_owned(), snapshot.to_owned());
        match self.is_stream {
            true => Check::SnapshotHoldsStream {
                repository,
                name,
                stream: self.name.clone(),
                backing: self.backing(),
            },
            false => Check::SnapshotHolds {
                repository,
                name,
                index: self.name.clone(),
            },
        }
    }

    pub(super) fn refuses_writes(&self) -> Check {
        let name = self.name.clone();
        match self.is_stream {
            true => Check::StreamRefusesWrites { name },
            false => Check::WritesRefused { name },
        }
    }

    pub(super) fn deletion(&self) -> Call {
        match self.is_stream {
            true => Call::DeleteStream {
                stream: self.name.clone(),
            },
            false => Call::Delete {
                index: self.name.clone(),
            },
        }
    }
}
