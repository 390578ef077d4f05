//! Newtypes for every name that crosses a module, checked by the services' own rules; no value of these types breaks its rule, and nothing here asks a service.

mod amazon;
mod arn;
mod bucket;
pub(crate) mod finding;
mod place;
mod plain;
mod repository;
mod search;
#[cfg(test)]
mod tests;
pub(crate) mod wildcard;

pub use amazon::{AccountId, DomainName, IamPath, PolicyName, RoleName};
pub use arn::Arn;
pub use bucket::BucketName;
pub use place::Region;
pub(crate) use place::{Partition, meant};
pub use plain::EnvironmentName;
pub use repository::BasePath;
pub(crate) use repository::RECORDS;
pub use repository::RepositoryName;
pub use search::{IndexName, SnapshotName};

/// Tag that says who made a resource.
pub(crate) const MANAGED_BY: &str = "managed-by";
/// Its value on what esbackup made.
pub(crate) const PRODUCT: &str = "esbackup";
/// Tag that says which environment a resource belongs to.
pub(crate) const ENVIRONMENT: &str = "esbackup-environment";

/// Tags of a resource, by key.
pub(crate) type Tags = std::collections::BTreeMap<String, String>;

/// The rule of a service that a name breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not an environment's name.
    #[error("an environment's name {0}")]
    Environment(&'static str),
    /// Not an account id.
    #[error("an account id {0}")]
    Account(&'static str),
    /// Not a Region that esbackup knows how to address.
    #[error("a Region {0}")]
    Region(&'static str),
    /// Not the name of a general purpose bucket.
    #[error("a bucket name {0}")]
    Bucket(&'static str),
    /// Not the name of a managed policy.
    #[error("a policy name {0}")]
    Policy(&'static str),
    /// Not the name of a role.
    #[error("a role name {0}")]
    Role(&'static str),
    /// Not an IAM path.
    #[error("an IAM path {0}")]
    Path(&'static str),
    /// Not an ARN.
    #[error("an ARN {0}")]
    Arn(&'static str),
    /// Not the name of an Amazon domain.
    #[error("a domain name {0}")]
    Domain(&'static str),
    /// Not the name of a snapshot repository.
    #[error("a repository name {0}")]
    Repository(&'static str),
    /// Not the name of a snapshot.
    #[error("a snapshot name {0}")]
    Snapshot(&'static str),
    /// Not the name of an index.
    #[error("an index name {0}")]
    Index(&'static str),
    /// Not a base path.
    #[error("a base path {0}")]
    BasePath(&'static str),
}

/// Gives a newtype over `String` what every name has: `as_str`, `Display` and `Serialize` as a string.
macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// Returns the text as it is sent to services.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}
pub(crate) use text;

/// Returns whether every byte passes `test`.
fn all(text: &str, test: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(test)
}

/// Returns whether the byte is a lowercase ASCII letter or a digit.
fn lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}
