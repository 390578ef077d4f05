//! The domain as a whole: its engine, health, nodes and disks.

mod remote;

pub use remote::{attributes, clock, disks, engine, health, watermark};

use super::index::Health;

/// How the domain is, as `_cluster/health` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterHealth {
    /// Its health.
    pub health: Health,
    /// How many nodes hold data.
    pub data_nodes: u64,
    /// How many shards are being set up.
    pub initializing: u64,
    /// How many shards have no node.
    pub unassigned: u64,
}

/// Disk of one node that holds data, as `_cat/allocation` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The node.
    pub node: String,
    /// Bytes that are free.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// One attribute of one node, as `_cat/nodeattrs` tells it: what allocation settings can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The node.
    pub node: String,
    /// The attribute's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How full a node may be before it is given no new shard.
/// <https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/cluster-settings/>
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Watermark {
    /// The domain does not look at disks.
    Off,
    /// This share of the disk may be used, between 0 and 1.
    Used(f64),
    /// This many bytes are kept free.
    Free(u64),
}

impl Watermark {
    /// What engines take where nothing else is set.
    pub const DEFAULT: Watermark = Watermark::Used(0.85);

    /// Reads `85%`, `0.85` or `50gb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().ok().map(|percent| percent / 100.0),
            None => text.parse::<f64>().ok(),
        };
        if let Some(share) = share {
            return (0.0..=1.0)
                .contains(&share)
                .then_some(Watermark::Used(share));
        }
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit: u64 = match text.get(digits.len()..)?.to_ascii_lowercase().as_str() {
            "b" => 1,
            "kb" | "k" => 1 << 10,
            "mb" | "m" => 1 << 20,
            "gb" | "g" => 1 << 30,
            "tb" | "t" => 1 << 40,
            _ => return None,
        };
        digits
            .parse::<u64>()
            .ok()?
            .checked_mul(unit)
            .map(Watermark::Free)
    }

    /// How many bytes a disk takes before it is reached.
    #[must_use]
    pub fn room(self, disk: &Disk) -> u64 {
        let kept = match self {
            Watermark::Off => 0,
            Watermark::Used(share) => (disk.total as f64 * (1.0 - share)) as u64,
            Watermark::Free(bytes) => bytes,
        };
        disk.free.saturating_sub(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watermarks_are_shares_and_bytes() {
        let disk = Disk {
            node: "a".to_owned(),
            free: 30 << 30,
            total: 100 << 30,
        };
        let room = |text: &str| Watermark::parse(text).map(|mark| mark.room(&disk) >> 30);
        assert_eq!(
            ["75%", "0.75", "10gb", "50gb", "many", "175%"].map(room),
            [Some(5), Some(5), Some(20), Some(0), None, None]
        );
    }
}
