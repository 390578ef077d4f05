//! The IAM policy language: read, compare and evaluate policy documents; it must never do I/O, and never call two documents equal, or one not wider, on a guess.
//!
//! Every comparison is conservative in one direction only: what cannot be proved contained is called wider, and what cannot be
//! decided matches a Deny and does not match an Allow.

mod canonical;
mod condition;
mod cover;
mod difference;
pub(crate) mod evaluate;
mod glob;
mod imply;
mod json;
mod operator;
mod principal;
mod public;
mod ranges;
mod read;
mod rules;
mod scalar;
mod shape;
mod shared;
mod statement;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;
mod write;

use std::hash::{Hash, Hasher};

use serde_json::Value;

pub use cover::{Widening, widens};
pub use difference::diff;
pub(crate) use difference::{Change, StatementDiff};
pub(crate) use public::binding;
pub use public::is_public;
pub(crate) use rules::EXAMPLE_ACTION;
pub use shared::shared;
pub use statement::Effect;
pub use statement::Principals;
#[cfg(test)]
pub(crate) use statement::Resources;
pub use statement::Statement;
pub(crate) use statement::{Actions, Condition, PrincipalKind, PrincipalSet, Values};

/// The largest managed policy, in characters without whitespace (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub(crate) const MANAGED_POLICY_CHARACTERS: usize = 6_144;
/// The largest sum of the inline policies of a role, in characters without whitespace.
pub(crate) const INLINE_POLICIES_CHARACTERS: usize = 10_240;
/// The largest trust policy that every account accepts, in characters without whitespace.
pub(crate) const TRUST_POLICY_CHARACTERS: usize = 2_048;
/// The largest trust policy that an account can be raised to, in characters without whitespace.
pub(crate) const TRUST_POLICY_CHARACTERS_RAISED: usize = 8_192;
/// The largest bucket policy, in bytes as sent (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>).
pub(crate) const BUCKET_POLICY_BYTES: usize = 20_480;

/// The version of the policy language that understands policy variables.
pub(crate) const VERSION_2012: &str = "2012-10-17";
/// The version of the policy language that a document without `Version` has.
pub(crate) const VERSION_2008: &str = "2008-10-17";

/// What a document is for, which decides the elements that it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A policy attached to an identity.
    Managed,
    /// A policy that is part of an identity.
    Inline,
    /// The trust policy of a role.
    Trust,
    /// The policy of a bucket.
    BucketPolicy,
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Problem {
    /// The place in the document, such as `Statement[0].Action`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// A parsed policy document; `==` is [`equivalent`], not equality of text.
#[derive(Clone, Debug)]
pub struct Document {
    version: Option<String>,
    id: Option<String>,
    statements: Vec<Statement>,
}

impl Document {
    /// Parses JSON text by the grammar of the policy language, and returns every problem when there is one.
    pub fn parse(text: &str, kind: Kind) -> Result<Document, Vec<Problem>> {
        let (value, mut problems) = json::parse(text)?;
        match read::document(&value, Some(kind), shape::Rules::Strict) {
            Ok(document) if problems.is_empty() => Ok(document),
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// Reads a JSON value as [`Document::parse`] does; duplicate keys are already lost there.
    pub fn from_value(value: &Value, kind: Kind) -> Result<Document, Vec<Problem>> {
        read::document(value, Some(kind), shape::Rules::Strict)
    }

    /// Reads text that a service returned: it was accepted once, so the shape is checked and the formats of names are not.
    pub fn parse_live(text: &str, kind: Kind) -> Result<Document, Vec<Problem>> {
        let (value, problems) = json::parse(text)?;
        if !problems.is_empty() {
            return Err(problems);
        }
        read::document(&value, Some(kind), shape::Rules::Shape)
    }

    /// Makes a document of the current language version from statements.
    pub fn new(statements: Vec<Statement>) -> Document {
        Document {
            version: Some(VERSION_2012.to_owned()),
            id: None,
            statements,
        }
    }

    /// Makes a document like this one, with its version and id, from other statements.
    pub fn with_statements(&self, statements: Vec<Statement>) -> Document {
        Document {
            version: self.version.clone(),
            id: self.id.clone(),
            statements,
        }
    }

    /// Returns the document as written.
    pub fn to_value(&self) -> Value {
        write::value(self)
    }

    /// Returns the document as it is sent: minified, in the order Version, Id, Statement; Sid, Effect, Principal, Action, Resource, Condition.
    pub fn to_json(&self) -> String {
        write::minified(self)
    }

    /// Returns the sorted, deduplicated, normalised document; equivalent documents have the same one.
    pub fn canonical(&self) -> Value {
        canonical::document(self, &canonical::Spelling::default()).to_value()
    }

    /// Counts the characters that IAM counts: those of [`Document::to_json`] without whitespace.
    pub fn size(&self) -> usize {
        self.to_json()
            .chars()
            .filter(|character| !character.is_whitespace())
            .count()
    }

    /// Returns the statements in the order written.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns the version of the language that applies: an absent one is 2008-10-17.
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(VERSION_2008)
    }

    /// Returns a document of the current language version that means the same: what looks like a variable in an old one is text.
    pub fn upgraded(&self) -> Document {
        let escapes = !self.resolves_variables();
        Document {
            version: Some(VERSION_2012.to_owned()),
            id: self.id.clone(),
            statements: self
                .statements
                .iter()
                .map(|statement| match escapes {
                    true => statement.without_variables(),
                    false => statement.clone(),
                })
                .collect(),
        }
    }

    /// Says whether `${…}` is a policy variable here: version 2008-10-17 takes it literally
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>).
    pub fn resolves_variables(&self) -> bool {
        self.version() == VERSION_2012
    }

    /// Says whether a statement has `${` where a policy variable may stand.
    pub fn mentions_variables(&self) -> bool {
        self.statements.iter().any(Statement::mentions_variables)
    }
}

/// Says whether two documents mean the same: order, scalar against list, case of actions and condition keys, duplicates, account
/// id against root ARN, and JSON type of condition values do not matter; a Sid does, an Id does not.
pub fn equivalent(a: &Document, b: &Document) -> bool {
    meaning(a) == meaning(b)
}

/// The text that all documents have in common that mean the same.
fn meaning(document: &Document) -> String {
    canonical::document(document, &canonical::Spelling::default()).to_json()
}

impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        equivalent(self, other)
    }
}

impl Eq for Document {}

impl Hash for Document {
    fn hash<H: Hasher>(&self, state: &mut H) {
        meaning(self).hash(state);
    }
}
