//! Amazon Resource Names, exact ones and patterns; parsing never guesses a missing field.

use super::{NameError, Partition, Region, text};

/// An ARN, or an ARN pattern with `*` and `?`: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);
text!(Arn);

impl Arn {
    /// Checks the six fields; Region, account and resource may be patterns.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError::Arn(rule));
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = fields.as_slice() else {
            return fail("has the form arn:partition:service:region:account:resource");
        };
        if text.len() > 2048 || !text.bytes().all(|b| (0x21..=0x7e).contains(&b)) {
            return fail("has at most 2,048 printable ASCII characters without spaces");
        }
        if Partition::from_arn_field(partition).is_none() {
            return fail("has the partition aws, aws-cn or aws-us-gov");
        }
        if service.is_empty()
            || !service
                .bytes()
                .all(|b| super::lower_or_digit(b) || b == b'-')
        {
            return fail("names a service in its third field");
        }
        if !region.is_empty() && !is_pattern(region) && Region::parse(region).is_err() {
            return fail("has a Region or nothing in its fourth field");
        }
        if !is_account_field(account) {
            return fail("has a 12-digit account id or nothing in its fifth field");
        }
        if resource.is_empty() {
            return fail("names a resource in its last field");
        }
        Ok(Self(text.to_owned()))
    }

    /// Builds an ARN from fields that are already checked.
    pub(super) fn from_fields(
        partition: Partition,
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Self {
        Self(format!(
            "arn:{partition}:{service}:{region}:{account}:{resource}"
        ))
    }

    fn field(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// Returns the partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::from_arn_field(self.field(1)).unwrap_or(Partition::Aws)
    }

    /// Returns the service, such as `iam` or `es`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.field(2)
    }

    /// Returns the Region; empty where the service is global.
    #[must_use]
    pub fn region(&self) -> &str {
        self.field(3)
    }

    /// Returns the account id; empty for buckets, `aws` for policies that AWS manages.
    #[must_use]
    pub fn account(&self) -> &str {
        self.field(4)
    }

    /// Returns the resource, such as `role/path/name`; it may hold colons.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.field(5)
    }

    /// Returns whether it holds a wildcard and so may stand for several resources.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        is_pattern(&self.0)
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn is_account_field(text: &str) -> bool {
    text.is_empty()
        || text == "aws"
        || super::AccountId::parse(text).is_ok()
        || (is_pattern(text)
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'*' || b == b'?'))
}
