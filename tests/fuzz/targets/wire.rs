//! Answers as bytes on a real connection: the client of the domain, every read of snapshots, indices, the cluster and the repository, and every
//! write, over loopback only.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use esbackup::internals::data::snapshot::contents;
use esbackup::internals::data::{cluster, index, snapshot};
use esbackup::internals::diagnosis::Context;
use esbackup::internals::domain::{Client, Error, Limits, Material, endpoint};
use esbackup::internals::names::{EnvironmentName, IndexName, SnapshotName};
use esbackup::internals::resources::SendError;
use esbackup::internals::resources::declared::Desired;
use esbackup::internals::resources::observed::Observed;
use esbackup::internals::resources::repository::reclaim::Own;
use esbackup::internals::resources::repository::{self, Repository};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::domain::length;

const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503, 504,
];

/// What is answered next, and whether the connection ends after it.
#[derive(Clone, Default)]
struct Script {
    answer: Vec<u8>,
    close: bool,
}

struct Harness {
    runtime: Runtime,
    client: Client,
    desired: Desired,
    script: Arc<Mutex<Script>>,
}

thread_local! {
    static HARNESS: RefCell<Option<Harness>> = const { RefCell::new(None) };
}

/// A byte for the read, one for the status, one for how the answer is framed, then the body or the whole answer.
pub fn answers(data: &[u8]) {
    let Some(([which, status, framing], body)) = data.split_first_chunk::<3>() else {
        return;
    };
    let close = framing & 6 == 6;
    let answer = match close {
        true => body.to_vec(),
        false => framed(*status, framing & 1 == 1, body),
    };
    HARNESS.with_borrow_mut(|harness| {
        let harness = harness.get_or_insert_with(Harness::new);
        if let Ok(mut script) = harness.script.lock() {
            *script = Script { answer, close };
        }
        let asked = ask(&harness.client, &harness.desired, *which);
        let error = harness.runtime.block_on(asked);
        if let Some(error) = error {
            let words = esbackup::internals::causes::words(&error);
            assert!(!words.is_empty());
        }
    });
}

fn framed(status: u8, json: bool, body: &[u8]) -> Vec<u8> {
    let status = STATUSES[usize::from(status) % STATUSES.len()];
    let kind = if json {
        "application/json"
    } else {
        "text/html"
    };
    let length = body.len();
    let body = if status == 204 { &[] } else { body };
    let length = if status == 204 { 0 } else { length };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nlocation: /\r\ndate: Tue, 24 Nov 2026 02:13:20 GMT\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Every request to the domain, each decoding the answer in its own way.
async fn ask(client: &Client, desired: &Desired, which: u8) -> Option<Error> {
    match which % 44 {
        which @ 0..32 => read(client, &desired.repository.want, which).await,
        which @ 32..36 => {
            let call = of_repositories(desired, which);
            of_domain(repository::remote::send(Some(client), &call).await)
        }
        which @ 36..40 => {
            let call = of_indices(which);
            match which {
                36 => index::remote::was_applied(client, &call).await.err(),
                _ => index::remote::send(client, &call).await.err(),
            }
        }
        which => {
            let call = of_snapshots(which);
            match which {
                40 => snapshot::remote::was_applied(client, &call).await.err(),
                _ => snapshot::remote::send(client, &call).await.err(),
            }
        }
    }
}

fn of_repositories(desired: &Desired, which: u8) -> repository::Call {
    let Repository {
        name,
        kind,
        settings,
        verify,
    } = desired.repository.want.clone();
    match which {
        32 => repository::Call::Delete { name },
        33 | 34 => repository::Call::Verify { name },
        _ => repository::Call::Put {
            name,
            kind,
            settings,
            verify,
        },
    }
}

fn of_indices(which: u8) -> index::Call {
    let index = IndexName::parse("logs-1").expect("a name");
    match which {
        37 => index::Call::Block {
            index,
            writes: index::Writes::Refused,
        },
        38 => index::Call::Close { index },
        _ => index::Call::Delete { index },
    }
}

fn of_snapshots(which: u8) -> snapshot::Call {
    let (repository, name) = ("logs".to_owned(), "full".to_owned());
    let index = IndexName::parse("logs-1").expect("a name");
    match which {
        40 | 41 => snapshot::Call::Delete { repository, name },
        42 => snapshot::Call::Take {
            repository,
            name: SnapshotName::parse(&name).expect("a name"),
            take: snapshot::Take::default(),
        },
        _ => snapshot::Call::Restore {
            repository,
            name,
            restore: snapshot::Restore {
                streams: Vec::new(),
                indices: vec![index.clone()],
                rename: None,
                include_aliases: false,
                include_global_state: false,
                index_settings: Default::default(),
                ignore_index_settings: Vec::new(),
                partial: false,
                targets: vec![index],
            },
        },
    }
}

/// The error of the domain that ended a call.
fn of_domain<T>(sent: Result<T, SendError>) -> Option<Error> {
    match sent {
        Err(SendError::Domain(error)) => Some(error),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

async fn read(client: &Client, want: &Repository, which: u8) -> Option<Error> {
    let name = IndexName::parse("logs-1").expect("a name");
    let names = [name.clone()];
    match which {
        0 => cluster::engine(client).await.err(),
        1 => cluster::clock(client).await.err(),
        2 => cluster::health(client).await.err(),
        3 => cluster::disks(client).await.err(),
        4 => cluster::attributes(client).await.err(),
        5 => cluster::watermark(client).await.err(),
        6 => {
            let all = snapshot::remote::list(client, "logs").await.err();
            let brief = snapshot::remote::briefs(client, "logs").await.err();
            let some =
                snapshot::remote::list_where(client, "logs", |one| *one.name != *"full").await;
            all.or(brief).or(some.err())
        }
        7 => match snapshot::remote::one(client, "logs", "full").await {
            Ok(_) => snapshot::remote::named(client, "logs", &["full"])
                .await
                .err(),
            Err(error) => Some(error),
        },
        8 => snapshot::remote::progress(client, "logs", "full")
            .await
            .err(),
        9 => snapshot::remote::running(client).await.err(),
        10 => snapshot::remote::restoring(client).await.err(),
        11 => contents::read(client, "logs", "full").await.err(),
        12 => index::remote::list(client, None).await.err(),
        13 => index::remote::aliases(client).await.err(),
        14 => index::remote::settings(client, &name).await.err(),
        15 => index::remote::kept(client, None).await.err(),
        16 => index::remote::count(client, &name).await.err(),
        17 => index::remote::unassigned(client, &names).await.err(),
        18 => index::lineage::sequences(client, &name).await.err(),
        19 => {
            let backing = index::lineage::backing(client, None).await.err();
            let stream = index::lineage::stream(client, &name).await.err();
            let error = backing.or(stream);
            match index::lineage::streams(client, None).await {
                Ok(streams) => match streams.first() {
                    Some(one) => error.or(index::lineage::stream_refuses_writes(client, one)
                        .await
                        .err()),
                    None => error,
                },
                Err(other) => error.or(Some(other)),
            }
        }
        20 => index::remote::one(client, &name).await.err(),
        21 => index::remote::is_open(client, &name).await.err(),
        22 => index::remote::mapping(client, &name).await.err(),
        23 => index::remote::written(client, &name).await.err(),
        24 => index::remote::recoveries(client, &names).await.err(),
        25 => index::remote::healths(client, &names).await.err(),
        26 => {
            let one = index::remote::refuses_writes(client, &name).await.err();
            one.or(index::remote::blocks(client, &names).await.err())
        }
        27 => index::remote::aliases_and_writers(client).await.err(),
        28 => snapshot::remote::progresses(client, "logs").await.err(),
        29 => {
            let own = Own {
                candidate: want.name.candidate(),
                environment: EnvironmentName::parse("logs").expect("a name"),
                domain: None,
                hint: String::new(),
            };
            let idle = repository::remote::idle(client, &want.name).await.err();
            idle.or(repository::remote::own(client, &own).await.err())
        }
        30 => {
            let call = repository::Call::Put {
                name: want.name.clone(),
                kind: want.kind.clone(),
                settings: want.settings.clone(),
                verify: want.verify,
            };
            of_domain(repository::remote::was_applied(Some(client), &call).await)
        }
        _ => {
            let managed = esbackup::internals::resources::management::Management::Managed;
            let context = Context::default();
            match repository::remote::read(client, want, managed, &context).await {
                Observed::Unreadable(unread) => assert!(!unread.is_empty()),
                seen => drop(seen),
            }
            None
        }
    }
}

impl Harness {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let script = Arc::new(Mutex::new(Script::default()));
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(serve(listener, Arc::clone(&script)));
        let spec = format!(
            "version: 1\nname: logs\nregion: us-west-2\naccount: \"123456789012\"\ndomain: {{endpoint: \"http://{address}\", auth: none}}\nrepository: {{name: logs, existing: true}}\n"
        );
        let read = |_: &std::path::Path| Err(std::io::Error::other("no file"));
        let (spec, _) = esbackup::internals::spec::parse_with("spec.yaml".as_ref(), &spec, &read)
            .expect("a spec");
        let desired = esbackup::internals::spec::resolve(&spec)
            .expect("resolves")
            .desired;
        let target = endpoint::choose(
            &desired.domain,
            None,
            &esbackup::internals::trust::Trust::everything(),
        )
        .expect("a target");
        let limits = Limits {
            attempt: Duration::from_millis(400),
            total: Duration::from_millis(800),
            backoff: Duration::from_micros(1),
            ..Limits::default()
        };
        let client =
            Client::new(target, Material::None, "us-west-2", None, limits, None).expect("a client");
        Self {
            runtime,
            client,
            desired,
            script,
        }
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        drop(stream.set_nodelay(true));
        tokio::spawn(connection(stream, Arc::clone(&script)));
    }
}

/// Answers each request of a connection.
async fn connection(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut asked = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(read) => asked.extend_from_slice(&part[..read]),
        }
        let Some(whole) = length(&asked) else {
            continue;
        };
        asked.drain(..whole);
        let Script { answer, close } = script
            .lock()
            .map(|script| script.clone())
            .unwrap_or_default();
        if stream.write_all(&answer).await.is_err() || close {
            return;
        }
    }
}
