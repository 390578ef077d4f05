//! Signals: what is in flight is finished or given up, and what was done is said.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::sample;
use crate::support::stage::{Does, FORMATS, LINES, Line, Stage};
use crate::support::terminal::AtTerminal;

/// How long an answer takes that is not waited for, in milliseconds.
const SLOW: u64 = 9_000;
/// How long an answer takes that is waited for, in milliseconds.
const SHORT: u64 = 600;
/// A run that does not wait for a slow answer ends sooner.
const AT_ONCE: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_secs(20);

/// Where a command is when the signal comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The account is being asked for.
    Beginning,
    /// The domain or AWS is being read.
    Reading,
    /// A write is on its way, and is applied.
    Writing,
    /// What was started is being waited for.
    Waiting,
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

/// Waits until an operation was asked for.
fn wait_for(stage: &Stage, operation: &str) {
    let began = Instant::now();
    let asked = || {
        stage
            .sandbox
            .requests()
            .iter()
            .any(|one| one.name() == operation)
    };
    while !asked() {
        assert!(
            began.elapsed() < SOON,
            "{operation} was not asked for: {:?}",
            stage
                .sandbox
                .requests()
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn spawn(mut command: Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("ESBACKUP_POLL_MS", "50").spawn().unwrap()
}

/// Waits for the end, which must come soon.
fn end(child: Child) -> (Output, Duration) {
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    assert!(took < SOON, "it took {took:?}");
    (output, took)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The request during which the signal comes; none where the command has no such phase.
fn met(line: Line, phase: Phase) -> Option<&'static str> {
    let (first, second) = (
        line.words[0],
        line.words.get(1).copied().unwrap_or_default(),
    );
    let waits = second == "take" || first == "restore" || first == "run";
    match (phase, line.does) {
        (_, Does::Nothing) => None,
        (Phase::Beginning, _) => Some("sts:GetCallerIdentity"),
        (Phase::Reading, _) => Some(match (first, second) {
            ("plan" | "apply" | "drift", _) => "iam:GetRole",
            ("verify", _) => "es:GET _snapshot",
            ("indices", _) => "es:GET _cat/indices",
            ("restore", _) | (_, "show" | "wait" | "take") => "es:GET _snapshot/snapshot",
            _ => "es:GET _snapshot/_all",
        }),
        (Phase::Writing, Does::Writes(operation)) => Some(operation),
        (Phase::Waiting, Does::Writes(operation)) if waits => Some(operation),
        _ => None,
    }
}

/// Slows down what is started, so that it is waited for.
fn slowly(state: &mut Value) {
    let domain = &mut state["domains"][0]["cluster"];
    // A snapshot copies only what no earlier one holds.
    domain["indices"]["sample-logs"]["documents"]["more"] = json!("{\"id\":1}");
    domain["rates"] = json!({"snapshot_bytes_per_second": 1, "restore_bytes_per_second": 1});
}

/// What an interrupted run must have said of what it did.
fn told(line: Line, phase: Phase, format: &str, said: &str) -> bool {
    match (line.does, phase) {
        (Does::Writes(_), Phase::Writing) if format == "json" => {
            said.contains("\"event\":\"environment\"")
        }
        (Does::Writes(_), Phase::Writing) if line.words[0] == "apply" => {
            let rest = ["    not done: ", "all calls were confirmed"];
            said.contains(" calls done\n") && rest.iter().any(|words| said.contains(words))
        }
        (Does::Writes(_), Phase::Writing) => {
            let words = [" calls done", "Deleted", "go on", "goes on", "was done"];
            words.iter().any(|words| said.contains(words))
        }
        (Does::Writes(_), Phase::Waiting) => said.contains("goes on"),
        _ => said.contains("signal"),
    }
}

#[test]
fn a_signal_ends_every_command_in_every_phase_and_what_was_done_is_told() {
    let stage = Stage::new();
    let mut cells = Vec::new();
    for line in LINES {
        for phase in [
            Phase::Beginning,
            Phase::Reading,
            Phase::Writing,
            Phase::Waiting,
        ] {
            for (name, code) in [("-INT", 130), ("-TERM", 143)] {
                for format in FORMATS.iter().map(String::as_str) {
                    if let Some(operation) = met(line, phase) {
                        cells.push((line, phase, name, code, format, operation));
                    }
                }
            }
        }
    }
    let whole = cells.len();
    let cells = sample::of(cells, 7);
    let mut wrong = Vec::new();
    for (line, phase, name, code, format, operation) in &cells {
        let cell = format!("{:?} {phase:?} {name} {format}", line.words);
        stage.begin(|state| {
            if *phase == Phase::Waiting {
                slowly(state)
            }
        });
        match phase {
            Phase::Waiting => {}
            Phase::Writing => stage.fault(operation, &json!({"delay": {"ms": SHORT}})),
            _ => stage.fault(operation, &json!({"delay": {"ms": SLOW}})),
        }
        let child = spawn(stage.sandboxed(*line, &["--format", format]));
        wait_for(&stage, operation);
        if *phase == Phase::Waiting {
            // The write was answered; what it started is looked at now.
            std::thread::sleep(Duration::from_millis(150));
        }
        let before = stage.sandbox.writes();
        signal(&child, name);
        let (output, took) = end(child);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let mut found = Vec::new();
        if output.status.code() != Some(*code) {
            found.push(format!("it ended with {:?}", output.status));
        }
        if matches!(phase, Phase::Beginning | Phase::Reading) && took > AT_ONCE {
            found.push(format!("reading went on for {took:?}"));
        }
        if !told(*line, *phase, format, &format!("{stdout}{stderr}")) {
            found.push("it is not told what was done".to_owned());
        }
        let after: Vec<String> = stage.sandbox.writes().split_off(before.len());
        if !after.is_empty() {
            found.push(format!("{after:?} was sent after the signal"));
        }
        let reading = matches!(phase, Phase::Beginning | Phase::Reading);
        if reading && !before.is_empty() && line.words[0] != "verify" {
            found.push(format!("{before:?} was sent before"));
        }
        // One document of the commands that only read, and one object a line of the others.
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        if *format == "json" && !is_json(&stdout) && !stdout.lines().all(is_json) {
            found.push("stdout is no JSON".to_owned());
        }
        wrong.extend(
            found
                .into_iter()
                .map(|one| format!("{cell}: {one}\n{stdout}\n{stderr}")),
        );
    }
    println!(
        "signals: {} of {whole} cells, {} exceptions",
        cells.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_second_sigint_leaves_at_once_whatever_came_before_it() {
    let stage = Stage::new();
    for before in ["-INT", "-TERM"] {
        for line in LINES {
            let Does::Writes(operation) = line.does else {
                continue;
            };
            stage.begin(|_| {});
            stage.fault(operation, &json!({"delay": {"ms": 60_000}}));
            let child = spawn(stage.sandboxed(line, &[]));
            wait_for(&stage, operation);
            let all: &[&str] = if before == "-INT" {
                &["-INT", "-INT"]
            } else {
                &["-TERM", "-INT", "-INT"]
            };
            for (place, name) in all.iter().enumerate() {
                if place > 0 {
                    // Two of a kind that come together are one to the system.
                    std::thread::sleep(Duration::from_millis(100));
                }
                signal(&child, name);
            }
            let (output, took) = end(child);
            assert_eq!(
                output.status.code(),
                Some(130),
                "{before} {line:?} {output:?}"
            );
            assert!(took < AT_ONCE, "{took:?}");
        }
    }
}

#[test]
fn a_signal_at_the_question_ends_every_command_that_asks_and_nothing_is_sent() {
    let stage = Stage::new();
    let mut asked = 0;
    for line in LINES {
        let words: Vec<&str> = line
            .words
            .iter()
            .copied()
            .filter(|word| *word != "--yes")
            .collect();
        // A workflow asks at its steps, which are commands of their own; what comes before the first question is done by then.
        if words.len() == line.words.len() || words[0] == "run" {
            continue;
        }
        for (name, code) in [("-INT", 130), ("-TERM", 143)] {
            stage.begin(|_| {});
            let command = stage
                .folder
                .command(words.iter().copied().chain(["--sandbox"]));
            let mut terminal = AtTerminal::spawn(command);
            let question = if words[0] == "indices" {
                "Type sample-logs to confirm:"
            } else {
                "[y/N]"
            };
            let seen = terminal.read_until(Some(question));
            assert!(seen.contains(question), "{words:?}: {seen}");
            signal(&terminal.child, name);
            let began = Instant::now();
            let ran = terminal.end();
            assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
            assert_eq!(ran.code, code, "{words:?} {ran:#?}");
            assert!(ran.stdout.contains("signal"), "{words:?} {ran:#?}");
            assert_eq!(stage.sandbox.writes(), Vec::<String>::new(), "{words:?}");
            asked += 1;
        }
    }
    assert_eq!(asked, 8);
}

#[test]
fn the_sandbox_ends_by_a_signal_with_its_code() {
    let stage = Stage::new();
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut command = stage.folder.command(["sandbox", "--memory"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
        assert_eq!(&first, b"export");
        signal(&child, name);
        let (output, _) = end(child);
        assert_eq!(output.status.code(), Some(code));
    }
}
