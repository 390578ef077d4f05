//! A role that is used as it is (`existing: true`) beside a policy that esbackup manages.

use serde_json::{Value, json};

use super::{Lab, ROLE, nothing, of, other_policy, set, spec, text, trust};
use crate::support::fields::SPEC;

const WIDE: &str = "arn:aws:iam::123456789012:policy/wide";

fn existing() -> String {
    spec(
        "role:\n  name: logs-snapshots\n  description: Assumed by the domain\n  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n  exclusive: true\n",
        "role:\n  name: logs-snapshots\n  existing: true\n",
    )
}

/// Only somebody else's role exists, with these policies and this trust.
fn begin(lab: &Lab, attached: &[&str], trusted: &str) {
    lab.begin(|state| {
        let mut role = state.pointer(ROLE).unwrap().clone();
        nothing(state);
        for (at, to) in [
            ("/tags", json!({})),
            ("/attached", json!(attached)),
            ("/trust", trust(trusted)),
        ] {
            set(&mut role, at, to);
        }
        set(state, ROLE, role);
        let policies = "/accounts/123456789012/policies";
        set(state, &format!("{policies}/wide"), other_policy("wide"));
    });
}

fn lab() -> Lab {
    let lab = Lab::new(SPEC);
    lab.wants(&existing());
    lab
}

#[test]
fn an_existing_role_with_another_grant_is_applied_to_the_end() {
    let lab = lab();
    begin(&lab, &[WIDE], "es.amazonaws.com");
    let plan = lab.plan(&[]);
    let role = of(&plan, "role");
    assert_eq!(role["action"], "none");
    let missing = "arn:aws:iam::123456789012:policy/logs-snapshots is not attached to it";
    assert!(text(&role["reason"]).contains(missing), "{role:#}");
    let before = lab.now(ROLE);
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(lab.now(ROLE), before);
    // What the role may do beyond its bucket is a danger, and no change.
    assert_eq!(lab.drift(), 2);
    let plan = lab.plan(&[]);
    assert_eq!(plan["summary"]["unchanged"], 4);
    let codes: Vec<&str> = findings(&plan, "danger");
    assert_eq!(codes, ["role-exceeds-spec"]);
}

/// The codes of the findings of a severity.
fn findings<'p>(plan: &'p Value, severity: &str) -> Vec<&'p str> {
    let all = plan["findings"].as_array().unwrap().iter();
    all.filter(|one| one["severity"] == severity)
        .map(|one| text(&one["code"]))
        .collect()
}

#[test]
fn an_existing_role_that_keeps_the_service_out_blocks_before_anything_is_written() {
    let lab = lab();
    begin(&lab, &[WIDE], "ec2.amazonaws.com");
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
    let words = "its trust policy does not let es.amazonaws.com in";
    assert!(ran.stderr.contains(words), "{ran:#?}");
}

#[test]
fn old_service_software_does_not_block_an_existing_role() {
    let old = |state: &mut Value| {
        let at = "/domains/0/service_software";
        set(state, at, json!("OpenSearch_1_1_R20210101"));
    };
    let lab = lab();
    begin(&lab, &[WIDE], "es.amazonaws.com");
    lab.world.sandbox.change(old);
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    // One that esbackup would write conditions for is blocked.
    lab.wants(SPEC);
    lab.begin(|state| {
        nothing(state);
        old(state);
    });
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (6, Vec::new()), "{ran:#?}");
}
