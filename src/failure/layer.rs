//! The layers between a request and what it asks for, from the wire upwards.

use std::fmt;

/// Names who said no, from the wire upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// No connection, or a broken one.
    Network,
    /// Certificates and server names.
    Tls,
    /// The signature, the clock or the credentials themselves.
    Signature,
    /// What the caller's IAM policies allow.
    CallerIam,
    /// Whether the caller may pass the role.
    PassRole,
    /// Whether the role's trust policy lets the service in.
    Trust,
    /// What the role may do with the bucket and its key.
    RoleS3,
    /// The domain's access policy.
    DomainPolicy,
    /// The domain's fine-grained access control.
    FineGrainedAccess,
    /// The repository and its settings.
    Repository,
    /// The bucket itself.
    Bucket,
    /// What IAM takes as a document.
    Iam,
    /// A quota or a rate.
    Quota,
    /// The domain's front door or version.
    Domain,
    /// The bucket's policy.
    BucketPolicy,
    /// The policy of a KMS key.
    KeyPolicy,
    /// The policy of another resource.
    ResourcePolicy,
    /// The permissions boundary of whoever asked.
    Boundary,
    /// The policy that a session was begun with.
    SessionPolicy,
    /// A service control policy of the organisation.
    ServiceControl,
    /// A resource control policy of the organisation.
    ResourceControl,
    /// The policy of a VPC endpoint.
    VpcEndpoint,
    /// A policy that the message does not name.
    Unnamed,
}

impl Layer {
    /// Whether a refusal there means that somebody lacks a permission.
    pub fn is_permission(self) -> bool {
        match self {
            Self::CallerIam
            | Self::PassRole
            | Self::Trust
            | Self::RoleS3
            | Self::DomainPolicy
            | Self::FineGrainedAccess
            | Self::BucketPolicy
            | Self::KeyPolicy
            | Self::ResourcePolicy
            | Self::Boundary
            | Self::SessionPolicy
            | Self::ServiceControl
            | Self::ResourceControl
            | Self::VpcEndpoint
            | Self::Unnamed => true,
            Self::Network
            | Self::Tls
            | Self::Signature
            | Self::Repository
            | Self::Bucket
            | Self::Iam
            | Self::Quota
            | Self::Domain => false,
        }
    }

    /// Returns the layer in the words that people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Tls => "TLS",
            Self::Signature => "signature",
            Self::CallerIam => "IAM of the caller",
            Self::PassRole => "PassRole",
            Self::Trust => "trust of the role",
            Self::RoleS3 => "S3 permission of the role",
            Self::DomainPolicy => "domain access policy",
            Self::FineGrainedAccess => "fine-grained access control",
            Self::Repository => "repository",
            Self::Bucket => "bucket",
            Self::Iam => "IAM",
            Self::Quota => "quota",
            Self::Domain => "domain",
            Self::BucketPolicy => "bucket policy",
            Self::KeyPolicy => "policy of the KMS key",
            Self::ResourcePolicy => "policy of the resource",
            Self::Boundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
            Self::Unnamed => "a policy that the message does not name",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
