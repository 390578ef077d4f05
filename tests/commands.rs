//! The command line as a person or a job meets it: exit codes, questions that cannot be asked, output that cannot be obeyed.

use serde_json::{Value, json};

use crate::convergence::converged;
use crate::support::binary::Folder;
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::sandbox::Sandbox;
use crate::support::world::{World, desired};

/// A folder with the spec as `esbackup.yaml`, attached to a sandbox.
fn folder(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    folder.write("esbackup.yaml", SPEC);
    folder
}

/// Nothing exists but what the spec refers to.
fn empty() -> (World, Folder) {
    let desired = desired(SPEC);
    let (world, mut state) = converged(&desired);
    pointer::remove(&mut state, "/buckets/logs-snapshots");
    pointer::remove(&mut state, "/accounts/123456789012/policies/logs-snapshots");
    pointer::remove(&mut state, "/accounts/123456789012/roles/logs-snapshots");
    pointer::set(&mut state, "/domains/0/repositories", json!({}));
    world.sandbox.admin("PUT", "/state", &state);
    world.sandbox.forget_requests();
    let folder = folder(&world.sandbox);
    (world, folder)
}

/// The converged environment with one change.
fn changed(at: &str, to: Value) -> (World, Folder) {
    let (world, mut state) = converged(&desired(SPEC));
    pointer::set(&mut state, at, to);
    world.sandbox.admin("PUT", "/state", &state);
    world.sandbox.forget_requests();
    let folder = folder(&world.sandbox);
    (world, folder)
}

#[test]
fn a_wrong_command_line_is_usage_and_never_clap_s_own_code() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    let cases: [&[&str]; 12] = [
        &[],
        &["no-such-command"],
        &["plan", "--no-such-option"],
        &["plan", "--format", "markdown"],
        &["plan", "--format", "html"],
        &["plan"],
        &["validate"],
        &["apply", "--yes"],
        &["apply", "--allow", "everything"],
        &["apply", "--patience", "soon"],
        &["apply", "--patience", "25h"],
        &["apply", "--adopt"],
    ];
    for arguments in cases {
        let ran = folder.run(arguments.iter().copied());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (64, ""),
            "{arguments:?}: {ran:#?}"
        );
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
    let mut limited = folder.command(["plan", "--sandbox", "-f", "spec.yaml"]);
    folder.write("spec.yaml", SPEC);
    let ran = crate::support::binary::ran(limited.env("ESBACKUP_BACKOFF_MS", "soon"));
    assert_eq!(ran.code, 64, "{ran:#?}");
    assert_eq!(sandbox.writes(), Vec::<String>::new());
}

#[test]
fn a_spec_that_is_not_valid_or_not_there_is_told_from_usage() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    folder.write("broken.yaml", "version: 1\nname: Logs\n");
    folder.write("empty.yaml", "");
    folder.write("good.yaml", SPEC);
    folder.write("nothing/readme.txt", "no spec here");
    for file in ["broken.yaml", "empty.yaml", "absent.yaml", "nothing"] {
        for command in ["validate", "plan", "apply", "drift"] {
            let ran = folder.run([command, "-f", file]);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (65, ""),
                "{command} {file}: {ran:#?}"
            );
        }
    }
    let ran = folder.run(["plan", "--sandbox", "-f", "good.yaml", "--env", "no-such"]);
    assert_eq!(ran.code, 64, "{ran:#?}");
    // One bad spec spoils the run before anything is sent.
    let ran = folder.run([
        "apply",
        "--sandbox",
        "--yes",
        "-f",
        "good.yaml",
        "-f",
        "broken.yaml",
    ]);
    assert_eq!(ran.code, 65, "{ran:#?}");
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn version_and_help_are_results() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    let ran = folder.run(["--version"]);
    let expected = format!(
        "esbackup {}{}\n",
        env!("CARGO_PKG_VERSION"),
        env!("ESBACKUP_BUILD_SUFFIX")
    );
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (0, expected, String::new())
    );
    for command in [
        "--help",
        "plan --help",
        "apply --help",
        "drift --help",
        "validate --help",
        "sandbox --help",
    ] {
        let ran = folder.run(command.split(' '));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        assert!(
            ran.stdout.contains("Usage: esbackup"),
            "{command}: {}",
            ran.stdout
        );
    }
}

#[test]
fn without_a_terminal_and_without_yes_apply_is_refused_and_writes_nothing() {
    let (world, folder) = empty();
    for format in ["human", "json"] {
        let ran = folder.run(["apply", "--sandbox", "--format", format]);
        assert_eq!(ran.code, 6, "{ran:#?}");
        assert_eq!(world.sandbox.writes(), Vec::<String>::new());
    }
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    // Where nothing is to do nothing is asked.
    let ran = folder.run(["apply", "--sandbox"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn yes_covers_what_is_safe_and_no_risk() {
    let document = json!(r#"{"Version":"2012-10-17","Statement":[]}"#);
    let at = "/accounts/123456789012/policies/logs-snapshots/versions/0/document";
    let (world, folder) = changed(at, document);
    let apply = ["apply", "--sandbox", "--yes"];
    for allowed in [
        &[][..],
        &["--allow", "weakens"],
        &["--allow", "widens-access=role.logs-snapshots"],
    ] {
        let ran = folder.run(apply.into_iter().chain(allowed.iter().copied()));
        assert_eq!(ran.code, 6, "{allowed:?}: {ran:#?}");
        assert!(
            ran.stderr
                .contains("--allow widens-access=policy.logs-snapshots"),
            "{}",
            ran.stderr
        );
        assert_eq!(world.sandbox.writes(), Vec::<String>::new());
    }
    let allowed = [
        "--allow",
        "destroys",
        "--allow",
        "widens-access=policy.logs-snapshots",
    ];
    let ran = folder.run(apply.into_iter().chain(allowed));
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn an_allowance_names_a_resource_of_the_specs_or_any_index_or_snapshot() {
    let (world, _) = converged(&desired(SPEC));
    world.sandbox.forget_requests();
    let folder = folder(&world.sandbox);
    let known = "bucket.logs-snapshots, domain.logs, policy.logs-snapshots, repository.snapshots, role.logs-snapshots";
    for (line, target) in [
        ("apply --yes --allow destroys=role.other", "role.other"),
        (
            "snapshot delete one --yes --allow running=repository.other",
            "repository.other",
        ),
        (
            "indices delete one --yes --allow no-snapshot=bucket.other",
            "bucket.other",
        ),
        (
            "restore one --yes --allow space=domain.other",
            "domain.other",
        ),
        ("run any --yes --allow red=policy.other", "policy.other"),
    ] {
        let ran = folder.run(line.split(' ').chain(["--sandbox"]));
        let told = format!("error: --allow: unknown resource {target}; known: {known}\n");
        assert_eq!((ran.code, ran.stderr), (64, told), "{line}");
    }
    for line in [
        "apply --yes --allow destroys=index.gone",
        "snapshot delete gone --ignore-unavailable --yes --allow running=snapshot.gone",
        "indices delete gone --ignore-unavailable --yes --allow no-snapshot=index.gone",
    ] {
        let ran = folder.run(line.split(' ').chain(["--sandbox"]));
        assert_eq!(ran.code, 0, "{line} {ran:#?}");
    }
    assert_eq!(world.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn something_blocked_stops_the_whole_environment() {
    // The role belongs to someone else; the bucket could be healed, and is not.
    let (world, folder) = changed(
        "/accounts/123456789012/roles/logs-snapshots/tags",
        json!({}),
    );
    world.sandbox.change(|state| {
        pointer::set(
            state,
            "/buckets/logs-snapshots/versioning",
            json!("Suspended"),
        )
    });
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 6, "{ran:#?}");
    assert_eq!(world.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn something_unreadable_stops_the_whole_environment_for_each_read() {
    let (world, folder) = changed("/buckets/logs-snapshots/versioning", json!("Suspended"));
    for operation in [
        "s3:GetBucketEncryption",
        "iam:GetPolicy",
        "iam:ListRolePolicies",
        "es:GET _snapshot",
    ] {
        world.sandbox.forget_faults();
        let denied =
            json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}});
        world
            .sandbox
            .fault(&json!({"operation": operation, "times": 1000, "action": denied}));
        for command in [
            &["apply", "--sandbox", "--yes"][..],
            &["drift", "--sandbox"],
            &["plan", "--sandbox"],
        ] {
            let ran = folder.run(command.iter().copied());
            assert_eq!(ran.code, 77, "{operation} {command:?}: {ran:#?}");
        }
        assert_eq!(world.sandbox.writes(), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn drift_and_detailed_plans_tell_differences_by_their_exit_code() {
    let (world, folder) = changed("/buckets/logs-snapshots/versioning", json!("Suspended"));
    assert_eq!(folder.run(["plan", "--sandbox"]).code, 0);
    assert_eq!(
        folder
            .run(["plan", "--sandbox", "--detailed-exitcode"])
            .code,
        2
    );
    let ran = folder.run(["drift", "--sandbox"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.stdout.contains("\nDrift: "), "{}", ran.stdout);
    assert_eq!(world.sandbox.writes(), Vec::<String>::new());
    assert_eq!(folder.run(["apply", "--sandbox", "--yes"]).code, 0);
    let ran = folder.run(["drift", "--sandbox"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("\nNo drift."), "{}", ran.stdout);
    assert_eq!(
        folder
            .run(["plan", "--sandbox", "--detailed-exitcode"])
            .code,
        0
    );
}

#[test]
fn one_old_answer_is_no_drift() {
    let (world, folder) = changed("/buckets/logs-snapshots/versioning", json!("Suspended"));
    world.sandbox.change(|state| {
        pointer::set(
            state,
            "/buckets/logs-snapshots/versioning",
            json!("Enabled"),
        )
    });
    let old = json!({"operation": "s3:GetBucketVersioning", "action": {"stale": {"writes": 1}}});
    world.sandbox.fault(&old);
    let ran = folder.run(["drift", "--sandbox"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn an_apply_for_programs_is_one_object_a_line_and_ends_with_a_summary() {
    let (_world, folder) = empty();
    let ran = folder.run(["apply", "--sandbox", "--yes", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.first(), Some(&"plan"));
    assert_eq!(kinds[kinds.len() - 2..], ["environment", "summary"]);
    let done: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "done")
        .collect();
    let needless = kinds.iter().filter(|kind| **kind == "needless").count();
    let planned: Vec<&Value> = events[0]["plan"]["environments"][0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| change["calls"].as_array().unwrap())
        .collect();
    assert_eq!(done.len() + needless, planned.len());
    let last = events.last().unwrap();
    assert_eq!(
        (last["exit"].as_u64(), last["done"].as_u64()),
        (Some(0), Some(1)),
        "{last}"
    );
}

#[test]
fn one_environment_that_fails_does_not_stop_the_others() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    let plain = include_str!("cases/spec.yaml");
    folder.write("specs/a.yaml", plain);
    folder.write("specs/b.yaml", &plain.replace("logs", "metrics"));
    let refused = json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "no"}});
    sandbox.fault(&json!({"operation": "s3:CreateBucket", "path_contains": "logs-snapshots", "times": 9, "action": refused}));
    let ran = folder.run([
        "apply",
        "--sandbox",
        "--yes",
        "-f",
        "specs",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 3, "{ran:#?}");
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ends: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "environment")
        .map(|end| (&end["environment"], &end["exit"]))
        .collect();
    assert_eq!(
        ends,
        [(&json!("logs"), &json!(77)), (&json!("metrics"), &json!(0))]
    );
    sandbox.forget_faults();
    let ran = folder.run([
        "apply",
        "--sandbox",
        "--yes",
        "-f",
        "specs",
        "--env",
        "logs",
    ]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(folder.run(["drift", "--sandbox", "-f", "specs"]).code, 0);
}

#[test]
fn throttling_that_does_not_end_says_to_try_again() {
    let (world, folder) = empty();
    let slow = json!({"status": {"code": 503, "error_code": "SlowDown", "message": "Please reduce your request rate."}});
    world
        .sandbox
        .fault(&json!({"operation": "s3:CreateBucket", "times": 1000, "action": slow}));
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 4, "{ran:#?}");
    world.sandbox.forget_faults();
    world
        .sandbox
        .fault(&json!({"operation": "s3:CreateBucket", "times": 2, "action": slow}));
    let ran = folder.run(["apply", "--sandbox", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn words_of_a_service_cannot_drive_the_terminal() {
    let (world, folder) = empty();
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m\r\nnext";
    let refused =
        json!({"status": {"code": 400, "error_code": "Evil\u{202e}", "message": hostile}});
    for operation in ["iam:CreatePolicy", "es:PUT _snapshot"] {
        world.sandbox.forget_faults();
        world
            .sandbox
            .fault(&json!({"operation": operation, "times": 1000, "action": refused}));
        let ran = folder.run(["apply", "--sandbox", "--yes"]);
        assert_eq!(ran.code, 1, "{ran:#?}");
        let obeyed = |text: &str| crate::golden::obeyed(text);
        assert_eq!(
            (obeyed(&ran.stdout), obeyed(&ran.stderr)),
            (None, None),
            "{ran:#?}"
        );
    }
}

#[test]
fn colour_is_for_terminals_only() {
    let (_world, folder) = empty();
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")]] {
        let mut command = folder.command(["plan", "--sandbox"]);
        let ran = crate::support::binary::ran(command.envs(variables.iter().copied()));
        assert!(!ran.stdout.contains('\u{1b}'), "{variables:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (_world, folder) = empty();
    let mut command = folder.command(["plan", "--sandbox"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
