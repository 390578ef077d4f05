//! Which policy denies a request, in AWS's own words for it; a limit must never let in what another policy does not allow.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use crate::policy_document::evaluate::PrincipalId;

use super::policy::{self, Keys, Kind, Verdict};
use super::state::{Account, Principal};

/// A kind of policy, in the order in which a denial names it: where several deny, AWS names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    ServiceControl,
    ResourceControl,
    Endpoint,
    Resource,
    Identity,
    Boundary,
    Session,
}

impl By {
    fn words(self) -> &'static str {
        match self {
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Resource => "resource-based policy",
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        }
    }
}

/// A denial by one kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Denial {
    by: By,
    explicit: bool,
}

impl Denial {
    /// Returns the end of AWS's sentence.
    pub(super) fn why(self, action: &str) -> String {
        let words = self.by.words();
        match self.explicit {
            true => {
                let article = if self.by == By::Identity { "an" } else { "a" };
                format!("with an explicit deny in {article} {words}")
            }
            false => format!("because no {words} allows the {action} action"),
        }
    }

    /// Returns the denial as one who asks the resource's policy first puts it.
    pub(super) fn of_resource(self) -> Self {
        match self {
            Self {
                by: By::Identity,
                explicit: false,
            } => Self {
                by: By::Resource,
                ..self
            },
            other => other,
        }
    }

    /// Returns the whole sentence; S3 puts its resources in quotes.
    pub(super) fn sentence(self, user: &str, action: &str, resource: &str) -> String {
        let resource = match action.starts_with("s3:") {
            true => format!("\"{resource}\""),
            false => resource.to_owned(),
        };
        let why = self.why(action);
        format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}")
    }
}

/// Policies that limit a principal and grant it nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Limits {
    boundary: Option<String>,
    session: Vec<String>,
    service_control: Vec<String>,
    endpoint: Option<String>,
}

impl Limits {
    /// Returns the limits of a principal of an account.
    pub(super) fn of(account: Option<&Account>, principal: Option<&Principal>) -> Self {
        Self {
            boundary: principal.and_then(|one| one.permissions_boundary.clone()),
            session: principal.map_or_else(Vec::new, |one| one.session_policies.clone()),
            ..Self::of_account(account)
        }
    }

    /// Returns the limits of a role whose boundary's document is known, where it has one.
    pub(super) fn of_role(account: &Account, boundary: Option<String>) -> Self {
        Self {
            boundary,
            ..Self::of_account(Some(account))
        }
    }

    fn of_account(account: Option<&Account>) -> Self {
        Self {
            service_control: account
                .map_or_else(Vec::new, |held| held.service_control_policies.clone()),
            endpoint: account.and_then(|held| held.vpc_endpoint_policy.clone()),
            ..Self::default()
        }
    }

    /// Returns what each limit says of a request.
    pub(super) fn verdicts(
        &self,
        principal: &PrincipalId,
        ask: (&str, &str),
        keys: &Keys,
    ) -> Vec<(By, Verdict)> {
        let decide = |texts: &mut dyn Iterator<Item = &str>, kind| {
            policy::decide(texts, kind, principal.clone(), ask, keys)
        };
        let mut verdicts = Vec::new();
        if let Some(boundary) = &self.boundary {
            let said = decide(&mut std::iter::once(boundary.as_str()), Kind::Identity);
            verdicts.push((By::Boundary, said));
        }
        for (by, texts) in [
            (By::Session, &self.session),
            (By::ServiceControl, &self.service_control),
        ] {
            if !texts.is_empty() {
                let said = decide(&mut texts.iter().map(String::as_str), Kind::Identity);
                verdicts.push((by, said));
            }
        }
        if let Some(endpoint) = &self.endpoint {
            let said = decide(&mut std::iter::once(endpoint.as_str()), Kind::Resource);
            verdicts.push((By::Endpoint, said));
        }
        verdicts
    }
}

/// Returns what the resource control policies of the account that owns a resource say; they deny, and allow everything else.
pub(super) fn resource_control(
    owner: Option<&Account>,
    principal: &PrincipalId,
    ask: (&str, &str),
    keys: &Keys,
) -> Option<(By, Verdict)> {
    let texts = owner.map_or(&[][..], |held| held.resource_control_policies.as_slice());
    let texts = texts.iter().map(String::as_str);
    let said = policy::decide(texts, Kind::Resource, principal.clone(), ask, keys);
    (said == Verdict::ExplicitDeny).then_some((By::ResourceControl, said))
}

/// What grants: the principal's own policies, and the resource's, which may stand in for them within one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grants {
    pub own: Verdict,
    pub theirs: Verdict,
    pub same_account: bool,
}

/// Decides by all kinds of policies; the first that denies explicitly is named, else the first that does not allow.
pub(super) fn decide(grants: Grants, limits: &[(By, Verdict)]) -> Result<(), Denial> {
    let Grants {
        own,
        theirs,
        same_account,
    } = grants;
    let all = [(By::Identity, own), (By::Resource, theirs)];
    let explicit = all
        .iter()
        .chain(limits)
        .filter(|(_, verdict)| *verdict == Verdict::ExplicitDeny)
        .map(|(by, _)| *by)
        .min();
    if let Some(by) = explicit {
        return Err(Denial { by, explicit: true });
    }
    let granted = match (own, theirs) {
        (Verdict::Allowed, theirs) if same_account || theirs.agrees() => None,
        (_, theirs) if same_account && theirs.is_grant() => None,
        (Verdict::Allowed, _) => Some(By::Resource),
        _ => Some(By::Identity),
    };
    // What a resource grants to a user or a session itself is limited by no boundary and no session policy that is silent
    // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>).
    let direct = same_account && theirs == Verdict::Allowed;
    let bound = |by: &By| !direct || !matches!(by, By::Boundary | By::Session);
    let limited = limits
        .iter()
        .filter(|(by, verdict)| !verdict.agrees() && bound(by))
        .map(|(by, _)| *by);
    match limited.chain(granted).min() {
        Some(by) => Err(Denial {
            by,
            explicit: false,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
