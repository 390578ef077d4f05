//! May this caller do this: identity policies and the resource's own policy; an explicit deny must always win.

use crate::policy_document::evaluate::PrincipalId;

use super::denial::{self, Denial, Grants};
use super::policy::{self, Keys, Kind, Verdict};
use super::sigv4::Caller;
use super::state::Account;

/// The context keys of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    keys: Keys,
}

impl Context {
    /// The keys that every request of a caller has; each counts as sent over TLS, since only the endpoint differs from AWS.
    pub(super) fn of(caller: &Caller) -> Self {
        let mut context = Self::default();
        context.set("aws:SecureTransport", "true");
        context.set("aws:PrincipalAccount", &caller.account);
        context.set("aws:userid", &caller.id);
        match &caller.role {
            Some(role) => {
                context.set("aws:PrincipalArn", role);
                context.set("aws:PrincipalType", "AssumedRole");
            }
            None => {
                context.set("aws:PrincipalArn", &caller.arn);
                context.set("aws:PrincipalType", "User");
                let name = caller.arn.rsplit('/').next().unwrap_or_default();
                context.set("aws:username", name);
            }
        }
        context.set("aws:RequestedRegion", &caller.region);
        context.set("aws:SourceIp", "127.0.0.1");
        context.set("aws:ViaAWSService", "false");
        context
    }

    /// The keys that a request has which nobody signed.
    pub(super) fn anonymous() -> Self {
        let mut context = Self::default();
        context.set("aws:SecureTransport", "true");
        context.set("aws:PrincipalType", "Anonymous");
        context.set("aws:SourceIp", "127.0.0.1");
        context
    }

    /// Sets a key's only value.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.keys.insert(key.to_owned(), vec![value.to_owned()]);
    }

    /// Returns all keys.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// The policy on the resource, which may stand in for the caller's own within one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourcePolicy<'a> {
    pub document: Option<&'a str>,
    /// The account that owns the resource.
    pub owner: &'a str,
    /// What is known of that account.
    pub owned_by: Option<&'a Account>,
}

/// Decides, or returns the message of the denial.
pub(super) fn decide(
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
    on_resource: Option<ResourcePolicy<'_>>,
) -> Result<(), String> {
    let principal = PrincipalId::Aws(caller.arn.clone());
    let ask = (action, resource);
    let theirs = on_resource.map_or(Verdict::ImplicitDeny, |policy| {
        policy::decide(
            policy.document,
            Kind::Bucket,
            principal.clone(),
            ask,
            context.keys(),
        )
    });
    let mut limits = caller.limits.verdicts(&principal, ask, context.keys());
    limits.extend(on_resource.and_then(|policy| {
        denial::resource_control(policy.owned_by, &principal, ask, context.keys())
    }));
    let grants = Grants {
        own: identity(caller, action, resource, context),
        theirs,
        same_account: on_resource.is_none_or(|policy| policy.owner == caller.account),
    };
    denial::decide(grants, &limits).map_err(|denied| denied.sentence(&caller.arn, action, resource))
}

/// Decides by what the caller has alone: its own policies and what limits them.
pub(super) fn own(
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Denial> {
    let principal = PrincipalId::Aws(caller.arn.clone());
    let limits = caller
        .limits
        .verdicts(&principal, (action, resource), context.keys());
    let grants = Grants {
        own: identity(caller, action, resource, context),
        theirs: Verdict::ImplicitDeny,
        same_account: true,
    };
    denial::decide(grants, &limits)
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
