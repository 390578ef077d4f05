//! The binary with AWS settings from the environment, as in production, in place of `--sandbox`: whose credentials go where.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::{Folder, Ran, ran};
use crate::support::sandbox::Sandbox;

const ACCOUNT: &str = "123456789012";

/// A sandbox with a domain at `localhost`, and a folder with a spec that names that endpoint.
pub struct Place {
    pub sandbox: Sandbox,
    pub folder: Folder,
}

/// An access key: id, secret and, for a role's session, its token.
pub struct Key {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Place {
    pub fn new() -> Self {
        let sandbox = Sandbox::start();
        let host = format!("localhost:{}", sandbox.address.port());
        let domain = json!({"account": ACCOUNT, "region": "us-west-2", "name": "logs", "endpoint_host": host});
        sandbox.admin("POST", "/domains", &domain);
        let folder = Folder::new(&sandbox);
        let named = format!("domain:\n  name: logs\n  endpoint: http://{host}\n");
        let spec = include_str!("cases/spec.yaml").replace("domain:\n  name: logs\n", &named);
        folder.write("esbackup.yaml", &spec);
        Self { sandbox, folder }
    }

    pub fn command<'a>(&self, key: &Key, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.folder.command(arguments);
        command
            .env("AWS_ENDPOINT_URL", self.sandbox.url())
            .env("AWS_ACCESS_KEY_ID", &key.id)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "*");
        if let Some(token) = &key.token {
            command.env("AWS_SESSION_TOKEN", token);
        }
        command
    }

    pub fn run<'a>(&self, key: &Key, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        ran(&mut self.command(key, arguments))
    }

    /// A user with these documents.
    pub fn user(&self, name: &str, documents: Value) -> Key {
        let body = json!({"account": ACCOUNT, "user": name, "policy_documents": documents});
        let made = self.sandbox.admin("POST", "/principals", &body);
        let text = |field: &str| made[field].as_str().map(str::to_owned);
        Key {
            id: text("access_key_id").unwrap(),
            secret: text("secret_access_key").unwrap(),
            token: text("session_token"),
        }
    }

    /// What reached the domain.
    pub fn at_the_domain(&self) -> usize {
        let requests = self.sandbox.requests();
        requests
            .iter()
            .filter(|request| request.host.starts_with("localhost"))
            .count()
    }
}

pub fn administrator(account: &str) -> Key {
    let (id, secret) = esbackup::internals::sandbox::credentials(account);
    Key {
        id,
        secret,
        token: None,
    }
}

pub const TRUSTING: [&str; 2] = ["--trust-endpoint", "localhost"];

#[test]
fn the_whole_way_works_with_credentials_from_the_environment() {
    let place = Place::new();
    let key = administrator(ACCOUNT);
    let apply = ["apply", "--yes"].into_iter().chain(TRUSTING);
    let ran = place.run(&key, apply);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let ran = place.run(&key, ["drift"].into_iter().chain(TRUSTING));
    assert_eq!(ran.code, 0, "{ran:#?}");
    for request in place.sandbox.requests() {
        let unsigned_lookup = request.service == "es" && !request.write;
        assert!(request.signed || unsigned_lookup, "{request:?}");
        assert!(!ran.stdout.contains(&key.secret));
    }
}

#[test]
fn the_wrong_account_ends_before_anything_reaches_the_domain() {
    let place = Place::new();
    let key = administrator("210987654321");
    for command in [&["plan"][..], &["drift"], &["apply", "--yes"]] {
        let ran = place.run(&key, command.iter().copied().chain(TRUSTING));
        assert_eq!(ran.code, 77, "{ran:#?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            said.contains("210987654321") && said.contains(ACCOUNT),
            "{said}"
        );
    }
    assert_eq!(place.at_the_domain(), 0);
    assert_eq!(place.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn expired_or_unknown_credentials_are_told_from_missing_permissions() {
    let place = Place::new();
    let unknown = Key {
        id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        secret: "none".to_owned(),
        token: None,
    };
    let mut wrong = administrator(ACCOUNT);
    wrong.secret = "wrong".to_owned();
    for key in [unknown, wrong] {
        let ran = place.run(&key, ["plan"]);
        assert_eq!(ran.code, 77, "{ran:#?}");
    }
    let mut none = place.folder.command(["plan"]);
    none.env("AWS_ENDPOINT_URL", place.sandbox.url())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = ran(&mut none);
    assert_eq!(ran.code, 77, "{ran:#?}");
    assert_eq!(place.at_the_domain(), 0);
}

#[test]
fn credentials_go_to_no_endpoint_that_describe_domain_did_not_give() {
    let place = Place::new();
    let key = administrator(ACCOUNT);
    // DescribeDomain gives another host than the spec's.
    let elsewhere = json!("search-logs-x.us-west-2.es.amazonaws.com");
    place
        .sandbox
        .change(|state| state["domains"][0]["custom_endpoint"] = elsewhere);
    let spec = std::fs::read_to_string(place.folder.path("esbackup.yaml")).unwrap();
    place.folder.write(
        "esbackup.yaml",
        &spec.replace("http://localhost", "http://127.0.0.1"),
    );
    let ran = place.run(&key, ["plan"]);
    assert_eq!(ran.code, 6, "{ran:#?}");
    assert!(
        ran.stdout.contains("--trust-endpoint 127.0.0.1"),
        "{}",
        ran.stdout
    );
    assert!(
        place
            .sandbox
            .requests()
            .iter()
            .all(|request| request.operation != "GET _snapshot")
    );
    let ran = place.run(&key, ["apply", "--yes"]);
    assert_eq!(ran.code, 6, "{ran:#?}");
    assert_eq!(place.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn no_credentials_travel_over_plain_http_to_another_machine() {
    let place = Place::new();
    let key = administrator(ACCOUNT);
    let spec = std::fs::read_to_string(place.folder.path("esbackup.yaml")).unwrap();
    let host = format!("localhost:{}", place.sandbox.address.port());
    place
        .folder
        .write("esbackup.yaml", &spec.replace(&host, "192.0.2.1:9200"));
    let ran = place.run(&key, ["plan", "--trust-endpoint", "192.0.2.1"]);
    assert!(ran.code == 6 || ran.code == 65, "{ran:#?}");
    assert_eq!(place.sandbox.writes(), Vec::<String>::new());
}

/// Each permission that planning an existing environment needs, and the resource that it is for.
const PERMISSIONS: [(&str, &str); 17] = [
    ("s3:ListBucket", "bucket"),
    ("s3:GetEncryptionConfiguration", "bucket"),
    ("s3:GetBucketVersioning", "bucket"),
    ("s3:GetBucketPublicAccessBlock", "bucket"),
    ("s3:GetBucketOwnershipControls", "bucket"),
    ("s3:GetBucketPolicy", "bucket"),
    ("s3:GetLifecycleConfiguration", "bucket"),
    ("s3:GetBucketTagging", "bucket"),
    ("iam:GetPolicy", "policy"),
    ("iam:GetPolicyVersion", "policy"),
    ("iam:ListPolicyVersions", "policy"),
    ("iam:GetRole", "role"),
    ("iam:ListAttachedRolePolicies", "role"),
    ("iam:ListRolePolicies", "role"),
    ("es:DescribeDomain", "domain"),
    ("es:ESHttpGet", "repository"),
    ("es:ESHttp*", "repository"),
];

#[test]
fn each_missing_permission_is_named_and_blocks_its_resource() {
    let place = Place::new();
    let ran = place.run(
        &administrator(ACCOUNT),
        ["apply", "--yes"].into_iter().chain(TRUSTING),
    );
    assert_eq!(ran.code, 0, "{ran:#?}");
    place.sandbox.forget_requests();
    for (permission, kind) in PERMISSIONS {
        let documents = json!([{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": permission, "Resource": "*"},
        ]}]);
        let key = place.user("reader", documents);
        let plan = ["plan", "--format", "json"].into_iter().chain(TRUSTING);
        let ran = place.run(&key, plan);
        assert_eq!(ran.code, 77, "{permission}: {ran:#?}");
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
        let changes = plan["environments"][0]["changes"].as_array().unwrap();
        let blocked = changes
            .iter()
            .find(|change| change["kind"] == kind)
            .unwrap();
        assert_eq!(blocked["action"], "blocked", "{permission}: {blocked:#}");
        let said = format!("{} {}", blocked["reason"], blocked["hint"]);
        let named = permission.trim_end_matches('*');
        assert!(said.contains(named), "{permission}: {said}");
        assert!(
            blocked["calls"].as_array().unwrap().is_empty(),
            "{permission}"
        );
    }
    assert_eq!(place.sandbox.writes(), Vec::<String>::new());
}

#[test]
fn a_writer_without_pass_role_is_told_so_and_leaves_no_candidate() {
    let place = Place::new();
    let documents = json!([{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"},
    ]}]);
    let key = place.user("operator", documents);
    let apply = ["apply", "--yes", "--patience", "1s"]
        .into_iter()
        .chain(TRUSTING);
    let ran = place.run(&key, apply);
    assert_eq!(ran.code, 77, "{ran:#?}");
    assert!(ran.stderr.contains("iam:PassRole"), "{}", ran.stderr);
    assert_eq!(
        place.sandbox.state()["domains"][0]["repositories"],
        json!({})
    );
}
