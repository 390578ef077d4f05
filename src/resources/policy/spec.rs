//! What a spec says about the managed policy; it never holds a grant that the spec does not spell out.

use crate::names::{IamPath, PolicyName, Tags};
use crate::policy_document::Kind;
use crate::policy_document::{Document, Statement};
use crate::resources::management::Management;
use crate::yaml::environment::Environment;
use crate::yaml::fields::Fields;
use crate::yaml::tags::KeyCase;

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

/// Reads the `policy` of a spec.
pub(crate) fn read(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<PolicySpec> {
    let management = Management::read(fields);
    let extra_statements = fields.statements("extra_statements", Kind::Managed);
    let content = fields.document(environment, Kind::Managed).map_or(
        PolicyContent::Generated { extra_statements },
        PolicyContent::Document,
    );
    let name = fields.parsed("name", PolicyName::parse);
    Some(PolicySpec {
        path: fields.parsed("path", IamPath::parse).unwrap_or_default(),
        description: fields.description(),
        tags: fields.tags(environment, KeyCase::Ignored),
        name: name?,
        content,
        management,
    })
}
