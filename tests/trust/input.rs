//! Bad input: what fuzzing found, the corpus that it began with, and what is too large; no panic, no hang, no more memory than a laptop has.

use std::path::Path;
use std::time::{Duration, Instant};

use super::sample;

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

/// What a process may hold at most, in kB, whatever it is given.
const MEMORY: u64 = 150 * 1024;

const HUGE: usize = 100 * 1024 * 1024;

const DOMAIN_ONLY: &str = "version: 1\nname: big\nregion: us-west-2\naccount: \"123456789012\"\n\
    domain: {endpoint: \"http://ADDRESS\", auth: none}\nrepository: {name: big, existing: true}\n";

/// Runs the binary outside of the sandbox and returns its exit code, what it printed as errors, and the most that it held in kB.
fn measured(folder: &Path, arguments: &[&str], address: &str) -> (i32, String, u64) {
    let errors = std::fs::File::create(folder.join("errors")).unwrap();
    let out = std::fs::File::create(folder.join("out")).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_esbackup"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("ESBACKUP_BACKOFF_MS", "1")
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(std::process::Stdio::null())
        .stdout(out)
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = loop {
        most = super::load::resident(&child).unwrap_or(0).max(most);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = std::fs::read_to_string(folder.join("errors")).unwrap()
        + &std::fs::read_to_string(folder.join("out")).unwrap();
    (status.code().unwrap_or(-1), text, most)
}

/// A server that answers everything with `head`, a piece again and again up to a length, and `tail`.
fn flood(
    status: u16,
    head: &'static str,
    piece: &'static str,
    length: usize,
    tail: &'static str,
) -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let mut asked = [0; 16 * 1024];
                let Ok(read) = stream.read(&mut asked) else {
                    return;
                };
                // The engine is known, so that what is asked next is asked.
                if status == 200 && asked[..read].starts_with(b"GET / ") {
                    let root =
                        "{\"version\":{\"number\":\"2.19.4\",\"distribution\":\"opensearch\"}}";
                    let length = root.len();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{root}"
                    );
                    drop(stream.write_all(answer.as_bytes()));
                    return;
                }
                let start = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{head}"
                );
                let block = piece.repeat(64 * 1024 / piece.len() + 1);
                let mut sent = 0;
                let mut send = |bytes: &[u8]| stream.write_all(bytes).is_ok();
                if !send(start.as_bytes()) {
                    return;
                }
                while sent < length {
                    if !send(block.as_bytes()) {
                        return;
                    }
                    sent += block.len();
                }
                send(tail.as_bytes());
            });
        }
    });
    address
}

#[test]
fn a_spec_and_a_document_of_a_hundred_megabytes_are_refused_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("big.yaml"), vec![b'a'; HUGE]).unwrap();
    let spec = "version: 1\nname: big\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {name: abc}\n\
        bucket: {name: abc-bucket}\npolicy: {name: p, document_file: big.yaml}\nrole: {name: r}\nrepository: {name: r}\n";
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    for (file, words) in [
        ("big.yaml", "larger than 1 MiB"),
        ("spec.yaml", "`policy.document_file` is not valid"),
    ] {
        let (code, text, most) = measured(folder.path(), &["validate", "-f", file], "127.0.0.1:1");
        println!("input: {file}: exit {code}, {most} kB");
        assert_eq!(code, 65, "{text}");
        assert!(text.contains(words), "{text}");
        assert!(most < MEMORY, "{most} kB");
    }
}

/// A year of hourly snapshots of two hundred indices, as one answer.
fn a_year_of_snapshots() -> String {
    let indices: Vec<String> = (0..200).map(|n| format!("\"logs-{n:03}-abcd\"")).collect();
    let indices = indices.join(",");
    let all: Vec<String> = (0..8_760_u64)
        .map(|hour| {
            let start = 1_760_000_000_000 + hour * 3_600_000;
            format!(
                "{{\"snapshot\":\"hourly-{hour:05}\",\"uuid\":\"u{hour:021}\",\"version_id\":136408127,\"version\":\"2.19.4\",\
                 \"indices\":[{indices}],\"data_streams\":[],\"include_global_state\":false,\"state\":\"SUCCESS\",\
                 \"start_time_in_millis\":{start},\"end_time_in_millis\":{},\"failures\":[],\
                 \"shards\":{{\"total\":200,\"failed\":0,\"successful\":200}}}}",
                start + 60_000
            )
        })
        .collect();
    format!("{{\"snapshots\":[{}]}}", all.join(","))
}

#[test]
fn a_year_of_hourly_snapshots_of_two_hundred_indices_is_listed_and_can_be_pruned() {
    let list: &'static str = a_year_of_snapshots().leak();
    let address = flood(200, list, " ", 1, "");
    let folder = tempfile::tempdir().unwrap();
    let spec = DOMAIN_ONLY.replace("ADDRESS", &address);
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let prune: [&str; 8] = [
        "snapshot",
        "prune",
        "-f",
        "spec.yaml",
        "--all",
        "--keep-last",
        "24",
        "--dry-run",
    ];
    for arguments in [
        &["snapshot", "list", "-f", "spec.yaml"][..],
        &["snapshot", "list", "-f", "spec.yaml", "--format", "json"],
        &prune,
    ] {
        let (code, text, most) = measured(folder.path(), arguments, &address);
        println!(
            "input: {} bytes of snapshots, {arguments:?}: exit {code}, {most} kB",
            list.len()
        );
        assert_eq!(code, 0, "{}", &text[..text.len().min(2_000)]);
        assert!(text.contains("hourly-00000"), "{arguments:?}");
        assert!(most < MEMORY, "{most} kB: {arguments:?}");
    }
}

/// How an answer begins, what it is full of, and how it ends.
const FLOODS: [(&str, &str, &str); 7] = [
    (
        "{\"snapshots\":[",
        "{\"snapshot\":\"s\",\"repository\":\"r\",\"indices\":{\"a\":0,\"b\":0}},",
        "{}]}",
    ),
    ("{\"snapshots\":[", "{},", "{}]}"),
    (
        "{\"snapshots\":[",
        "{\"snapshot\":\"s\",\"uuid\":\"u\",\"state\":\"SUCCESS\",\"indices\":[\"logs-application-0001\",\"logs-application-0002\"]},",
        "{\"snapshot\":\"last\"}]}",
    ),
    (
        "{\"snapshots\":[{\"snapshot\":\"s\",\"indices\":[",
        "\"\",",
        "\"\"]}]}",
    ),
    (
        "{\"snapshots\":[{\"snapshot\":\"s\",\"failures\":[",
        "{\"a\":0},",
        "0]}]}",
    ),
    ("[", "[0],", "0]"),
    ("<html>", "<p>", "</html>"),
];

#[test]
fn answers_of_a_hundred_megabytes_and_of_all_that_is_read_are_held_in_little_memory() {
    let commands: [&[&str]; 3] = [
        &["snapshot", "list", "-f", "spec.yaml"],
        &["indices", "list", "-f", "spec.yaml"],
        &["plan", "-f", "spec.yaml"],
    ];
    let mut cells = Vec::new();
    for flood in FLOODS.into_iter().enumerate() {
        // More than is ever read, as much as is read at most, and the same in a refusal.
        for answer in [
            (200, HUGE),
            (200, 47 * 1024 * 1024),
            (200, 15 * 1024 * 1024),
            (403, 15 * 1024 * 1024),
        ] {
            cells.extend(commands.map(|arguments| (flood, answer, arguments)));
        }
    }
    for ((number, (head, piece, tail)), (status, length), arguments) in sample::of(cells, 7) {
        let address = flood(status, head, piece, length, tail);
        let folder = tempfile::tempdir().unwrap();
        let spec = DOMAIN_ONLY.replace("ADDRESS", &address);
        std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
        let (code, text, most) = measured(folder.path(), arguments, &address);
        println!(
            "input: flood {number}, {status}, {length} bytes, {arguments:?}: exit {code}, {most} kB"
        );
        assert!(most < MEMORY, "{most} kB: {arguments:?}");
        assert!(!text.contains("panicked"), "{text}");
        assert!((0..=77).contains(&code) && code != 64, "{code}: {text}");
    }
}
