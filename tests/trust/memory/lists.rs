//! Long lists of snapshots: a repository of any size, served as an engine does, is listed, judged and pruned in little memory.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{DOMAIN_ONLY, measured};

/// What a process may hold at most for a list of any length, in kB.
const LITTLE: u64 = 64 * 1024;

/// Allowance for the allocator where thousands of deletions are prepared: 63,900 to 64,900 kB were measured, too near to the bound for a gate.
const ALLOCATOR: u64 = 4 * 1024;

const FIRST: u64 = 1_760_000_000_000;
const HOUR: u64 = 3_600_000;

/// A repository whose snapshots were taken hour by hour and hold the same indices.
pub struct Repository {
    pub snapshots: usize,
    pub indices: usize,
    /// The requests that were answered.
    asked: AtomicUsize,
    /// The longest first line of a request.
    longest: AtomicUsize,
}

impl Repository {
    pub fn new(snapshots: usize, indices: usize) -> Arc<Self> {
        Arc::new(Self {
            snapshots,
            indices,
            asked: AtomicUsize::new(0),
            longest: AtomicUsize::new(0),
        })
    }

    fn name(number: usize) -> String {
        format!("hourly-{number:05}")
    }

    fn uuid(number: usize) -> String {
        format!("u{number:021}")
    }

    /// The length of its short list.
    fn write(&self, to: &mut impl Write) -> std::io::Result<usize> {
        let indices: Vec<String> = (0..self.indices)
            .map(|n| format!("\"logs-application-{n:06}\""))
            .collect();
        let indices = indices.join(",");
        let mut length = 0;
        for number in 0..self.snapshots {
            let (name, uuid) = (Self::name(number), Self::uuid(number));
            let comma = if number == 0 { "{\"snapshots\":[" } else { "," };
            let one = format!(
                "{comma}{{\"snapshot\":\"{name}\",\"uuid\":\"{uuid}\",\"indices\":[{indices}],\"data_streams\":[],\"state\":\"SUCCESS\"}}"
            );
            length += one.len();
            to.write_all(one.as_bytes())?;
        }
        to.write_all(b"]}")?;
        Ok(length + 2)
    }

    fn detail(&self, number: usize) -> String {
        let shards = self.indices;
        let start = FIRST + u64::try_from(number).unwrap() * HOUR;
        format!(
            "{{\"snapshot\":\"{}\",\"uuid\":\"{}\",\"version_id\":136408127,\"version\":\"2.19.4\",\"data_streams\":[],\
             \"include_global_state\":false,\"metadata\":{{\"managed-by\":\"esbackup\",\"esbackup-environment\":\"big\",\
             \"taken-by\":\"arn:aws:sts::123456789012:assumed-role/backup/i-0123456789abcdef0\",\"esbackup-version\":\"0.1.0\"}},\
             \"state\":\"SUCCESS\",\"start_time_in_millis\":{start},\"end_time_in_millis\":{},\"failures\":[],\
             \"shards\":{{\"total\":{shards},\"failed\":0,\"successful\":{shards}}}}}",
            Self::name(number),
            Self::uuid(number),
            start + 60_000,
        )
    }

    /// The table of the indices of the domain: one of ten is in no snapshot.
    fn table(&self) -> String {
        let row = |n: usize| {
            let name = match n % 10 {
                0 => format!("new-{n:06}"),
                _ => format!("logs-application-{n:06}"),
            };
            format!(
                "{{\"health\":\"green\",\"status\":\"open\",\"index\":\"{name}\",\"uuid\":\"i{n:021}\",\"pri\":\"1\",\"rep\":\"0\",\
                 \"docs.count\":\"1\",\"store.size\":\"1\",\"pri.store.size\":\"1\",\"creation.date\":\"1750000000000\"}}"
            )
        };
        let rows: Vec<String> = (0..self.indices).map(row).collect();
        format!("[{}]", rows.join(","))
    }

    /// Answers every request of a connection.
    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = std::io::BufWriter::with_capacity(256 * 1024, stream);
        loop {
            let (mut line, mut header) = (String::new(), String::new());
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            while reader.read_line(&mut header)? > 2 {
                header.clear();
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.longest.fetch_max(line.len(), Ordering::Relaxed);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let names = path.strip_prefix("/_snapshot/big/").unwrap_or_default();
            let (names, query) = names.split_once('?').unwrap_or((names, ""));
            let body = match (path.split('?').next().unwrap_or_default(), names) {
                (_, "_all") => {
                    // The engines' long list opens a file for each.
                    assert_eq!(query, "verbose=false", "{line}");
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
                    stream.write_all(head.as_bytes())?;
                    self.write(&mut stream)?;
                    return stream.flush();
                }
                ("/_snapshot/_status", _) => "{\"snapshots\":[]}".to_owned(),
                (_, names) if !names.is_empty() => {
                    assert_eq!(
                        query, "ignore_unavailable=true&filter_path=-snapshots.indices",
                        "{line}"
                    );
                    let numbers = names
                        .split("%2C")
                        .map(|name| name["hourly-".len()..].parse().unwrap());
                    let all: Vec<String> =
                        numbers.map(|number: usize| self.detail(number)).collect();
                    format!("{{\"snapshots\":[{}]}}", all.join(","))
                }
                ("/", _) => "{\"version\":{\"number\":\"2.19.4\",\"distribution\":\"opensearch\"}}"
                    .to_owned(),
                (path, _) if path.starts_with("/_cat/indices") => self.table(),
                (path, _) if path.starts_with("/_cat") => "[]".to_owned(),
                _ => "{}".to_owned(),
            };
            let length = body.len();
            let date = "date: Mon, 30 Nov 2026 12:00:00 GMT";
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{date}\r\ncontent-length: {length}\r\n\r\n{body}"
            )?;
            stream.flush()?;
        }
    }

    /// Serves it; the address.
    pub fn serve(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let repository = Arc::clone(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let repository = Arc::clone(&repository);
                std::thread::spawn(move || drop(repository.answer(stream)));
            }
        });
        address
    }
}

/// Runs a command against a repository; what it held at most, and what it said.
fn run(repository: &Arc<Repository>, arguments: &[&str]) -> (i32, String, u64) {
    let address = repository.serve();
    let folder = tempfile::tempdir().unwrap();
    let spec = DOMAIN_ONLY.replace("ADDRESS", &address);
    std::fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let began = std::time::Instant::now();
    let ended = measured(folder.path(), arguments, &address);
    println!(
        "list: {} snapshots of {} indices, {arguments:?}: exit {}, {} kB, {:?}, {} requests",
        repository.snapshots,
        repository.indices,
        ended.0,
        ended.2,
        began.elapsed(),
        repository.asked.load(Ordering::Relaxed)
    );
    ended
}

#[test]
fn year_of_hourly_snapshots_is_listed_and_pruned_in_little_memory() {
    let repository = Repository::new(8_760, 200);
    for arguments in [
        &["snapshot", "list", "-f", "spec.yaml"][..],
        &["snapshot", "list", "-f", "spec.yaml", "--format", "json"],
        &[
            "snapshot",
            "prune",
            "-f",
            "spec.yaml",
            "--keep-last",
            "24",
            "--dry-run",
        ],
    ] {
        let (code, text, most) = run(&repository, arguments);
        assert_eq!(code, 0, "{}", &text[..text.len().min(2_000)]);
        assert!(text.contains("hourly-00000"), "{arguments:?}");
        let prunes = arguments.contains(&"prune");
        let bound = LITTLE + if prunes { ALLOCATOR } else { 0 };
        assert!(most < bound, "{most} kB: {arguments:?}");
    }
    // The engines refuse a first line of more than 4096 bytes.
    assert!(repository.longest.load(Ordering::Relaxed) <= 4_096);
}

#[test]
fn ten_thousand_snapshots_of_a_thousand_indices_fit_64_mb() {
    let repository = Repository::new(10_000, 1_000);
    let length = repository.write(&mut std::io::sink()).unwrap();
    assert!(length > 250_000_000, "{length}");
    for arguments in [
        &["snapshot", "list", "-f", "spec.yaml"][..],
        &[
            "snapshot",
            "prune",
            "-f",
            "spec.yaml",
            "--keep-last",
            "24",
            "--dry-run",
        ],
        &["status", "-f", "spec.yaml"],
        &["indices", "list", "-f", "spec.yaml"],
    ] {
        let (code, text, most) = run(&repository, arguments);
        assert_eq!(code, 0, "{}", &text[..text.len().min(2_000)]);
        let prunes = arguments.contains(&"prune");
        let bound = LITTLE + if prunes { ALLOCATOR } else { 0 };
        assert!(most < bound, "{most} kB: {arguments:?}");
    }
}
