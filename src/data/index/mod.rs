//! Indices: what is known of one, and the calls that block, close and delete them. Every call names one concrete index.

pub(crate) mod decode;
pub(crate) mod lineage;
pub(crate) mod remote;
pub(crate) mod stream;
#[cfg(test)]
mod tests;

use serde_json::json;

use crate::domain::{Method, Request};
use crate::moment::Moment;
use crate::names::IndexName;
use crate::operations::operations;

pub(super) use decode::recoveries;
pub(crate) use decode::{IndexHealth, Recovery};

/// The setting that makes an index refuse writes.
pub(crate) const BLOCK: &str = "index.blocks.write";

/// Tier of indices in UltraWarm storage.
pub(crate) const WARM: &str = "warm";

/// One index, as `GET _cat/indices` tells it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its id, which no other index ever has.
    pub uuid: String,
    /// Its health; none where it is closed and the engine does not tell.
    pub health: Option<Health>,
    /// Whether it is open.
    pub open: bool,
    /// How many primary shards it has.
    pub primaries: u32,
    /// How many copies of each primary it has.
    pub replicas: u32,
    /// How many documents it holds; none while it is closed.
    pub docs: Option<u64>,
    /// Bytes of all its shards.
    pub bytes: Option<u64>,
    /// Bytes of its primary shards.
    pub primary_bytes: Option<u64>,
    /// When it was created, by the domain's clock.
    pub created: Option<Moment>,
}

/// The health of an index or of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// All shards are there.
    Green,
    /// All primaries are there, and some copies are not.
    Yellow,
    /// Some primaries are not there.
    Red,
}

impl Health {
    /// Reads the engine's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "green" | "GREEN" => Some(Health::Green),
            "yellow" | "YELLOW" => Some(Health::Yellow),
            "red" | "RED" => Some(Health::Red),
            _ => None,
        }
    }

    /// The engine's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Green => "green",
            Health::Yellow => "yellow",
            Health::Red => "red",
        }
    }
}

/// A request to the domain about one index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Lets nobody write to it, or lets them again.
    Block {
        /// The index.
        index: IndexName,
        /// Whether writes are refused afterwards.
        writes: Writes,
    },
    /// Makes every document that it took visible to searches and counts; changes no document.
    Refresh {
        /// The index.
        index: IndexName,
    },
    /// Closes it.
    Close {
        /// The index.
        index: IndexName,
    },
    /// Deletes it.
    Delete {
        /// The index.
        index: IndexName,
    },
    /// Deletes a data stream with all its backing indices.
    DeleteStream {
        /// Name of the stream.
        stream: IndexName,
    },
}

/// Whether an index takes writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Writes {
    /// `index.blocks.write` is true.
    Refused,
    /// `index.blocks.write` is not set.
    Taken,
}

operations!(Call of "es" {
    Call::Block { .. } => "PUT _/_settings",
    Call::Refresh { .. } => "POST _/_refresh",
    Call::Close { .. } => "POST _/_close",
    Call::Delete { .. } => "DELETE _",
    Call::DeleteStream { .. } => "DELETE _data_stream/_",
});

impl Call {
    /// The index that it is about.
    #[must_use]
    pub fn index(&self) -> &IndexName {
        match self {
            Call::Block { index, .. }
            | Call::Refresh { index }
            | Call::Close { index }
            | Call::Delete { index } => index,
            Call::DeleteStream { stream } => stream,
        }
    }

    /// What it does, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Call::Block {
                index,
                writes: Writes::Refused,
            } => format!("block writes to index {index}"),
            Call::Block {
                index,
                writes: Writes::Taken,
            } => format!("allow writes to index {index} again"),
            Call::Refresh { index } => format!("make all documents of index {index} visible"),
            Call::Close { index } => format!("close index {index}"),
            Call::Delete { index } => format!("delete index {index}"),
            Call::DeleteStream { stream } => {
                format!("delete data stream {stream} with its backing indices")
            }
        }
    }

    /// The request as it is sent.
    #[must_use]
    pub fn request(&self) -> Request {
        match self {
            Call::Block { index, writes } => {
                let value = match writes {
                    Writes::Refused => json!(true),
                    Writes::Taken => json!(null),
                };
                let body = json!({BLOCK: value});
                Request::write(Method::Put, [index.as_str(), "_settings"], Some(body))
            }
            Call::Refresh { index } => {
                Request::write(Method::Post, [index.as_str(), "_refresh"], None)
            }
            Call::Close { index } => Request::write(Method::Post, [index.as_str(), "_close"], None),
            Call::Delete { index } => Request::write(Method::Delete, [index.as_str()], None),
            // Engines answer 404 to `DELETE /NAME` of a stream, and 200 to this although there is none of the name.
            Call::DeleteStream { stream } => {
                Request::write(Method::Delete, ["_data_stream", stream.as_str()], None)
            }
        }
    }
}
