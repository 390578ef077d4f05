//! Placeholder until the policy language is merged.

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement;

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document;

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A managed policy.
    Managed,
    /// A trust policy.
    Trust,
    /// A bucket policy.
    BucketPolicy,
}

/// What is wrong in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Place, such as `Statement[0].Action`.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl Document {
    /// Parses a document.
    pub fn parse(_text: &str, _kind: Kind) -> Result<Self, Vec<Problem>> {
        Ok(Self)
    }
    /// Reads a document from a value.
    pub fn from_value(_value: &serde_json::Value, _kind: Kind) -> Result<Self, Vec<Problem>> {
        Ok(Self)
    }
    /// Returns its size without whitespace.
    pub fn size(&self) -> usize {
        0
    }
}
