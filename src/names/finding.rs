//! Codes and severities of findings: closed lists of words. Nothing is judged here.

use std::fmt;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A lifecycle rule expires live objects of the repository.
    ExpiresBackups,
    /// A lifecycle rule moves live objects of the repository to a class that must be thawed first.
    ArchivesBackups,
    /// Something that the spec does not name grants others access to the bucket.
    UnmanagedGrant,
    /// A policy on the snapshot role grants more than the bucket and its key.
    RoleExceedsSpec,
    /// A statement of the bucket policy denies the snapshot role or the caller what they need.
    DeniedByBucketPolicy,
    /// The policies of the snapshot role do not grant what it needs.
    RoleLacksAccess,
    /// A policy names the id of something that was deleted.
    DeletedPrincipal,
    /// The role's trust policy names a service that does not take snapshots.
    WrongServicePrincipal,
    /// The bucket is encrypted with a key that the role is not granted.
    UnnamedKey,
    /// The bucket locks new objects by default.
    ObjectLock,
    /// ACLs are in force, or are sent to a bucket that refuses them.
    Ownership,
    /// Another repository writes to the same base path.
    TwoWriters,
    /// The repository's endpoint is in another region than the bucket.
    CrossRegionEndpoint,
    /// A policy on the snapshot role grants iam:PassRole, which belongs to the caller.
    PassRoleOnRole,
    /// Noncurrent versions are never removed.
    NoNoncurrentExpiry,
    /// The bucket encrypts every object twice.
    Dsse,
    /// The health of the cluster is red.
    DomainRed,
    /// The domain runs old service software.
    OldSoftware,
    /// Something could not be read, so it was not judged.
    NotRead,
    /// An entry of `accept` matches no finding.
    UnmatchedAccept,
}

impl Code {
    /// All codes, in the order of their documentation.
    pub const ALL: [Code; 20] = [
        Code::ExpiresBackups,
        Code::ArchivesBackups,
        Code::UnmanagedGrant,
        Code::RoleExceedsSpec,
        Code::DeniedByBucketPolicy,
        Code::RoleLacksAccess,
        Code::DeletedPrincipal,
        Code::WrongServicePrincipal,
        Code::UnnamedKey,
        Code::ObjectLock,
        Code::Ownership,
        Code::TwoWriters,
        Code::CrossRegionEndpoint,
        Code::PassRoleOnRole,
        Code::NoNoncurrentExpiry,
        Code::Dsse,
        Code::DomainRed,
        Code::OldSoftware,
        Code::NotRead,
        Code::UnmatchedAccept,
    ];

    /// The words of all codes.
    pub(crate) const WORDS: [&str; Self::ALL.len()] = {
        let mut words = [""; Self::ALL.len()];
        let (mut left, mut codes): (&mut [&str], &[Code]) = (&mut words, &Self::ALL);
        while let ([word, more @ ..], [code, rest @ ..]) = (left, codes) {
            *word = code.as_str();
            (left, codes) = (more, rest);
        }
        words
    };

    /// The word in output, in a spec and in the documentation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::ExpiresBackups => "expires-backups",
            Code::ArchivesBackups => "archives-backups",
            Code::UnmanagedGrant => "unmanaged-grant",
            Code::RoleExceedsSpec => "role-exceeds-spec",
            Code::DeniedByBucketPolicy => "denied-by-bucket-policy",
            Code::RoleLacksAccess => "role-lacks-access",
            Code::DeletedPrincipal => "deleted-principal",
            Code::WrongServicePrincipal => "wrong-service-principal",
            Code::UnnamedKey => "unnamed-key",
            Code::ObjectLock => "object-lock",
            Code::Ownership => "ownership",
            Code::TwoWriters => "two-writers",
            Code::CrossRegionEndpoint => "cross-region-endpoint",
            Code::PassRoleOnRole => "pass-role-on-role",
            Code::NoNoncurrentExpiry => "no-noncurrent-expiry",
            Code::Dsse => "dsse",
            Code::DomainRed => "domain-red",
            Code::OldSoftware => "old-software",
            Code::NotRead => "not-read",
            Code::UnmatchedAccept => "unmatched-accept",
        }
    }

    /// The severities that findings of this code can have, the worst first.
    #[must_use]
    pub fn severities(self) -> &'static [Severity] {
        use Severity::{Danger, Note, Warning};
        match self {
            Code::ExpiresBackups | Code::ArchivesBackups => &[Danger, Note],
            Code::UnmanagedGrant => &[Danger, Note],
            Code::RoleExceedsSpec => &[Danger, Note],
            Code::DeniedByBucketPolicy | Code::RoleLacksAccess => &[Danger, Warning, Note],
            Code::DeletedPrincipal
            | Code::WrongServicePrincipal
            | Code::UnnamedKey
            | Code::ObjectLock
            | Code::Ownership
            | Code::TwoWriters
            | Code::CrossRegionEndpoint
            | Code::PassRoleOnRole
            | Code::DomainRed
            | Code::OldSoftware
            | Code::UnmatchedAccept => &[Warning],
            Code::NoNoncurrentExpiry | Code::Dsse | Code::NotRead => &[Note],
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much a finding matters; the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Backups are lost, or somebody has access who must not: it changes exit codes.
    Danger,
    /// Something will surprise.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Danger => "danger",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}
