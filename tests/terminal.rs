//! What only a person at a terminal meets: questions, colour and the live line. `script`, of the base tools, makes the terminal.

use std::io::Write;
use std::process::Stdio;

use crate::support::binary::{Folder, Ran};
use crate::support::sandbox::Sandbox;

/// Whether there is a `script` that takes a command and hands on its exit code.
pub fn has_terminals() -> bool {
    let version = std::process::Command::new("script")
        .arg("--version")
        .output();
    let is_known =
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"));
    if !is_known {
        println!("not run: there is no `script` of util-linux");
    }
    is_known
}

/// Runs esbackup at a terminal at which somebody types.
fn at_a_terminal(folder: &Folder, arguments: &str, typed: &str) -> Ran {
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_esbackup"));
    let mut command = folder.command_of("script");
    command.args(["-qefc", &line, "/dev/null"]);
    command
        .env("TERM", "xterm-256color")
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

fn folder(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    folder.write("esbackup.yaml", include_str!("cases/spec.yaml"));
    folder
}

#[test]
fn only_yes_is_taken_for_yes() {
    if !has_terminals() {
        return;
    }
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    for typed in ["no\n", "y\n", "\n", "Yes\n"] {
        let ran = at_a_terminal(&folder, "apply --sandbox", typed);
        assert_eq!(ran.code, 6, "{typed:?}: {ran:#?}");
        assert!(ran.stdout.contains("Send 16 calls?"), "{ran:#?}");
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
    let ran = at_a_terminal(&folder, "apply --sandbox", "yes\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn a_risk_is_taken_by_typing_the_name_of_the_environment() {
    if !has_terminals() {
        return;
    }
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    assert_eq!(folder.run(["apply", "--sandbox", "--yes"]).code, 0);
    sandbox.change(|state| {
        let versions =
            &mut state["accounts"]["123456789012"]["policies"]["logs-snapshots"]["versions"];
        versions[0]["document"] = r#"{"Version":"2012-10-17","Statement":[]}"#.into();
    });
    sandbox.forget_requests();
    for typed in ["yes\nyes\n", "yes\nlog\n"] {
        let ran = at_a_terminal(&folder, "apply --sandbox", typed);
        assert_eq!(ran.code, 6, "{typed:?}: {ran:#?}");
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
    let ran = at_a_terminal(&folder, "apply --sandbox", "yes\nlogs\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn colour_is_on_at_a_terminal_and_off_where_no_color_says_so() {
    if !has_terminals() {
        return;
    }
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    let colored = at_a_terminal(&folder, "plan --sandbox", "");
    assert!(
        colored.stdout.contains("\u{1b}[32m+ bucket"),
        "{}",
        colored.stdout
    );
    let line = format!(
        "NO_COLOR=1 {} plan --sandbox",
        env!("CARGO_BIN_EXE_esbackup")
    );
    let mut command = folder.command_of("script");
    command
        .args(["-qefc", &line, "/dev/null"])
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("+ bucket") && !text.contains("\u{1b}[32m"),
        "{text}"
    );
}
