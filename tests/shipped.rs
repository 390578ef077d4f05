//! Every spec in `specs/` is valid and can be planned from nothing, and each is applied to its end where the sandbox has what it names.

use std::path::Path;

use crate::support::binary::{Folder, ran};
use crate::support::sandbox::Sandbox;

/// All files of a folder, with their paths from the root of the project.
pub fn files(folder: &str, found: &mut Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let name = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
        if root.join(&name).is_dir() {
            files(&name, found);
        } else {
            found.push(name);
        }
    }
    found.sort();
}

/// A folder with copies of the shipped files.
fn copied(sandbox: &Sandbox) -> (Folder, Vec<String>) {
    let mut names = Vec::new();
    files("specs", &mut names);
    let folder = Folder::new(sandbox);
    for name in &names {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        folder.write(name, &text);
    }
    names.retain(|name| name.ends_with(".yaml"));
    assert!(names.len() >= 6, "{names:?}");
    (folder, names)
}

#[test]
fn every_shipped_spec_is_valid() {
    let sandbox = Sandbox::start();
    let (folder, names) = copied(&sandbox);
    for name in &names {
        let ran = folder.run(["validate", "-f", name]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}: {ran:#?}");
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn every_shipped_spec_can_be_planned_and_nothing_is_written() {
    let sandbox = Sandbox::start();
    let (folder, names) = copied(&sandbox);
    for name in &names {
        let mut command = folder.command(["plan", "--sandbox", "-f", name]);
        let ran = ran(command.env("LOGS_PASSWORD", "a secret"));
        // What exists by the spec's own word is missing here: a bucket of another account, a boundary, the writer's bucket.
        let expected = match name.as_str() {
            "specs/complete.yaml" | "specs/govcloud.yaml" | "specs/migration/reader.yaml" => 6,
            _ => 0,
        };
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (expected, ""),
            "{name}: {ran:#?}"
        );
        assert!(ran.stdout.contains("Plan: "), "{name}: {}", ran.stdout);
        assert!(!ran.stdout.contains("a secret"), "{name}");
    }
    assert_eq!(sandbox.writes(), Vec::<String>::new());
}

#[test]
fn the_quickstart_and_the_migration_go_from_nothing_to_nothing_to_do() {
    let sandbox = Sandbox::start();
    let (folder, _) = copied(&sandbox);
    for name in [
        "specs/quickstart.yaml",
        "specs/blog.yaml",
        "specs/migration/writer.yaml",
        "specs/migration/reader.yaml",
    ] {
        let ran = folder.run(["apply", "--sandbox", "--yes", "-f", name]);
        assert_eq!(ran.code, 0, "{name}: {ran:#?}");
        assert!(
            ran.stdout
                .contains("the repository is verified on all nodes"),
            "{}",
            ran.stdout
        );
        sandbox.forget_requests();
        let ran = folder.run(["apply", "--sandbox", "--yes", "-f", name]);
        assert_eq!(ran.code, 0, "{name}: {ran:#?}");
        assert!(ran.stdout.contains("Nothing to do"), "{}", ran.stdout);
        assert_eq!(sandbox.writes(), Vec::<String>::new(), "{name}");
    }
    // Both at once, in any order of their files.
    let ran = folder.run(["drift", "--sandbox", "-f", "specs/migration"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}
