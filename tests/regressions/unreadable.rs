//! What could not be read is neither absent nor broken nor a missing permission.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Lab, REPOSITORIES, ROLE, of, set, text};
use crate::support::fields::SPEC;

fn body(code: u16, body: &str) -> Value {
    json!({"status": {"code": code, "body": body}})
}

/// The resource is blocked by the read, and an apply writes nothing and ends like this.
fn blocks(lab: &Lab, kind: &str, code: i32, what: &str) -> String {
    let plan = lab.plan(&[]);
    let resource = of(&plan, kind);
    assert_eq!(resource["action"], "blocked", "{what}: {resource:#}");
    let reason = text(&resource["reason"]).to_owned();
    assert!(reason.contains("could not be read"), "{what}: {reason}");
    let ran = lab.apply(&[]);
    assert_eq!(
        (ran.code, lab.writes()),
        (code, Vec::new()),
        "{what}: {ran:#?}"
    );
    reason
}

#[test]
fn a_page_of_a_proxy_is_not_a_broken_repository() {
    let lab = Lab::new(SPEC);
    let html = "<html><body><h1>Internal Server Error</h1></body></html>";
    let message = r#"{"message":"Not Found"}"#;
    for (code, text, exit) in [
        (500, html, 4),
        (502, html, 4),
        (503, html, 4),
        (504, html, 4),
        (404, html, 1),
        (404, message, 1),
        (503, message, 4),
    ] {
        lab.begin(|_| {});
        lab.fault("es:GET _snapshot/_all", &body(code, text));
        blocks(&lab, "repository", exit, &format!("{code} {text}"));
    }
}

#[test]
fn a_list_that_is_none_does_not_say_that_nothing_is_registered() {
    let lab = Lab::new(SPEC);
    for answer in ["[]", "null", "\"\"", ""] {
        lab.begin(|_| {});
        lab.fault("es:GET _snapshot", &body(200, answer));
        let plan = lab.plan(&[]);
        assert_eq!(of(&plan, "repository")["action"], "blocked", "{answer:?}");
        let ran = lab.apply(&[]);
        assert!(ran.code != 0, "{answer:?}: {ran:#?}");
        assert_eq!(lab.writes(), Vec::<String>::new(), "{answer:?}");
    }
}

#[test]
fn an_empty_answer_of_iam_is_not_an_absent_role_or_policy() {
    let lab = Lab::new(SPEC);
    for (operation, kind) in [("iam:GetRole", "role"), ("iam:GetPolicy", "policy")] {
        for answer in ["", "<html/>"] {
            lab.begin(|_| {});
            lab.fault(operation, &body(200, answer));
            let plan = lab.plan(&[]);
            assert_eq!(
                of(&plan, kind)["action"],
                "blocked",
                "{operation} {answer:?}"
            );
            let ran = lab.apply(&[]);
            assert_eq!(ran.code, 1, "{operation} {answer:?}: {ran:#?}");
            assert_eq!(lab.writes(), Vec::<String>::new(), "{operation}");
        }
    }
}

#[test]
fn a_base_path_that_could_not_be_listed_is_not_called_a_permission() {
    let lab = Lab::new(SPEC);
    lab.begin(|state| set(state, REPOSITORIES, json!({})));
    let failing = json!({"status": {"code": 500, "error_code": "InternalError", "message": "no"}});
    lab.fault("s3:ListObjectsV2", &failing);
    let reason = blocks(&lab, "repository", 4, "index-*");
    assert!(!reason.contains("lacks"), "{reason}");
    let denied = json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}});
    lab.begin(|state| set(state, REPOSITORIES, json!({})));
    lab.fault("s3:ListObjectsV2", &denied);
    let ran = lab.apply(&[]);
    assert_eq!((ran.code, lab.writes()), (77, Vec::new()), "{ran:#?}");
}

#[test]
fn a_list_that_repeats_its_page_marker_is_unreadable_and_not_short() {
    let lab = Lab::new(SPEC);
    for (operation, kind) in [
        ("iam:ListAttachedRolePolicies", "role"),
        ("iam:ListRolePolicies", "role"),
        ("iam:ListPolicyVersions", "policy"),
    ] {
        lab.begin(|_| {});
        lab.fault(operation, &json!("repeat_marker"));
        let plan = lab.plan(&[]);
        let resource = of(&plan, kind);
        assert_eq!(resource["action"], "blocked", "{operation}: {resource:#}");
        lab.world.sandbox.forget_requests();
        let ran = lab.apply(&[]);
        assert_eq!(ran.code, 1, "{operation}: {ran:#?}");
        assert_eq!(lab.writes(), Vec::<String>::new(), "{operation}");
        let asked = lab.world.sandbox.requests();
        let times = asked.iter().filter(|one| one.name() == operation).count();
        assert!(times <= 4, "{operation} was asked {times} times");
    }
}

/// The most memory that a process used, in KiB.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn an_answer_of_aws_without_end_is_an_error_and_takes_no_memory() {
    const MOST_KIB: u64 = 150 * 1024;
    let lab = Lab::new(SPEC);
    for operation in ["iam:GetRole", "s3:GetBucketPolicy", "es:DescribeDomain"] {
        lab.begin(|_| {});
        lab.fault(operation, &json!("endless"));
        let mut child = lab
            .folder
            .command(["apply", "--sandbox", "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let (began, mut most) = (Instant::now(), 0);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            most = most.max(peak(child.id()).unwrap_or(0));
            if began.elapsed() > Duration::from_secs(120) || most > MOST_KIB {
                child.kill().unwrap();
                panic!("{operation}: {most} KiB after {:?}", began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        println!(
            "{operation}: {:?}, {most} KiB, {:?}",
            status.code(),
            began.elapsed()
        );
        assert!(most > 0, "what it held is not known");
        assert_eq!(status.code(), Some(4), "{operation}");
        assert_eq!(lab.writes(), Vec::<String>::new(), "{operation}");
    }
}

/// What waits for something that only has to be read again was not refused.
#[test]
fn what_waits_for_an_unreadable_resource_can_be_tried_again() {
    let lab = Lab::new(SPEC);
    let failing = json!({"status": {"code": 500, "error_code": "InternalError", "message": "no"}});
    for (operation, at) in [
        ("es:DescribeDomain", format!("{ROLE}/max_session_duration")),
        (
            "iam:GetRole",
            format!("{REPOSITORIES}/snapshots/settings/compress"),
        ),
    ] {
        lab.begin(|state| {
            let other = if at.ends_with("compress") {
                json!("false")
            } else {
                json!(7200)
            };
            set(state, &at, other);
        });
        lab.fault(operation, &failing);
        let plan = lab.plan(&[]);
        let repository = of(&plan, "repository");
        assert_eq!(repository["action"], "blocked", "{operation}");
        assert!(
            text(&repository["reason"]).starts_with("waits for"),
            "{operation}"
        );
        let ran = lab.apply(&[]);
        assert_eq!(
            (ran.code, lab.writes()),
            (4, Vec::new()),
            "{operation}: {ran:#?}"
        );
    }
}
