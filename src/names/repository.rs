//! Names of snapshot repositories and their base paths; a name that the service keeps for itself is never accepted.

use super::{NameError, text};

/// What a repository's name carries while its settings are being proved.
pub(crate) const CANDIDATE_SUFFIX: &str = "--esbackup-candidate";

/// First segment of the keys that hold records of esbackup, at the root of a bucket.
pub(crate) const RECORDS: &str = "esbackup-records";

/// Name of a snapshot repository, by the rules of the engines and of Amazon domains (`cs-` is reserved).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(String);
text!(RepositoryName);

impl RepositoryName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::Repository(rule));
        if text.is_empty() || text.len() > 200 {
            return fail("has 1 to 200 bytes");
        }
        if text.starts_with("cs-") {
            return fail("does not begin with cs-, which Amazon keeps for automated snapshots");
        }
        if text.starts_with(['_', '-']) {
            return fail("does not begin with _ or -");
        }
        if text
            .contains(|c: char| c.is_whitespace() || c.is_control() || "#,*\\/?\"<>|".contains(c))
        {
            return fail("has no space, control character or any of # , * \\ / ? \" < > |");
        }
        if text == "." || text == ".." {
            return fail("is not . or .., which are no names in a URL");
        }
        if text.ends_with(CANDIDATE_SUFFIX) {
            return fail(
                "does not end with --esbackup-candidate, which marks settings that are being proved",
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks the name of a repository that is only read: Amazon's own for automated snapshots too.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn can_exist(text: &str) -> Result<(), NameError> {
        Self::parse(text.strip_prefix("cs-").unwrap_or(text)).map(drop)
    }

    /// Returns the name under which new settings are proved before they take this name.
    #[must_use]
    pub fn candidate(&self) -> Self {
        Self(format!("{}{CANDIDATE_SUFFIX}", self.0))
    }
}

/// Prefix of a repository's objects in its bucket, without a slash at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasePath(String);
text!(BasePath);

impl BasePath {
    /// Checks the path.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::BasePath(rule));
        if text.is_empty() || text.len() > 900 {
            return fail("has 1 to 900 bytes");
        }
        if text.starts_with('/') || text.ends_with('/') {
            return fail("has no slash at either end");
        }
        if text.split('/').any(str::is_empty) {
            return fail("has no empty segment");
        }
        if text
            .split('/')
            .any(|segment| segment == "." || segment == "..")
        {
            return fail("has no segment . or ..");
        }
        if text.split('/').next() == Some(RECORDS) {
            return fail(
                "does not begin with esbackup-records/, where esbackup keeps the records of restore tests",
            );
        }
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html, "Safe characters".
        if !super::all(text, |b| {
            b.is_ascii_alphanumeric() || b"/!-_.*'()".contains(&b)
        }) {
            return fail("holds only letters, digits, slashes and !-_.*'()");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns whether one path is the other or lies inside it.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let inside = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        inside(&self.0, &other.0) || inside(&other.0, &self.0)
    }
}
