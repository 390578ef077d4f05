//! What a spec says about the managed policy; it never holds a grant that the spec does not spell out.

use crate::names::{IamPath, PolicyName, Tags};
use crate::policy_document::{Document, Statement};
use crate::resources::bucket::spec::Management;

/// The `policy` of a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySpec {
    /// Name of the policy.
    pub name: PolicyName,
    /// IAM path, `/` by default.
    pub path: IamPath,
    /// Description; IAM cannot change it once the policy exists.
    pub description: Option<String>,
    /// Where its document comes from.
    pub content: PolicyContent,
    /// Tags beside the environment's.
    pub tags: Tags,
    /// Whether esbackup creates and changes it.
    pub management: Management,
}

/// Where the document of the policy comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyContent {
    /// The least that a repository needs.
    Generated {
        /// Statements added to the generated ones.
        extra_statements: Vec<Statement>,
    },
    /// A document given as a whole, by `document` or `document_file`.
    Document(Document),
}
