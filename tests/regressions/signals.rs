//! SIGINT ends a run with 130 wherever it waits, and nothing more is sent.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Lab, nothing};
use crate::support::fields::SPEC;
use crate::support::terminal::AtTerminal;

const SOON: Duration = Duration::from_secs(20);

fn spawn(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until an operation was asked for this often.
fn wait_for(lab: &Lab, operation: &str, times: usize) {
    let began = Instant::now();
    let asked = || {
        let requests = lab.world.sandbox.requests();
        requests
            .iter()
            .filter(|one| one.name() == operation)
            .count()
    };
    while asked() < times {
        assert!(began.elapsed() < SOON * 3, "{operation} was not asked for");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends what a terminal sends for Ctrl-C.
fn signal(child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
}

fn interrupt(child: Child) -> Output {
    signal(&child);
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    output
}

#[test]
fn a_signal_during_the_first_reads_ends_the_run() {
    let lab = Lab::new(SPEC);
    for read in ["sts:GetCallerIdentity", "iam:GetRole", "es:GET _snapshot"] {
        lab.begin(nothing);
        lab.fault(read, &json!({"delay": {"ms": 60_000}}));
        let child = spawn(&mut lab.folder.command(["apply", "--sandbox", "--yes"]));
        wait_for(&lab, read, 1);
        let output = interrupt(child);
        assert_eq!(output.status.code(), Some(130), "{read}: {output:?}");
        assert_eq!(lab.writes(), Vec::<String>::new(), "{read}");
    }
}

#[test]
fn a_signal_while_a_check_waits_ends_the_run_and_nothing_more_is_sent() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let missing = json!({"status": {"code": 404, "error_code": "NoSuchBucket", "message": "no"}});
    let fault = json!({"operation": "s3:GetBucketTagging", "times": 100_000, "action": missing});
    lab.world.sandbox.fault(&fault);
    let mut command = lab.folder.command(["apply", "--sandbox", "--yes"]);
    let child = spawn(command.env("ESBACKUP_BACKOFF_MS", "200"));
    // Two are of the plan and of the look before the first write.
    wait_for(&lab, "s3:CreateBucket", 1);
    wait_for(&lab, "s3:GetBucketTagging", 4);
    let output = interrupt(child);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(lab.writes(), ["s3:CreateBucket"]);
    lab.world.sandbox.forget_faults();
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn a_signal_at_the_question_ends_the_run() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let mut terminal = AtTerminal::spawn(lab.folder.command(["apply", "--sandbox"]));
    let question = "[y/N]";
    let seen = terminal.read_until(Some(question));
    assert!(
        seen.contains(question),
        "it ended without a question: {seen}"
    );
    signal(&terminal.child);
    let began = Instant::now();
    let ran = terminal.end();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    assert_eq!(ran.code, 130, "{seen}{ran:#?}");
    assert_eq!(lab.writes(), Vec::<String>::new());
}

#[test]
fn a_call_whose_answer_was_lost_before_the_signal_is_called_unknown_and_not_undone() {
    let lab = Lab::new(SPEC);
    for format in ["human", "json"] {
        lab.begin(nothing);
        lab.fault("s3:PutBucketVersioning", &json!("drop_before"));
        let arguments = ["apply", "--sandbox", "--yes", "--format", format];
        let mut command = lab.folder.command(arguments);
        let child = spawn(command.env("ESBACKUP_BACKOFF_MS", "20000"));
        wait_for(&lab, "s3:PutBucketVersioning", 1);
        std::thread::sleep(Duration::from_millis(500));
        let output = interrupt(child);
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(
            told.contains("nobody knows whether it was applied"),
            "{told}"
        );
        let what = "set the versioning of bucket logs-snapshots";
        match format {
            "human" => {
                assert!(told.contains(&format!("not known:  {what}")), "{told}");
                assert!(!told.contains(&format!("not done:   {what}")), "{told}");
            }
            _ => {
                let ended = told
                    .lines()
                    .find(|line| line.contains("\"not_done\""))
                    .unwrap();
                let ended: serde_json::Value = serde_json::from_str(ended).unwrap();
                assert_eq!(ended["unknown"], what, "{ended}");
                let left = ended["not_done"].as_array().unwrap();
                assert!(!left.is_empty() && !left.contains(&json!(what)), "{ended}");
            }
        }
    }
}
