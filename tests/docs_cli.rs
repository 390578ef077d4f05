//! `docs/cli.md` against the command line that the binary offers. Nothing here needs a network.

use esbackup::internals::hazard::Word;
use std::collections::{BTreeMap, BTreeSet};

use super::docs::{esbackup, read, root, stdout};

/// Every command by its words, with the long options that its help shows.
pub fn commands_and_options(words: &[&str], found: &mut BTreeMap<String, BTreeSet<String>>) {
    let arguments: Vec<&str> = words.iter().copied().chain(["--help"]).collect();
    let help = stdout(&esbackup(root(), &arguments));
    let below: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if below.is_empty() {
        let options = help.lines().filter_map(|line| {
            let line = line.trim_start();
            let line = line
                .get(4..)
                .filter(|_| line.as_bytes().get(2) == Some(&b','))
                .unwrap_or(line);
            let word = line.strip_prefix("--")?.split(['.', ' ', '=']).next()?;
            (!["help", "version"].contains(&word)).then(|| format!("--{word}"))
        });
        found.insert(words.join(" "), options.collect());
    }
    for word in below.into_iter().filter(|word| *word != "help") {
        let words: Vec<&str> = words.iter().copied().chain([word]).collect();
        commands_and_options(&words, found);
    }
}

/// The long options in the first cell of a row.
fn options_of_a_row(row: &str) -> Vec<String> {
    let cell = row.split(" | ").next().unwrap_or_default();
    let words = cell.split('`').skip(1).step_by(2);
    words
        .filter_map(|word| word.split([' ', '[']).next())
        .filter(|word| word.starts_with("--"))
        .map(str::to_owned)
        .collect()
}

/// The options that `docs/cli.md` tells of each command: in the table of them all, and in the section of its own.
fn documented_options(commands: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let text = read("docs/cli.md");
    let (_, text) = text.split_once("\n## Options\n").expect("the section");
    let (text, _) = text
        .split_once("\n## Exit codes\n")
        .expect("the next section");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut here: Option<Vec<String>> = None;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            let titles = title.split('`').skip(1).step_by(2);
            let plain = |title: &str| {
                let words = title
                    .split(' ')
                    .filter(|word| !word.contains(char::is_uppercase));
                words.collect::<Vec<_>>().join(" ")
            };
            here = Some(titles.map(plain).collect());
        }
        let Some(row) = line.strip_prefix("| ") else {
            continue;
        };
        let on: BTreeSet<String> = match &here {
            Some(own) => own.iter().cloned().collect(),
            None => {
                let cell = row.split(" | ").nth(1).unwrap_or_default();
                let (all, but) = match cell.strip_prefix("all") {
                    Some(rest) => (true, rest.trim_start_matches(" but ")),
                    None => (false, cell),
                };
                let named: BTreeSet<String> = but.split(", ").map(str::to_owned).collect();
                commands
                    .iter()
                    .filter(|command| named.contains(*command) != all)
                    .cloned()
                    .collect()
            }
        };
        for command in on {
            found
                .entry(command)
                .or_default()
                .extend(options_of_a_row(row));
        }
    }
    found
}

#[test]
fn every_option_of_every_command_is_documented_and_no_other() {
    let mut offered = BTreeMap::new();
    commands_and_options(&[], &mut offered);
    assert!(offered.contains_key("snapshot prune"), "{offered:?}");
    let documented = documented_options(&offered.keys().cloned().collect());
    let mut wrong = Vec::new();
    for (command, offered) in &offered {
        let none = BTreeSet::new();
        let documented = documented.get(command).unwrap_or(&none);
        let missing = offered
            .difference(documented)
            .map(|option| format!("{command} {option} is missing"));
        let needless = documented
            .difference(offered)
            .map(|option| format!("{command} has no {option}"));
        wrong.extend(missing.chain(needless));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_table_of_guards_is_the_one_that_the_program_uses() {
    let text = read("docs/cli.md");
    let (_, section) = text.split_once("\n### Guards\n").expect("the section");
    let (section, _) = section.split_once("\n### ").expect("the next section");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(named, Word::GUARDS.map(Word::as_str));
}

#[test]
fn every_variable_that_is_read_is_documented() {
    let source = read("src/limits.rs");
    let text = read("docs/cli.md");
    let named: BTreeSet<&str> = source
        .split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.starts_with("ESBACKUP_"))
        .collect();
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !text.contains(&format!("| `{name}` |")))
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
}
