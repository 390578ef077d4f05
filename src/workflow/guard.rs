//! The guards: each has a name, says what it protects, and is lifted by that name only.

use crate::resources::ResourceId;

/// What stands between a command and lost data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// The snapshot runs: deleting it aborts it.
    Running,
    /// It is the newest good snapshot.
    LastGood,
    /// An index is deleted and restored under its own name.
    Replace,
    /// No good snapshot that is newer than the index holds it.
    NoSnapshot,
    /// It is a system or security index.
    SystemIndex,
    /// The domain has lost shards already.
    Red,
    /// The disks have no room for it.
    Space,
}

impl Guard {
    /// All guards.
    pub const ALL: [Guard; 7] = [
        Guard::Running,
        Guard::LastGood,
        Guard::Replace,
        Guard::NoSnapshot,
        Guard::SystemIndex,
        Guard::Red,
        Guard::Space,
    ];

    /// The word used in output and in `--allow`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Guard::Running => "running",
            Guard::LastGood => "last-good",
            Guard::Replace => "replace",
            Guard::NoSnapshot => "no-snapshot",
            Guard::SystemIndex => "system-index",
            Guard::Red => "red",
            Guard::Space => "space",
        }
    }
}

/// A guard in the way of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The guard.
    pub guard: Guard,
    /// What it protects.
    pub target: ResourceId,
    /// Why it stands, in words.
    pub why: String,
}

/// One `--allow GUARD[=KIND.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// The guard.
    pub guard: Guard,
    /// The only target for which it is lifted; every one when none is named.
    pub target: Option<String>,
}

impl Lifted {
    /// Reads `GUARD` or `GUARD=KIND.NAME`.
    ///
    /// # Errors
    /// The words that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, target) = match text.split_once('=') {
            Some((word, target)) => (word, Some(target.to_owned())),
            None => (text, None),
        };
        let guard = Guard::ALL.into_iter().find(|guard| guard.as_str() == word);
        let words = Guard::ALL.map(Guard::as_str).join(", ");
        guard
            .map(|guard| Lifted { guard, target })
            .ok_or_else(|| format!("the guards are {words}"))
    }

    /// Whether it lifts a guard.
    #[must_use]
    pub fn lifts(&self, raised: &Raised) -> bool {
        self.guard == raised.guard
            && self
                .target
                .as_ref()
                .is_none_or(|target| *target == raised.target.to_string())
    }
}
