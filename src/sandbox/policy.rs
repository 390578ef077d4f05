//! The sandbox's use of the policy language: is a document valid, and what do documents say; it must never allow on doubt.

use std::collections::BTreeMap;

use crate::policy_document::evaluate::{self, Decision, Named, PrincipalId, Request};
use crate::policy_document::{Document, Effect, Kind as DocumentKind, Principals};

/// What a document is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identity,
    /// A policy of a role alone, which may have any version.
    Inline,
    Trust,
    Bucket,
    /// A policy that names principals and stands on no bucket: an organisation's, or a VPC endpoint's.
    Resource,
}

/// What documents say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// Only the account of the principal is let in, which delegates to it: its identity policies have to allow the same.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts>
    Delegated,
    /// The role of the session is let in, as far as its permissions boundary goes.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
    AllowedToRole,
    ExplicitDeny,
    ImplicitDeny,
}

impl Verdict {
    /// Says whether it lets the principal in by itself, within one account.
    pub(super) fn is_grant(self) -> bool {
        matches!(self, Self::Allowed | Self::AllowedToRole)
    }

    /// Says whether it lets the principal in together with an identity policy.
    pub(super) fn agrees(self) -> bool {
        self.is_grant() || self == Self::Delegated
    }
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
        Decision::Allowed { .. } => match evaluate::named(&documents, &request) {
            Some(Named::Account) => Verdict::Delegated,
            Some(Named::Role) => Verdict::AllowedToRole,
            Some(Named::Directly) | None => Verdict::Allowed,
        },
        Decision::ExplicitDeny { .. } => Verdict::ExplicitDeny,
        Decision::ImplicitDeny => Verdict::ImplicitDeny,
    }
}

/// Returns a policy whose denials with `NotPrincipal` spare nobody, as they do not spare who has a permissions boundary.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
pub(super) fn sparing_nobody(text: &str) -> String {
    let Ok(document) = Document::parse_live(text, DocumentKind::BucketPolicy) else {
        return text.to_owned();
    };
    let statements = document.statements().iter().cloned();
    let changed = statements.map(|statement| {
        let spares = matches!(statement.principal, Some(Principals::Not(_)));
        match spares && statement.effect == Effect::Deny {
            true => statement.by_everyone(),
            false => statement,
        }
    });
    document.with_statements(changed.collect()).to_json()
}

fn of(kind: Kind) -> DocumentKind {
    match kind {
        Kind::Identity => DocumentKind::Managed,
        Kind::Inline => DocumentKind::Inline,
        Kind::Trust => DocumentKind::Trust,
        Kind::Bucket | Kind::Resource => DocumentKind::BucketPolicy,
    }
}
