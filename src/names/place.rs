//! Regions and partitions; a partition is derived from the Region, never configured.

pub(crate) mod meant;

use super::{NameError, text};

/// The AWS partitions that esbackup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial Regions.
    Aws,
    /// The Regions in China.
    AwsCn,
    /// AWS GovCloud (US).
    AwsUsGov,
}

impl Partition {
    /// Returns the partition as it is written in ARNs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// Reads the second field of an ARN.
    #[must_use]
    pub fn from_arn_field(text: &str) -> Option<Self> {
        [Self::Aws, Self::AwsCn, Self::AwsUsGov]
            .into_iter()
            .find(|partition| partition.as_str() == text)
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Partition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An AWS Region such as `us-west-2`, `us-gov-west-1` or `cn-north-1`.
///
/// Only the shape is checked: new Regions appear more often than new versions of esbackup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);
text!(Region);

impl Region {
    /// Checks the shape `xx-name-N`.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !has_region_shape(text) {
            return Err(NameError::Region(
                "looks like us-west-2, us-gov-west-1 or cn-north-1",
            ));
        }
        if ["us-iso", "eu-iso", "eusc-"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            return Err(NameError::Region(
                "must belong to the partition aws, aws-cn or aws-us-gov",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the partition that the Region belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::AwsCn
        } else if self.0.starts_with("us-gov-") {
            Partition::AwsUsGov
        } else {
            Partition::Aws
        }
    }
}

fn has_region_shape(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, middle @ .., number] = parts.as_slice() else {
        return false;
    };
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    (2..=4).contains(&first.len())
        && word(first)
        && (1..=2).contains(&middle.len())
        && middle.iter().all(word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}
