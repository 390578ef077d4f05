//! What was read of a resource. Unreadable is never taken for absent.

use crate::names::Tags;
use crate::resources::declared::{ENVIRONMENT_TAG, MANAGED_BY};

/// What reading a resource gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<T> {
    /// The service said that it does not exist.
    Absent,
    /// It exists, and all of it was read.
    Present(T),
    /// Something of it could not be read.
    Unreadable(Vec<Unread>),
}

/// One read that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What could not be read, such as `the bucket's encryption`.
    pub what: String,
    /// The permission that the caller lacks, when a permission is what was missing.
    pub permission: Option<String>,
    /// The service's own words.
    pub words: String,
}

/// Who a resource says that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// This environment.
    Ours,
    /// Another environment of esbackup.
    Other(String),
    /// Nobody: it carries no mark.
    None,
}

impl Mark {
    /// Reads the mark of ownership from tags.
    pub fn read(tags: &Tags, environment: &str) -> Self {
        if tags.get(MANAGED_BY.0).map(String::as_str) != Some(MANAGED_BY.1) {
            return Mark::None;
        }
        match tags.get(ENVIRONMENT_TAG) {
            Some(name) if name == environment => Mark::Ours,
            Some(name) => Mark::Other(name.clone()),
            None => Mark::None,
        }
    }
}
