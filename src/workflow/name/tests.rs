//! Templates: what they name and what they claim.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::data::snapshot::{NameSet, Shards, State, mark};

fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::parse(name).unwrap()
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn at(millis: i64) -> Moment {
    Moment::from_millis(millis).unwrap()
}

/// 2026-11-24T03:04:05Z.
const EARLY: i64 = 1_795_489_445_123;

fn named(text: &str) -> Result<String, TemplateError> {
    let name = Template::parse(text)?.name(&environment("logs"), at(EARLY))?;
    Ok(name.to_string())
}

#[test]
fn a_name_is_the_template_with_everything_in_utc() {
    for (text, want) in [
        (DEFAULT, "logs-2026-11-24-030405"),
        ("alb-{date}", "alb-2026-11-24"),
        ("{time}{environment}", "030405logs"),
        ("before-upgrade", "before-upgrade"),
        ("{environment}", "logs"),
    ] {
        assert_eq!(named(text), Ok(want.to_owned()), "{text}");
    }
    let epoch = template(DEFAULT).name(&environment("logs"), at(0)).unwrap();
    assert_eq!(epoch.as_str(), "logs-1970-01-01-000000");
}

#[test]
fn a_text_that_gives_no_name_is_no_template() {
    for (text, want) in [
        ("{env}-x", TemplateError::Unknown("env".to_owned())),
        ("{}", TemplateError::Unknown(String::new())),
        ("{Date}", TemplateError::Unknown("Date".to_owned())),
        ("a{date", TemplateError::Brace),
        ("a}", TemplateError::Brace),
        ("{date}}", TemplateError::Brace),
        ("latest", TemplateError::Latest),
        ("", SnapshotName::parse("").unwrap_err().into()),
        (
            "Logs-{date}",
            SnapshotName::parse("Logs").unwrap_err().into(),
        ),
        ("a b", SnapshotName::parse("a b").unwrap_err().into()),
        ("_{date}", SnapshotName::parse("_a").unwrap_err().into()),
        ("a,*", SnapshotName::parse("a,*").unwrap_err().into()),
    ] {
        assert_eq!(Template::parse(text), Err(want), "{text}");
    }
    let unknown = Template::parse("{env}").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "`{env}` is no placeholder; there are {environment}, {date} and {time}"
    );
}

#[test]
fn a_template_whose_name_is_too_long_for_an_environment_says_so_then() {
    let text = format!("{}{{environment}}", "a".repeat(250));
    let name = template(&text).name(&environment("production"), at(0));
    assert_eq!(
        name,
        Err(NameError::Snapshot("has at most 255 bytes").into())
    );
}

#[test]
fn only_a_whole_match_is_an_own_name() {
    for (text, name, want) in [
        (DEFAULT, "logs-2026-11-24-030405", true),
        (DEFAULT, "logs-production-2026-11-24-030000", false),
        (DEFAULT, "logs-2026-11-24-0304050", false),
        (DEFAULT, "logs-2026-11-24-030405-", false),
        (DEFAULT, "xlogs-2026-11-24-030405", false),
        (DEFAULT, "logs-2026-11-24", false),
        (DEFAULT, "logs", false),
        (DEFAULT, "", false),
        (DEFAULT, "logs-2026-11-31-030405", false),
        (DEFAULT, "logs-2027-02-29-030405", false),
        (DEFAULT, "logs-2028-02-29-030405", true),
        (DEFAULT, "logs-2026-13-01-030405", false),
        (DEFAULT, "logs-1969-12-31-030405", false),
        (DEFAULT, "logs-2026-11-24-240000", false),
        (DEFAULT, "logs-2026-11-24-235960", false),
        (DEFAULT, "logs-+026-11-24-030405", false),
        (DEFAULT, "logs-2026-+1-24-030405", false),
        (DEFAULT, "logs-2026/11/24-030405", false),
        (DEFAULT, "logs-٢٠٢٦-11-24-030405", false),
        (DEFAULT, "logs-2026-11-2é-030405", false),
        (
            "{environment}-{date}-{date}",
            "logs-2026-11-24-2026-11-24",
            true,
        ),
        (
            "{environment}-{date}-{date}",
            "logs-2026-11-24-2026-11-25",
            false,
        ),
        ("{environment}", "logs", true),
        ("{environment}", "logs-production", false),
        ("alb-{date}", "alb-2026-11-24", false),
        ("before-upgrade", "before-upgrade", false),
    ] {
        let have = template(text).is_own_name(&environment("logs"), name);
        assert_eq!(have, want, "{text} {name}");
    }
}

fn snapshot(name: &str, metadata: &[(&str, &str)]) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uuid: "u".to_owned(),
        state: State::Success,
        started: None,
        ended: None,
        indices: NameSet::default(),
        data_streams: Vec::new(),
        shards: Shards::default(),
        failures: Vec::new(),
        global_state: None,
        engine: None,
        metadata: metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        reason: None,
    }
}

#[test]
fn metadata_says_whose_a_snapshot_is_before_its_name_does() {
    let own = "logs-2026-11-24-030405";
    let ours = ("managed-by", "esbackup");
    let other = Ownership::Other("web".to_owned());
    for (name, metadata, want) in [
        (
            "odd",
            &[ours, ("esbackup-environment", "logs")][..],
            Ownership::Ours,
        ),
        (own, &[ours, ("esbackup-environment", "web")], other),
        (own, &[], Ownership::Ours),
        (own, &[("by", "me")], Ownership::Ours),
        (own, &[("managed-by", "terraform")], Ownership::Unknown),
        (own, &[ours], Ownership::Unknown),
        ("logs-production-2026-11-24-030405", &[], Ownership::Unknown),
        (
            "odd",
            &[("esbackup-environment", "logs")],
            Ownership::Unknown,
        ),
        ("odd", &[], Ownership::Unknown),
    ] {
        let templates = [template("alb-{date}"), template(DEFAULT)];
        let have = ownership(&snapshot(name, metadata), &environment("logs"), &templates);
        assert_eq!(have, want, "{name} {metadata:?}");
    }
}

#[test]
fn what_an_environment_marks_is_its_own() {
    let mut taken = snapshot("odd", &[]);
    taken.metadata = mark(&environment("logs"), "me");
    assert_eq!(
        ownership(&taken, &environment("logs"), &[]),
        Ownership::Ours
    );
}

fn environments() -> impl Strategy<Value = EnvironmentName> {
    "[a-z0-9][a-z0-9-]{0,20}".prop_map(|name| environment(&name))
}

fn templates() -> impl Strategy<Value = Template> {
    let piece = prop_oneof![
        Just("{environment}".to_owned()),
        Just("{date}".to_owned()),
        Just("{time}".to_owned()),
        "[a-z0-9.-]{1,4}",
    ];
    prop::collection::vec(piece, 1..6).prop_filter_map("no template", |pieces| {
        Template::parse(&pieces.concat()).ok()
    })
}

proptest! {
    #[test]
    fn what_a_template_names_it_claims_when_it_names_the_environment(
        template in templates(), environment in environments(), millis in 0_i64..253_402_300_799_999,
    ) {
        let name = template.name(&environment, at(millis)).unwrap();
        let claims = template.as_str().contains("{environment}");
        prop_assert_eq!(template.is_own_name(&environment, name.as_str()), claims);
    }

    #[test]
    fn two_environments_never_claim_the_same_name(
        template in templates(), one in environments(), other in environments(), millis in 0_i64..253_402_300_799_999,
    ) {
        prop_assume!(one != other);
        let name = template.name(&one, at(millis)).unwrap();
        prop_assert!(!template.is_own_name(&other, name.as_str()));
    }

    #[test]
    fn any_text_is_read_without_harm(text in ".*", name in ".*") {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.is_own_name(&environment("logs"), &name);
        }
    }
}
