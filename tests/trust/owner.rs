//! Whose bucket it is, and that no answer leads a request elsewhere: the owner is named wherever it can be, and no redirect is followed.

use std::collections::{BTreeMap, BTreeSet};

use esbackup::internals::aws::permissions::{Access, On, PERMISSIONS};
use esbackup::internals::resources::{operations_of_apply, operations_of_data};
use serde_json::{Value, json};

use super::crash_data::work::streamed;
use super::sample;
use crate::convergence::{assert_owner_is_expected, converged};
use crate::executor::{drifted, fresh};
use crate::prefixes;
use crate::support::binary::{Folder, Ran};
use crate::support::calls::all_in_sandbox;
use crate::support::fields::SPEC;
use crate::support::pointer;
use crate::support::sandbox::{Request, Sandbox};
use crate::support::spy::Spy;
use crate::support::stage::{Does, LINES, Stage};
use crate::support::world::{World, desired};

/// Each how manyth redirect is in the sample.
const EVERY: usize = 13;

/// Everything that S3 is ever sent, by the product's own list.
fn to_s3() -> BTreeSet<&'static str> {
    let all = PERMISSIONS.iter().filter(|one| one.on == On::Bucket);
    all.map(|one| one.operation).collect()
}

fn run(folder: &Folder, words: &[&str]) -> Ran {
    folder.run(words.iter().copied().chain(["--sandbox"]))
}

/// The converged world, with the binary beside it.
fn applied() -> (World, Folder, Value) {
    let (world, state) = converged(&desired(SPEC));
    let folder = Folder::new(&world.sandbox);
    folder.write("esbackup.yaml", SPEC);
    (world, folder, state)
}

const APPLY: &[&str] = &[
    "apply",
    "--yes",
    "--adopt",
    "bucket.logs-snapshots",
    "--patience",
    "1s",
];
const ALL_RISKS: &[&str] = &[
    "--allow",
    "widens-access",
    "--allow",
    "weakens",
    "--allow",
    "repoints",
    "--allow",
    "destroys",
];

#[test]
fn every_request_to_s3_that_can_names_the_owner_of_the_bucket() {
    let (world, folder, state) = applied();
    let mut met: BTreeSet<String> = BTreeSet::new();
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    for start in [fresh(&state), drifted(&state), unmarked, state.clone()] {
        world.sandbox.admin("PUT", "/state", &start);
        world.sandbox.forget_requests();
        let ran = run(&folder, &[APPLY, ALL_RISKS].concat());
        assert_eq!(ran.code, 0, "{ran:#?}");
        let requests = world.sandbox.requests();
        assert_owner_is_expected(&requests);
        let to_s3 = requests.iter().filter(|one| one.service == "s3");
        met.extend(to_s3.map(|one| one.operation.clone()));
    }
    let met: BTreeSet<&str> = met.iter().map(String::as_str).collect();
    println!(
        "owner: {} operations of S3; CreateBucket takes no owner, since nobody owns the bucket yet",
        met.len()
    );
    assert_eq!(met, to_s3());
}

#[test]
fn a_bucket_of_somebody_else_is_never_written_to_and_gets_no_role() {
    let (world, folder, state) = applied();
    for start in [fresh(&state), drifted(&state), state.clone()] {
        let mut start = start;
        let mut squatted = state["buckets"]["logs-snapshots"].clone();
        pointer::set(&mut squatted, "/account", json!("210987654321"));
        // Whoever owns it lets everybody in, so that nothing but the owner is in the way.
        let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::logs-snapshots", "arn:aws:s3:::logs-snapshots/*"]}]});
        pointer::set(&mut squatted, "/policy", json!(open.to_string()));
        pointer::set(&mut squatted, "/public_access_block", Value::Null);
        pointer::set(&mut start, "/buckets/logs-snapshots", squatted);
        world.sandbox.admin("PUT", "/state", &start);
        world.sandbox.forget_requests();
        let ran = run(&folder, &[APPLY, ALL_RISKS].concat());
        assert!([6, 77].contains(&ran.code), "{ran:#?}");
        assert_eq!(world.sandbox.writes(), [""; 0], "{ran:#?}");
        assert_owner_is_expected(&world.sandbox.requests());
    }
}

/// What the commands of day two are asked to do beside [`LINES`], so that every call of theirs is sent.
const MORE: [&[&str]; 3] = [
    &["verify", "first", "--level", "restore", "--record", "--yes"],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--replace",
        "--allow",
        "replace",
        "--yes",
    ],
    &[
        "restore",
        "first",
        "--indices",
        "sample-logs",
        "--close-existing",
        "--allow",
        "replace",
        "--yes",
    ],
];

/// Deletes the data stream that the domain has in a state of its own.
const DELETES_A_STREAM: &[&str] = &[
    "indices",
    "delete",
    "orders",
    "--allow",
    "no-snapshot",
    "--yes",
];

/// A request that is answered with a redirect: whose it is, and from which state it is met with which command.
struct Redirected<'a> {
    folder: &'a Folder,
    sandbox: &'a Sandbox,
    start: Value,
    words: Vec<&'static str>,
}

impl Redirected<'_> {
    fn run(&self) -> Ran {
        self.sandbox.forget_faults();
        self.sandbox.admin("PUT", "/state", &self.start);
        run(self.folder, &self.words)
    }

    /// The operations that an undisturbed run sends.
    fn operations(&self) -> BTreeSet<String> {
        self.sandbox.forget_requests();
        let ran = self.run();
        assert!([0, 2].contains(&ran.code), "{:?} {ran:#?}", self.words);
        let requests = self.sandbox.requests();
        requests.iter().map(Request::name).collect()
    }
}

#[test]
fn a_redirect_of_any_request_is_not_followed() {
    let (world, folder, state) = applied();
    let (spy, stage) = (Spy::start(), Stage::new());
    let mut unmarked = state.clone();
    pointer::set(&mut unmarked, "/buckets/logs-snapshots/tags", json!({}));
    let five = prefixes::start(&state, &[("policy.document", "five versions")]);
    let of_apply = [fresh(&state), drifted(&state), unmarked, five].map(|start| Redirected {
        folder: &folder,
        sandbox: &world.sandbox,
        start,
        words: [APPLY, ALL_RISKS].concat(),
    });
    let staged = stage.sandbox.state();
    let lines = LINES.iter().filter(|line| line.does != Does::Nothing);
    let of_data = lines
        .map(|line| line.words)
        .chain(MORE)
        .map(|words| Redirected {
            folder: &stage.folder,
            sandbox: &stage.sandbox,
            start: staged.clone(),
            words: words.to_vec(),
        });
    let mut of_streams = staged.clone();
    streamed(&mut of_streams);
    let of_streams = Redirected {
        folder: &stage.folder,
        sandbox: &stage.sandbox,
        start: of_streams,
        words: DELETES_A_STREAM.to_vec(),
    };
    let all = of_apply.into_iter().chain(of_data).chain([of_streams]);
    let all: Vec<Redirected<'_>> = all.collect();
    // Each operation is met where it is sent first; what is read at once arrives in another order each time.
    let mut met: BTreeMap<String, &Redirected<'_>> = BTreeMap::new();
    for one in &all {
        for operation in one.operations() {
            met.entry(operation).or_insert(one);
        }
    }
    let mut cells = Vec::new();
    for (operation, one) in &met {
        cells.extend([301, 302, 307, 308].map(|status| (operation.clone(), *one, status)));
    }
    let whole = cells.len();
    let cells = sample::of(cells, EVERY);
    println!(
        "redirects: {} of {whole} cells over {} operations",
        cells.len(),
        met.len()
    );
    let location = format!("http://{}/", spy.address);
    for (operation, one, status) in cells {
        let headers = json!([["location", location], ["x-amz-bucket-region", "eu-west-1"]]);
        let action = json!({"status": {"code": status, "body": "", "headers": headers}});
        one.sandbox.forget_faults();
        let fault = json!({"operation": operation, "times": 1000, "action": action});
        one.sandbox.admin("PUT", "/state", &one.start);
        one.sandbox.fault(&fault);
        // A read that decides nothing may fail; what matters is who hears of it.
        run(one.folder, &one.words);
        let heard = spy.heard.lock().unwrap();
        assert!(heard.is_empty(), "{operation} {status}: {heard:?}");
    }
    // Whatever AWS is sent in every environment was among them, and every write.
    let to_aws = PERMISSIONS
        .iter()
        .filter(|one| one.access != Access::WriteIfAsked);
    let missed: Vec<&str> = to_aws
        .map(|one| one.operation)
        .filter(|operation| {
            !met.keys()
                .any(|met| met.ends_with(&format!(":{operation}")))
        })
        .collect();
    assert_eq!(missed, [""; 0]);
    let closed = all_in_sandbox(&[operations_of_apply(), operations_of_data()].concat());
    let met: BTreeSet<String> = met.into_keys().collect();
    let missed: Vec<&String> = closed.difference(&met).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
