//! Tests of the policy language, by subject; documents from vendors' pages carry the link.

mod conditions;
mod edits;
mod equivalence;
mod evaluation;
mod model;
mod operators;
mod patterns;
mod properties;
mod public;
mod refused;
mod sharing;
mod validation;
mod widening;
mod writing;

use super::{Document, Kind, Problem};

/// Parses what must be valid.
fn parse(text: &str, kind: Kind) -> Document {
    // Documents without a version are shorter here, though IAM takes none of them for a managed policy.
    let kind = match kind {
        Kind::Managed => Kind::Inline,
        kind => kind,
    };
    match Document::parse(text, kind) {
        Ok(document) => document,
        Err(problems) => panic!("{problems:?} in {text}"),
    }
}

fn managed(text: &str) -> Document {
    parse(text, Kind::Managed)
}

fn trust(text: &str) -> Document {
    parse(text, Kind::Trust)
}

fn bucket(text: &str) -> Document {
    parse(text, Kind::BucketPolicy)
}

/// Wraps the elements of one Allow on one resource, such as `"Action":"s3:GetObject"`.
fn allow(elements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{elements}}}]}}"#)
}

fn problems(text: &str, kind: Kind) -> Vec<(String, String)> {
    let pairs = |problem: Problem| (problem.path, problem.message);
    Document::parse(text, kind)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(pairs)
        .collect()
}
