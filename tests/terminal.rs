//! What only a person at a terminal meets: questions, colour and the live line.

use std::process::Command;

use crate::support::binary::{Folder, Ran};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::AtTerminal;

/// Runs a command at a terminal at which somebody types.
fn at_a_terminal(command: Command, typed: &str) -> Ran {
    let mut terminal = AtTerminal::spawn(command);
    terminal.types(typed);
    terminal.end()
}

/// `apply`, and what somebody answers.
fn answered(folder: &Folder, typed: &str) -> Ran {
    at_a_terminal(folder.command(["apply", "--sandbox"]), typed)
}

fn folder(sandbox: &Sandbox) -> Folder {
    let folder = Folder::new(sandbox);
    folder.write("esbackup.yaml", include_str!("cases/spec.yaml"));
    folder
}

#[test]
fn only_yes_is_taken_for_yes() {
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    for typed in ["no\n", "y\n", "\n", "Yes\n"] {
        let ran = answered(&folder, typed);
        assert_eq!(ran.code, 6, "{typed:?}: {ran:#?}");
        assert!(ran.stdout.contains("Send 16 calls?"), "{ran:#?}");
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
    let ran = answered(&folder, "yes\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn a_risk_is_taken_by_typing_the_name_of_the_environment() {
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
        let ran = answered(&folder, typed);
        assert_eq!(ran.code, 6, "{typed:?}: {ran:#?}");
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
    let ran = answered(&folder, "yes\nlogs\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn colour_is_on_at_a_terminal_and_off_where_no_color_says_so() {
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    let plan = || folder.command(["plan", "--sandbox"]);
    let colored = at_a_terminal(plan(), "");
    assert!(
        colored.stdout.contains("\u{1b}[32m+ bucket"),
        "{}",
        colored.stdout
    );
    let mut without = plan();
    without.env("NO_COLOR", "1");
    let plain = at_a_terminal(without, "").stdout;
    assert!(
        plain.contains("+ bucket") && !plain.contains("\u{1b}[32m"),
        "{plain}"
    );
}
