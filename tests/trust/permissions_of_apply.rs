//! The two policies of `docs/permissions.md` for the caller of `apply`: they suffice, and their conditions keep out what they are there for.

use std::collections::BTreeMap;

use esbackup::internals::policy_document::evaluate::{PrincipalId, Request, evaluate};
use esbackup::internals::policy_document::{Document, Kind};
use serde_json::{Value, json};

use crate::docs::read;
use crate::regressions::{Lab, nothing};
use crate::support::fields::SPEC;

const ROLE: &str = "arn:aws:iam::123456789012:role/logs-snapshots";
const POLICY: &str = "arn:aws:iam::123456789012:policy/logs-snapshots";

/// The policy of a section, with the names of the spec.
fn documented(section: &str) -> Value {
    let text = read("docs/permissions.md");
    let (_, text) = text.split_once(&format!("\n## {section}\n")).unwrap();
    let (_, text) = text.split_once("```json\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let named = text
        .replace(":::BUCKET\"", ":::logs-snapshots\"")
        .replace("policy/POLICY", "policy/logs-snapshots")
        .replace("role/ROLE", "role/logs-snapshots")
        .replace("REGION:", "us-west-2:")
        .replace("ACCOUNT:", "123456789012:")
        .replace("domain/DOMAIN", "domain/logs");
    serde_json::from_str(&named).unwrap()
}

#[test]
fn documented_policies_suffice_to_apply_from_nothing() {
    let lab = Lab::new(SPEC);
    lab.begin(nothing);
    let policies = [documented("plan and drift"), documented("apply adds")];
    let caller =
        json!({"account": "123456789012", "user": "sandbox", "policy_documents": policies});
    lab.world.sandbox.admin("POST", "/principals", &caller);
    let apply = ["apply", "--sandbox", "--yes", "--patience", "1s"];
    let ran = lab.folder.run(apply);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(!lab.world.sandbox.writes().is_empty());
}

#[test]
fn policy_of_apply_attaches_and_passes_nothing_else() {
    let document = documented("apply adds").to_string();
    let document = Document::parse(&document, Kind::Managed).unwrap();
    let caller = PrincipalId::Aws("arn:aws:iam::123456789012:user/ci".to_owned());
    let decided = |action: &str, keys: &[(&str, &str)]| {
        let context: BTreeMap<String, Vec<String>> = keys
            .iter()
            .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]))
            .collect();
        let request = Request {
            principal: caller.clone(),
            action: action.to_owned(),
            resource: ROLE.to_owned(),
            context,
        };
        evaluate(&[&document], &request).is_allowed()
    };
    let attach = |policy| decided("iam:AttachRolePolicy", &[("iam:PolicyARN", policy)]);
    assert!(attach(POLICY));
    assert!(!attach("arn:aws:iam::aws:policy/AdministratorAccess"));
    assert!(!attach("arn:aws:iam::123456789012:policy/other"));
    assert!(!decided("iam:AttachRolePolicy", &[]));
    let pass = |service| decided("iam:PassRole", &[("iam:PassedToService", service)]);
    assert!(pass("es.amazonaws.com"));
    assert!(decided("iam:PassRole", &[]));
    for other in ["ec2.amazonaws.com", "lambda.amazonaws.com"] {
        assert!(!pass(other), "{other}");
    }
}
