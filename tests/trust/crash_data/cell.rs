//! One cell of the matrix: a command meets a misfortune at one of its writes, and whoever reads what it printed goes on.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::judge;
use super::work::{Lab, WORKS};
use crate::support::binary::Ran;

/// What can happen to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfortune {
    KilledBefore,
    KilledAfter,
    DroppedBefore,
    DroppedAfter,
    Error500,
    Error500After,
    Error503,
    TimeoutBefore,
    TimeoutAfter,
    Truncated,
}

pub const MISFORTUNES: [Misfortune; 10] = [
    Misfortune::KilledBefore,
    Misfortune::KilledAfter,
    Misfortune::DroppedBefore,
    Misfortune::DroppedAfter,
    Misfortune::Error500,
    Misfortune::Error500After,
    Misfortune::Error503,
    Misfortune::TimeoutBefore,
    Misfortune::TimeoutAfter,
    Misfortune::Truncated,
];

/// Longer than anybody waits here.
const LONG: u64 = 600_000;
/// How often whoever reads the output goes on before giving up.
const PATIENCE: usize = 25;
/// In place of the exit code of a child that was killed.
const KILLED: i32 = -9;
/// What ends a child that hangs.
const HANGS: Duration = Duration::from_secs(120);

impl Misfortune {
    fn action(self) -> Value {
        let status = |code: u16| json!({"status": {"code": code, "error_code": "exception", "message": "scripted"}});
        match self {
            Self::KilledBefore | Self::TimeoutBefore => json!({"delay": {"ms": LONG}}),
            Self::KilledAfter | Self::TimeoutAfter => json!({"delay_after": {"ms": LONG}}),
            Self::DroppedBefore => json!("drop_before"),
            Self::DroppedAfter => json!("drop_after"),
            Self::Error500 => status(500),
            Self::Error500After => {
                json!({"status_after": {"code": 500, "error_code": "exception", "message": "scripted"}})
            }
            Self::Error503 => status(503),
            Self::Truncated => json!({"truncate": {"bytes": 3}}),
        }
    }

    fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }
}

/// A write of an uninterrupted run: its operation, and the how manyth of that operation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    pub operation: String,
    pub nth: usize,
}

/// What an uninterrupted run does.
#[derive(Debug)]
pub struct Uninterrupted {
    pub writes: Vec<Write>,
    pub end: Value,
    /// The names of the good snapshots that it deletes.
    deletes: Vec<String>,
}

/// Runs a work to its end and keeps what it sent.
pub fn uninterrupted(lab: &Lab, work: usize) -> Uninterrupted {
    lab.begin(work);
    let words = WORKS[work].command.iter().copied();
    let ran = finished(command(lab, words.chain(["--sandbox"])), lab);
    assert_eq!(ran.code, 0, "{}: {ran:#?}", WORKS[work].name);
    let mut writes: Vec<Write> = Vec::new();
    for operation in lab.sandbox.writes() {
        let nth = 1 + writes
            .iter()
            .filter(|one| one.operation == operation)
            .count();
        writes.push(Write { operation, nth });
    }
    let state = settled(lab);
    assert_eq!(judge::left_over(&state), [""; 0], "{}", WORKS[work].name);
    let (before, after) = (judge::good(lab.start(work)).0, judge::good(&state).0);
    let gone = before.iter().filter(|(uuid, _)| !after.contains_key(*uuid));
    Uninterrupted {
        writes,
        end: judge::end(&state),
        deletes: gone.map(|(_, name)| name.clone()).collect(),
    }
}

fn command<'a>(lab: &Lab, words: impl Iterator<Item = &'a str>) -> Command {
    let mut command = lab.folder.command(words);
    command.env("ESBACKUP_POLL_MS", "5");
    command
}

/// A command as it was printed, for a shell.
fn printed(lab: &Lab, line: &str) -> Command {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_esbackup"));
    let mut command = lab.folder.command_of("/bin/sh");
    command
        .args(["-c", line])
        .env("PATH", binary.parent().unwrap())
        .env("ESBACKUP_POLL_MS", "5");
    command
}

/// Starts a command whose output goes to files, so that what a killed one said is not lost.
fn spawn(mut command: Command, lab: &Lab) -> std::process::Child {
    let file = |name: &str| Stdio::from(File::create(lab.folder.path(name)).unwrap());
    command.stdout(file("stdout")).stderr(file("stderr"));
    command.spawn().unwrap()
}

/// Waits for its end, or kills it once `when` holds.
fn ended(mut child: std::process::Child, lab: &Lab, when: impl Fn() -> bool) -> Ran {
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if when() || began.elapsed() > HANGS {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |name: &str| std::fs::read_to_string(lab.folder.path(name)).unwrap();
    Ran {
        stdout: text("stdout"),
        stderr: text("stderr"),
        code: status.code().unwrap_or(KILLED),
    }
}

fn finished(command: Command, lab: &Lab) -> Ran {
    ended(spawn(command, lab), lab, || false)
}

/// The command that was printed last to go on with, or the same one with what was said to add.
fn go_on(ran: &Ran, work: usize) -> Option<String> {
    const ADD: &str = "where an earlier run deleted it, add ";
    if let Some((_, option)) = ran.stderr.split_once(ADD) {
        let option = option.lines().next().unwrap_or_default();
        let words = WORKS[work].command.join(" ");
        return Some(format!("esbackup {words} --sandbox {option}"));
    }
    const WORDS: [&str; 5] = [
        "if it is interrupted: ",
        "to go on: ",
        "to wait for its end: ",
        "to wait for it again: ",
        "if an earlier run restored them: ",
    ];
    let lines = ran.stdout.lines().chain(ran.stderr.lines());
    let mut told = lines.filter_map(|line| {
        let found = WORDS.iter().find_map(|words| line.split_once(words));
        found.map(|(_, command)| command.to_owned())
    });
    told.next_back()
}

/// The state once what runs has ended.
fn settled(lab: &Lab) -> Value {
    let began = Instant::now();
    loop {
        let state = lab.sandbox.state();
        let cluster = &state["domains"][0]["cluster"];
        let idle = cluster["taking"].as_array().unwrap().is_empty();
        if idle || began.elapsed() > HANGS {
            return state;
        }
        std::thread::sleep(Duration::from_millis(20));
        // Time passes in a sandbox with the next request.
        drop(command(lab, ["snapshot", "list", "--sandbox"].into_iter()).output());
    }
}

/// How a cell ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// The states that were looked at.
    pub states: usize,
    /// The runs that it took.
    pub runs: usize,
    /// What is wrong, in words.
    pub wrong: Vec<String>,
}

/// Runs a cell.
pub fn run(lab: &Lab, work: usize, usual: &Uninterrupted, at: &Write, what: Misfortune) -> Ended {
    let mut ended = Ended::default();
    let name = WORKS[work].name;
    lab.begin(work);
    lab.sandbox
        .fault(&json!({"operation": at.operation, "nth": at.nth, "action": what.action()}));
    let mut trail = Vec::new();
    let mut ran = first(lab, work, at, what);
    let faults = lab.sandbox.admin("GET", "/faults", &Value::Null);
    if faults[0]["seen"].as_u64().unwrap() < at.nth as u64 {
        ended.wrong.push("the misfortune was not met".to_owned());
    }
    if what.kills() != (ran.code == KILLED) {
        ended.wrong.push(format!("it ended with {}", ran.code));
    }
    lab.sandbox.forget_faults();
    let mut line: Option<String> = None;
    loop {
        trail.push(format!("exit {}: {}{}", ran.code, ran.stdout, ran.stderr));
        ended.runs += 1;
        let words = WORKS[work].done_already;
        let done = !words.is_empty() && words.iter().all(|words| ran.stderr.contains(words));
        if ran.code == 0 || done || trail.len() > PATIENCE {
            break;
        }
        // Something may still run that the killed one began. Names that are made of the time are new with each second, and 5 says that one is taken.
        let pause = if ran.code == 5 { 1_000 } else { 20 };
        std::thread::sleep(Duration::from_millis(pause));
        line = go_on(&ran, work).or(line);
        ran = match &line {
            Some(line) => {
                trail.push(format!("$ {line}"));
                finished(printed(lab, line), lab)
            }
            None => finished(again(lab, work), lab),
        };
    }
    let state = settled(lab);
    let deletes = |name: &str| usual.deletes.iter().any(|one| one == name);
    ended.states += watched(lab, work, deletes, &mut ended.wrong);
    let wanted = &usual.end;
    let got = judge::without_spares(judge::end(&state), wanted);
    if got != *wanted {
        ended
            .wrong
            .push(format!("another end:\n{}", difference(wanted, &got)));
    }
    ended.wrong.extend(
        judge::left_over(&state)
            .into_iter()
            .map(|what| format!("left over: {what}")),
    );
    if trail.len() > PATIENCE {
        ended.wrong.push("it was never done".to_owned());
    }
    // Once more, as somebody would who does not know that it is done.
    lab.sandbox.admin("DELETE", "/states", &Value::Null);
    let once_more = finished(again(lab, work), lab);
    ended.runs += 1;
    let state = settled(lab);
    // A further backup is new work, and may prune what the one before took.
    let pruned = |name: &str| {
        deletes(name)
            || WORKS[work]
                .deletes_again
                .contains(&judge::dateless(name).as_str())
    };
    ended.states += watched(lab, work, pruned, &mut ended.wrong);
    let got = judge::without_spares(judge::end(&state), wanted);
    if ended.wrong.is_empty() && got != *wanted {
        let text = difference(wanted, &got);
        ended.wrong.push(format!(
            "a further run changed the end: {once_more:#?}\n{text}"
        ));
    }
    if !ended.wrong.is_empty() {
        let head = format!("{name}: {} number {} is {what:?}", at.operation, at.nth);
        ended.wrong.insert(0, head);
        ended.wrong.push(trail.join("\n"));
    }
    ended
}

fn again(lab: &Lab, work: usize) -> Command {
    let words = WORKS[work].command.iter().copied();
    command(lab, words.chain(["--sandbox"]))
}

/// The run that meets the misfortune.
fn first(lab: &Lab, work: usize, at: &Write, what: Misfortune) -> Ran {
    let mut command = again(lab, work);
    if matches!(what, Misfortune::TimeoutBefore | Misfortune::TimeoutAfter) {
        // A write is sent once and has the whole of the time.
        for name in ["ESBACKUP_ATTEMPT_TIMEOUT_MS", "ESBACKUP_TOTAL_TIMEOUT_MS"] {
            command.env(name, "1000");
        }
    }
    let child = spawn(command, lab);
    if !what.kills() {
        return ended(child, lab, || false);
    }
    ended(child, lab, || {
        let requests = lab.sandbox.requests();
        let mut of_it = requests.iter().filter(|one| one.name() == at.operation);
        let met = of_it.nth(at.nth - 1);
        met.is_some_and(|one| one.status != 0 || what == Misfortune::KilledBefore)
    })
}

/// Looks at every state that was; returns how many there were.
fn watched(
    lab: &Lab,
    work: usize,
    deletes: impl Fn(&str) -> bool,
    wrong: &mut Vec<String>,
) -> usize {
    let start = lab.start(work);
    let mut all = judge::live(start, i64::MAX);
    let (mut kept, in_snapshots) = judge::good(start);
    all.extend(in_snapshots);
    let moments = lab.sandbox.admin("GET", "/states", &Value::Null);
    let moments = moments.as_array().unwrap();
    for moment in moments {
        let (at, state) = (moment["at"].as_i64().unwrap(), &moment["state"]);
        let live = judge::live(state, at);
        let (good, in_snapshots) = judge::good(state);
        let lost = |one: &&String| {
            !live.contains(*one) && (WORKS[work].stays_live || !in_snapshots.contains(*one))
        };
        let lost = all.iter().filter(lost).count();
        if lost > 0 {
            wrong.push(format!(
                "{lost} of {} documents are lost in a state",
                all.len()
            ));
        }
        for (uuid, name) in &kept {
            if !good.contains_key(uuid) && !deletes(name) {
                wrong.push(format!("good snapshot {name} is lost"));
            }
        }
        kept.retain(|_, name| !deletes(name));
        kept.extend(good);
    }
    moments.len()
}

fn difference(wanted: &Value, got: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    let (wanted, got) = (text(wanted), text(got));
    let diff = similar::TextDiff::from_lines(&wanted, &got);
    diff.unified_diff().context_radius(2).to_string()
}
