//! Data streams of a snapshot. Engines name the streams and the indices that a snapshot holds, and not which index backs which stream. Pure.

use std::collections::BTreeMap;

use super::Snapshot;
use crate::data::index::stream::is_backing;

impl Snapshot {
    /// Returns the backing indices of each data stream that the snapshot holds, oldest first, as far as their names tell. A stream whose
    /// backing indices bear the name of another one has none here.
    #[must_use]
    pub fn streams(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut streams: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for stream in &self.data_streams {
            streams.insert(stream, Vec::new());
        }
        for index in &self.indices {
            // `.ds-logs-2021.01.31-000001` is of `logs-2021.01.31` where there is such a stream, else of `logs`.
            let named = self
                .data_streams
                .iter()
                .filter(|one| is_backing(index, one));
            let stream = named.max_by_key(|one| one.len());
            if let Some(backing) = stream.and_then(|one| streams.get_mut(&**one)) {
                backing.push(index);
            }
        }
        for backing in streams.values_mut() {
            backing.sort_by_key(|name| generation(name));
        }
        streams
    }

    /// Returns the data stream of the snapshot that an index backs.
    #[must_use]
    pub fn stream_of(&self, index: &str) -> Option<&str> {
        let named = self
            .data_streams
            .iter()
            .filter(|one| is_backing(index, one));
        named.max_by_key(|one| one.len()).map(|one| &**one)
    }

    /// Tells whether the snapshot holds a data stream with all these backing indices.
    #[must_use]
    pub fn holds_stream(&self, stream: &str, backing: &[String]) -> bool {
        let named = self.data_streams.iter().any(|one| **one == *stream);
        named && !backing.is_empty() && backing.iter().all(|index| self.holds(index))
    }
}

/// Orders backing indices by their generation, which may have more than six digits.
fn generation(name: &str) -> (usize, &str) {
    let digits = name.rsplit_once('-').map_or(name, |(_, digits)| digits);
    (digits.len(), digits)
}
