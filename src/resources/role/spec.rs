//! What a spec says about the role; without a domain's name it never trusts a service unless the spec says whom for.

use crate::names::{AccountId, Arn, IamPath, RoleName, Tags};
use crate::policy_document::{Document, Statement};
use crate::resources::bucket::spec::Management;

/// The `role` of a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleSpec {
    /// Name of the role.
    pub name: RoleName,
    /// IAM path, `/` by default.
    pub path: IamPath,
    /// Description.
    pub description: Option<String>,
    /// Longest session that may be asked for.
    pub max_session_duration: Seconds,
    /// Managed policy that bounds what the role may do.
    pub permissions_boundary: Option<Arn>,
    /// Who may assume the role.
    pub trust: TrustSpec,
    /// Whether other attached and inline policies are removed.
    pub exclusive: bool,
    /// Tags beside the environment's.
    pub tags: Tags,
    /// Whether esbackup creates and changes it.
    pub management: Management,
}

/// Who may assume the role.
#[derive(Debug, Clone, PartialEq)]
pub enum TrustSpec {
    /// Services, bound to accounts and to domains.
    Generated {
        /// Service principals, `es.amazonaws.com` by default.
        services: Vec<String>,
        /// Values of `aws:SourceAccount`; the environment's account when absent.
        source_accounts: Option<Vec<AccountId>>,
        /// Values of `aws:SourceArn`, wildcards allowed; the domain's ARN when absent.
        source_arns: Option<Vec<Arn>>,
        /// Statements added to the generated one.
        extra_statements: Vec<Statement>,
    },
    /// A document given as a whole, by `document` or `document_file`.
    Document(Document),
}

/// The service principal that takes manual snapshots, see
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-registerdirectory.html>.
pub const DEFAULT_SERVICE: &str = "es.amazonaws.com";

impl Default for TrustSpec {
    fn default() -> Self {
        Self::Generated {
            services: vec![DEFAULT_SERVICE.to_owned()],
            source_accounts: None,
            source_arns: None,
            extra_statements: Vec::new(),
        }
    }
}

/// A number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u32);

impl Seconds {
    /// One hour, the shortest and the default session of a role.
    pub const HOUR: Self = Self(3_600);
    /// Twelve hours, the longest session of a role.
    pub const TWELVE_HOURS: Self = Self(43_200);

    /// Returns that many seconds.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Returns the number of seconds.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            n if n > 0 && n % 3_600 == 0 => write!(f, "{}h", n / 3_600),
            n if n > 0 && n % 60 == 0 => write!(f, "{}m", n / 60),
            n => write!(f, "{n}s"),
        }
    }
}
