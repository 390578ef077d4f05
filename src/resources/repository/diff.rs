//! Compares a repository with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::domain::EngineKind;
use crate::resources::Call as AnyCall;
use crate::resources::bucket::spec::Management;
use crate::resources::context::{Adoption, Context, unread};
use crate::resources::declared::Declared;
use crate::resources::observed::{Observed, Unread};
use crate::resources::outcome::{
    Blocked, BlockedBy, Changed, Check, Draft, FieldChange, Outcome, Phase, Risk, RiskNote, Verb,
};
use crate::resources::repository::{Call, Live, Registered, Repository, Verify, throttle};

/// How a registration is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Proved under a candidate name before it takes its own.
    Candidate,
    /// Under its own name at once (`--direct`): weaker, since a failure leaves broken settings behind.
    Direct,
}

/// What the role says about whose repository it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleIs {
    /// Marked by this environment, or to be created by it.
    Ours,
    /// Somebody else's.
    Foreign,
}

/// What the bucket and the role say about the repository.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Whether the base path already holds the index of a repository; none when nobody asked.
    pub holds_repository: Option<Result<bool, Unread>>,
    /// Whether the live role carries the mark of this environment, or does not exist yet.
    pub role: RoleIs,
    /// How a registration is made.
    pub route: Route,
    /// Which engine the domain runs; none where nobody said.
    pub engine: Option<EngineKind>,
}

/// Settings whose change lets the repository point elsewhere.
const POINTING: [&str; 5] = ["bucket", "base_path", "region", "endpoint", "role_arn"];

/// Settings of an existing repository that a spec can speak of.
const EXISTING: [&str; 3] = ["bucket", "base_path", "readonly"];

/// Compares a repository with what was read of it.
pub fn diff(
    declared: &Declared<Repository>,
    have: &Observed<Live>,
    around: &Surroundings,
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

/// Two writers on one base path corrupt each other's snapshots: a repository that begins to write somewhere must find nothing there.
fn taken(want: &Repository, around: &Surroundings, context: &Context<'_>) -> Option<Blocked> {
    if want.is_readonly() || context.adoption == Adoption::Adopted {
        return None;
    }
    let id = want.id();
    match &around.holds_repository {
        Some(Ok(false)) | None => None,
        Some(Ok(true)) => Some(Blocked {
            reason: "its base path already holds the snapshots of a repository; two writers on one path corrupt it".to_owned(),
            remedy: format!(
                "give it a base path of its own, say `readonly: true`, or run with `--adopt {id}` if no other domain writes there"
            ),
            cause: BlockedBy::Guard,
        }),
        Some(Err(read)) => Some(unread(std::slice::from_ref(read))),
    }
}

fn create(want: &Repository, live: &Live, around: &Surroundings, context: &Context<'_>) -> Outcome {
    if let Some(blocked) =
        taken(want, around, context).or_else(|| foreign_candidate(want, live, around))
    {
        return Outcome::Blocked(blocked);
    }
    let mut drafts = leftover(want, live, around.route);
    drafts.extend(registration(want, around.route, Earlier::None));
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: note(want, around.route),
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
    around: &Surroundings,
    context: &Context<'_>,
) -> Outcome {
    let declared = &want.settings;
    let want = &Repository {
        settings: throttle::complete(declared, &have.settings, around.engine),
        ..want.clone()
    };
    let changes = fields(Some(have), want);
    let mut drafts = leftover(want, live, around.route);
    if changes.is_empty() {
        return repair(want, have, drafts);
    }
    let role = want.settings.get("role_arn");
    let ours =
        role.is_some() && have.settings.get("role_arn") == role && around.role == RoleIs::Ours;
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
    let moves = ["bucket", "base_path"]
        .iter()
        .any(|name| have.settings.get(*name) != want.settings.get(*name));
    let begins_to_write = moves || (is_readonly(have) && !want.is_readonly());
    let blocked = taken(want, around, context)
        .filter(|_| begins_to_write)
        .or_else(|| foreign_candidate(want, live, around));
    if let Some(blocked) = blocked {
        return Outcome::Blocked(blocked);
    }
    let risks = risks(have, want);
    drafts.extend(registration(want, around.route, Earlier::Registered));
    let put_back = throttle::put_back(declared, &want.settings, &have.settings);
    let notes = [note(want, around.route), defaults(&put_back)];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    Outcome::Changed(Changed {
        verb: Verb::Update,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        fields: changes,
        risks,
        drafts,
        unmanaged: Vec::new(),
    })
}

/// A registration with equal settings is never sent again. One that does not answer is verified again: that tells whether what
/// was missing (a grant, the bucket) is there now.
fn repair(want: &Repository, have: &Registered, mut drafts: Vec<Draft>) -> Outcome {
    let mut fields = Vec::new();
    let mut notes = Vec::new();
    if !drafts.is_empty() {
        fields.push(FieldChange::value(
            "candidate",
            want.name.candidate().to_string(),
            Value::Null,
        ));
        notes.push("remove the candidate that an interrupted run left".to_owned());
    }
    match (&have.broken, want.verify) {
        (None, _) => {}
        (Some(words), Verify::NotVerified) => {
            notes.push(format!("not verified, and it does not answer: {words}"))
        }
        (Some(words), Verify::Proved) => {
            fields.push(FieldChange::value("answers", "no", "verified on all nodes"));
            drafts.push(Draft::new(
                Phase::Register,
                AnyCall::Repository(Call::Verify {
                    name: want.name.clone(),
                }),
            ));
            notes.push(format!("registered as wanted but does not answer, so it is verified again; it said: {words}"));
        }
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    if drafts.is_empty() {
        return Outcome::Unchanged {
            unmanaged: Vec::new(),
            note,
        };
    }
    Outcome::Changed(Changed {
        verb: Verb::Update,
        note,
        fields,
        risks: Vec::new(),
        drafts,
        unmanaged: Vec::new(),
    })
}

fn is_readonly(have: &Registered) -> bool {
    have.settings
        .get("readonly")
        .is_some_and(|value| value == "true")
}

fn matches(want: &Repository, candidate: &Registered) -> bool {
    ["bucket", "base_path"]
        .iter()
        .all(|name| candidate.settings.get(*name) == want.settings.get(*name))
}

/// A candidate that points elsewhere is not this environment's to overwrite.
fn foreign_candidate(want: &Repository, live: &Live, around: &Surroundings) -> Option<Blocked> {
    let needed = want.verify == Verify::Proved && around.route == Route::Candidate;
    let candidate = live
        .candidate
        .as_ref()
        .filter(|candidate| needed && !matches(want, candidate))?;
    let value = |name: &str| candidate.settings.get(name).map_or("none", String::as_str);
    let name = want.name.candidate();
    Some(Blocked {
        reason: format!(
            "{name} is registered for another place (bucket {}, base path {}), and its settings would be proved under that name",
            value("bucket"),
            value("base_path")
        ),
        remedy: format!(
            "remove the registration {name} if nobody needs it, or register with `--direct`"
        ),
        cause: BlockedBy::Guard,
    })
}

/// A candidate that a killed run left is removed by its exact name, if it points where this repository's settings do.
fn leftover(want: &Repository, live: &Live, route: Route) -> Vec<Draft> {
    match &live.candidate {
        Some(candidate) if matches(want, candidate) && route == Route::Candidate => {
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

fn note(want: &Repository, route: Route) -> Option<String> {
    match (want.verify, route) {
        (Verify::NotVerified, _) => Some("not verified".to_owned()),
        (Verify::Proved, Route::Direct) => Some(
            "registered at once under its own name: a failure would leave broken settings behind"
                .to_owned(),
        ),
        (Verify::Proved, Route::Candidate) => None,
    }
}

/// Says why a setting that the spec does not name gets a value.
fn defaults(put_back: &[&str]) -> Option<String> {
    (!put_back.is_empty()).then(|| {
        format!(
            "the engine's default is sent for {}: engines keep a throttle that a registration leaves out",
            put_back.join(", ")
        )
    })
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
    if is_readonly(have) && !want.is_readonly() {
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

#[cfg(test)]
mod tests;
