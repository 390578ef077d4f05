//! Compares a role with what was read of it. Pure: it decides, and sends nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::permissions::ASSUME_ROLE;
use crate::failure::Class;
use crate::hazard::Word;
use crate::policy_document;
use crate::policy_document::evaluate::{PrincipalId, Request, evaluate, may_be_allowed};
use crate::resources::context::{Adoption, Context, Standing, compare_tags, unread_of};
use crate::resources::declared::Declared;
use crate::resources::management::Management;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, Changed, Draft, FieldChange, Outcome, Phase, RiskNote, Verb,
};
use crate::resources::role::spec::DEFAULT_SERVICE;
use crate::resources::role::{Live, Role, Sighting, Trust, Write};

/// Compares a role with what was read of it.
pub(crate) fn diff(
    declared: &Declared<Role>,
    have: &Observed<Sighting>,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    match (have, declared.management) {
        (Observed::Unreadable(reads), _) => Outcome::Blocked(unread_of(want.arn.as_str(), reads)),
        (Observed::Present(Sighting::Elsewhere(arn)), _) => Outcome::Blocked(Blocked {
            reason: format!(
                "its name is taken by {arn}; IAM names are unique across paths and without case"
            ),
            remedy: "set `role.path` and `role.name` to that role's, or use another name"
                .to_owned(),
            class: Class::Refused,
        }),
        (Observed::Present(Sighting::NoBoundary), _) => Outcome::Blocked(Blocked {
            reason: "the policy named as its permissions boundary does not exist".to_owned(),
            remedy: "create that policy first, or correct `role.permissions_boundary`".to_owned(),
            class: Class::Refused,
        }),
        (Observed::Absent, Management::Existing) => Outcome::Blocked(context.missing()),
        (Observed::Absent, Management::Managed) => create(want),
        (Observed::Present(Sighting::Here(live)), Management::Existing) => {
            existing(want, live, context)
        }
        (Observed::Present(Sighting::Here(live)), Management::Managed) => {
            match context.standing(&want.id(), &live.mark) {
                Standing::Foreign(blocked) => Outcome::Blocked(blocked),
                Standing::Ours => Difference::new(want, live, Adoption::NotAdopted).outcome(),
                Standing::Adopted => Difference::new(want, live, Adoption::Adopted).outcome(),
            }
        }
    }
}

fn create(want: &Role) -> Outcome {
    let mut fields = vec![FieldChange::value("path", Value::Null, want.path.as_str())];
    fields.extend(
        want.description
            .iter()
            .map(|text| FieldChange::value("description", Value::Null, text.as_str())),
    );
    fields.push(FieldChange::value(
        "max_session_duration",
        Value::Null,
        want.max_session_duration.to_string(),
    ));
    let boundary = want.permissions_boundary.iter();
    fields.extend(
        boundary.map(|arn| FieldChange::value("permissions_boundary", Value::Null, arn.as_str())),
    );
    fields.push(trust_field(None, want));
    fields.push(FieldChange::value(
        "policies",
        Value::Null,
        want.policies.clone(),
    ));
    fields.extend(compare_tags(&want.tags, &Default::default()).0);
    let mut drafts = vec![Draft::new(
        Phase::Create,
        want.call(Write::Create(Box::new(want.clone()))),
    )];
    drafts.extend(
        want.policies
            .iter()
            .map(|arn| Draft::new(Phase::Widen, want.call(Write::Attach(arn.clone())))),
    );
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: None,
        fields,
        risks: Vec::new(),
        drafts,
        unmanaged: Vec::new(),
    })
}

/// An existing role is used as it is. A trust policy that cannot work blocks; a policy that is not attached is reported, since another
/// one may grant the same: the registration proves it.
fn existing(want: &Role, live: &Live, context: &Context<'_>) -> Outcome {
    let undecided = match trust_of_existing(want, live, context) {
        Trusted::Yes => None,
        Trusted::No(blocked) => return Outcome::Blocked(blocked),
        Trusted::Perhaps(note) => Some(note),
    };
    let missing: Vec<String> = want
        .policies
        .iter()
        .filter(|arn| !live.role.policies.contains(arn))
        .map(|arn| format!("{arn} is not attached to it; if nothing else grants that, run `aws iam attach-role-policy --role-name {} --policy-arn {arn}`", want.name))
        .collect();
    let notes: Vec<String> = undecided.into_iter().chain(missing).collect();
    let note = (!notes.is_empty()).then(|| format!("used as it is: {}", notes.join("; ")));
    Outcome::Unchanged {
        unmanaged: Vec::new(),
        note,
    }
}

/// Whether the trust policy of an existing role lets the domain's service in.
enum Trusted {
    Yes,
    No(Blocked),
    /// It depends on context keys whose values esbackup does not know.
    Perhaps(String),
}

/// Keys that AWS fills for a service's AssumeRole, or may fill, with values that cannot be known beforehand.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const UNKNOWN_KEYS: [&str; 16] = [
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalservicenameslist",
    "aws:requestedregion",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:vpcsourceip",
    "sts:rolesessionname",
];

/// Evaluates the live trust policy for the service that takes the snapshots of this domain.
fn trust_of_existing(want: &Role, live: &Live, context: &Context<'_>) -> Trusted {
    let Some(domain) = want.domain_arn.as_ref() else {
        return Trusted::Yes;
    };
    let account = context.account.to_string();
    let keys = [
        ("aws:SourceAccount", account),
        ("aws:SourceArn", domain.to_string()),
        ("aws:ResourceAccount", want.arn.account().to_owned()),
        ("aws:SecureTransport", "true".to_owned()),
    ];
    let request = Request {
        principal: PrincipalId::Service(DEFAULT_SERVICE.to_owned()),
        action: ASSUME_ROLE.to_owned(),
        resource: want.arn.to_string(),
        context: BTreeMap::from(keys.map(|(key, value)| (key.to_owned(), vec![value]))),
    };
    let trust = [&live.role.trust];
    if evaluate(&trust, &request).is_allowed() {
        return Trusted::Yes;
    }
    let is_unknown = |key: &str| {
        UNKNOWN_KEYS.contains(&key)
            || key.starts_with("aws:resourcetag/")
            || key.starts_with("iam:resourcetag/")
    };
    if may_be_allowed(&trust, &request, &is_unknown) {
        return Trusted::Perhaps(format!(
            "whether its trust policy lets {DEFAULT_SERVICE} in for {domain} depends on conditions that esbackup cannot check; the \
             registration of the repository shows it"
        ));
    }
    Trusted::No(Blocked {
        reason: format!(
            "is used as it is (`existing: true`), and its trust policy does not let {DEFAULT_SERVICE} in for {domain}"
        ),
        remedy: "have its trust policy changed, or drop `existing: true` to let esbackup manage it"
            .to_owned(),
        class: Class::Refused,
    })
}

struct Difference<'a> {
    want: &'a Role,
    live: &'a Live,
    adoption: Adoption,
    fields: Vec<FieldChange>,
    risks: Vec<RiskNote>,
    drafts: Vec<Draft>,
    unmanaged: Vec<String>,
}

impl<'a> Difference<'a> {
    fn new(want: &'a Role, live: &'a Live, adoption: Adoption) -> Self {
        Self {
            want,
            live,
            adoption,
            fields: Vec::new(),
            risks: Vec::new(),
            drafts: Vec::new(),
            unmanaged: Vec::new(),
        }
    }

    fn write(&mut self, phase: Phase, write: Write) {
        self.drafts.push(Draft::new(phase, self.want.call(write)));
    }

    fn risk(&mut self, risk: Word, why: impl Into<String>) {
        self.risks.push(RiskNote {
            risk,
            why: why.into(),
        });
    }

    fn outcome(mut self) -> Outcome {
        self.tags();
        self.settings();
        self.policies();
        self.trust();
        if self.drafts.is_empty() {
            return Outcome::Unchanged {
                unmanaged: self.unmanaged,
                note: None,
            };
        }
        Outcome::Changed(Changed {
            verb: Verb::Update,
            note: None,
            fields: self.fields,
            risks: self.risks,
            drafts: self.drafts,
            unmanaged: self.unmanaged,
        })
    }

    fn tags(&mut self) {
        let have = &self.live.role.tags;
        let (changes, foreign) = compare_tags(&self.want.tags, have);
        self.unmanaged.extend(foreign);
        if !changes.is_empty() {
            self.fields.extend(changes);
            let tags = self
                .want
                .tags
                .iter()
                .filter(|(key, value)| have.get(*key) != Some(*value));
            self.write(
                Phase::Narrow,
                Write::Tag(
                    tags.map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                ),
            );
        }
    }

    fn settings(&mut self) {
        let (want, have) = (self.want, &self.live.role);
        let mut update = false;
        if want.description.is_some() && want.description != have.description {
            self.fields.push(FieldChange::value(
                "description",
                have.description.clone(),
                want.description.clone(),
            ));
            update = true;
        }
        if want.max_session_duration != have.max_session_duration {
            let (before, after) = (
                have.max_session_duration.to_string(),
                want.max_session_duration.to_string(),
            );
            self.fields
                .push(FieldChange::value("max_session_duration", before, after));
            update = true;
        }
        if update {
            let Role {
                max_session_duration,
                ..
            } = *want;
            // UpdateRole without a description would clear it.
            let description = want
                .description
                .clone()
                .or_else(|| have.description.clone());
            self.write(
                Phase::Narrow,
                Write::Update {
                    description,
                    max_session_duration,
                },
            );
        }
        match (&want.permissions_boundary, &have.permissions_boundary) {
            (Some(want), have) if have.as_ref() != Some(want) => {
                let before = have.as_ref().map(|arn| arn.as_str());
                self.fields.push(FieldChange::value(
                    "permissions_boundary",
                    before,
                    want.as_str(),
                ));
                let phase = match have {
                    Some(have) => {
                        self.risk(
                            Word::WidensAccess,
                            format!("the permissions boundary changes from {have} to {want}"),
                        );
                        Phase::Widen
                    }
                    None => Phase::Narrow,
                };
                self.write(phase, Write::PutBoundary(want.clone()));
            }
            (None, Some(have)) => self.unmanaged.push(format!("permissions boundary {have}")),
            _ => {}
        }
    }

    fn policies(&mut self) {
        let (want, have) = (self.want, &self.live.role);
        let missing: Vec<String> = want
            .policies
            .iter()
            .filter(|arn| !have.policies.contains(arn))
            .cloned()
            .collect();
        let foreign: Vec<String> = have
            .policies
            .iter()
            .filter(|arn| !want.policies.contains(arn))
            .cloned()
            .collect();
        let removes = want.exclusive && !(foreign.is_empty() && have.inline.is_empty());
        if !missing.is_empty() || (want.exclusive && !foreign.is_empty()) {
            let mut after: Vec<String> = if want.exclusive {
                Vec::new()
            } else {
                have.policies.clone()
            };
            after.extend(
                want.policies
                    .iter()
                    .filter(|arn| want.exclusive || !have.policies.contains(arn))
                    .cloned(),
            );
            self.fields
                .push(FieldChange::value("policies", have.policies.clone(), after));
        }
        for arn in missing {
            self.write(Phase::Widen, Write::Attach(arn));
        }
        if !removes {
            self.unmanaged
                .extend(foreign.iter().map(|arn| format!("attached policy {arn}")));
            self.unmanaged.extend(
                have.inline
                    .iter()
                    .map(|name| format!("inline policy {name}")),
            );
            return;
        }
        // After the attachment, so that what replaces it exists; before the trust opens, so that nobody new gets it.
        for arn in foreign {
            self.risk(
                Word::Destroys,
                format!("{arn} is detached, since the role is exclusive"),
            );
            self.write(Phase::Widen, Write::Detach(arn));
        }
        if !have.inline.is_empty() {
            self.fields.push(FieldChange::value(
                "inline_policies",
                have.inline.clone(),
                Value::Array(Vec::new()),
            ));
        }
        for name in &have.inline {
            self.risk(
                Word::Destroys,
                format!("inline policy {name} is deleted, since the role is exclusive"),
            );
            self.write(Phase::Widen, Write::DeleteInline(name.clone()));
        }
    }

    fn trust(&mut self) {
        let (want, have) = (&self.want.trust, &self.live.role.trust);
        if policy_document::equivalent(have, want) {
            return;
        }
        self.fields
            .push(trust_field(Some(&self.live.role), self.want));
        let wider = policy_document::widens(have, want);
        // A role of ours without policies was never finished: completing it is safe, or an interrupted run could not be.
        let bare = self.live.role.policies.is_empty() && self.live.role.inline.is_empty();
        let wired = !bare || self.adoption == Adoption::Adopted;
        if wired {
            for widening in &wider {
                self.risk(Word::WidensAccess, widening.to_string());
            }
        }
        if wider.is_empty() {
            return self.write(Phase::Narrow, Write::PutTrust(want.clone(), Trust::Wanted));
        }
        if !policy_document::widens(want, have).is_empty() {
            // It widens and narrows: first only what both states allow, so that nobody new meets a grant on its way out.
            let reduced = policy_document::shared(have, want);
            if !policy_document::equivalent(&reduced, have) {
                self.write(Phase::Narrow, Write::PutTrust(reduced, Trust::Interim));
            }
        }
        self.write(Phase::Open, Write::PutTrust(want.clone(), Trust::Wanted));
    }
}

fn trust_field(have: Option<&Role>, want: &Role) -> FieldChange {
    FieldChange {
        path: "trust".to_owned(),
        before: have.map(|have| have.trust.to_value()).unwrap_or_default(),
        after: want.trust.to_value(),
        statements: policy_document::diff(have.map(|have| &have.trust), &want.trust),
    }
}
