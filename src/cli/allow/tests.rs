//! Each command takes the words that it can meet, and no other.

use clap::Parser;

use crate::cli::Arguments;
use crate::hazard::Word;
use crate::spec::StepKind;
use crate::workflow::run::{GUARDS, guards};

/// Every command with what it needs beside its options, and the words that it can meet.
const COMMANDS: [(&str, &[&str]); 19] = [
    ("validate", &[]),
    ("plan", &[]),
    (
        "apply",
        &["widens-access", "weakens", "repoints", "destroys"],
    ),
    ("drift", &[]),
    ("snapshot take", &[]),
    ("snapshot wait one", &[]),
    ("snapshot list", &[]),
    ("snapshot show one", &[]),
    ("snapshot delete one", &["running", "last-good"]),
    ("snapshot prune --keep-last 1", &[]),
    ("indices list", &[]),
    ("indices delete one", &["no-snapshot"]),
    ("restore one", &["replace", "system-index", "red", "space"]),
    ("verify", &[]),
    (
        "run rehearse",
        &["replace", "no-snapshot", "system-index", "red", "space"],
    ),
    ("status", &[]),
    ("explain last-good", &[]),
    ("schema", &[]),
    ("completions bash", &[]),
];

fn read(line: &str) -> Result<(), clap::Error> {
    let words = format!("esbackup {line}");
    Arguments::try_parse_from(words.split(' ')).map(drop)
}

#[test]
fn each_command_allows_exactly_the_words_that_it_can_meet() {
    for (command, words) in COMMANDS {
        for word in Word::RISKS.iter().chain(&Word::GUARDS) {
            let word = word.as_str();
            let read = read(&format!("{command} --allow {word}"));
            let Err(error) = read else {
                assert!(words.contains(&word), "{command} {word}");
                continue;
            };
            assert!(!words.contains(&word), "{command} {word}: {error}");
            // What clap refuses ends with 64.
            let text = error.to_string();
            let list = format!("the words are {}", words.join(", "));
            assert_eq!(text.contains(&list), !words.is_empty(), "{text}");
        }
    }
}

#[test]
fn the_help_of_a_command_lists_its_words() {
    for (command, words) in COMMANDS {
        let mut told = crate::cli::help::command();
        for word in command.split(' ') {
            if let Some(found) = told.find_subcommand(word) {
                told = found.clone();
            }
        }
        let help = told.render_long_help().to_string();
        let lists: Vec<&str> = help
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Words: "))
            .collect();
        let list = format!("{}.", words.join(", "));
        let list = (!words.is_empty()).then_some(list.as_str());
        assert_eq!(lists.first().copied(), list, "{help}");
    }
}

#[test]
fn a_run_allows_what_a_step_of_it_can_meet() {
    let steps = StepKind::ALL.map(guards);
    let met: Vec<Word> = Word::GUARDS
        .into_iter()
        .filter(|word| steps.iter().any(|words| words.contains(word)))
        .collect();
    assert_eq!(met, GUARDS);
}
