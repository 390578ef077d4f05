//! Memory: whatever a file or a service holds, the process stays small.

mod aws;
mod lists;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::sample;

/// What a process may hold at most, in kB, whatever it is given.
const MEMORY: u64 = 150 * 1024;

const HUGE: usize = 100 * 1024 * 1024;

const DOMAIN_ONLY: &str = "version: 1\nname: big\nregion: us-west-2\naccount: \"123456789012\"\n\
    domain: {endpoint: \"http://ADDRESS\", auth: none}\nrepository: {name: big, existing: true}\n";

/// Runs the binary outside of the sandbox and returns its exit code, what it printed, and the most that it held in kB.
fn measured(folder: &Path, arguments: &[&str], address: &str) -> (i32, String, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_esbackup"));
    command
        .args(arguments)
        .args(["--trust-endpoint", "127.0.0.1"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("ESBACKUP_BACKOFF_MS", "1")
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    held(folder, &mut command)
}

/// The same of a command, whose output goes to files in a folder.
fn held(folder: &Path, command: &mut Command) -> (i32, String, u64) {
    let errors = std::fs::File::create(folder.join("errors")).unwrap();
    let out = std::fs::File::create(folder.join("out")).unwrap();
    let mut child = command
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
    assert!(most > 0, "what it held is not known");
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

/// As long as it may be, or longer; each `#` of a piece is another number.
fn full_of((head, piece, tail): (&str, &str, &str), length: usize) -> String {
    let mut body = head.to_owned();
    let mut number = 0_u64;
    while body.len() + piece.len() + 20 + tail.len() < length {
        body.push_str(&piece.replace('#', &number.to_string()));
        number += 1;
    }
    body + tail
}

/// What a spec is full of: how it begins, the smallest of it, and how it ends.
const FLOODED_SPECS: [(&str, &str, &str); 6] = [
    (
        "policy: {name: p, document: {Version: \"2012-10-17\", Statement: [",
        "{},",
        "{}]}}",
    ),
    (
        "policy: {name: p, document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Resource: \"*\", Action: [",
        "a,",
        "a]}]}}",
    ),
    ("tags: {", "a#: ,", "z: z}"),
    ("workflows: {w: [", "{},", "{}]}"),
    ("bucket: {name: b, existing: [", "[],", "[]]}"),
    ("", "a#:\n", "z: z"),
];

#[test]
fn a_spec_and_a_document_that_are_full_of_the_smallest_are_refused_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "version: 1\nname: big\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {name: abc}\n";
    let mut files = Vec::new();
    for (head, piece, tail) in FLOODED_SPECS {
        files.push(full_of(
            (&format!("{rest}{head}"), piece, tail),
            1024 * 1024,
        ));
    }
    for (piece, length) in [
        ("{},", 127 * 1024),
        ("{},", 1023 * 1024),
        ("{\"a#\":0},", 127 * 1024),
    ] {
        let document = full_of(
            ("{\"Version\":\"2012-10-17\",\"Statement\":[", piece, "{}]}"),
            length,
        );
        let name = format!("{}.json", files.len());
        std::fs::write(folder.path().join(&name), document).unwrap();
        files.push(format!("{rest}bucket: {{name: abc-bucket}}\npolicy: {{name: p, document_file: {name}}}\nrole: {{name: r}}\nrepository: {{name: r}}\n"));
    }
    for (number, text) in files.iter().enumerate() {
        std::fs::write(folder.path().join("spec.yaml"), text).unwrap();
        for format in ["human", "json"] {
            let arguments = ["validate", "-f", "spec.yaml", "--format", format];
            let (code, said, most) = measured(folder.path(), &arguments, "127.0.0.1:1");
            println!(
                "memory: spec {number}, {format}: exit {code}, {most} kB, {} bytes said",
                said.len()
            );
            assert_eq!(code, 65, "{}", &said[..said.len().min(2_000)]);
            assert!(most < MEMORY, "spec {number}: {most} kB");
        }
    }
}
