//! Names and ids of AWS accounts, IAM and Amazon domains; each rule is the service's own, never a stricter one of ours.

use super::{NameError, all, lower_or_digit, text};

/// Id of an AWS account: twelve digits, kept as text because leading zeros count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);
text!(AccountId);

impl AccountId {
    /// Checks the id.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() == 12 && all(text, |b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::Account("has exactly 12 digits"))
        }
    }
}

/// Returns whether the byte may stand in an IAM name: `[\w+=,.@-]`.
fn iam_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

/// Name of a managed policy, see <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(String);
text!(PolicyName);

impl PolicyName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.len() > 128 {
            return Err(NameError::Policy("has 1 to 128 characters"));
        }
        if !all(text, iam_byte) {
            return Err(NameError::Policy("holds only letters, digits and _+=,.@-"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Name of a role, see <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);
text!(RoleName);

impl RoleName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.len() > 64 {
            return Err(NameError::Role("has 1 to 64 characters"));
        }
        if !all(text, iam_byte) {
            return Err(NameError::Role("holds only letters, digits and _+=,.@-"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Path of a role or policy: `/` or `/a/b/`, at most 512 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IamPath(String);
text!(IamPath);

impl IamPath {
    /// Checks the path.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::Path(rule));
        if text.len() > 512 {
            return fail("has at most 512 characters");
        }
        if !text.starts_with('/') || !text.ends_with('/') {
            return fail("begins and ends with a slash");
        }
        if text.contains("//") {
            return fail("has no empty segment");
        }
        if !all(text, |b| (0x21..=0x7e).contains(&b)) {
            return fail("holds only printable ASCII characters without spaces");
        }
        Ok(Self(text.to_owned()))
    }
}

impl Default for IamPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// Name of an Amazon OpenSearch domain: `[a-z][a-z0-9-]{2,27}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);
text!(DomainName);

impl DomainName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::Domain(rule));
        if text.len() < 3 || text.len() > 28 {
            return fail("has 3 to 28 characters");
        }
        if !all(text, |b| lower_or_digit(b) || b == b'-') {
            return fail("holds only lowercase letters, digits and hyphens");
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return fail("begins with a lowercase letter");
        }
        Ok(Self(text.to_owned()))
    }
}
