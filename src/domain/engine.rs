//! Which engine a domain runs and what that version can do; it never asks the network.

use std::fmt;

/// Names the search engine of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum EngineKind {
    /// OpenSearch.
    OpenSearch,
    /// Elasticsearch.
    Elasticsearch,
}

impl EngineKind {
    /// Returns the name as vendors write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenSearch => "OpenSearch",
            Self::Elasticsearch => "Elasticsearch",
        }
    }
}

/// Identifies an engine and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Engine {
    /// The product.
    pub kind: EngineKind,
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
    /// The patch version, where it was said.
    pub patch: Option<u32>,
}

/// Says that a text or an answer names no engine version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an engine version")]
pub struct EngineError(String);

impl Engine {
    /// Reads `OpenSearch_2.11`, `Elasticsearch_7.10` or a bare `7.10`, which is how Amazon named Elasticsearch versions first.
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        let refuse = || EngineError(text.chars().take(80).collect());
        let (kind, version) = match text.split_once('_') {
            Some(("OpenSearch", version)) => (EngineKind::OpenSearch, version),
            Some(("Elasticsearch", version)) => (EngineKind::Elasticsearch, version),
            Some(_) => return Err(refuse()),
            None => (EngineKind::Elasticsearch, text),
        };
        Self::with_version(kind, version).ok_or_else(refuse)
    }

    /// Reads the answer of `GET /`: `version.number` and `version.distribution`.
    pub fn from_root(body: &serde_json::Value) -> Result<Self, EngineError> {
        let number = body
            .pointer("/version/number")
            .and_then(|number| number.as_str());
        let distribution = body
            .pointer("/version/distribution")
            .and_then(|name| name.as_str());
        // Elasticsearch names no distribution up to 7.10; later ones never ran on Amazon domains.
        let kind = match distribution {
            Some("opensearch") => EngineKind::OpenSearch,
            _ => EngineKind::Elasticsearch,
        };
        number
            .and_then(|number| Self::with_version(kind, number))
            .ok_or_else(|| EngineError(number.unwrap_or("").chars().take(80).collect()))
    }

    /// Tells whether snapshots keep the metadata that they are taken with; Elasticsearch drops it silently before 7.3.
    /// <https://www.elastic.co/guide/en/elasticsearch/reference/7.3/modules-snapshots.html>
    #[must_use]
    pub fn keeps_snapshot_metadata(self) -> bool {
        self.kind == EngineKind::OpenSearch || (self.major, self.minor) >= (7, 3)
    }

    /// Joins a product and a version such as `7.10.2`.
    #[must_use]
    pub fn with_version(kind: EngineKind, version: &str) -> Option<Self> {
        // `3.0.0-beta1-SNAPSHOT` is a version that `GET /` answers.
        let release = version.split('-').next()?;
        let mut parts = release.split('.').map(|part| part.parse::<u32>().ok());
        let (major, minor) = (parts.next()??, parts.next()??);
        let patch = match parts.next() {
            Some(patch) => Some(patch?),
            None => None,
        };
        parts.next().is_none().then_some(Self {
            kind,
            major,
            minor,
            patch,
        })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}.{}", self.kind.as_str(), self.major, self.minor)?;
        match self.patch {
            Some(patch) => write!(out, ".{patch}"),
            None => Ok(()),
        }
    }
}
