//! What the commands of day two say: where they act, what runs, and what to do next. Against the sandbox.

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;
use crate::support::terminal::AtTerminal;

/// An environment that was applied; its domain has the sample indices, of which `one` holds everything.
fn desk(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    folder.write("esbackup.yaml", &SPEC.replace(bound, ""));
    run(&folder, "apply --yes", 0);
    run(&folder, "snapshot take one", 0);
    folder
}

fn run(folder: &Folder, line: &str, code: i32) -> Ran {
    let ran = folder.run(line.split(' ').chain(["--sandbox"]));
    assert_eq!(ran.code, code, "{line} {ran:#?}");
    ran
}

/// The last line of what is told to programs.
fn end(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
}

/// Makes snapshots take their time.
fn slow(sandbox: &Sandbox) {
    let rates = json!({"snapshot_bytes_per_second": 1});
    sandbox.admin(
        "PUT",
        "/cluster",
        &json!({"domain": "logs", "rates": rates}),
    );
}

#[test]
fn every_command_that_writes_says_once_that_it_acts_in_the_sandbox() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let banner = "sandbox: nothing leaves this machine\n";
    for line in [
        "snapshot take two",
        "snapshot wait two",
        "snapshot delete two --allow last-good --yes",
        "snapshot prune --keep-last 9 --yes",
        "restore one --prefix r-",
        "verify --level nodes",
        "indices delete r-sample-logs --allow no-snapshot --yes",
    ] {
        let human = run(
            &folder,
            &format!("{line} --dry-run").replace("wait two --dry-run", "wait one"),
            0,
        );
        assert!(human.stderr.starts_with(banner), "{line} {human:#?}");
        assert_eq!(human.stderr.matches(banner).count(), 1, "{line} {human:#?}");
        let program = run(&folder, &format!("{line} --format json"), 0);
        assert_eq!(end(&program)["sandbox"], true, "{line} {program:#?}");
        assert!(!program.stderr.contains(banner), "{line} {program:#?}");
    }
}

#[test]
fn a_snapshot_that_runs_has_the_size_and_the_shards_that_its_status_tells() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    // What was taken already is not copied again.
    run(&folder, "restore one --prefix r-", 0);
    slow(&sandbox);
    run(&folder, "snapshot take two --indices r-* --no-wait", 0);
    let list = run(&folder, "snapshot list", 0).stdout;
    let rows: Vec<Vec<&str>> = list
        .lines()
        .map(|row| row.split_whitespace().collect())
        .collect();
    let row = |name: &str| rows.iter().find(|row| row.first() == Some(&name)).unwrap();
    assert_eq!(row("two")[1], "IN_PROGRESS");
    let (runs, ended) = (row("two").join(" "), row("one").join(" "));
    // State, age, took, indices, shards, failed, size.
    assert!(runs.contains(" - 2 2 0 ") && runs.contains("kB"), "{list}");
    assert!(ended.contains(" 2 2 0 - "), "{list}");
    let shown = run(&folder, "snapshot show two", 0).stdout;
    assert!(shown.contains("0 of 2, 0 failed"), "{shown}");
    // What may not be read is not known, and no number.
    let refusal = json!({"code": 403, "error_code": "security_exception", "message": "no"});
    sandbox.fault(&json!({"operation": "es:GET _snapshot/_status", "times": 9, "action": {"status": refusal}}));
    let unknown = run(&folder, "snapshot list --format json", 0);
    let listed: Value = serde_json::from_str(&unknown.stdout).unwrap();
    let two = &listed["environments"][0]["snapshots"][0];
    assert_eq!(
        (&two["name"], &two["shards"], &two["bytes"]),
        (&json!("two"), &Value::Null, &Value::Null)
    );
}

#[test]
fn a_deletion_whose_snapshot_takes_too_long_says_how_to_see_its_end_and_how_to_begin_again() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    run(&folder, "restore one --prefix r-", 0);
    slow(&sandbox);
    let line = "indices delete r-sample-logs --snapshot-first --snapshot-name first --timeout 1ms --yes --format json";
    let error = &end(&run(&folder, line, 4))["error"];
    let remedy = error["hint"].as_str().unwrap();
    assert!(
        remedy.contains(
            "to wait for the snapshot: esbackup snapshot wait first --sandbox --env logs\n"
        ),
        "{remedy}"
    );
    assert!(
        remedy.ends_with(
            "esbackup indices delete r-sample-logs --snapshot-first --yes --sandbox --env logs"
        ),
        "{remedy}"
    );
}

#[test]
fn what_is_wrong_with_a_name_is_said_with_what_helps() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let remedies = [
        (
            "snapshot list --repository nope",
            1,
            "name a repository that is registered on the domain: snapshots",
        ),
        (
            "restore one --repository nope",
            1,
            "name a repository that is registered on the domain: snapshots",
        ),
        (
            "verify one --level restore --indices nope",
            3,
            "esbackup snapshot show one",
        ),
        (
            "restore one --prefix r- --index-settings index.number_of_shards=5",
            6,
            "leave it out of --index-settings",
        ),
        (
            "verify one --level nodes",
            64,
            "SNAPSHOT is for --level snapshot and restore",
        ),
    ];
    for (line, code, words) in remedies {
        let ran = run(&folder, line, code);
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(words),
            "{line} {ran:#?}"
        );
    }
}

#[test]
fn whoever_leaves_a_question_is_told_to_run_the_same_command_again() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let mut terminal =
        AtTerminal::spawn(folder.command(["indices", "delete", "sample-logs", "--sandbox"]));
    terminal.read_until(Some("Type sample-logs to confirm:"));
    let process = terminal.child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &process])
        .status();
    assert!(sent.unwrap().success());
    let ran = terminal.end();
    assert_eq!(ran.code, 130, "{ran:#?}");
    assert!(
        ran.stdout.contains("run the same command again"),
        "{ran:#?}"
    );
}

#[test]
fn a_job_hears_once_what_it_waits_for() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    run(&folder, "restore one --prefix r-", 0);
    slow(&sandbox);
    run(&folder, "snapshot take two --indices r-* --no-wait", 0);
    let line = "snapshot delete one --allow last-good --yes --wait-for-running 50ms --sandbox";
    let mut command = folder.command(line.split(' '));
    let ran = crate::support::binary::ran(command.env("ESBACKUP_POLL_MS", "5"));
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert_eq!(
        ran.stderr
            .matches("waiting until snapshots/two is done")
            .count(),
        1,
        "{ran:#?}"
    );
}

#[test]
fn the_last_good_snapshot_is_not_deleted_because_the_newer_one_went_while_a_question_waited() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let lines = [
        ("snapshot delete one", "[y/N]"),
        ("snapshot prune --keep-last 1", "[y/N]"),
    ];
    for (line, question) in lines {
        run(&folder, "snapshot take newer", 0);
        let words = line.split(' ').chain(["--sandbox"]);
        let mut terminal = AtTerminal::spawn(folder.command(words));
        terminal.read_until(Some(question));
        run(&folder, "snapshot delete newer --allow last-good --yes", 0);
        terminal.types("yes\n");
        let ran = terminal.end();
        assert_eq!(ran.code, 5, "{line} {ran:#?}");
        run(&folder, "snapshot show one", 0);
    }
}

/// Sends SIGINT to a program at a terminal, and waits for its end.
fn interrupted(terminal: AtTerminal) -> Ran {
    let process = terminal.child.id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-INT", &process]).status().unwrap().success());
    terminal.end()
}

#[test]
fn writes_that_were_not_blocked_by_a_deletion_are_not_let_in_by_it() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    run(&folder, "restore one --prefix r-", 0);
    slow(&sandbox);
    let line = "indices delete r-sample-logs --snapshot-first --sandbox";
    let mut terminal = AtTerminal::spawn(folder.command(line.split(' ')));
    terminal.read_until(Some("Type r-sample-logs to confirm:"));
    run(&folder, "snapshot take two --indices r-* --no-wait", 0);
    sandbox.forget_requests();
    terminal.types("r-sample-logs\n");
    let ran = terminal.end();
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert_eq!(sandbox.writes(), Vec::<String>::new());
}

#[test]
fn unknown_snapshot_exits_6_in_every_command_that_names_one() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let error = &end(&run(&folder, "restore nope --format json", 6))["error"];
    assert_eq!(
        error["messages"],
        json!(["there is no snapshot nope in repository snapshots"])
    );
    sandbox.forget_requests();
    for line in [
        "restore latest --indices nope",
        "restore nope --prefix r-",
        "snapshot show nope",
        "snapshot wait nope",
        "snapshot delete nope --yes",
        "snapshot prune --keep-last 1 --keep nope --yes",
        "verify nope",
        "verify nope --level restore",
        "indices delete sample-logs --in-snapshot nope --yes",
    ] {
        run(&folder, line, 6);
    }
    assert_eq!(sandbox.writes(), Vec::<String>::new());
}

#[test]
fn after_a_signal_every_environment_says_what_became_of_it() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    let web = SPEC.replace(bound, "").replace("logs", "web");
    folder.write("web.yaml", &web);
    run(&folder, "apply --yes -f web.yaml", 0);
    let both = "-f esbackup.yaml -f web.yaml --sandbox";
    let stalls = [
        ("snapshot take two", "es:GET _snapshot/snapshot"),
        ("snapshot prune --keep-last 1", "es:GET _snapshot/_all"),
        ("verify", "es:GET _snapshot"),
    ];
    for (line, operation) in stalls {
        sandbox.fault(&json!({"operation": operation, "action": "hold_before"}));
        sandbox.forget_requests();
        let line = format!("{line} {both}");
        let terminal = AtTerminal::spawn(folder.command(line.split(' ')));
        asked(&sandbox, operation);
        let ran = interrupted(terminal);
        assert_eq!(ran.code, 130, "{line} {ran:#?}");
        for name in ["logs: ", "web: "] {
            let said = format!("{name}nothing was sent that writes");
            assert!(ran.stdout.contains(&said), "{line} {ran:#?}");
        }
        sandbox.forget_faults();
    }
}

/// Waits until an operation was asked for.
fn asked(sandbox: &Sandbox, operation: &str) {
    let was = || sandbox.requests().iter().any(|one| one.name() == operation);
    for _ in 0..2_000 {
        if was() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{operation} was not asked for");
}

#[test]
fn what_is_only_looked_at_is_given_up_at_once_and_it_is_said_how_to_go_on() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let looks = [
        ("snapshot wait one", "es:GET _snapshot/snapshot", ""),
        (
            "restore one --indices sample-logs --resume",
            "es:GET _cat/recovery",
            "",
        ),
        (
            "restore one --indices sample-logs --replace --allow replace --yes",
            "es:GET _cat/recovery",
            "to go on: esbackup restore one --replace --indices=sample-logs",
        ),
    ];
    for (line, operation, words) in looks {
        sandbox.fault(
            &json!({"operation": operation, "times": 9, "action": {"delay": {"ms": 30_000}}}),
        );
        sandbox.forget_requests();
        let line = format!("{line} --sandbox");
        let terminal = AtTerminal::spawn(folder.command(line.split(' ')));
        asked(&sandbox, operation);
        let began = std::time::Instant::now();
        let ran = interrupted(terminal);
        assert_eq!(ran.code, 130, "{line} {ran:#?}");
        assert!(ran.stdout.contains(words), "{line} {ran:#?}");
        assert!(
            began.elapsed() < std::time::Duration::from_secs(15),
            "{line}"
        );
        assert_eq!(sandbox.writes(), Vec::<String>::new());
        sandbox.forget_faults();
    }
}

#[test]
fn what_only_the_reader_of_a_repository_has_is_not_covered_by_the_writers_snapshots() {
    let sandbox = Sandbox::start();
    let folder = desk(&sandbox);
    let bound = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    let reader = SPEC
        .replace(bound, "")
        .replace("logs", "web")
        .replace(
            "name: web-snapshots\npolicy",
            "name: logs-snapshots\n  existing: true\npolicy",
        )
        .replace("base_path: web", "base_path: logs\n  readonly: true");
    folder.write("reader.yaml", &reader);
    run(&folder, "apply --yes -f reader.yaml", 0);
    // Newer than the reader's own index of the name, and of the writer's.
    run(&folder, "snapshot take nightly", 0);
    let line = "indices delete sample-orders -f reader.yaml --yes --format json";
    let error = &end(&run(&folder, line, 6))["error"];
    let why = error["messages"][0].as_str().unwrap();
    let whose = "snapshot nightly is of environment logs and holds that one's index of the name";
    assert!(why.contains("no-snapshot") && why.contains(whose), "{why}");
    let status = run(&folder, "status -f reader.yaml", 0).stdout;
    assert!(
        status.contains("snapshot nightly is of environment logs"),
        "{status}"
    );
    let list = run(&folder, "indices list -f reader.yaml", 0).stdout;
    assert!(list.contains(", of environment logs"), "{list}");
    // The writer's own is held.
    run(&folder, "indices delete sample-orders --yes", 0);
}
