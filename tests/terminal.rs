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
fn answer_no_cancels_with_1_and_writes_nothing() {
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    for typed in ["no\n", "N\n", "\n", "maybe\nno\n"] {
        let ran = answered(&folder, typed);
        assert_eq!(ran.code, 1, "{typed:?}: {ran:#?}");
        let question = "Apply 4 changes to logs (account 123456789012, us-west-2)? [y/N]";
        assert!(ran.stdout.contains(question), "{ran:#?}");
        let again = ran.stdout.contains("Answer y or n. [y/N]");
        assert_eq!(again, typed.starts_with("maybe"), "{ran:#?}");
        assert!(
            ran.stdout.ends_with("Cancelled; nothing was changed.\r\n"),
            "{ran:#?}"
        );
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
}

#[test]
fn answer_yes_in_any_case_applies() {
    for typed in ["y\n", "YES\n", "what?\nYes\n"] {
        let sandbox = Sandbox::start();
        let ran = answered(&folder(&sandbox), typed);
        assert_eq!(ran.code, 0, "{typed:?}: {ran:#?}");
    }
}

#[test]
fn one_question_names_every_environment() {
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    let second = include_str!("cases/spec.yaml").replace("logs", "metrics");
    folder.write("specs/a.yaml", include_str!("cases/spec.yaml"));
    folder.write("specs/b.yaml", &second);
    let command = folder.command(["apply", "--sandbox", "-f", "specs"]);
    let ran = at_a_terminal(command, "no\n");
    assert_eq!(ran.code, 1, "{ran:#?}");
    let question = "Apply 4 changes to logs (account 123456789012, us-west-2) and 4 changes to metrics (account 123456789012, us-west-2)? [y/N]";
    assert!(ran.stdout.contains(question), "{ran:#?}");
    let cancelled = ran.stdout.matches("Cancelled; nothing was changed.");
    assert_eq!(cancelled.count(), 1, "{ran:#?}");
}

#[test]
fn risk_is_taken_by_typing_the_name_of_the_environment() {
    let sandbox = Sandbox::start();
    let folder = folder(&sandbox);
    assert_eq!(folder.run(["apply", "--sandbox", "--yes"]).code, 0);
    sandbox.change(|state| {
        let versions =
            &mut state["accounts"]["123456789012"]["policies"]["logs-snapshots"]["versions"];
        versions[0]["document"] = r#"{"Version":"2012-10-17","Statement":[]}"#.into();
    });
    sandbox.forget_requests();
    for typed in ["no\n", "\n", "yes\nlog\nn\n"] {
        let ran = answered(&folder, typed);
        assert_eq!(ran.code, 1, "{typed:?}: {ran:#?}");
        assert!(
            ran.stdout.contains("Type logs to confirm:"),
            "{typed:?}: {ran:#?}"
        );
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{typed:?}");
    }
    let ran = answered(&folder, "yes\nlogs\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
}

const WORKFLOW: &str = r#"
workflows:
  clean:
    - snapshot: {name: s}
    - restore: {snapshot: s, indices: [sample-logs], replace: true}
    - delete_indices: [sample-orders]
    - prune: {keep_last: 1}
"#;

#[test]
fn run_asks_once_and_lists_the_targets_of_every_step() {
    let sandbox = Sandbox::start();
    let folder = Folder::new(&sandbox);
    let spec = include_str!("cases/spec.yaml");
    folder.write("esbackup.yaml", &format!("{spec}{WORKFLOW}"));
    assert_eq!(folder.run(["apply", "--sandbox", "--yes"]).code, 0);
    sandbox.forget_requests();
    let run = |typed| at_a_terminal(folder.command(["run", "clean", "--sandbox"]), typed);
    let ran = run("no\n");
    assert_eq!(ran.code, 1, "{ran:#?}");
    let question = "logs (account 123456789012, us-west-2): run clean? step 2 replaces sample-logs from snapshot s; step 3 deletes sample-orders; \
                    step 4 deletes the snapshots in repository snapshots that its rules let go. [y/N]";
    assert!(ran.stdout.contains(question), "{ran:#?}");
    assert!(
        ran.stdout.contains("Cancelled; nothing was changed."),
        "{ran:#?}"
    );
    assert_eq!(sandbox.writes(), Vec::<String>::new());
    let ran = run("y\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(ran.stdout.matches("[y/N]").count(), 1, "{ran:#?}");
    assert_eq!(ran.stdout.matches("to confirm").count(), 0, "{ran:#?}");
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
