//! What a spec accepts.

use super::{SPEC, Stage, codes};

const RULE: &str = "<Rule><ID>archive</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>";

fn with(entry: &str) -> String {
    format!(
        "{SPEC}\naccept:\n  - {{finding: expires-backups, resource: bucket.logs-snapshots, reason: kept elsewhere{entry}}}\n"
    )
}

fn stage(entry: &str) -> Stage {
    let mut stage = Stage::new().with_spec(&with(entry));
    stage.world.choices.today = Some(
        esbackup::internals::moment::Moment::parse("2026-11-30T00:00:00Z")
            .unwrap()
            .day(),
    );
    stage
}

#[test]
fn accepted_finding_is_listed_with_its_reason_and_does_not_count() {
    for entry in [
        "",
        ", until: 2026-11-30",
        ", match: archive",
        ", until: 2027-01-31, match: 30 days",
    ] {
        let found = stage(entry).beside_rule(RULE);
        assert_eq!(codes(&found), [("expires-backups", "danger")], "{entry}");
        assert!(!found[0].is_danger());
        assert_eq!(found[0].accepted.as_ref().unwrap().reason, "kept elsewhere");
    }
}

#[test]
fn expired_entry_counts_again_and_says_so() {
    let found = stage(", until: 2026-11-29").beside_rule(RULE);
    assert!(found[0].is_danger());
    assert!(
        found[0]
            .message
            .contains("accepted until 2026-11-29, which is over"),
        "{}",
        found[0].message
    );
}

#[test]
fn entry_that_matches_nothing_warns() {
    let found = stage(", match: another").beside_rule(RULE);
    assert_eq!(
        codes(&found),
        [
            ("expires-backups", "danger"),
            ("unmatched-accept", "warning")
        ]
    );
    assert!(found[0].is_danger());
    assert_eq!(
        codes(&stage("").found(&[])),
        [("unmatched-accept", "warning")]
    );
    let elsewhere = with("").replace("resource: bucket.logs-snapshots", "resource: bucket.other");
    let found = Stage::new().with_spec(&elsewhere).beside_rule(RULE);
    assert_eq!(
        codes(&found),
        [
            ("expires-backups", "danger"),
            ("unmatched-accept", "warning")
        ]
    );
}

#[test]
fn accepted_denial_blocks_nothing() {
    use serde_json::json;
    let role = "/accounts/123456789012/roles/logs-snapshots";
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]});
    let world = |spec: &str| {
        let stage = Stage::empty(spec);
        let desired = &stage.desired;
        let plan = stage.world.plan(desired).plan;
        drop(
            stage
                .world
                .run(&stage.world.plan(desired).session, &plan.steps[..11])
                .0,
        );
        stage.world.sandbox.change(|state| {
            crate::support::pointer::set(
                state,
                &format!("{role}/inline/worm"),
                json!({"document": deny}),
            );
        });
        stage.world.plan_accepting(desired, &stage.accept).plan
    };
    assert_eq!(world(SPEC).blocked().count(), 2);
    let accepted = format!(
        "{SPEC}\naccept:\n  - {{finding: role-lacks-access, resource: role.logs-snapshots, reason: tried by hand}}\n"
    );
    let plan = world(&accepted);
    assert_eq!(plan.blocked().count(), 0);
    assert_eq!(codes(&plan.findings), [("role-lacks-access", "danger")]);
}
