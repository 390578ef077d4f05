//! Bad input: what fuzzing found, the corpus that it began with, and what is too large; no panic, no hang, no more memory than a laptop has.

use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/targets/mod.rs"]
mod targets;

/// No input may take longer.
const LONGEST: Duration = Duration::from_secs(1);

#[test]
fn every_kept_input_of_every_target_holds_and_takes_less_than_a_second() {
    // The binary works on its main thread, whose stack is four times as large as that of a test's.
    let replay = std::thread::Builder::new().stack_size(8 * 1024 * 1024);
    let replayed = replay.spawn(replay_the_corpus).unwrap().join();
    replayed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

fn replay_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for target in targets::ALL {
        let mut files: Vec<_> = std::fs::read_dir(corpus.join(target.name))
            .unwrap_or_else(|error| panic!("{}: {error}", target.name))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{}", target.name);
        // Some begin by setting up a server.
        (target.run)(&[]);
        let began = Instant::now();
        for file in &files {
            let data = std::fs::read(file).unwrap();
            let one = Instant::now();
            println!("{}", file.display());
            (target.run)(&data);
            assert!(
                one.elapsed() < LONGEST,
                "{}: {:?}",
                file.display(),
                one.elapsed()
            );
        }
        println!(
            "input: {}: {} kept inputs in {:?}",
            target.name,
            files.len(),
            began.elapsed()
        );
    }
}

#[test]
fn the_script_runs_every_target_and_its_shares_are_a_thousand() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/run");
    let script = std::fs::read_to_string(script).unwrap();
    let table = script
        .split("targets=\"\n")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(' ').collect())
        .collect();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let known: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    assert_eq!(names, known);
    let shares: u32 = rows.iter().map(|row| row[1].parse::<u32>().unwrap()).sum();
    assert_eq!(shares, 1_000);
}

/// The files whose functions ask the domain, and how the target `wire` names them.
const ASKING: [(&str, &str); 6] = [
    ("src/data/cluster/remote.rs", "cluster::"),
    ("src/data/index/lineage.rs", "index::lineage::"),
    ("src/data/index/remote.rs", "index::remote::"),
    ("src/data/snapshot/contents.rs", "contents::"),
    ("src/data/snapshot/remote.rs", "snapshot::remote::"),
    ("src/resources/repository/remote.rs", "repository::remote::"),
];

#[test]
fn every_request_to_the_domain_is_fuzzed_by_its_answer() {
    let targets = crate::docs::read("tests/fuzz/targets/wire.rs");
    let mut all = Vec::new();
    crate::shipped::files("src/data", &mut all);
    all.retain(|file| file.ends_with(".rs"));
    all.push("src/resources/repository/remote.rs".to_owned());
    let mut asking = 0;
    for file in all {
        let text = crate::docs::read(&file);
        for (_, rest) in text
            .match_indices("pub async fn ")
            .map(|(at, found)| (at, &text[at + found.len()..]))
        {
            let name = rest.split(['(', '<']).next().unwrap();
            let (signature, _) = rest.split_once('{').unwrap();
            if !["&Reads", "&Client"]
                .iter()
                .any(|client| signature.contains(client))
            {
                continue;
            }
            let known = ASKING.iter().find(|(known, _)| *known == file);
            let (_, module) = known.unwrap_or_else(|| panic!("{file} is not known here"));
            assert!(
                targets.contains(&format!("{module}{name}(")),
                "{file}: {name}"
            );
            asking += 1;
        }
    }
    println!("input: {asking} functions that ask the domain");
    assert!(asking > 30);
}
