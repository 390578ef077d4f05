//! Names of snapshots from a template, and back: whether a name can only have come from this environment's template.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use time::{Date, Month, Time};

use crate::data::snapshot::Snapshot;
use crate::moment::Moment;
use crate::names::MANAGED_BY;
use crate::names::{EnvironmentName, NameError, SnapshotName};

/// The template of a spec that names none.
pub const DEFAULT: &str = "{environment}-{date}-{time}";

/// How many further seconds a default name may take: more snapshots than that are not taken in one.
pub(crate) const SECONDS_TRIED: u64 = 60;

/// The word of the command line that stands for a snapshot, and so names none.
pub(crate) const LATEST: &str = "latest";

/// A text from which snapshots are named. Its placeholders are `{environment}`, `{date}` (`2026-11-24`) and `{time}` (`030405`), in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Environment,
    Date,
    Time,
}

/// The placeholders by their words.
const PLACEHOLDERS: [(&str, Part); 3] = [
    ("environment", Part::Environment),
    ("date", Part::Date),
    ("time", Part::Time),
];

/// Why a text is no template, or gives no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that there is not.
    #[error("`{{{0}}}` is no placeholder; there are {{environment}}, {{date}} and {{time}}")]
    Unknown(String),
    /// A brace that opens or closes no placeholder.
    #[error("a brace opens a placeholder or closes one, as in {DEFAULT}")]
    Brace,
    /// The word that stands for the newest snapshot.
    #[error("a snapshot named {LATEST} could not be told from the newest one")]
    Latest,
    /// The name would break a rule of the engines.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Template {
    /// Reads a template; a text without placeholders is just a name.
    ///
    /// # Errors
    /// When a placeholder is not known, or no name could come of it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let template = Self {
            text: text.to_owned(),
            parts: parts(text)?,
        };
        // With the shortest environment there is: what breaks a rule now breaks it always.
        let environment = EnvironmentName::parse("a")?;
        template.name(&environment, Moment::EARLIEST)?;
        Ok(template)
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of a snapshot that an environment takes at a moment.
    ///
    /// # Errors
    /// The engines' rule that the name breaks, such as its length.
    pub fn name(
        &self,
        environment: &EnvironmentName,
        at: Moment,
    ) -> Result<SnapshotName, TemplateError> {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Environment => name.push_str(environment.as_str()),
                Part::Date => name.push_str(&at.date()),
                Part::Time => name.push_str(&at.time()),
            }
        }
        if name == LATEST {
            return Err(TemplateError::Latest);
        }
        Ok(SnapshotName::parse(&name)?)
    }

    /// Tells whether it is the template of snapshots that nobody gave a name.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.text == DEFAULT
    }

    /// Returns the name of a snapshot that an environment takes at a moment. A default name that is taken makes way for that of the next
    /// second: two snapshots may be taken in one. A name that somebody chose is left as it is.
    ///
    /// # Errors
    /// The engines' rule that the name breaks, such as its length.
    pub fn free_name(
        &self,
        environment: &EnvironmentName,
        at: Moment,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<SnapshotName, TemplateError> {
        let mut name = self.name(environment, at)?;
        for second in 1..=SECONDS_TRIED {
            if !self.is_default() || !is_taken(name.as_str()) {
                break;
            }
            name = self.name(environment, at.plus(Duration::from_secs(second)))?;
        }
        Ok(name)
    }

    /// Whether a name is wholly one that the template gives for the environment, at a time that there is. Every piece has a fixed length,
    /// so that `logs` never takes `logs-production-2026-11-24-030000` for its own. A template without `{environment}` claims nothing.
    #[must_use]
    pub fn is_own_name(&self, environment: &EnvironmentName, name: &str) -> bool {
        let mut rest = name;
        let (mut date, mut time) = (None, None);
        for part in &self.parts {
            let after = match part {
                Part::Text(text) => rest.strip_prefix(text.as_str()),
                Part::Environment => rest.strip_prefix(environment.as_str()),
                Part::Date => take_same(&mut date, rest, DATE_LENGTH, is_date),
                Part::Time => take_same(&mut time, rest, TIME_LENGTH, is_time),
            };
            match after {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty() && self.parts.contains(&Part::Environment)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, after) = after.split_once('}').ok_or(TemplateError::Brace)?;
        push_text(&mut parts, before)?;
        let known = PLACEHOLDERS.iter().find(|(name, _)| *name == word);
        let (_, part) = known.ok_or_else(|| TemplateError::Unknown(word.to_owned()))?;
        parts.push(part.clone());
        rest = after;
    }
    push_text(&mut parts, rest)?;
    Ok(parts)
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Result<(), TemplateError> {
    if text.contains('}') {
        return Err(TemplateError::Brace);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

const DATE_LENGTH: usize = "2026-11-24".len();
const TIME_LENGTH: usize = "030405".len();

/// Takes a piece that `is_valid`, and that is the same wherever its placeholder stands; what comes after it.
fn take_same<'n>(
    seen: &mut Option<&'n str>,
    rest: &'n str,
    length: usize,
    is_valid: fn(&str) -> bool,
) -> Option<&'n str> {
    let (piece, after) = rest.split_at_checked(length)?;
    let same = seen.is_none_or(|earlier| earlier == piece);
    *seen = Some(piece);
    (same && is_valid(piece)).then_some(after)
}

/// A number of exactly these digits: no sign, no space.
fn digits<N: std::str::FromStr>(text: Option<&str>) -> Option<N> {
    let text = text?;
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn is_date(text: &str) -> bool {
    let read = || {
        let dashes = text.get(4..5)? == "-" && text.get(7..8)? == "-";
        let month: u8 = digits(text.get(5..7))?;
        let month = Month::try_from(month).ok()?;
        let year: i32 = digits(text.get(..4))?;
        let date = Date::from_calendar_date(year, month, digits(text.get(8..))?).ok()?;
        // Before that no computer named a snapshot.
        (dashes && date.year() >= 1970).then_some(date)
    };
    read().is_some()
}

fn is_time(text: &str) -> bool {
    let read = || {
        let (hour, minute) = (digits(text.get(..2))?, digits(text.get(2..4))?);
        Time::from_hms(hour, minute, digits(text.get(4..))?).ok()
    };
    read().is_some()
}

/// Whose a snapshot is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ownership {
    /// This environment's.
    Ours,
    /// Of the environment of this name.
    Other(String),
    /// Nobody can tell: taken by hand, by the service or by another tool.
    Unknown,
}

/// Whose a snapshot is: by its metadata where it says who manages it, else by a full match of a template. Elasticsearch 6 keeps no
/// metadata, therefore the name.
#[must_use]
pub fn ownership(
    snapshot: &Snapshot,
    environment: &EnvironmentName,
    templates: &[Template],
) -> Ownership {
    match snapshot.environment() {
        Some(named) if named == environment.as_str() => return Ownership::Ours,
        Some(named) => return Ownership::Other(named.to_owned()),
        None => {}
    }
    let own_name = |template: &Template| template.is_own_name(environment, &snapshot.name);
    // Another tool's mark, or one of esbackup that lost its other half, is not overruled by a name.
    if snapshot.metadata.contains_key(MANAGED_BY) || !templates.iter().any(own_name) {
        return Ownership::Unknown;
    }
    Ownership::Ours
}
