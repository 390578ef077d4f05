//! AWS's own words for which policy denied a request. Words that name no policy give none: nothing is guessed here.
//!
//! An explicit deny is worded `with an explicit deny in a TYPE policy`, a missing Allow `because no TYPE policy allows the ACTION action`:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>. S3 says so only within one account or one
//! organisation: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>.

use crate::domain::{Origin, Refusal};
use crate::failure::Party;

/// A kind of policy that can deny a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PolicyKind {
    /// A policy of the principal's own, or of its groups.
    Identity,
    /// The resource's own policy: that of a bucket, a key or a domain.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// The permissions boundary of the principal.
    Boundary,
    /// A policy that the session was begun with.
    Session,
    /// A service control policy of the organisation.
    ServiceControl,
    /// A resource control policy of the organisation.
    ResourceControl,
    /// The policy of the VPC endpoint that the request went through.
    VpcEndpoint,
}

/// AWS's words for each kind, in lower case. The page writes `sessions policy` once.
const KINDS: [(&str, PolicyKind); 9] = [
    ("identity-based policy", PolicyKind::Identity),
    ("resource-based policy", PolicyKind::Resource),
    ("role trust policy", PolicyKind::Trust),
    ("permissions boundary", PolicyKind::Boundary),
    ("session policy", PolicyKind::Session),
    ("sessions policy", PolicyKind::Session),
    ("service control policy", PolicyKind::ServiceControl),
    ("resource control policy", PolicyKind::ResourceControl),
    ("vpc endpoint policy", PolicyKind::VpcEndpoint),
];

/// Returns whose request a refusal is about: what the engine passes on was said to its role.
pub(super) fn party(refusal: &Refusal) -> Party {
    match (refusal.origin, refusal.code.as_deref()) {
        // Fine-grained access control is the engine's own judgement of the caller.
        (Origin::Domain, Some("security_exception")) => Party::Caller,
        (Origin::Domain, Some(_)) => Party::Role,
        _ => Party::Caller,
    }
}

/// A denial as AWS words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The kind of policy; none where the words name an explicit deny and not its place.
    pub policy: Option<PolicyKind>,
    /// Whether a Deny refused it; else no Allow let it in.
    pub explicit: bool,
    /// The action.
    pub action: Option<String>,
    /// The ARN of the resource.
    pub resource: Option<String>,
    /// The ARN of the policy that denied, where AWS tells it.
    pub document: Option<String>,
}

impl Denial {
    /// Reads the first message of a refusal that names a policy.
    pub(crate) fn read(refusal: &Refusal) -> Option<Self> {
        refusal.chain.iter().find_map(|words| Self::in_words(words))
    }

    /// Reads one message.
    pub(crate) fn in_words(words: &str) -> Option<Self> {
        // AWS's pages break these sentences over lines, and engines pass them on as they are.
        let words: Vec<&str> = words.split_whitespace().collect();
        let words = words.join(" ");
        let lower = words.to_lowercase();
        let (explicit, policy, end) = explicit(&lower).or_else(|| implicit(&lower))?;
        let (_, after) = words.split_at_checked(end).unwrap_or(("", ""));
        Some(Self {
            policy,
            explicit,
            action: word_after(&words, "is not authorized to perform: "),
            resource: word_after(&words, "on resource: ").filter(|arn| arn.starts_with("arn:")),
            document: after
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '.', ',', ')']))
                .find(|word| word.starts_with("arn:"))
                .map(str::to_owned),
        })
    }
}

type Found = (bool, Option<PolicyKind>, usize);

/// The last kind that the sentence names after these words: `in a VPC endpoint policy transitively through a service control policy` is
/// changed in the latter.
fn explicit(lower: &str) -> Option<Found> {
    let (_, said) = lower.split_once("with an explicit deny")?;
    let start = lower.len() - said.len();
    let sentence = said.split([':', '(', ';']).next().unwrap_or_default();
    let named = KINDS
        .iter()
        .filter_map(|(words, kind)| Some((sentence.rfind(words)? + words.len(), *kind)))
        .max_by_key(|(end, _)| *end);
    let (end, kind) = named.map_or((0, None), |(end, kind)| (end, Some(kind)));
    Some((true, kind, start + end))
}

fn implicit(lower: &str) -> Option<Found> {
    KINDS.iter().find_map(|(words, kind)| {
        let sentence = format!("because no {words} allows");
        let at = lower.find(&sentence)?;
        Some((false, Some(*kind), at + sentence.len()))
    })
}

/// Returns the word that follows some words, without quotes around it.
pub(super) fn word_after(words: &str, start: &str) -> Option<String> {
    let (_, rest) = words.split_once(start)?;
    let word = rest.split_whitespace().next()?;
    Some(
        word.trim_matches('"')
            .trim_end_matches(['.', ','])
            .trim_matches('"')
            .to_owned(),
    )
}
