//! The name of an environment; it goes into tags and output, so it never holds more than letters, digits and hyphens.

use super::{NameError, all, lower_or_digit, text};

/// Name of an environment: `[a-z0-9][a-z0-9-]{0,62}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentName(String);
text!(EnvironmentName);

impl EnvironmentName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::Environment(rule));
        if text.is_empty() || text.len() > 63 {
            return fail("has 1 to 63 characters");
        }
        if !all(text, |b| lower_or_digit(b) || b == b'-') {
            return fail("holds only lowercase letters, digits and hyphens");
        }
        if text.starts_with('-') {
            return fail("begins with a letter or a digit");
        }
        Ok(Self(text.to_owned()))
    }
}
