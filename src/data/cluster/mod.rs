//! The domain as a whole: its engine, health, nodes and disks.

mod remote;

pub use remote::{attributes, disks, engine, health};

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
