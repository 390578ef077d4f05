//! Every command that the source prints as a hint is in one table, and is run: what it ends with, and what is there afterwards.

use std::path::Path;

use crate::printed::Scene;

/// The hint as the source has it, the words that are run for it, the exit code, and what is there afterwards (or no longer, with a minus).
const HINTS: [(&str, &str, i32, &[&str]); 35] = [
    ("esbackup apply", "apply --yes", 0, &["one", "sample-logs"]),
    ("esbackup explain CODE", "explain expires-backups", 0, &[]),
    (
        "esbackup indices delete INDEX",
        "indices delete sample-logs --yes",
        0,
        &["-sample-logs", "sample-orders"],
    ),
    (
        "esbackup indices delete {stream}",
        "indices delete sample-orders --yes",
        0,
        &["-sample-orders", "sample-logs"],
    ),
    ("esbackup indices list", "indices list", 0, &[]),
    ("esbackup plan", "plan", 0, &[]),
    (
        "esbackup restore",
        "restore one --prefix r-",
        0,
        &["r-sample-logs", "r-sample-orders"],
    ),
    (
        "esbackup restore NAME --dry-run",
        "restore one --prefix r- --dry-run",
        0,
        &["-r-sample-logs"],
    ),
    (
        "esbackup restore NAME --index-settings index.number_of_replicas=0",
        "restore one --prefix r- --index-settings index.number_of_replicas=0",
        0,
        &["r-sample-logs"],
    ),
    (
        "esbackup restore NAME --index-settings index.number_of_replicas=REPLICAS",
        "restore one --prefix r- --index-settings index.number_of_replicas=0",
        0,
        &["r-sample-logs"],
    ),
    (
        "esbackup restore NAME --indices '*,-INDEX'",
        "restore one --prefix r- --indices *,-sample-logs",
        0,
        &["r-sample-orders", "-r-sample-logs"],
    ),
    (
        "esbackup restore NAME --indices '*,-INDEX' --partial",
        "restore one --prefix r- --indices *,-sample-logs --partial",
        0,
        &["r-sample-orders", "-r-sample-logs"],
    ),
    (
        "esbackup restore NAME --prefix restored-",
        "restore one --prefix restored-",
        0,
        &["restored-sample-logs"],
    ),
    (
        "esbackup restore NAME --replace",
        "restore one --replace --yes --allow replace",
        0,
        &["sample-logs", "sample-orders"],
    ),
    (
        "esbackup restore {} --replace",
        "restore one --replace --yes --allow replace",
        0,
        &["sample-logs", "sample-orders"],
    ),
    (
        "esbackup snapshot delete NAME",
        "snapshot delete one --yes --allow last-good",
        0,
        &["-one"],
    ),
    (
        "esbackup snapshot delete {}",
        "snapshot delete one --yes",
        6,
        &["one"],
    ),
    ("esbackup snapshot list", "snapshot list", 0, &[]),
    (
        "esbackup snapshot list --repository {}",
        "snapshot list --repository snapshots",
        0,
        &[],
    ),
    (
        "esbackup snapshot list{elsewhere}",
        "snapshot list --repository snapshots",
        0,
        &[],
    ),
    (
        "esbackup snapshot prune",
        "snapshot prune --keep-last 1 --yes",
        0,
        &["one"],
    ),
    (
        "esbackup snapshot prune --keep-within 30d",
        "snapshot prune --keep-within 30d --yes",
        0,
        &["one"],
    ),
    ("esbackup snapshot show NAME", "snapshot show one", 0, &[]),
    ("esbackup snapshot show {}", "snapshot show one", 0, &[]),
    (
        "esbackup snapshot show {} --repository {}",
        "snapshot show one --repository snapshots",
        0,
        &[],
    ),
    (
        "esbackup snapshot take",
        "snapshot take",
        0,
        &["one", "logs-2"],
    ),
    (
        "esbackup snapshot take NAME --indices '*,-INDEX'",
        "snapshot take two --indices *,-sample-logs",
        0,
        &["one", "two"],
    ),
    ("esbackup snapshot wait NAME", "snapshot wait one", 0, &[]),
    ("esbackup snapshot wait {}", "snapshot wait one", 0, &[]),
    (
        "esbackup snapshot wait {} --repository {}",
        "snapshot wait one --repository snapshots",
        0,
        &[],
    ),
    ("esbackup status", "status", 0, &[]),
    ("esbackup verify", "verify", 0, &[]),
    (
        "esbackup verify --level nodes",
        "verify --level nodes",
        0,
        &[],
    ),
    (
        "esbackup verify --level restore --record",
        "verify --level restore --record",
        0,
        &["sample-logs"],
    ),
    (
        "esbackup verify --level snapshot",
        "verify --level snapshot",
        0,
        &[],
    ),
];

/// Returns the hints of the source: commands in backticks, comments, tests and the rows of keys left out.
fn in_source(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_apart = path
            .file_stem()
            .is_some_and(|name| name == "tests" || name == "keys");
        if is_apart {
            continue;
        }
        if path.is_dir() {
            in_source(&path, found);
            continue;
        }
        // Examples and tips, each of which the tests of the help run or print.
        if ["cli/help.rs", "cli/tips.rs"]
            .iter()
            .any(|own| path.ends_with(own))
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = product
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            for (at, _) in line.match_indices("`esbackup ") {
                let rest = &line[at + 1..];
                let Some(end) = rest.find(['`', '"']) else {
                    continue;
                };
                let whole = rest[end..].starts_with('`');
                if whole {
                    found.push(rest[..end].to_owned());
                }
            }
        }
    }
}

#[test]
fn table_of_hints_is_that_of_the_source() {
    let mut found = Vec::new();
    in_source(Path::new("src"), &mut found);
    found.sort();
    found.dedup();
    let mut table: Vec<&str> = HINTS.iter().map(|(hint, ..)| *hint).collect();
    table.sort_unstable();
    assert_eq!(found, table);
}

#[test]
fn every_hint_is_run_and_does_what_it_says() {
    for (hint, line, code, afterwards) in HINTS {
        // The words that are run are those of the hint, but for what stands for a name.
        let ran: Vec<&str> = line.split(' ').collect();
        let words = hint
            .split(' ')
            .skip(1)
            .map(|word| word.split('{').next().unwrap_or_default());
        let fixed =
            |word: &&str| word.starts_with("--") || word.contains(|c: char| c.is_ascii_lowercase());
        for word in words.filter(fixed) {
            let number = word.strip_suffix("REPLICAS");
            let same =
                |one: &&str| *one == word || number.is_some_and(|number| one.starts_with(number));
            assert!(ran.iter().any(same), "{hint}: {line}");
        }
        let scene = Scene::new();
        match line.starts_with("explain ") {
            // It is about no environment.
            true => assert_eq!(scene.folder.run(line.split(' ')).code, code, "{line}"),
            false => drop(scene.run(line, code)),
        }
        let snapshots = scene.run("snapshot list", 0).stdout;
        let indices = scene.run("indices list", 0).stdout;
        let names: Vec<&str> = snapshots
            .lines()
            .chain(indices.lines())
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        for one in afterwards {
            let (name, wanted) = match one.strip_prefix('-') {
                Some(name) => (name, false),
                None => (*one, true),
            };
            let there = names
                .iter()
                .any(|known| *known == name || (name == "logs-2" && known.starts_with(name)));
            assert_eq!(there, wanted, "{line}: {name}\n{snapshots}{indices}");
        }
    }
}
