//! Every `tests/spec_errors/<case>.yaml`, or folder of files, renders as its `<case>.txt`; `ESBACKUP_BLESS=1` rewrites them.

use std::path::{Path, PathBuf};

use crate::spec::load;
use crate::trust::Trust;
use crate::yaml::render;

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir("tests/spec_errors")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.is_dir()
                || path
                    .extension()
                    .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    cases.sort();
    cases
}

fn shown(path: &Path) -> String {
    // Cases about other things trust what they name.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let trust = match name.starts_with("untrusted_") {
        true => Trust::default(),
        false => Trust::everything(),
    };
    match load(&[path.to_owned()], &trust) {
        Ok(loaded) => panic!("{} is accepted: {loaded:#?}", path.display()),
        Err(diagnostics) => render(&diagnostics, false),
    }
}

#[test]
fn every_case_shows_its_golden_text() {
    let bless = std::env::var_os("ESBACKUP_BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let have = shown(case);
        let golden = case.with_extension("txt");
        if bless {
            std::fs::write(&golden, &have).unwrap();
        }
        let want = std::fs::read_to_string(&golden).unwrap_or_default();
        if have != want {
            wrong.push(format!(
                "=== {}\nwant:\n{want}\nhave:\n{have}",
                case.display()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases differ\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_golden_text_holds_a_secret() {
    for case in cases() {
        let text = shown(&case);
        assert!(!text.contains("hunter"), "{}:\n{text}", case.display());
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let path = PathBuf::from("tests/spec_errors/account_unquoted.yaml");
    let diagnostics = load(&[path], &Trust::everything()).unwrap_err();
    let colored = render(&diagnostics, true);
    let plain: String =
        colored
            .split('\u{1b}')
            .enumerate()
            .fold(String::new(), |mut text, (index, part)| {
                text.push_str(if index == 0 {
                    part
                } else {
                    part.split_once('m').unwrap().1
                });
                text
            });
    assert_eq!(plain, render(&diagnostics, false));
}
