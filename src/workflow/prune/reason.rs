//! Why a snapshot is kept or deleted, in words for a table.

use std::fmt;
use std::time::Duration;

use super::{CopyOf, Ownership};
use crate::data::snapshot::listed;
use crate::duration::rounded;

/// Why a snapshot is kept or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Kept: the newest good one of its owner.
    Newest,
    /// Kept by `keep_within`.
    Within(Duration),
    /// Kept by `keep_last`.
    Last(u32),
    /// Kept by `keep_daily`.
    Daily(u32),
    /// Kept by `keep_weekly`.
    Weekly(u32),
    /// Kept by `keep_monthly`.
    Monthly(u32),
    /// Kept: among the newest of `max_count`.
    WithinCount(u32),
    /// Kept: it is named.
    Named,
    /// Kept: the newest good one that holds this index.
    Holds(String),
    /// Kept: it has the newest successful copy of each of these.
    Copies(Vec<CopyOf>),
    /// Kept: it is marked as an archive.
    Archive,
    /// Kept: no rule is about good snapshots.
    NoRule,
    /// Kept: not this environment's.
    Foreign(Ownership),
    /// Kept: when it began and whose it is could not be read.
    Unread,
    /// Kept: it runs.
    Running,
    /// Kept: this engine cannot read it, or its state has no known meaning.
    Unreadable(String),
    /// Kept: nobody knows when it began.
    NoStart,
    /// Kept: it began after now.
    Future,
    /// Kept: its name is no snapshot's, or not its alone.
    OddName,
    /// Kept: not good, and no `failed_after` is given.
    NotGood,
    /// Kept: not good, and no good one is newer.
    NothingBetter,
    /// Kept: not good, and not yet as old as `failed_after`.
    NotGoodYoung(Duration),
    /// Deleted: no keep rule holds it.
    NotKept,
    /// Deleted: beyond the newest of `max_count`, and no keep rule holds it.
    Beyond(u32),
    /// Deleted: not good, and `failed_after` older than the newest good one.
    NotGoodOld(Duration),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older =
            |length: &Duration| format!("{} older than the newest good one", rounded(*length));
        match self {
            Reason::Newest => f.write_str("newest good one"),
            Reason::Within(length) => write!(f, "within {} of the newest", rounded(*length)),
            Reason::Last(count) => write!(f, "last {count}"),
            Reason::Daily(count) => write!(f, "daily, last {count}"),
            Reason::Weekly(count) => write!(f, "weekly, last {count}"),
            Reason::Monthly(count) => write!(f, "monthly, last {count}"),
            Reason::WithinCount(count) => write!(f, "among the newest {count}"),
            Reason::Named => f.write_str("named to be kept"),
            Reason::Holds(index) => write!(f, "newest good one that holds {index}"),
            Reason::Copies(copies) => write!(f, "newest copy of {}", some(copies)),
            Reason::Archive => f.write_str("archive"),
            Reason::NoRule => f.write_str("no rule is about good snapshots"),
            Reason::Foreign(Ownership::Other(name)) => write!(f, "of environment {name}"),
            Reason::Foreign(_) => f.write_str("not known to be this environment's"),
            Reason::Unread => f.write_str("its details could not be read"),
            Reason::Running => f.write_str("it runs"),
            Reason::Unreadable(state) => write!(f, "state {state}"),
            Reason::NoStart => f.write_str("no start time"),
            Reason::Future => f.write_str("started in the future: a clock is wrong"),
            Reason::OddName => f.write_str("its name could mean more than one snapshot"),
            Reason::NotGood => f.write_str("not good, and no failed-after is given"),
            Reason::NothingBetter => f.write_str("not good, and no good one is newer"),
            Reason::NotGoodYoung(after) => write!(f, "not good, and less than {}", older(after)),
            Reason::NotKept => f.write_str("no rule keeps it"),
            Reason::Beyond(count) => write!(f, "beyond the newest {count}, and no rule keeps it"),
            Reason::NotGoodOld(after) => write!(f, "not good, and at least {}", older(after)),
        }
    }
}

/// A few of the names; the JSON has all.
fn some(copies: &[CopyOf]) -> String {
    let names: Vec<String> = copies.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    listed(&names)
}
