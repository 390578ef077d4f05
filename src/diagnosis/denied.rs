//! What a denial means and what to do about it, by the policy that AWS's words name; without words no policy is claimed.

use super::denial::{Denial, PolicyKind, party, word_after};
use super::{Context, Document, Transient, remedy};
use crate::aws::permissions;
use crate::domain::{Origin, Refusal};
use crate::failure::{Layer, Party};

/// What is said of a denial in place of what the table says of all of its kind.
pub(super) struct Verdict {
    pub(super) layer: Layer,
    pub(super) cause: String,
    pub(super) remedy: String,
}

/// Returns whether a denial whose words name the policy, or an explicit deny, may pass by itself.
pub(super) fn transience(denial: &Denial, refusal: &Refusal, context: &Context) -> Transient {
    let asked = Asked::of(denial, refusal, context, party(refusal));
    transient(denial.policy, denial.explicit, &asked)
}

/// Explains a denial whose words name the policy, or an explicit deny.
pub(super) fn named(denial: &Denial, refusal: &Refusal, context: &Context) -> Verdict {
    let party = party(refusal);
    let asked = Asked::of(denial, refusal, context, party);
    let kind = denial.policy;
    let cause = match (kind, denial.explicit) {
        (None, _) => format!(
            "a Deny refuses {} this, and the message does not say in which policy",
            asked.who
        ),
        (Some(kind), true) => format!(
            "a Deny in {} refuses this, and a Deny wins over every grant",
            asked.place(kind)
        ),
        (Some(PolicyKind::Identity), false) => {
            format!("none of {} allows this", asked.place(PolicyKind::Identity))
        }
        (Some(kind), false) => format!("{} does not allow this", asked.place(kind)),
    };
    let remedy = match kind {
        None => asked.search_for_the_deny(),
        Some(kind) => asked.remedy(kind, denial),
    };
    Verdict {
        layer: kind.map_or(Layer::Unnamed, |kind| asked.layer(kind)),
        cause,
        remedy: remedy + &asked.hints(kind),
    }
}

/// Explains a denial of the snapshot role without a word about the policy.
pub(super) fn unnamed_of_role(refusal: &Refusal, context: &Context) -> Verdict {
    let who = context
        .role_arn
        .clone()
        .unwrap_or_else(|| "the identity that the domain uses".to_owned());
    let said = word_in(refusal, "is not authorized to perform: ");
    let mut remedy = String::new();
    if let Some(own) = &context.own {
        let resource = word_in(refusal, "on resource: ").filter(|arn| arn.starts_with("arn:"));
        let allows = match (&said, &resource) {
            (Some(action), Some(resource)) => own.allows(action, resource),
            _ => own.allows_all(),
        };
        remedy.push_str(&match allows {
            true => format!(
                "the policy {} of this spec already allows it, so leave that as it is; ",
                own.arn
            ),
            false => format!(
                "the policy {} of this spec does not allow all of it; ",
                own.arn
            ),
        });
    } else if context.bucket.is_some() {
        remedy.push_str(&format!(
            "{} on the bucket and {} on its objects are needed; ",
            permissions::LIST_BUCKET,
            permissions::on_objects(false).join(", ")
        ));
    }
    let bucket = context.bucket.as_deref().unwrap_or("the bucket");
    remedy.push_str(&format!(
        "what can deny it: the policies of {who}, its permissions boundary, the policy of the bucket {bucket}, the policy of its KMS key, a service control policy or a resource control policy of the organisation, a VPC endpoint policy"
    ));
    if let Some(statement) = foreign(context) {
        remedy.push_str(&statement);
    }
    Verdict {
        layer: Layer::Unnamed,
        cause:
            "access was denied to the snapshot role, and the message does not say by which policy"
                .to_owned(),
        remedy,
    }
}

/// Returns what to do about a denial of the caller's own request that the words put down to a policy.
pub(crate) fn of_callers(denial: &Denial, words: &str) -> String {
    let refusal = Refusal {
        origin: Origin::Service,
        operation: String::new(),
        status: Some(403),
        code: None,
        chain: vec![words.to_owned()],
        request_id: None,
    };
    named(denial, &refusal, &Context::default()).remedy
}

/// Names what else than a missing grant can deny a call of the caller's own, where the words name no policy.
pub(super) fn or_else(refusal: &Refusal) -> String {
    // A bucket that is not there yet has no policy.
    let has_policy =
        refusal.operation.starts_with("s3 ") && !refusal.operation.ends_with(" CreateBucket");
    let (of_bucket, of_resources) = match has_policy {
        true => (
            "a Deny in the bucket's policy refuses it, or ",
            " or resource control policy",
        ),
        false => ("", ""),
    };
    format!(
        "; or {of_bucket}a permissions boundary, a session policy, a service control policy{of_resources} or a VPC endpoint policy: the message does not say which"
    )
}

/// Returns the hint on the permissions boundary that organisations demand of roles.
pub(super) fn boundary_hint(operation: &str, context: &Context) -> Option<String> {
    const DEMANDING: [&str; 4] = [
        "CreateRole",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
    ];
    if !DEMANDING.contains(&operation) {
        return None;
    }
    Some(match &context.boundary {
        None => "; organisations often demand a permissions boundary of every role: if yours does, name it in `role.permissions_boundary`".to_owned(),
        Some(boundary) => format!("; the role has the permissions boundary {boundary}: check that it is the one that your organisation demands"),
    })
}

/// Returns the statement that the policy of another account's bucket needs, as the end of a remedy.
fn foreign(context: &Context) -> Option<String> {
    let (bucket, role) = (context.bucket_used.as_ref()?, context.role_arn.as_deref()?);
    let account = role.split(':').nth(4)?;
    if bucket.account == account {
        return None;
    }
    let key = match &bucket.key_account {
        Some(_) => {
            "\nits KMS key must allow the role kms:Decrypt and kms:GenerateDataKey too, in the key's policy"
        }
        None => "",
    };
    Some(format!(
        "\nthe bucket belongs to account {}, so its policy must have this statement:\n{}{key}",
        bucket.account,
        bucket.statement(role)
    ))
}

fn transient(kind: Option<PolicyKind>, explicit: bool, asked: &Asked<'_>) -> Transient {
    let role = asked.party == Party::Role;
    let Some(kind) = kind else {
        return Transient::No;
    };
    match kind {
        PolicyKind::Identity if role && !explicit => Transient::IamPropagation,
        PolicyKind::Identity if role => Transient::Changed(Document::Identity),
        PolicyKind::Resource if asked.is_on_s3() => Transient::Changed(Document::BucketPolicy),
        PolicyKind::Resource | PolicyKind::Trust if asked.is_on_sts() && !explicit => {
            Transient::IamPropagation
        }
        PolicyKind::Resource | PolicyKind::Trust if asked.is_on_sts() => {
            Transient::Changed(Document::Trust)
        }
        PolicyKind::Boundary if role => Transient::Changed(Document::Boundary),
        // No document of these is esbackup's.
        _ => Transient::No,
    }
}

/// What was asked for, by whom, in words.
struct Asked<'a> {
    party: Party,
    who: String,
    action: Option<String>,
    resource: Option<String>,
    refusal: &'a Refusal,
    context: &'a Context,
}

impl<'a> Asked<'a> {
    fn of(denial: &Denial, refusal: &'a Refusal, context: &'a Context, party: Party) -> Self {
        let who = match party {
            Party::Caller => "the caller".to_owned(),
            Party::Role => context
                .role_arn
                .clone()
                .unwrap_or_else(|| "the snapshot role".to_owned()),
        };
        Self {
            party,
            who,
            action: denial.action.clone(),
            resource: denial.resource.clone(),
            refusal,
            context,
        }
    }

    fn starts(&self, with: &str) -> bool {
        self.action
            .as_deref()
            .is_some_and(|action| action.starts_with(with))
    }

    fn is_on_s3(&self) -> bool {
        self.starts("s3:")
    }

    fn is_on_sts(&self) -> bool {
        self.starts("sts:")
    }

    /// The action with its resource.
    fn what(&self) -> String {
        let action = self
            .action
            .as_deref()
            .unwrap_or("the action that the message names");
        match &self.resource {
            Some(resource) => format!("{action} on {resource}"),
            None => action.to_owned(),
        }
    }

    fn resource_policy(&self) -> (Layer, String) {
        let bucket = || {
            let named = self
                .resource
                .as_deref()
                .and_then(|arn| arn.rsplit(":::").next());
            let named = named
                .and_then(|rest| rest.split('/').next())
                .map(str::to_owned);
            named.or_else(|| self.context.bucket.clone()).map_or_else(
                || "the bucket's policy".to_owned(),
                |name| format!("the policy of the bucket {name}"),
            )
        };
        match () {
            () if self.is_on_s3() => (Layer::BucketPolicy, bucket()),
            () if self.starts("kms:") => (
                Layer::KeyPolicy,
                self.resource.as_deref().map_or_else(
                    || "the policy of the KMS key".to_owned(),
                    |key| format!("the policy of the KMS key {key}"),
                ),
            ),
            () if self.starts("es:") => (
                Layer::DomainPolicy,
                "the access policy of the domain".to_owned(),
            ),
            () if self.is_on_sts() => (
                Layer::Trust,
                format!("the trust policy of {}", self.trusting()),
            ),
            () => (
                Layer::ResourcePolicy,
                "the policy of the resource".to_owned(),
            ),
        }
    }

    fn trusting(&self) -> &str {
        self.context
            .role_arn
            .as_deref()
            .unwrap_or("the snapshot role")
    }

    fn layer(&self, kind: PolicyKind) -> Layer {
        match kind {
            PolicyKind::Identity if self.starts(permissions::PASS_ROLE) => Layer::PassRole,
            PolicyKind::Identity if self.party == Party::Role => Layer::RoleS3,
            PolicyKind::Identity => Layer::CallerIam,
            PolicyKind::Resource => self.resource_policy().0,
            PolicyKind::Trust => Layer::Trust,
            PolicyKind::Boundary => Layer::Boundary,
            PolicyKind::Session => Layer::SessionPolicy,
            PolicyKind::ServiceControl => Layer::ServiceControl,
            PolicyKind::ResourceControl => Layer::ResourceControl,
            PolicyKind::VpcEndpoint => Layer::VpcEndpoint,
        }
    }

    /// The policy in words.
    fn place(&self, kind: PolicyKind) -> String {
        let who = &self.who;
        match kind {
            PolicyKind::Identity => match self.party {
                Party::Caller => "the caller's own policies".to_owned(),
                Party::Role => format!("the policies of {who}"),
            },
            PolicyKind::Resource => self.resource_policy().1,
            PolicyKind::Trust => format!("the trust policy of {}", self.trusting()),
            PolicyKind::Boundary => format!("the permissions boundary of {who}"),
            PolicyKind::Session => format!("the policy with which the session of {who} was begun"),
            PolicyKind::ServiceControl => "a service control policy of the organisation".to_owned(),
            PolicyKind::ResourceControl => {
                "a resource control policy of the organisation".to_owned()
            }
            PolicyKind::VpcEndpoint => {
                "the policy of the VPC endpoint that the request went through".to_owned()
            }
        }
    }

    fn remedy(&self, kind: PolicyKind, denial: &Denial) -> String {
        let (who, what, place) = (&self.who, self.what(), self.place(kind));
        let named = denial
            .document
            .as_ref()
            .map_or_else(String::new, |arn| format!(" ({arn})"));
        match (kind, denial.explicit) {
            (PolicyKind::Identity, false) => self.grant(&what),
            (PolicyKind::Resource, false) => self.grant_in_the_resource(&what, &place),
            (PolicyKind::Trust, false) => format!(
                "{place} must allow es.amazonaws.com sts:AssumeRole, with aws:SourceAccount and aws:SourceArn of {} or without conditions",
                self.context.domain_arn.as_deref().unwrap_or("the domain")
            ),
            (PolicyKind::ServiceControl | PolicyKind::ResourceControl, explicit) => format!(
                "{}no grant in this account helps: ask whoever administers the organisation to {} {what} for {who} in that policy{named}",
                self.allowed_already(),
                if explicit { "except" } else { "allow" }
            ),
            (PolicyKind::VpcEndpoint, explicit) => format!(
                "{}{} {what} for {who} in the policy of that endpoint{named}, or send the request another way",
                self.allowed_already(),
                if explicit { "except" } else { "allow" }
            ),
            (PolicyKind::Session, explicit) => format!(
                "{} {what} {} the policy that the session is begun with, or use credentials that are issued without one",
                if explicit { "take the Deny of" } else { "add" },
                if explicit { "out of" } else { "to" }
            ),
            (PolicyKind::Boundary, explicit) => format!(
                "{}{} {what} {} {place}{named}: a boundary limits what every other policy grants",
                self.allowed_already(),
                if explicit { "take the Deny of" } else { "add" },
                if explicit { "out of" } else { "to" }
            ),
            (PolicyKind::Resource, true) => format!(
                "{}find the Deny of {what} in {place}{} and except {who} from it, or meet its condition{}",
                self.allowed_already(),
                self.shown_by(),
                self.conditions()
            ),
            (PolicyKind::Identity | PolicyKind::Trust, true) => format!(
                "find the Deny of {what} in {place}{named} and take it out, or except {who} from it"
            ),
        }
    }

    fn grant(&self, what: &str) -> String {
        match self.party {
            Party::Caller => remedy::grant(self.refusal, self.context)
                .unwrap_or_else(|| format!("allow the caller {what}")),
            Party::Role => match self.allowed_already() {
                said if said.is_empty() => format!(
                    "allow {} {what}, in the spec's `policy` or in a policy that is attached to the role",
                    self.who
                ),
                said => format!(
                    "{said}run `esbackup plan`: it shows whether that policy is attached to {}; right after a change IAM needs a while",
                    self.who
                ),
            },
        }
    }

    fn grant_in_the_resource(&self, what: &str, place: &str) -> String {
        let already = self.allowed_already();
        match (self.party, foreign(self.context)) {
            (Party::Role, Some(statement)) if self.is_on_s3() => {
                format!("{already}allow {} {what} in {place}{statement}", self.who)
            }
            _ => format!("{already}allow {} {what} in {place}", self.who),
        }
    }

    /// A sentence that the spec's own policy is not what is missing.
    fn allowed_already(&self) -> String {
        let (Some(own), Party::Role) = (&self.context.own, self.party) else {
            return String::new();
        };
        let allows = match (&self.action, &self.resource) {
            (Some(action), Some(resource)) => own.allows(action, resource),
            _ => false,
        };
        match allows {
            true => format!(
                "the policy {} of this spec already allows it, so leave that as it is; ",
                own.arn
            ),
            false => String::new(),
        }
    }

    fn shown_by(&self) -> String {
        match (self.is_on_s3(), &self.context.bucket) {
            (true, Some(bucket)) => format!(" (`aws s3api get-bucket-policy --bucket {bucket}`)"),
            _ => String::new(),
        }
    }

    /// What a repository can do about the conditions that such statements often have.
    fn conditions(&self) -> &'static str {
        match self.party == Party::Role && self.starts(permissions::PUT_OBJECT) {
            true => {
                ": where it demands an encryption header, set `server_side_encryption: true` in `repository`"
            }
            false => "",
        }
    }

    fn search_for_the_deny(&self) -> String {
        format!(
            "find the Deny of {}: in the policies of {}, its permissions boundary, the policy of the resource, or a service control policy of the organisation; except {} from it",
            self.what(),
            self.who,
            self.who
        )
    }

    fn hints(&self, kind: Option<PolicyKind>) -> String {
        let may_be_the_boundary = !matches!(
            kind,
            Some(
                PolicyKind::Session
                    | PolicyKind::VpcEndpoint
                    | PolicyKind::ResourceControl
                    | PolicyKind::Resource
                    | PolicyKind::Trust
            )
        );
        let operation = self
            .refusal
            .operation
            .rsplit(' ')
            .next()
            .unwrap_or_default();
        match self.party == Party::Caller && may_be_the_boundary {
            true => boundary_hint(operation, self.context).unwrap_or_default(),
            false => String::new(),
        }
    }
}

fn word_in(refusal: &Refusal, start: &str) -> Option<String> {
    refusal
        .chain
        .iter()
        .find_map(|words| word_after(words, start))
}
