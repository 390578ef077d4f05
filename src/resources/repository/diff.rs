//! Compares a repository with what was read of it. Pure: it decides, and sends nothing.

use serde_json::Value;

use crate::failure::Class;
use crate::hazard::Word;
use crate::resources::context::{Adoption, Context, unread};
use crate::resources::declared::Declared;
use crate::resources::facts::{BucketAndRoleFacts, Route};
use crate::resources::management::Management;
use crate::resources::observed::Observed;
use crate::resources::outcome::{
    Blocked, Changed, Draft, FieldChange, Outcome, Phase, RiskNote, Verb,
};
use crate::resources::repository::mark::is_ours;
use crate::resources::repository::reclaim::{BasePath, Own, base_path};
use crate::resources::repository::{
    Call, Check, Live, Registered, Repository, RepositorySettings, Verify, throttle,
};
use crate::resources::{Call as AnyCall, Check as AnyCheck};

/// Settings whose change lets the repository point elsewhere.
const POINTING: [&str; 5] = ["bucket", "base_path", "region", "endpoint", "role_arn"];

/// Settings of an existing repository that a spec can speak of.
const EXISTING: [&str; 3] = ["bucket", "base_path", "readonly"];

/// Compares a repository with what was read of it.
pub(crate) fn diff(
    declared: &Declared<Repository>,
    have: &Observed<Live>,
    around: &BucketAndRoleFacts,
    context: &Context<'_>,
) -> Outcome {
    let want = &declared.want;
    let live = match have {
        Observed::Unreadable(reads) => return Outcome::Blocked(unread(reads)),
        Observed::Absent => &Live {
            registered: None,
            candidate: None,
            others: Default::default(),
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
            class: Class::Refused,
        });
    }
    match &have.broken {
        None => Outcome::unchanged(),
        Some(words) => Outcome::Blocked(Blocked {
            reason: format!("is registered but does not answer: {words}"),
            remedy: "repair its access to the bucket, or drop `existing: true` to let esbackup register it".to_owned(),
            class: Class::Refused,
        }),
    }
}

fn create(
    want: &Repository,
    live: &Live,
    around: &BucketAndRoleFacts,
    context: &Context<'_>,
) -> Outcome {
    let own = match base_path(want, around, context, around.established.as_ref()) {
        BasePath::Taken(blocked) => return Outcome::Blocked(blocked),
        BasePath::Checked(own) => Some(own),
        BasePath::Free => None,
    };
    if let Some(blocked) = foreign_candidate(want, live, around, own.as_ref()) {
        return Outcome::Blocked(blocked);
    }
    let mut drafts = leftover(want, live, around.route);
    let notes = [note(want, around.route), own.as_ref().map(checked_first)];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    drafts.extend(registration(want, around.route, Earlier::None, own));
    Outcome::Changed(Changed {
        verb: Verb::Create,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
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
    around: &BucketAndRoleFacts,
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
    if !is_ours(want, have, around) && context.adoption == Adoption::NotAdopted {
        return Outcome::Blocked(Blocked {
            reason: format!(
                "is registered with settings that are not esbackup's, and {}",
                match want.settings.contains_key("role_arn") {
                    true => "without this environment's role",
                    false => "not for the bucket and base path of this environment",
                }
            ),
            remedy: format!(
                "say `existing: true` to use it unchanged, or run with `--adopt {}` to replace its settings (plan shows them first)",
                want.id()
            ),
            class: Class::Refused,
        });
    }
    let moves = ["bucket", "base_path"]
        .iter()
        .any(|name| have.settings.get(*name) != want.settings.get(*name));
    let begins_to_write = moves || (is_readonly(have) && !want.is_readonly());
    // It never wrote there: what is there is not its own.
    match base_path(want, around, context, None) {
        BasePath::Taken(blocked) if begins_to_write => return Outcome::Blocked(blocked),
        _ => {}
    }
    if let Some(blocked) = foreign_candidate(want, live, around, None) {
        return Outcome::Blocked(blocked);
    }
    let risks = risks(have, want);
    let put_back = throttle::put_back(declared, &want.settings, &have.settings);
    let notes = [note(want, around.route), defaults(&put_back)];
    drafts.extend(registration(want, around.route, Earlier::Registered, None));
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
fn foreign_candidate(
    want: &Repository,
    live: &Live,
    around: &BucketAndRoleFacts,
    own: Option<&Own>,
) -> Option<Blocked> {
    let proved = want.verify == Verify::Proved && around.route == Route::Candidate;
    let needed = proved || own.is_some();
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
        class: Class::Refused,
    })
}

/// A candidate that a killed run left is removed by its exact name, if it points where this repository's settings do.
fn leftover(want: &Repository, live: &Live, route: Route) -> Vec<Draft> {
    match &live.candidate {
        Some(candidate) if matches(want, candidate) && route == Route::Candidate => {
            let call = AnyCall::Repository(Call::Delete {
                name: want.name.candidate(),
            });
            let idle = AnyCheck::Repository(Check::Idle {
                name: want.name.candidate(),
            });
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
/// A base path that holds a repository is read through a read-only candidate first, and written to only if the snapshots are `own`.
fn registration(want: &Repository, route: Route, earlier: Earlier, own: Option<Own>) -> Vec<Draft> {
    let put_as = |name, settings: RepositorySettings, verify| {
        AnyCall::Repository(Call::Put {
            name,
            kind: want.kind.clone(),
            settings,
            verify,
        })
    };
    let put = |name, verify| put_as(name, want.settings.clone(), verify);
    let candidate = want.name.candidate();
    let remove = AnyCall::Repository(Call::Delete {
        name: candidate.clone(),
    });
    let looking = own.is_some().then(|| {
        let mut readonly = want.settings.clone();
        readonly.insert("readonly".to_owned(), "true".to_owned());
        let call = put_as(candidate.clone(), readonly, Verify::Proved);
        Draft::new(Phase::Register, call).undone_by(remove.clone())
    });
    let owned = |draft: Draft| match own.clone() {
        Some(own) => draft.checked(AnyCheck::Repository(Check::Own(own))),
        None => draft,
    };
    let register = |call| Draft::new(Phase::Register, call);
    let checked = |draft: Draft| match earlier {
        Earlier::None => draft,
        Earlier::Registered => draft.checked(AnyCheck::Repository(Check::Idle {
            name: want.name.clone(),
        })),
    };
    let verify = |name| AnyCall::Repository(Call::Verify { name });
    let name = || want.name.clone();
    if want.verify == Verify::NotVerified && own.is_none() {
        return vec![checked(register(put(name(), Verify::NotVerified)))];
    }
    if route == Route::Direct {
        let own = put(name(), Verify::Proved);
        return vec![checked(register(own)), register(verify(name()))];
    }
    let mut drafts: Vec<Draft> = looking.into_iter().collect();
    drafts.push(owned(
        register(put(candidate.clone(), want.verify)).undone_by(remove.clone()),
    ));
    if want.verify == Verify::Proved {
        drafts.push(register(verify(candidate)).undone_by(remove.clone()));
    }
    drafts.push(checked(register(put(name(), want.verify))).undone_by(remove.clone()));
    if want.verify == Verify::Proved {
        drafts.push(register(verify(name())).undone_by(remove.clone()));
    }
    drafts.push(Draft::new(Phase::Remove, remove));
    drafts
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

fn checked_first(_: &Own) -> String {
    "its base path already holds a repository: it is registered read-only first, and for writing only if its snapshots are this environment's"
        .to_owned()
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
    let value = |settings: &RepositorySettings, name: &str| {
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
                risk: Word::Repoints,
                why,
            });
        }
    }
    if have.kind != want.kind {
        risks.push(RiskNote {
            risk: Word::Repoints,
            why: format!("its type goes from {} to {}", have.kind, want.kind),
        });
    }
    if is_readonly(have) && !want.is_readonly() {
        let why = "it becomes writable: no other domain may write to its base path".to_owned();
        risks.push(RiskNote {
            risk: Word::Repoints,
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
    let nothing = RepositorySettings::new();
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
