//! A whole observation whose answers were damaged: what is read is a plan or an unreadable resource, and what is shown is inert.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use esbackup::internals::aws::Source;
use esbackup::internals::aws::reads::READ_OPERATIONS;
use esbackup::internals::domain::Limits;
use esbackup::internals::execute::Execution;
use esbackup::internals::exit::Exit;
use esbackup::internals::interrupt::Stop;
use esbackup::internals::observe::{Access, observe};
use esbackup::internals::plan::{Choices, Fleet, plan};
use esbackup::internals::report::view::{Environment, Run};
use esbackup::internals::report::{human, json};
use esbackup::internals::resources::declared::Desired;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::assert_inert;

const SPEC: &str = include_str!("../../../specs/quickstart.yaml");

/// One change of an answer: which answer, what is done, where, and with which byte.
type Edit = [u8; 5];

/// The answers of a sandbox by request, and the edits of this input.
#[derive(Default)]
struct Script {
    answers: BTreeMap<Vec<u8>, Vec<u8>>,
    edits: Vec<Edit>,
}

struct Harness {
    runtime: Runtime,
    desired: Desired,
    access: Access,
    script: Arc<Mutex<Script>>,
    /// The operations of the undamaged observation.
    asked: BTreeSet<String>,
}

thread_local! {
    static HARNESSES: RefCell<Option<[Harness; 2]>> = const { RefCell::new(None) };
}

/// Edits of five bytes each. Bytes that are left over choose the environment whose bucket has no mark and whose policy is gone.
pub fn observed(data: &[u8]) {
    HARNESSES.with_borrow_mut(|harnesses| {
        let harnesses = harnesses.get_or_insert_with(|| {
            let both = [Harness::new(false), Harness::new(true)];
            // Together they send every read of AWS that a plan can send; the record of a restore test is read by status alone.
            let asked = |name: &&&str| {
                **name != "GetObject" && !both.iter().any(|one| one.asked.contains(**name))
            };
            let missed: Vec<&&str> = READ_OPERATIONS.iter().filter(asked).collect();
            assert!(missed.is_empty(), "{missed:?}");
            both
        });
        let harness = &mut harnesses[usize::from(!data.len().is_multiple_of(5))];
        if let Ok(mut script) = harness.script.lock() {
            script.edits = data.as_chunks::<5>().0.to_vec();
        }
        let Ok((actual, _)) = harness
            .runtime
            .block_on(observe(&harness.desired, &harness.access))
        else {
            return;
        };
        let fleet = Fleet::of([&harness.desired]);
        let plan = plan(&harness.desired, &[], &actual, &Choices::default(), &fleet);
        let run = Run::new(vec![Environment::planned(&plan, Exit::Done)], true);
        let mut text = Vec::new();
        json::write_document(&run, &mut text).expect("memory takes it");
        serde_json::from_slice::<serde_json::Value>(&text).expect("a plan is not JSON");
        let text: String = human::plan(&run, human::Detail::Everything, "").collect();
        assert_inert(&text);
    });
}

impl Harness {
    /// Creates the whole environment in a sandbox, and reads it once so that every answer is known.
    fn new(unmarked: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let read = |_: &std::path::Path| Err(std::io::Error::other("no file"));
        let (spec, _) = esbackup::internals::spec::parse_with("spec.yaml".as_ref(), SPEC, &read)
            .expect("a spec");
        let desired = esbackup::internals::spec::resolve(&spec)
            .expect("resolves")
            .desired;
        let script = Arc::new(Mutex::new(Script::default()));
        let (access, asked) = runtime.block_on(async {
            let sandbox = esbackup::internals::sandbox::start(Default::default())
                .await
                .expect("a sandbox");
            provide(sandbox.address()).await;
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let access = access(listener.local_addr().expect("an address"));
            let direct = self::access(sandbox.address());
            let (actual, session) = observe(&desired, &direct).await.expect("observed");
            let fresh = plan(
                &desired,
                &[],
                &actual,
                &Choices::default(),
                &Fleet::of([&desired]),
            );
            let execution = Execution {
                limits: Limits {
                    backoff: Duration::from_millis(1),
                    poll: Duration::from_millis(1),
                    ..Limits::default()
                },
                session: &session,
                patience: Duration::from_secs(5),
                stop: Stop::never(),
            };
            execution
                .run(&fresh.steps, &mut |_| {})
                .await
                .expect("applied");
            if unmarked {
                unmark(sandbox.address()).await;
            }
            tokio::spawn(serve(listener, sandbox.address(), Arc::clone(&script)));
            drop(observe(&desired, &access).await.expect("observed"));
            let requests = admin(sandbox.address(), "GET", "requests", "").await;
            let asked = requests.as_array().expect("a list").iter();
            let asked = asked.filter_map(|one| one["operation"].as_str().map(str::to_owned));
            let asked = asked.collect();
            // It serves what is asked for later for the first time.
            std::mem::forget(sandbox);
            (access, asked)
        });
        Self {
            runtime,
            desired,
            access,
            script,
            asked,
        }
    }
}

fn access(address: SocketAddr) -> Access {
    Access {
        source: Source::Sandbox {
            url: format!("http://{address}"),
            keys: esbackup::internals::sandbox::credentials,
        },
        sandbox: Some(address),
        trust: esbackup::internals::trust::Trust::everything(),
        limits: Limits {
            attempt: Duration::from_millis(400),
            total: Duration::from_millis(800),
            backoff: Duration::from_micros(1),
            ..Limits::default()
        },
        clock: Default::default(),
    }
}

async fn provide(address: SocketAddr) {
    let body = r#"{"account": "123456789012", "region": "us-west-2", "name": "quickstart"}"#;
    admin(address, "POST", "domains", body).await;
}

/// Takes the mark and the objects of the bucket away, and the policy.
async fn unmark(address: SocketAddr) {
    let mut state = admin(address, "GET", "state", "").await;
    if let Some(buckets) = state["buckets"].as_object_mut() {
        for bucket in buckets.values_mut() {
            bucket["tags"] = serde_json::json!({});
            bucket["objects"] = serde_json::json!([]);
        }
    }
    let account = &mut state["accounts"]["123456789012"];
    account["policies"] = serde_json::json!({});
    // A policy in the role is read whole.
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    if let Some(roles) = account["roles"].as_object_mut() {
        for role in roles.values_mut() {
            role["inline"] = serde_json::json!({"more": document});
        }
    }
    admin(address, "PUT", "state", &state.to_string()).await;
}

async fn admin(address: SocketAddr, method: &str, what: &str, body: &str) -> serde_json::Value {
    let request = format!(
        "{method} /_sandbox/{what} HTTP/1.1\r\nhost: {address}\r\nx-esbackup-sandbox: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(address, request.as_bytes()).await;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).expect("JSON")
}

/// Sends a request that ends its connection and returns everything that comes back.
async fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the sandbox");
    stream.write_all(request).await.expect("sent");
    stream.shutdown().await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answered");
    answer
}

async fn serve(listener: TcpListener, sandbox: SocketAddr, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        drop(stream.set_nodelay(true));
        tokio::spawn(connection(stream, sandbox, Arc::clone(&script)));
    }
}

async fn connection(mut stream: TcpStream, sandbox: SocketAddr, script: Arc<Mutex<Script>>) {
    let mut asked = Vec::new();
    let mut part = [0; 8192];
    loop {
        let Some(whole) = length(&asked) else {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(read) => asked.extend_from_slice(&part[..read]),
            }
            continue;
        };
        let request: Vec<u8> = asked.drain(..whole).collect();
        let key = key(&request);
        let known = script
            .lock()
            .ok()
            .and_then(|script| script.answers.get(&key).cloned());
        let answer = match known {
            Some(answer) => answer,
            None => {
                let answer = exchange(sandbox, &request).await;
                if let Ok(mut script) = script.lock() {
                    script.answers.insert(key.clone(), answer.clone());
                }
                answer
            }
        };
        let answer = script
            .lock()
            .map(|script| edited(&script, &key, &answer))
            .unwrap_or(answer);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// The length of the request that the bytes begin with, once all of it is there.
pub fn length(asked: &[u8]) -> Option<usize> {
    let head = asked.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&asked[..head]).to_ascii_lowercase();
    let body = text
        .split("\r\ncontent-length:")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next());
    let body: usize = body
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0);
    (asked.len() >= head + body).then_some(head + body)
}

/// First line and body: signatures and dates differ each time.
fn key(request: &[u8]) -> Vec<u8> {
    let line = request
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let head = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(0);
    [line, &request[head..]].concat()
}

/// The answer with the edits that are for it: its body is changed, and its head says the length that it then has.
fn edited(script: &Script, key: &[u8], answer: &[u8]) -> Vec<u8> {
    let Some(place) = script.answers.keys().position(|known| known == key) else {
        return answer.to_vec();
    };
    let all = script.answers.len();
    let mine: Vec<&Edit> = script
        .edits
        .iter()
        .filter(|edit| usize::from(edit[0]) % all == place)
        .collect();
    if mine.is_empty() {
        return answer.to_vec();
    }
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return answer.to_vec();
    };
    let mut status = String::from_utf8_lossy(&answer[9..12]).into_owned();
    let mut body = answer[head + 4..].to_vec();
    for [_, what, high, low, value] in mine.into_iter().copied() {
        let at = usize::from(u16::from_be_bytes([high, low])) % (body.len() + 1);
        match what % 7 {
            0 => body.truncate(at),
            1 => body.insert(at, value),
            2 if at < body.len() => drop(body.remove(at)),
            3 => {
                status = ["200", "403", "404", "409", "429", "500", "503", "301"]
                    [usize::from(value) % 8]
                    .to_owned()
            }
            4 => drop(body.drain(at..(at + usize::from(value)).min(body.len()))),
            5 => {
                let copy: Vec<u8> = body[at..(at + usize::from(value)).min(body.len())].to_vec();
                body.splice(at..at, copy);
            }
            _ if at < body.len() => body[at] = value,
            _ => {}
        }
    }
    let head = String::from_utf8_lossy(&answer[12..head]).into_owned();
    let kept: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"))
        .collect();
    let head = format!(
        "HTTP/1.1 {status}{}\r\ncontent-length: {}\r\n\r\n",
        kept.join("\r\n"),
        body.len()
    );
    [head.as_bytes(), &body].concat()
}
