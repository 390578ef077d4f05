//! Nothing is called verified or valid that was not seen to be.

use serde_json::{Value, json};

use super::{Lab, nothing};
use crate::support::binary::Ran;
use crate::support::fields::SPEC;

/// The line in which an apply tells how the environment ended.
fn end(ran: &Ran) -> Value {
    let lines = ran.stdout.lines().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
    });
    let mut ends = lines.filter(|line| line["event"] == "environment");
    ends.next().unwrap_or_else(|| panic!("{ran:#?}"))
}

fn claims(ran: &Ran) -> (i32, Value, Value) {
    let end = end(ran);
    (ran.code, end["verified"].clone(), end["nodes"].clone())
}

#[test]
fn what_was_proved_of_a_candidate_is_not_claimed_of_the_repository() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let refused = json!({"status": {"code": 403, "body": "{\"Message\":\"no\"}"}});
    let second = json!({"operation": "es:PUT _snapshot", "nth": 2, "action": refused});
    lab.world.sandbox.fault(&second);
    let ran = lab.apply(&["--format", "json"]);
    assert_eq!(claims(&ran), (77, json!(false), json!([])), "{ran:#?}");

    lab.world.sandbox.forget_faults();
    let ran = lab.apply(&["--format", "json"]);
    assert_eq!(claims(&ran).1, json!(true), "{ran:#?}");
    let ran = lab.apply(&["--format", "json"]);
    assert_eq!(claims(&ran), (0, json!("answers"), json!([])), "{ran:#?}");
}

#[test]
fn a_run_that_failed_before_its_first_call_was_done_claims_nothing() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let refused =
        json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "Access Denied"}});
    lab.fault("s3:CreateBucket", &refused);
    let ran = lab.apply(&["--format", "json"]);
    assert_eq!(claims(&ran), (77, json!(false), json!([])), "{ran:#?}");
}

#[test]
fn a_verification_that_names_no_node_proves_nothing() {
    let lab = Lab::new(SPEC);
    for body in ["{}", "{\"nodes\":{}}"] {
        lab.begin(nothing);
        let empty = json!({"status": {"code": 200, "body": body}});
        lab.fault("es:POST _snapshot/_verify", &empty);
        let ran = lab.apply(&["--format", "json"]);
        assert_eq!(claims(&ran), (1, json!(false), json!([])), "{ran:#?}");
        assert_eq!(
            end(&ran)["error"]["messages"],
            json!(["the answer is not the list of nodes that reached the repository"])
        );
    }
}

#[test]
fn a_wrong_spec_is_one_json_object_as_a_right_one_is() {
    let lab = Lab::new(SPEC);
    let arguments = ["validate", "--format", "json"];
    let right = lab.folder.run(arguments);
    let object = "{\"environments\":[\"logs\"],\"problems\":[],\"valid\":true}\n";
    assert_eq!((right.code, right.stdout.as_str()), (0, object));
    lab.wants(&SPEC.replace("  exclusive: true\n", "  exclusiv: true\n"));
    let wrong = lab.folder.run(arguments);
    assert_eq!((wrong.code, wrong.stderr.as_str()), (65, ""));
    let told: Value = serde_json::from_str(&wrong.stdout).unwrap();
    let problem = json!({
        "severity": "error", "title": "unknown key `exclusiv`", "file": "esbackup.yaml", "line": 18, "column": 3,
        "label": "not a key of `role`", "help": "did you mean `exclusive`?", "related": [],
    });
    let object = json!({"valid": false, "environments": [], "problems": [problem]});
    assert_eq!(told, object);
}
