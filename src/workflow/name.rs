//! Names of snapshots from a template, and back: whether a name can only have come from this environment's template.

use crate::moment::Moment;
use crate::names::{EnvironmentName, NameError, SnapshotName};

/// The template of names that nobody chose.
pub const DEFAULT: &str = "{environment}-{date}-{time}";

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Ok(Self(text.to_owned()))
    }

    /// The name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn name(
        &self,
        environment: &EnvironmentName,
        at: Moment,
    ) -> Result<SnapshotName, NameError> {
        let at = at.to_string();
        let date = at.split('T').next().unwrap_or_default();
        let time: String = at
            .split('T')
            .nth(1)
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        SnapshotName::parse(
            &self
                .0
                .replace("{environment}", environment.as_str())
                .replace("{date}", date)
                .replace("{time}", &time),
        )
    }
}
