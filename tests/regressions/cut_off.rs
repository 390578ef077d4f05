//! A command of day two that was cut off: the same command again says how to go on, and what it says finishes the work.

use crate::support::binary::{Folder, Ran};
use crate::support::fields::SPEC;
use crate::support::sandbox::Sandbox;

/// An applied environment with the sample indices, and these snapshots of them.
fn lab(sandbox: &Sandbox, snapshots: &[&str]) -> Folder {
    let folder = Folder::new(sandbox);
    let boundary = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
    folder.write("esbackup.yaml", &SPEC.replace(boundary, ""));
    run(&folder, &["apply", "--yes"], 0);
    for name in snapshots {
        run(&folder, &["snapshot", "take", name], 0);
    }
    folder
}

fn run(folder: &Folder, words: &[&str], code: i32) -> Ran {
    let ran = folder.run(words.iter().copied().chain(["--sandbox"]));
    assert_eq!(ran.code, code, "{words:?} {ran:#?}");
    ran
}

#[test]
fn a_restore_whose_end_nobody_saw_says_how_to_see_it() {
    let sandbox = Sandbox::start();
    let folder = lab(&sandbox, &["one"]);
    let restore = [
        "restore",
        "one",
        "--indices",
        "sample-logs",
        "--rename",
        "sample-logs",
        "again",
    ];
    run(&folder, &restore, 0);
    let refused = run(&folder, &restore, 6);
    let (_, told) = refused
        .stderr
        .split_once("if an earlier run restored them: esbackup ")
        .unwrap_or_else(|| panic!("{}", refused.stderr));
    let words: Vec<&str> = told.lines().next().unwrap().split(' ').collect();
    sandbox.forget_requests();
    assert_eq!(folder.run(words).code, 0);
    assert_eq!(sandbox.writes(), [""; 0]);
    // An index that no restore made is in the way, and nothing else is said of it.
    let other = run(&folder, &["restore", "one", "--indices", "sample-logs"], 6);
    assert!(!other.stderr.contains("an earlier run"), "{}", other.stderr);
}

#[test]
fn a_deletion_of_snapshots_that_was_cut_off_says_how_to_go_on() {
    let sandbox = Sandbox::start();
    let folder = lab(&sandbox, &["one", "two", "three"]);
    run(&folder, &["snapshot", "delete", "one", "--yes"], 0);
    let both = ["snapshot", "delete", "one", "two", "--yes"];
    let refused = run(&folder, &both, 6);
    let words = "where an earlier run deleted it, add --ignore-unavailable";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    let passing = [&both[..], &["--ignore-unavailable"]].concat();
    let ran = run(&folder, &passing, 0);
    assert_eq!(ran.stdout, "Deleted: two.\n");
    let again = run(&folder, &passing, 0);
    assert_eq!(again.stdout, "");
    // Where none of them is there, a name is more likely to be wrong.
    let refused = run(&folder, &both, 6);
    assert!(!refused.stderr.contains(words), "{}", refused.stderr);
}

#[test]
fn a_deletion_of_indices_that_was_cut_off_says_how_to_go_on() {
    let sandbox = Sandbox::start();
    let folder = lab(&sandbox, &["one"]);
    run(&folder, &["indices", "delete", "sample-logs", "--yes"], 0);
    let both = [
        "indices",
        "delete",
        "sample-logs",
        "sample-orders",
        "--snapshot-first",
        "--yes",
    ];
    let refused = run(&folder, &both, 6);
    let words = "where an earlier run deleted it, add --ignore-unavailable";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    run(&folder, &[&both[..], &["--ignore-unavailable"]].concat(), 0);
}
