//! The rows of the matrix: every spec that ships and the one that declares every field, each with what it takes for granted.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Mutex;

use esbackup::internals::resources::declared::Desired;
use esbackup::internals::resources::management::Management;
use serde_json::{Value, json};

use super::bench::Bench;
use super::states;
use crate::support::access::{Grant, grants_of, works};
use crate::support::end::whole;
use crate::support::fields::SPEC;
use crate::support::names::Names;
use crate::support::pointer;
use crate::support::world;

/// The row that declares every field.
const EVERY_FIELD: &str = "every field";

/// A spec with its starting states.
pub struct Row {
    pub file: String,
    pub text: String,
    pub names: Names,
    pub starts: Vec<Start>,
}

/// A starting state, and what an uninterrupted apply makes of it.
pub struct Start {
    pub name: &'static str,
    pub state: Value,
    /// The writes, as `service:operation`, in the order in which they were sent.
    pub writes: Vec<String>,
    /// The end without what differs between any two runs.
    pub end: Value,
    /// What is granted at the start or at the end.
    pub granted: BTreeSet<Grant>,
    /// Whether the registration works at the start.
    pub worked: bool,
    /// The states that were judged, since most cells meet the same ones.
    judged: Mutex<HashSet<String>>,
}

/// The files of all rows.
pub fn files() -> Vec<String> {
    let mut files = Vec::new();
    crate::shipped::files("specs", &mut files);
    files.retain(|name| name.ends_with(".yaml"));
    files.push(EVERY_FIELD.to_owned());
    files
}

fn text_of(file: &str) -> String {
    match file {
        EVERY_FIELD => SPEC.to_owned(),
        file => std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap(),
    }
}

impl Row {
    pub fn prepare(file: &str) -> Self {
        let seeded = Seeded::new(file);
        let starts = states::of(&seeded);
        let starts = starts
            .into_iter()
            .map(|(name, state)| Start::new(name, state, &seeded));
        Self {
            file: file.to_owned(),
            starts: starts.collect(),
            text: seeded.text,
            names: seeded.names,
        }
    }
}

impl Start {
    /// Applies without a fault, and judges every state on the way.
    fn new(name: &'static str, state: Value, seeded: &Seeded) -> Self {
        let bench = Bench::at(&seeded.text, &state);
        let writes = bench.applied(name);
        let way = bench.history();
        let end = way.last().unwrap();
        let names = &seeded.names;
        let mut granted = grants_of(names, &state);
        granted.extend(grants_of(names, end));
        let start = Self {
            name,
            worked: works(names, &state),
            end: whole(end),
            state,
            writes,
            granted,
            judged: Mutex::default(),
        };
        start.judge(names, &way, &seeded.text);
        assert!(works(names, end), "{name}: {end:#}");
        let text = end.to_string();
        assert!(!text.contains("--esbackup-candidate"), "{name}: {text}");
        assert_eq!(bench.applied(name), Vec::<String>::new(), "{name}");
        start
    }

    /// No state on the way grants more than start or end, or stops a working registration.
    pub fn judge(&self, names: &Names, way: &[Value], what: &str) {
        for (done, state) in way.iter().enumerate() {
            if !self.judged.lock().unwrap().insert(whole(state).to_string()) {
                continue;
            }
            let granted = grants_of(names, state);
            let more: Vec<_> = granted.difference(&self.granted).collect();
            assert!(
                more.is_empty(),
                "{what}: after {done} changes, neither start nor end grants {more:#?}"
            );
            assert!(
                !self.worked || works(names, state),
                "{what}: after {done} changes a working registration does not work: {state:#}"
            );
        }
    }
}

/// A spec, and an account that holds only what it takes for granted.
pub struct Seeded {
    pub text: String,
    pub names: Names,
    pub state: Value,
    pub manages_bucket: bool,
    pub has_boundary: bool,
}

impl Seeded {
    fn new(file: &str) -> Self {
        let text = text_of(file);
        let desired = world::desired(&text);
        let bucket = desired.bucket.as_ref().unwrap();
        let role = &desired.role.as_ref().unwrap().want;
        let bench = Bench::new(&text);
        let mut seeded = Self {
            names: Names::of(&desired),
            manages_bucket: bucket.management == Management::Managed,
            has_boundary: role.permissions_boundary.is_some(),
            state: Value::Null,
            text,
        };
        if !seeded.manages_bucket {
            seeded.apply_whose_bucket_it_is(&bench);
            bench.wants(&seeded.text);
        }
        bench.plan();
        bench.sandbox.change(|state| seeded.seed(state, &desired));
        seeded.state = bench.sandbox.state();
        seeded
    }

    pub fn is_anothers_bucket(&self) -> bool {
        self.names.bucket_account != self.names.account
    }

    /// The domain's place in a state.
    pub fn place(&self, state: &Value) -> usize {
        let mut domains = state["domains"].as_array().unwrap().iter();
        let place = domains.position(|domain| domain["name"] == *self.names.domain);
        place.unwrap()
    }

    pub fn domain<'a>(&self, state: &'a Value) -> &'a Value {
        &state["domains"][self.place(state)]
    }

    /// The spec with its repository in another bucket.
    pub fn elsewhere(&self) -> String {
        let bucket = &self.names.bucket;
        let (from, to) = (
            format!("bucket:\n  name: {bucket}\n"),
            "bucket:\n  name: elsewhere\n",
        );
        assert!(self.text.contains(&from));
        self.text
            .replace(&from, to)
            .replace(&format!("arn:aws:s3:::{bucket}"), "arn:aws:s3:::elsewhere")
    }

    /// The roles that the spec's statements name: IAM takes no trust policy that names one which is not there.
    fn principals(&self) -> Vec<String> {
        let lines = self.text.lines().map(str::trim);
        let named = lines.filter_map(|line| line.strip_prefix("AWS: "));
        named.map(str::to_owned).collect()
    }

    /// Applies the spec that ships and manages the bucket which this one only uses.
    fn apply_whose_bucket_it_is(&self, bench: &Bench) {
        let manages = |desired: &Desired| {
            let bucket = desired.bucket.as_ref().unwrap();
            bucket.management == Management::Managed
                && bucket.want.name.as_str() == self.names.bucket
        };
        let texts = files().iter().map(|file| text_of(file)).collect::<Vec<_>>();
        let mut owners = texts.iter().filter(|text| manages(&world::desired(text)));
        bench.wants(owners.next().unwrap());
        bench.applied("the owner of the bucket");
    }

    /// Makes what the spec refers to and does not create.
    fn seed(&self, state: &mut Value, desired: &Desired) {
        let names = &self.names;
        assert_eq!(names.account, "123456789012");
        // Sample documents only make states slower to compare.
        for domain in state["domains"].as_array_mut().unwrap() {
            domain["cluster"] = json!({});
        }
        if let Some(arn) = &desired.role.as_ref().unwrap().want.permissions_boundary {
            let at = format!("/accounts/{}/policies/boundary", names.account);
            pointer::set(state, &at, boundary(arn.as_str()));
        }
        for arn in self.principals() {
            let (account, name) = (
                arn.split(':').nth(4).unwrap(),
                arn.rsplit('/').next().unwrap(),
            );
            let at = format!("/accounts/{account}/roles/{name}");
            pointer::set(state, &at, principal(name, &arn));
        }
        if !self.manages_bucket {
            let theirs = state["buckets"][&names.bucket].clone();
            pointer::set(state, "/buckets/elsewhere", theirs);
        }
        if self.is_anothers_bucket() {
            for bucket in [names.bucket.as_str(), "elsewhere"] {
                let at = format!("/buckets/{bucket}");
                pointer::set(state, &at, anothers(desired, bucket));
            }
        }
    }
}

/// A managed policy that bounds nothing.
fn boundary(arn: &str) -> Value {
    json!({
        "name": "boundary", "path": "/", "arn": arn, "id": "ANPAAAAAAAAAAAAAAAAAA",
        "created": 1_700_000_000, "updated": 1_700_000_000, "default_version": 1, "next_version": 2,
        "versions": [{"number": 1, "created": 1_700_000_000,
            "document": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","kms:*"],"Resource":"*"}]}"#}],
    })
}

/// A role of somebody else, whom nobody may become.
fn principal(name: &str, arn: &str) -> Value {
    json!({
        "name": name, "path": "/", "arn": arn, "id": "AROAAAAAAAAAAAAAAAAAA", "created": 1_700_000_000, "max_session_duration": 3600,
        "trust": r#"{"Version":"2012-10-17","Statement":[]}"#,
    })
}

/// A bucket that another account made for this environment, marked for it, and with a policy that lets this account in.
fn anothers(desired: &Desired, name: &str) -> Value {
    let bucket = &desired.bucket.as_ref().unwrap().want;
    let account = &desired.scope.account;
    let arn = format!("arn:{}:s3:::{name}", desired.scope.partition);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "LetsIn", "Effect": "Allow", "Principal": {"AWS": format!("arn:{}:iam::{account}:root", desired.scope.partition)},
        "Action": "s3:*", "Resource": [arn, format!("{arn}/*")]}]});
    json!({
        "account": bucket.account.as_str(), "region": bucket.region.as_str(), "created": 1_700_000_000,
        "encryption": {"algorithm": "AES256"}, "policy": policy.to_string(),
        "tags": {"managed-by": "esbackup", "esbackup-environment": desired.scope.environment.as_str(), "owner": "the other account"},
    })
}
