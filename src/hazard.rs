//! Hazards: what can be lost or opened by a change, each with a word, and the `--allow` that accepts one. Pure.

use std::fmt;

use crate::names::{IndexName, SnapshotName};
use crate::outlet::safe::shell_word;

#[cfg(test)]
mod tests;

/// The words of all hazards: the risks of a change of resources, then the guards of snapshots and indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// A grant, a principal or a resource is added.
    WidensAccess,
    /// Protection of the data gets weaker.
    Weakens,
    /// The repository gets another bucket, base path or role, or becomes writable.
    Repoints,
    /// A policy that another owner attached is removed.
    Destroys,
    /// The snapshot runs: deleting it aborts it.
    Running,
    /// The snapshot is the newest successful one.
    LastGood,
    /// An index is deleted and restored under its own name.
    Replace,
    /// No successful snapshot that is newer than the index holds it.
    NoSnapshot,
    /// The index is a system or security index.
    SystemIndex,
    /// The domain has lost shards already.
    Red,
    /// The disks have no room for it.
    Space,
}

impl Word {
    /// The risks, which `apply` meets.
    pub const RISKS: [Word; 4] = [
        Word::WidensAccess,
        Word::Weakens,
        Word::Repoints,
        Word::Destroys,
    ];

    /// The guards, which commands about snapshots and indices meet.
    pub const GUARDS: [Word; 7] = [
        Word::Running,
        Word::LastGood,
        Word::Replace,
        Word::NoSnapshot,
        Word::SystemIndex,
        Word::Red,
        Word::Space,
    ];

    /// The word used in output and in `--allow`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Word::WidensAccess => "widens-access",
            Word::Weakens => "weakens",
            Word::Repoints => "repoints",
            Word::Destroys => "destroys",
            Word::Running => "running",
            Word::LastGood => "last-good",
            Word::Replace => "replace",
            Word::NoSnapshot => "no-snapshot",
            Word::SystemIndex => "system-index",
            Word::Red => "red",
            Word::Space => "space",
        }
    }
}

/// Words as a list in a sentence.
#[must_use]
pub(crate) fn listed(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
    words.join(", ")
}

/// A hazard of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// Its word.
    pub word: Word,
    /// Resource at risk, as `KIND.NAME`.
    pub target: String,
    /// Reason, in words.
    pub why: String,
}

impl Hazard {
    /// Names the allowance that covers this hazard alone.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        Allowance {
            word: self.word,
            target: Some(self.target.clone()),
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.target, self.word.as_str(), self.why)
    }
}

/// One `--allow WORD[=KIND.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The word.
    pub word: Word,
    /// The only target for which it is allowed; every one when none is named.
    pub target: Option<String>,
}

/// The kinds whose names stand in the specs.
pub(crate) const DECLARED: [&str; 5] = ["domain", "bucket", "policy", "role", "repository"];

/// The targets of guards that protect a domain.
const OF_THE_DOMAIN: [&str; 2] = ["domain.disks", "domain.health"];

impl Allowance {
    /// Reads `WORD` or `WORD=KIND.NAME`, of the words that the command can meet.
    ///
    /// # Errors
    /// The words of the command, or what is wrong with the target.
    pub fn parse(text: &str, words: &[Word]) -> Result<Self, String> {
        let (word, target) = match text.split_once('=') {
            Some((word, target)) => (word, Some(target)),
            None => (text, None),
        };
        let word = words.iter().find(|known| known.as_str() == word);
        let word = *word.ok_or_else(|| format!("the words are {}", listed(words)))?;
        target.map_or(Ok(()), is_target)?;
        Ok(Self {
            word,
            target: target.map(str::to_owned),
        })
    }

    /// Returns whether it allows a hazard.
    #[must_use]
    pub fn covers(&self, hazard: &Hazard) -> bool {
        let named = self.target.as_ref();
        self.word == hazard.word && named.is_none_or(|target| *target == hazard.target)
    }

    /// Returns the target if its kind stands in specs and none of these, the resources of the specs, is it. An index or a snapshot may be gone
    /// since the run that this one continues.
    #[must_use]
    pub fn unknown(&self, resources: &[String]) -> Option<&str> {
        let target = self.target.as_deref()?;
        let (kind, _) = target.split_once('.')?;
        let is_known = OF_THE_DOMAIN.contains(&target) || resources.iter().any(|id| id == target);
        (DECLARED.contains(&kind) && !is_known).then_some(target)
    }

    /// Spells it as an option of a command line.
    #[must_use]
    pub fn option(&self) -> String {
        option(&self.to_string())
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Some(target) => write!(f, "{}={target}", self.word.as_str()),
            None => f.write_str(self.word.as_str()),
        }
    }
}

/// Spells `WORD[=KIND.NAME]` as an option of a command line.
#[must_use]
pub(crate) fn option(allowance: &str) -> String {
    format!("--allow {}", shell_word(allowance))
}

/// Spells what allows these hazards alone: an option each, sorted.
#[must_use]
pub(crate) fn options<'h>(hazards: impl IntoIterator<Item = &'h Hazard>) -> String {
    let hazards = hazards.into_iter();
    let mut all: Vec<String> = hazards.map(|one| one.allowance().option()).collect();
    all.sort();
    all.dedup();
    all.join(" ")
}

/// Checks the form of a target.
fn is_target(target: &str) -> Result<(), String> {
    let (kind, name) = target.split_once('.').unwrap_or((target, ""));
    let checked = match kind {
        "index" => IndexName::parse(name).map(drop),
        "snapshot" => SnapshotName::parse(name).map(drop),
        kind if DECLARED.contains(&kind) => return Ok(()),
        _ => {
            return Err(format!(
                "a target is KIND.NAME, and the kinds are {}, index, snapshot",
                DECLARED.join(", ")
            ));
        }
    };
    checked.map_err(|error| format!("{target}: {error}"))
}
