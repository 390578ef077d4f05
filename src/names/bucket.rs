//! Names of S3 buckets; only general purpose buckets, since directory, table and vector buckets cannot hold a repository.

use super::{Arn, NameError, Partition, all, lower_or_digit, text};

/// Name of a general purpose bucket, see <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);
text!(BucketName);

impl BucketName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match broken_rule(text) {
            Some(rule) => Err(NameError::Bucket(rule)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Returns the bucket's ARN, which holds neither Region nor account.
    #[must_use]
    pub fn arn(&self, partition: Partition) -> Arn {
        Arn::from_fields(partition, "s3", "", "", &self.0)
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.len() < 3 || text.len() > 63 {
        return Some("has 3 to 63 characters");
    }
    if !all(text, |b| lower_or_digit(b) || b == b'-' || b == b'.') {
        return Some("holds only lowercase letters, digits, dots and hyphens");
    }
    if !text.starts_with(edge) || !text.ends_with(edge) {
        return Some("begins and ends with a letter or a digit");
    }
    if text.contains("..") {
        return Some("has no two dots side by side");
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some("is not formatted as an IP address");
    }
    if ["xn--", "sthree-", "amzn-s3-demo-"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
    {
        return Some("does not begin with xn--, sthree- or amzn-s3-demo-, which S3 reserves");
    }
    if ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
        .iter()
        .any(|suffix| text.ends_with(suffix))
    {
        return Some(
            "does not end with -s3alias, --ol-s3, .mrap, --x-s3 or --table-s3, which S3 reserves",
        );
    }
    None
}
