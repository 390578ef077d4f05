//! Gives `esbackup --version` the commit that it was built from. `ESBACKUP_BUILD` replaces that text, and empty leaves it out: for packages
//! and builds that must be the same wherever they are made. A source archive has no commit and names none.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ESBACKUP_BUILD");
    let build = match std::env::var("ESBACKUP_BUILD") {
        Ok(given) => Some(given).filter(|text| !text.is_empty()),
        Err(_) => commit(),
    };
    let build = build.map_or_else(String::new, |text| format!(" ({text})"));
    println!("cargo::rustc-env=ESBACKUP_BUILD_SUFFIX={build}");
}

/// Returns the commit and its date, and has Cargo watch the files that change with it.
fn commit() -> Option<String> {
    // A source archive may lie in another project's repository.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(".").canonicalize().ok()? {
        return None;
    }
    let names_it = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in std::iter::once("HEAD".to_owned()).chain(names_it) {
        let file = git(&["rev-parse", "--git-path", &name])?;
        // Cargo runs this again each time for a file that does not exist, as that of a packed ref.
        if Path::new(&file).exists() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    git(&[
        "show",
        "--no-patch",
        "--abbrev=9",
        "--format=%h %cs",
        "HEAD",
    ])
}

fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
