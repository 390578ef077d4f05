//! Compares a repository with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::resources::Call as AnyCall;
use crate::resources::bucket::spec::Management;
use crate::resources::context::{Adoption, Context, unread};
use crate::resources::declared::Declared;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, BlockedBy, Changed, Check, Draft, FieldChange, Outcome, Phase, Risk, RiskNote, Verb,
};
use crate::resources::repository::{Call, Live, Registered, Repository, Verify};

/// How a registration is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Proved under a candidate name before it takes its own.
    Candidate,
    /// Under its own name at once (`--direct`): weaker, since a failure leaves broken settings behind.
    Direct,
}

/// What the bucket and the role say about the repository.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// Whether the base path already holds the index of a repository; none when that could not be read.
    pub holds_repository: Option<bool>,
    /// How a registration is made.
    pub route: Route,
}

/// Settings whose change lets the repository point elsewhere.
const POINTING: [&str; 5] = ["bucket", "base_path", "region", "endpoint", "role_arn"];

/// Settings of an existing repository that a spec can speak of.
const EXISTING: [&str; 3] = ["bucket", "base_path", "readonly"];

/// Compares a repository with what was read of it.
pub fn diff(
    declared: &Declared<Repository>,
    have: &Observed<Live>,
    around: Surroundings,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    let live = match have {
        Observed::Unreadable(reads) => return Outcome::Blocked(unread(reads)),
        Observed::Absent => &Live {
            registered: None,
            candidate: None,
        },
        Observed::Present(live) => live,
    };
    match (&live.registered, declared.management) {
        (None, Management::Existing) => Outcome::Blocked(context.missing()),
        (None, Management::Managed) => create(want, live, around, context),
        (Some(registered), Management::Existing) => existing(want, registered),
        (Some(registered), Management::Managed) => update(want, live, registered, around, context),
    }
}

/// An existing repository is used as it is: what the spec says of it must be true, and it must answer.
fn existing(want: &Repository, have: &Registered) -> Outcome {
    let said = want
        .settings
        .iter()
        .filter(|(name, _)| EXISTING.contains(&name.as_str()));
    let wrong: Vec<String> = said
        .filter(|(name, value)| have.settings.get(*name) != Some(*value))
        .map(|(name, value)| {
            let live = have.settings.get(name).map_or("none", String::as_str);
            format!("its {name} is {live}, and the spec says {value}")
        })
        .collect();
    if !wrong.is_empty() {
        return Outcome::Blocked(Blocked {
            reason: format!(
                "is used as it is (`existing: true`), and {}",
                wrong.join("; ")
            ),
            remedy: "correct the spec, or drop `existing: true` to let esbackup register it"
                .to_owned(),
            cause: BlockedBy::Guard,
        });
    }
    match &have.broken {
        None => Outcome::unchanged(),
        Some(words) => Outcome::Blocked(Blocked {
            reason: format!("is registered but does not answer: {words}"),
            remedy: "repair its access to the bucket, or drop `existing: true` to let esbackup register it".to_owned(),
            cause: BlockedBy::Guard,
        }),
    }
}

fn create(want: &Repository, live: &Live, around: Surroundings, context: &Context<'_>) -> Outcome {
    let fresh_path = want.is_readonly() || context.adoption == Adoption::Adopted;
    if around.holds_repository == Some(true) && !fresh_path {
        return Outcome::Blocked(Blocked {
            reason: "its base path already holds the snapshots of a repository; two writers on one path corrupt it".to_owned(),
            remedy: format!(
                "give it a base path of its own, say `readonly: true`, or run with `--adopt {}` if no other domain writes there",
                want.id()
            ),
            cause: BlockedBy::Guard,
        });
    }
    if around.holds_repository.is_none() && !fresh_path && want.settings.contains_key("bucket") {
        return Outcome::Blocked(Blocked {
            reason: "whether its base path already holds the snapshots of another repository cannot be read".to_owned(),
            remedy: format!("grant the caller s3:ListBucket on the bucket, or run with `--adopt {}`", want.id()),
            cause: BlockedBy::Permission,
        });
    }
    let mut drafts = leftover(want, live);
    drafts.extend(registration(want, around.route, Earlier::None));
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: not_verified(want),
        fields: fields(None, want),
        risks: Vec::new(),
        drafts,
        unmanaged: Vec::new(),
    })
}

fn update(
    want: &Repository,
    live: &Live,
    have: &Registered,
    around: Surroundings,
    context: &Context<'_>,
) -> Outcome {
    let changes = fields(Some(have), want);
    let mut drafts = leftover(want, live);
    if changes.is_empty() {
        return repair(want, live, have, drafts);
    }
    let role = want.settings.get("role_arn");
    let ours = role.is_some() && have.settings.get("role_arn") == role;
    if !ours && context.adoption == Adoption::NotAdopted {
        return Outcome::Blocked(Blocked {
            reason: "is registered with settings that are not esbackup's, and without this environment's role".to_owned(),
            remedy: format!(
                "say `existing: true` to use it unchanged, or run with `--adopt {}` to replace its settings (plan shows them first)",
                want.id()
            ),
            cause: BlockedBy::Guard,
        });
    }
    let risks = risks(have, want);
    drafts.extend(registration(want, around.route, Earlier::Registered));
    Outcome::Changed(Changed {
        verb: Verb::Update,
        note: not_verified(want),
        fields: changes,
        risks,
        drafts,
        unmanaged: Vec::new(),
    })
}

/// A registration with equal settings is never sent again. One that does not answer is verified again: that tells whether what
/// was missing (a grant, the bucket) is there now.
fn repair(want: &Repository, live: &Live, have: &Registered, mut drafts: Vec<Draft>) -> Outcome {
    let mut fields = Vec::new();
    if live.candidate.is_some() {
        fields.push(FieldChange::value(
            "candidate",
            want.name.candidate().to_string(),
            Value::Null,
        ));
    }
    if let Some(words) = &have.broken {
        fields.push(FieldChange::value(
            "answers",
            words.as_str(),
            "verified on all nodes",
        ));
        drafts.push(Draft::new(
            Phase::Register,
            AnyCall::Repository(Call::Verify {
                name: want.name.clone(),
            }),
        ));
    }
    if drafts.is_empty() {
        return Outcome::unchanged();
    }
    let note = have
        .broken
        .as_ref()
        .map(|_| "registered as wanted but does not answer: verify again".to_owned());
    let note =
        note.or_else(|| Some("remove the candidate that an interrupted run left".to_owned()));
    Outcome::Changed(Changed {
        verb: Verb::Update,
        note,
        fields,
        risks: Vec::new(),
        drafts,
        unmanaged: Vec::new(),
    })
}

/// A candidate that a killed run left is removed by its exact name, if it points where this repository's settings do.
fn leftover(want: &Repository, live: &Live) -> Vec<Draft> {
    let same = |candidate: &Registered, name: &str| {
        candidate.settings.get(name) == want.settings.get(name)
    };
    match &live.candidate {
        Some(candidate) if same(candidate, "bucket") && same(candidate, "base_path") => {
            let call = AnyCall::Repository(Call::Delete {
                name: want.name.candidate(),
            });
            let idle = Check::RepositoryIdle {
                name: want.name.candidate(),
            };
            vec![Draft::new(Phase::Narrow, call).checked(idle)]
        }
        _ => Vec::new(),
    }
}

/// Whether something is registered under the name already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Earlier {
    None,
    Registered,
}

/// New settings are proved under a candidate name first: a failed registration replaces a working one with a broken one.
fn registration(want: &Repository, route: Route, earlier: Earlier) -> Vec<Draft> {
    let put = |name, verify| {
        let (kind, settings) = (want.kind.clone(), want.settings.clone());
        AnyCall::Repository(Call::Put {
            name,
            kind,
            settings,
            verify,
        })
    };
    let register = |call| Draft::new(Phase::Register, call);
    let checked = |draft: Draft| match earlier {
        Earlier::None => draft,
        Earlier::Registered => draft.checked(Check::RepositoryIdle {
            name: want.name.clone(),
        }),
    };
    let verify = |name| AnyCall::Repository(Call::Verify { name });
    if want.verify == Verify::NotVerified {
        return vec![checked(register(put(
            want.name.clone(),
            Verify::NotVerified,
        )))];
    }
    let own = put(want.name.clone(), Verify::Proved);
    if route == Route::Direct {
        return vec![checked(register(own)), register(verify(want.name.clone()))];
    }
    let candidate = want.name.candidate();
    let remove = AnyCall::Repository(Call::Delete {
        name: candidate.clone(),
    });
    vec![
        register(put(candidate.clone(), Verify::Proved)).undone_by(remove.clone()),
        register(verify(candidate)).undone_by(remove.clone()),
        checked(register(own)).undone_by(remove.clone()),
        register(verify(want.name.clone())).undone_by(remove.clone()),
        Draft::new(Phase::Remove, remove),
    ]
}

fn not_verified(want: &Repository) -> Option<String> {
    (want.verify == Verify::NotVerified).then(|| "not verified".to_owned())
}

fn risks(have: &Registered, want: &Repository) -> Vec<RiskNote> {
    let value = |settings: &super::RepositorySettings, name: &str| {
        settings
            .get(name)
            .cloned()
            .unwrap_or_else(|| "none".to_owned())
    };
    let mut risks = Vec::new();
    for name in POINTING {
        if have.settings.get(name) != want.settings.get(name) {
            let why = format!(
                "{name} goes from {} to {}",
                value(&have.settings, name),
                value(&want.settings, name)
            );
            risks.push(RiskNote {
                risk: Risk::Repoints,
                why,
            });
        }
    }
    if have.kind != want.kind {
        risks.push(RiskNote {
            risk: Risk::Repoints,
            why: format!("its type goes from {} to {}", have.kind, want.kind),
        });
    }
    if have
        .settings
        .get("readonly")
        .is_some_and(|value| value == "true")
        && !want.is_readonly()
    {
        let why = "it becomes writable: no other domain may write to its base path".to_owned();
        risks.push(RiskNote {
            risk: Risk::Repoints,
            why,
        });
    }
    risks
}

/// A registration replaces all settings, so what the spec does not name is shown as removed.
fn fields(have: Option<&Registered>, want: &Repository) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    if let Some(have) = have
        && have.kind != want.kind
    {
        fields.push(FieldChange::value(
            "type",
            have.kind.as_str(),
            want.kind.as_str(),
        ));
    }
    let nothing = super::RepositorySettings::new();
    let live = have.map_or(&nothing, |have| &have.settings);
    for (name, value) in &want.settings {
        if live.get(name) != Some(value) {
            fields.push(FieldChange::value(
                path(name),
                live.get(name).cloned(),
                value.as_str(),
            ));
        }
    }
    for (name, value) in live
        .iter()
        .filter(|(name, _)| !want.settings.contains_key(*name))
    {
        fields.push(FieldChange::value(path(name), value.as_str(), Value::Null));
    }
    fields
}

/// The YAML key of a setting: some have one of their own, the rest stand under `settings`.
fn path(name: &str) -> String {
    const OWN: [&str; 7] = [
        "bucket",
        "base_path",
        "region",
        "endpoint",
        "role_arn",
        "readonly",
        "server_side_encryption",
    ];
    if OWN.contains(&name) {
        name.to_owned()
    } else {
        format!("settings.{name}")
    }
}
