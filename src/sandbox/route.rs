//! Chooses the service of a request, applies faults, keeps the record; it must never let an admin request be unmarked.

use std::sync::Arc;
use std::time::Duration;

use super::faults::{self, Action};
use super::message::{Answer, Plus, Request, pairs};
use super::state::State;
use super::world::World;
use super::{admin, clock, domain, iam, identifiers, opensearch, recorder, repeat, s3, sts};

const IAM_VERSION: &str = "2010-05-08";

/// What leaves the server.
#[derive(Debug)]
pub(super) enum Reply {
    Whole(Answer),
    Truncated(Answer, usize),
    Beheaded(Answer, usize),
    Endless(Answer),
    Dropped,
}

/// The service that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Iam,
    Sts,
    OpenSearch,
    /// The REST API of the domain at this place in the state.
    Domain(usize),
}

impl Service {
    /// Returns the name used in IAM actions and signatures.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::OpenSearch | Self::Domain(_) => "es",
        }
    }
}

/// What a request asks for, known before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub service: Service,
    pub operation: String,
    pub write: bool,
}

/// Answers one request.
pub(super) async fn serve(world: &World, request: Request) -> Reply {
    if request.raw_path == "/_sandbox" || request.raw_path.starts_with("/_sandbox/") {
        return Reply::Whole(admin::answer(world, &request));
    }
    let (n, id, target, fault) = arrive(world, &request);
    if let Some(Action::Delay { ms }) = fault {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if matches!(fault, Some(Action::HoldBefore)) {
        hold(world).await;
    }
    let held = matches!(fault, Some(Action::HoldAfter));
    let late = match fault {
        Some(Action::DelayAfter { ms }) => Some(Duration::from_millis(ms)),
        _ => None,
    };
    let reply = meet(world, &request, &target, &id, fault);
    world.lock().settle(n, status_of(&reply));
    if held {
        hold(world).await;
    }
    if let Some(late) = late {
        tokio::time::sleep(late).await;
    }
    reply
}

/// Waits without end: the task ends with the connection, and what counts the held requests is told then.
async fn hold(world: &World) {
    struct Held<'a>(&'a World);
    impl Drop for Held<'_> {
        fn drop(&mut self) {
            self.0.lock().faults.held -= 1;
        }
    }
    world.lock().faults.held += 1;
    let _held = Held(world);
    std::future::pending().await
}

fn arrive(world: &World, request: &Request) -> (u64, String, Target, Option<Action>) {
    let mut inner = world.lock();
    let target = target(&inner.state(), request, inner.port);
    let n = inner.next_request();
    let service = target.service.name();
    let fault = inner.fault(
        &format!("{service}:{}", target.operation),
        &format!("{}?{}", request.raw_path, request.raw_query),
    );
    inner.keep(recorder::record(
        n,
        request,
        service,
        &target.operation,
        target.write,
    ));
    (n, inner.request_id(n), target, fault)
}

fn meet(
    world: &World,
    request: &Request,
    target: &Target,
    id: &str,
    fault: Option<Action>,
) -> Reply {
    let carry_out = || finish(world, target, id, run(world, request, target, id));
    match fault {
        None | Some(Action::Delay { .. } | Action::DelayAfter { .. }) => Reply::Whole(carry_out()),
        Some(Action::DropBefore | Action::HoldBefore) => Reply::Dropped,
        Some(Action::DropAfter | Action::HoldAfter) => {
            carry_out();
            Reply::Dropped
        }
        Some(Action::Truncate { bytes }) => Reply::Truncated(carry_out(), bytes),
        Some(Action::CutHead { bytes }) => Reply::Beheaded(carry_out(), bytes),
        Some(Action::StatusAfter {
            code,
            error_code,
            message,
            body,
        }) => {
            carry_out();
            let mut answer = refusal(&target.service, code, &error_code, &message, id);
            if let Some(body) = body {
                answer.body = body.into();
            }
            Reply::Whole(finish(world, target, id, answer))
        }
        Some(Action::RepeatMarker) => Reply::Whole(repeat::page(request, carry_out())),
        Some(Action::CreateBucketFirst {
            account,
            tags,
            object,
        }) => {
            let appear = |state: &mut State| s3::appear(state, request, account, tags, object);
            match world.lock().change(appear) {
                Ok(()) => {}
                Err(error) => return Reply::Whole(unsaved(&error)),
            }
            Reply::Whole(carry_out())
        }
        Some(Action::Endless) => {
            let answer = Answer::empty(200).with("content-type", content_type(&target.service));
            Reply::Endless(finish(world, target, id, answer))
        }
        Some(Action::Html) => Reply::Whole(faults::html()),
        Some(Action::Redirect { location }) => {
            Reply::Whole(Answer::empty(307).with("location", location))
        }
        Some(Action::Stale { writes }) => {
            let answer = world.lock().look_back(writes, |state| {
                dispatch(state, request, &target.service, id)
            });
            Reply::Whole(finish(world, target, id, answer))
        }
        Some(Action::Status {
            code,
            error_code,
            message,
            body,
            headers,
        }) => {
            let mut answer = match body {
                Some(body) => Answer::text(code, &body),
                None => refusal(&target.service, code, &error_code, &message, id),
            };
            answer.headers.extend(headers);
            Reply::Whole(finish(world, target, id, answer))
        }
    }
}

fn status_of(reply: &Reply) -> u16 {
    match reply {
        Reply::Whole(answer)
        | Reply::Truncated(answer, _)
        | Reply::Beheaded(answer, _)
        | Reply::Endless(answer) => answer.status,
        Reply::Dropped => 0,
    }
}

/// Finds the service by host, path and body; the signature's scope is checked against it later.
pub(super) fn target(state: &State, request: &Request, port: u16) -> Target {
    let service = service(state, request, port);
    let (operation, write) = match &service {
        Service::S3 => s3::operation(request),
        Service::Iam => iam::operation(request),
        Service::Sts => sts::operation(request),
        Service::OpenSearch => opensearch::operation(request),
        Service::Domain(_) => domain::operation(request),
    };
    Target {
        service,
        operation,
        write,
    }
}

fn service(state: &State, request: &Request, port: u16) -> Service {
    if let Some(place) = domain::at_host(state, request, port) {
        return Service::Domain(place);
    }
    if request.raw_path.starts_with("/2021-01-01/") {
        return Service::OpenSearch;
    }
    let form = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if request.method == "POST" && request.raw_path == "/" && form {
        let fields = pairs(&String::from_utf8_lossy(&request.body), Plus::Space);
        let is_iam = fields
            .iter()
            .any(|(key, value)| key == "Version" && value == IAM_VERSION);
        return if is_iam { Service::Iam } else { Service::Sts };
    }
    Service::S3
}

fn run(world: &World, request: &Request, target: &Target, id: &str) -> Answer {
    let mut inner = world.lock();
    match inner.change(|state| dispatch(state, request, &target.service, id)) {
        Ok(answer) => answer,
        Err(error) => unsaved(&error),
    }
}

fn unsaved(error: &std::io::Error) -> Answer {
    let text = format!("the sandbox could not write its state: {error}");
    Answer::text(500, &text)
}

fn content_type(service: &Service) -> &'static str {
    match service {
        Service::S3 => "application/xml",
        Service::Iam | Service::Sts => "text/xml",
        Service::OpenSearch | Service::Domain(_) => "application/json; charset=UTF-8",
    }
}

fn dispatch(state: &mut State, request: &Request, service: &Service, id: &str) -> Answer {
    // Time passes for everyone, whoever asks first.
    domain::advance(state);
    // A refused request must leave nothing behind; a failed verification keeps its repository on purpose.
    match service {
        Service::S3 => s3::answer(state, request, id),
        Service::Iam => iam::answer(state, request, id),
        Service::Sts => sts::answer(state, request, id),
        Service::OpenSearch => opensearch::answer(state, request),
        Service::Domain(place) => domain::answer(state, request, *place, id),
    }
}

fn refusal(service: &Service, code: u16, error_code: &str, message: &str, id: &str) -> Answer {
    match service {
        Service::S3 => s3::error(code, error_code, message, &[], id),
        Service::Iam => iam::error(code, error_code, message, id),
        Service::Sts => sts::error(code, error_code, message, id),
        Service::OpenSearch => opensearch::error(code, error_code, message),
        Service::Domain(_) => domain::scripted_error(code, error_code, message),
    }
}

/// Adds the headers that every answer of a service carries.
fn finish(world: &World, target: &Target, id: &str, answer: Answer) -> Answer {
    let state: Arc<State> = world.lock().state();
    let answer = answer.with("date", clock::http_date(state.now()));
    match target.service {
        Service::S3 => answer
            .with("x-amz-request-id", identifiers::s3_request_id(id))
            .with("x-amz-id-2", identifiers::s3_host_id(id)),
        _ => answer.with("x-amzn-requestid", id),
    }
}
