//! Odd surroundings: full disks, closed pipes, no home, no locale.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::sample;
use crate::environment::{Place, administrator};
use crate::support::binary::{Ran, ran};
use crate::support::preload::Network;
use crate::support::relay::Relay;
use crate::support::stage::{ACCOUNT, Does, LINES, Line, Stage, spec};
use crate::support::terminal::AtTerminal;
use esbackup::internals::domain::Limits;

/// The commands that are tried: all, or a fixed sample of them.
fn lines() -> Vec<Line> {
    sample::of(LINES.to_vec(), 3)
}

/// No bug was told, and the exit code is a documented one.
pub(super) fn assert_quiet(ran: &Ran, what: &str) {
    assert!(
        !ran.stderr.contains("a bug in esbackup"),
        "{what}: {ran:#?}"
    );
    let documented = [0, 1, 2, 3, 4, 5, 6, 64, 65, 77];
    assert!(documented.contains(&ran.code), "{what}: {ran:#?}");
}

/// The credentials of the sandbox's administrator, as in production.
pub(super) fn with_credentials(command: &mut Command) -> &mut Command {
    let (id, key) = esbackup::internals::sandbox::credentials(ACCOUNT);
    command
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", key)
}

fn full_disk() -> Stdio {
    Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap())
}

/// A pipe that nobody reads any more.
fn broken_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stdio::from(writer)
}

/// Begins again and runs a command as somebody sets it up.
fn run(stage: &Stage, line: Line, set_up: impl FnOnce(&mut Command)) -> Ran {
    stage.begin(|_| {});
    let mut command = stage.sandboxed(line, &[]);
    set_up(&mut command);
    ran(&mut command)
}

/// The same through a shell, which can close what a command writes to.
fn through_a_shell(stage: &Stage, line: Line, how: &str) -> Ran {
    stage.begin(|_| {});
    let of = stage.sandboxed(line, &[]);
    let script = format!("exec \"$0\" \"$@\" {how}");
    ran(&mut stage.folder.through_a_shell(&script, &of))
}

#[test]
fn whoever_stops_listening_changes_nothing_of_what_is_done() {
    let stage = Stage::new();
    for line in lines() {
        let usual = run(&stage, line, |_| {});
        let writes = stage.sandbox.writes();
        assert!(matches!(usual.code, 0 | 2), "{line:?} {usual:#?}");
        let gone = run(&stage, line, |command| {
            command.stdout(broken_pipe()).stderr(broken_pipe());
        });
        assert_eq!(
            (gone.code, stage.sandbox.writes()),
            (usual.code, writes.clone()),
            "{line:?}"
        );
        for how in [">&-", "2>&-", ">&- 2>&- <&-"] {
            let closed = through_a_shell(&stage, line, how);
            assert_quiet(&closed, how);
            assert_eq!(
                (closed.code, stage.sandbox.writes()),
                (usual.code, writes.clone()),
                "{line:?} {how}"
            );
        }
    }
}

#[test]
fn a_result_that_a_full_disk_swallows_is_no_success_and_what_was_to_be_done_is_done() {
    let stage = Stage::new();
    for line in lines() {
        let usual = run(&stage, line, |_| {});
        let writes = stage.sandbox.writes();
        let full = run(&stage, line, |command| {
            command.stdout(full_disk());
        });
        assert_quiet(&full, "a full disk");
        let lost = usual.stdout.is_empty();
        let expected = if lost { usual.code } else { 1 };
        assert_eq!(
            (full.code, stage.sandbox.writes()),
            (expected, writes.clone()),
            "{line:?} {full:#?}"
        );
        assert!(
            lost || full
                .stderr
                .contains("could not be written to stdout: No space left"),
            "{full:#?}"
        );
        let silent = run(&stage, line, |command| {
            command.stderr(full_disk());
        });
        assert_eq!(
            (silent.code, stage.sandbox.writes()),
            (usual.code, writes),
            "{line:?}"
        );
    }
}

#[test]
fn a_sandbox_that_cannot_keep_its_state_says_so_and_what_it_had_is_still_there() {
    let stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    let spec = std::fs::read(stage.folder.path("esbackup.yaml")).unwrap();
    std::fs::write(folder.path().join("esbackup.yaml"), spec).unwrap();
    let limited = |limit: &str, words: &[&str]| {
        let mut command = stage.folder.command_of("/bin/sh");
        command
            .current_dir(folder.path())
            .args([
                "-c",
                &format!("trap '' XFSZ; {limit} exec \"$0\" \"$@\" --sandbox"),
            ])
            .arg(env!("CARGO_BIN_EXE_esbackup"))
            .args(words);
        ran(&mut command)
    };
    let applied = limited("", &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let state = folder.path().join(".esbackup/sandbox/state.json");
    let before = std::fs::read(&state).unwrap();
    for words in [&["snapshot", "take", "x"][..], &["apply", "--yes"]] {
        let full = limited("ulimit -f 1;", words);
        assert_quiet(&full, "no room");
        assert!(full.code != 0 || words[0] == "apply", "{full:#?}");
        assert_eq!(std::fs::read(&state).unwrap(), before, "{full:#?}");
    }
    let again = limited("", &["drift"]);
    assert_eq!(again.code, 0, "{again:#?}");
}

#[test]
fn a_folder_that_may_not_be_written_is_enough_for_all_but_the_sandbox() {
    let stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    let spec = std::fs::read(stage.folder.path("esbackup.yaml")).unwrap();
    std::fs::write(folder.path().join("esbackup.yaml"), spec).unwrap();
    let mode = |mode: u32| {
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap()
    };
    let owner = std::fs::metadata(folder.path()).unwrap().uid();
    mode(0o555);
    let as_nobody = |line: Line, sandbox: bool| {
        stage.begin(|_| {});
        let mut command = match sandbox {
            true => stage.sandboxed(line, &[]),
            false => stage.in_production(line, &[]),
        };
        with_credentials(&mut command).current_dir(folder.path());
        // The superuser may write everywhere.
        if owner == 0 {
            command.uid(65_534).gid(65_534);
        }
        ran(&mut command)
    };
    for line in lines() {
        let usual = as_nobody(line, false);
        assert!(matches!(usual.code, 0 | 2), "{line:?} {usual:#?}");
        if line.does != Does::Nothing {
            let refused = as_nobody(line, true);
            assert_eq!(refused.code, 1, "{line:?} {refused:#?}");
            assert!(refused.stderr.contains(".esbackup/sandbox"), "{refused:#?}");
        }
    }
    mode(0o755);
}

#[test]
fn no_home_no_locale_and_no_terminal_type_change_nothing() {
    let stage = Stage::new();
    type SetUp = fn(&mut Command);
    let surroundings: [(&str, SetUp); 7] = [
        ("no home", |command| {
            command.env_remove("HOME");
        }),
        ("a home that is not there", |command| {
            command.env("HOME", "/nonexistent");
        }),
        ("the C locale", |command| {
            command.env("LC_ALL", "C");
        }),
        ("an unknown locale", |command| {
            command.env("LC_ALL", "xx_YY.odd").env("LANG", "tlh");
        }),
        ("a dumb terminal", |command| {
            command.env("TERM", "dumb");
        }),
        ("no terminal type", |command| {
            command.env("TERM", "");
        }),
        ("an odd width", |command| {
            command.env("COLUMNS", "0").env("LINES", "x");
        }),
    ];
    let mut lines_met = 0;
    for line in lines() {
        // Each that writes does so eight times.
        if matches!(line.does, Does::Writes(_)) && line.words[0] != "apply" && !sample::full() {
            continue;
        }
        lines_met += 1;
        let told = |ran: &Ran| {
            (
                ran.code,
                ran.stdout.lines().count(),
                ran.stderr.lines().count(),
            )
        };
        let usual = run(&stage, line, |_| {});
        for (name, set_up) in surroundings {
            let odd = run(&stage, line, set_up);
            assert_eq!(told(&odd), told(&usual), "{line:?} {name}: {odd:#?}");
        }
    }
    println!(
        "surroundings: {lines_met} of {} commands in {} surroundings, 0 exceptions",
        LINES.len(),
        surroundings.len()
    );
}

#[test]
fn names_that_are_no_text_are_taken_for_files_and_refused_as_names() {
    let stage = Stage::new();
    let odd = OsStr::from_bytes(b"spec-\xff\xfe.yaml");
    let text = std::fs::read(stage.folder.path("esbackup.yaml")).unwrap();
    std::fs::write(stage.folder.path("").join(odd), text).unwrap();
    for line in lines() {
        stage.begin(|_| {});
        let named = ran(stage.sandboxed(line, &["-f"]).arg(odd));
        // The steps of a workflow are command lines, and those are text.
        match line.words[0] {
            "run" => assert_eq!(named.code, 64, "{named:#?}"),
            _ => assert!(matches!(named.code, 0 | 2), "{line:?} {named:#?}"),
        }
        let refused = ran(stage.sandboxed(line, &["--env"]).arg(odd));
        assert_eq!(refused.code, 64, "{line:?} {refused:#?}");
        let value = ran(stage.sandboxed(line, &[]).env("ESBACKUP_POLL_MS", odd));
        assert!(
            value.code == 64 || line.does == Does::Nothing,
            "{line:?} {value:#?}"
        );
    }
}

#[test]
fn a_terminal_of_any_kind_and_width_shows_the_whole_plan() {
    let stage = Stage::new();
    let whole = run(&stage, LINES[1], |_| {}).stdout;
    for kind in ["dumb", "", "no-such-terminal", "xterm-256color"] {
        for columns in ["0", "1", "20", "10000"] {
            stage.begin(|_| {});
            let mut command = stage.folder.command_of("/bin/sh");
            command
                .args([
                    "-c",
                    "stty cols $0; exec \"$@\"",
                    columns,
                    env!("CARGO_BIN_EXE_esbackup"),
                ])
                .args(["plan", "--sandbox"])
                .env("PATH", "/usr/bin:/bin")
                .env("NO_COLOR", "1")
                .env("TERM", kind);
            let ran = AtTerminal::spawn(command).end();
            assert_eq!(ran.code, 0, "{kind} {columns} {ran:#?}");
            let shown = ran.stdout.replace("\r\n", "\n");
            for line in whole.lines() {
                assert!(
                    shown.contains(line),
                    "{kind} {columns}: {line:?} is not in {shown}"
                );
            }
        }
    }
}

#[test]
fn a_machine_that_has_ipv6_alone_reaches_everything() {
    let stage = Stage::new();
    let relay = Relay::start("[::1]:0", stage.sandbox.address, Box::new(|_, body| body));
    let (v6, v4) = (relay.address.to_string(), stage.sandbox.address);
    // One after the other, since the sandbox tells the domain from AWS by the host's name alone.
    for (aws, domain) in [
        (v4.to_string(), v6.clone()),
        (v6, format!("localhost:{}", v4.port())),
    ] {
        stage.folder.write("esbackup.yaml", &spec(&domain));
        for line in lines() {
            stage.begin(|state| state["domains"][0]["endpoint"] = Value::from(domain.clone()));
            let mut command = stage.in_production(line, &[]);
            if line.does != Does::Nothing {
                command.args(["--trust-endpoint", "[::1]"]);
            }
            with_credentials(&mut command).env("AWS_ENDPOINT_URL", format!("http://{aws}"));
            let before = relay.heads().len();
            let ran = ran(&mut command);
            assert!(matches!(ran.code, 0 | 2), "{aws} {line:?} {ran:#?}");
            let met = relay.heads().len() > before;
            assert_eq!(met, line.does != Does::Nothing, "{line:?}");
        }
    }
}

#[test]
fn an_ipv6_that_swallows_everything_is_passed_by_before_a_connection_takes_too_long() {
    let (place, network) = (Place::new(), Network::new());
    let port = place.sandbox.address.port();
    // What is not accepted fills its queue; whoever comes then gets no answer at all.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let hole = tokio::net::TcpSocket::new_v6().unwrap();
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    hole.bind(address).unwrap();
    let _hole = hole.listen(0).unwrap();
    let wait = Duration::from_millis(200);
    let queue: Vec<_> = (0..8)
        .map(|_| TcpStream::connect_timeout(&address, wait))
        .collect();
    assert!(queue.iter().any(Result::is_err), "it answers everybody");
    let run = |versions: &str, endpoint: &str| {
        let mut command = place.command(
            &administrator(ACCOUNT),
            ["plan", "--trust-endpoint", "localhost"],
        );
        command.env("AWS_ENDPOINT_URL", format!("http://{endpoint}:{port}"));
        network.watch(&mut command, 0);
        network.versions(&mut command, versions);
        let before = network.connections().len();
        let began = Instant::now();
        let ran = ran(&mut command);
        let took = began.elapsed();
        let swallowed = network.connections().split_off(before);
        let swallowed = swallowed
            .iter()
            .filter(|one| **one == format!("::1 {port}"));
        (ran, took, swallowed.count())
    };
    let (usual, quick, none) = run("4", "aws.test");
    assert_eq!((usual.code, none), (0, 0), "{usual:#?}");
    // The domain alone is swallowed, then AWS as well.
    let mut before = 0;
    for endpoint in ["127.0.0.1", "aws.test"] {
        let (through, slow, swallowed) = run("64", endpoint);
        assert_eq!(through, usual, "{endpoint}");
        assert!(swallowed > before, "{endpoint}: {swallowed}");
        let lost = slow.saturating_sub(quick).as_secs_f64() / swallowed as f64;
        let longest = Limits::default().connect.as_secs_f64();
        assert!(lost < longest, "{lost} s a connection: {quick:?} {slow:?}");
        before = swallowed;
    }
}

/// Makes a program's clock begin in 1970.
const CLOCK: &str = "#define _GNU_SOURCE\n#include <time.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n\
    int clock_gettime(clockid_t id, struct timespec *t) {\n\
    int r = syscall(SYS_clock_gettime, id, t); if (id == CLOCK_REALTIME) t->tv_sec = 5; return r; }\n";

#[test]
fn a_clock_that_stands_at_1970_is_corrected_or_told_and_nothing_panics() {
    let stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    let library = crate::support::preload::built(folder.path(), "clock", CLOCK);
    let mut codes: BTreeMap<i32, usize> = BTreeMap::new();
    for line in lines() {
        stage.begin(|_| {});
        let mut command = stage.in_production(line, &[]);
        let ran = ran(with_credentials(&mut command).env("LD_PRELOAD", &library));
        assert_quiet(&ran, "1970");
        *codes.entry(ran.code).or_default() += 1;
        if ran.code != 0 && ran.code != 2 {
            let said = format!("{}{}", ran.stdout, ran.stderr).to_lowercase();
            assert!(
                ["clock", "time", "expired", "date"]
                    .iter()
                    .any(|word| said.contains(word)),
                "{line:?} {ran:#?}"
            );
        }
    }
    println!("a clock at 1970: exit codes {codes:?}");
}
