//! The sandbox's use of the policy language: is a document valid, and what do documents say; it must never allow on doubt.

use std::collections::BTreeMap;

use crate::policy_document::evaluate::{self, Decision, PrincipalId, Request};
use crate::policy_document::{Document, Kind as DocumentKind};

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identity,
    Trust,
    Bucket,
    /// A policy that names principals and stands on no bucket: an organisation's, or a VPC endpoint's.
    Resource,
}

/// What documents say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

/// The context keys of a question.
pub(super) type Keys = BTreeMap<String, Vec<String>>;

/// Checks a document's grammar and returns the first problem.
pub(super) fn check(text: &str, kind: Kind) -> Result<(), String> {
    match Document::parse(text, of(kind)) {
        Ok(_) => Ok(()),
        Err(problems) => Err(problems
            .first()
            .map_or_else(|| "invalid".to_owned(), ToString::to_string)),
    }
}

/// Decides an action on a resource by documents of one kind.
pub(super) fn decide<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    kind: Kind,
    principal: PrincipalId,
    (action, resource): (&str, &str),
    keys: &Keys,
) -> Verdict {
    // A starting state may hold what IAM would have refused; it grants nothing.
    let documents: Vec<Document> = texts
        .into_iter()
        .filter_map(|text| Document::parse_live(text, of(kind)).ok())
        .collect();
    let documents: Vec<&Document> = documents.iter().collect();
    let request = Request {
        principal,
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: keys.clone(),
    };
    match evaluate::evaluate(&documents, &request) {
        Decision::Allowed { .. } => Verdict::Allowed,
        Decision::ExplicitDeny { .. } => Verdict::ExplicitDeny,
        Decision::ImplicitDeny => Verdict::ImplicitDeny,
    }
}

fn of(kind: Kind) -> DocumentKind {
    match kind {
        Kind::Identity => DocumentKind::Managed,
        Kind::Trust => DocumentKind::Trust,
        Kind::Bucket | Kind::Resource => DocumentKind::BucketPolicy,
    }
}
