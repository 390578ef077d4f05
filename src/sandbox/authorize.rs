//! May this caller do this: identity policies and the resource's own policy; an explicit deny must always win.

use crate::policy_document::evaluate::PrincipalId;

use super::policy::{self, Keys, Kind, Verdict};
use super::sigv4::Caller;

/// The context keys of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    keys: Keys,
}

impl Context {
    /// The keys that every request of a caller has; each counts as sent over TLS, since only the endpoint differs from AWS.
    pub fn of(caller: &Caller) -> Self {
        let mut context = Self::default();
        context.set("aws:SecureTransport", "true");
        context.set("aws:PrincipalArn", &caller.arn);
        context.set("aws:PrincipalAccount", &caller.account);
        context.set("aws:PrincipalType", "User");
        context.set("aws:RequestedRegion", &caller.region);
        context.set("aws:SourceIp", "127.0.0.1");
        context.set("aws:ViaAWSService", "false");
        context
    }

    /// Sets a key's only value.
    pub fn set(&mut self, key: &str, value: &str) {
        self.keys.insert(key.to_owned(), vec![value.to_owned()]);
    }

    /// Returns all keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// The policy on the resource, which may stand in for the caller's own within one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourcePolicy<'a> {
    pub document: Option<&'a str>,
    /// The account that owns the resource.
    pub owner: &'a str,
}

/// Decides, or returns the message of the denial.
pub(super) fn decide(
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
    on_resource: Option<ResourcePolicy<'_>>,
) -> Result<(), String> {
    let own = identity(caller, action, resource, context);
    let theirs = on_resource.map_or(Verdict::ImplicitDeny, |policy| {
        let principal = PrincipalId::Aws(caller.arn.clone());
        policy::decide(
            policy.document,
            Kind::Bucket,
            principal,
            (action, resource),
            context.keys(),
        )
    });
    let same_account = on_resource.is_none_or(|policy| policy.owner == caller.account);
    let denied = |why: &str| {
        let arn = &caller.arn;
        Err(format!(
            "User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"
        ))
    };
    match (own, theirs) {
        (Verdict::ExplicitDeny, _) => denied("with an explicit deny in an identity-based policy"),
        (_, Verdict::ExplicitDeny) => denied("with an explicit deny in a resource-based policy"),
        (Verdict::Allowed, Verdict::Allowed) => Ok(()),
        (Verdict::Allowed, _) | (_, Verdict::Allowed) if same_account => Ok(()),
        (Verdict::Allowed, _) => denied(&format!(
            "because no resource-based policy allows the {action} action"
        )),
        _ => denied(&format!(
            "because no identity-based policy allows the {action} action"
        )),
    }
}

/// Decides by the caller's own policies alone.
pub(super) fn identity(
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> Verdict {
    let Some(policies) = &caller.policies else {
        return Verdict::Allowed;
    };
    let principal = PrincipalId::Aws(caller.arn.clone());
    policy::decide(
        policies.iter().map(String::as_str),
        Kind::Identity,
        principal,
        (action, resource),
        context.keys(),
    )
}
