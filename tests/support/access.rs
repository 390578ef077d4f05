//! Who may do what with the snapshots in a state of the sandbox, as principal x action x resource; computed from the documents alone.

use std::collections::{BTreeMap, BTreeSet};

use esbackup::policy_document::evaluate::{Decision, PrincipalId, Request, evaluate};
use esbackup::policy_document::{Document, Kind};
use serde_json::Value;

use super::end;

/// Somebody doing something with something.
pub type Grant = (String, String, String);

const ACCOUNT: &str = "123456789012";
const ROLE: &str = "arn:aws:iam::123456789012:role/logs-snapshots";
const ACTIONS: [&str; 8] = [
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketTagging",
    "s3:PutBucketPolicy",
];
const RESOURCES: [&str; 4] = [
    "arn:aws:s3:::logs-snapshots",
    "arn:aws:s3:::logs-snapshots/logs/index-0",
    "arn:aws:s3:::logs-snapshots/other",
    "arn:aws:s3:::elsewhere",
];

/// Everything that is granted in a state.
pub fn grants(state: &Value) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for transport in ["true", "false"] {
        for action in ACTIONS {
            for resource in RESOURCES {
                for who in through_the_role(state, action, resource, transport) {
                    let who = format!("{who} (TLS {transport})");
                    grants.insert((who, action.to_owned(), resource.to_owned()));
                }
                for who in through_the_bucket(state, action, resource, transport) {
                    let who = format!("{who} (TLS {transport})");
                    grants.insert((who, action.to_owned(), resource.to_owned()));
                }
            }
        }
    }
    grants
}

fn keys(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let owned = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]));
    owned.collect()
}

fn parse(text: &Value, kind: Kind) -> Vec<Document> {
    let text = text.as_str();
    text.map(|text| Document::parse_live(text, kind).unwrap())
        .into_iter()
        .collect()
}

fn decide(documents: &[Document], request: &Request) -> Decision {
    evaluate(&documents.iter().collect::<Vec<_>>(), request)
}

/// Those whom the trust policy lets in, if the role may do it.
fn through_the_role(state: &Value, action: &str, resource: &str, transport: &str) -> Vec<String> {
    let role = &state["accounts"][ACCOUNT]["roles"]["logs-snapshots"];
    if role.is_null() || !role_may(state, role, action, resource, transport) {
        return Vec::new();
    }
    let trust = parse(&role["trust"], Kind::Trust);
    let service = |name: &str| PrincipalId::Service(name.to_owned());
    let aws = |arn: &str| PrincipalId::Aws(arn.to_owned());
    let mut callers = vec![
        (service("es.amazonaws.com"), None),
        (service("ec2.amazonaws.com"), None),
        (aws("arn:aws:iam::123456789012:user/somebody"), None),
        (aws("arn:aws:iam::210987654321:user/somebody"), None),
        (PrincipalId::Anonymous, None),
    ];
    for domain in ["logs", "older", "other"] {
        let arn = format!("arn:aws:es:us-west-2:{ACCOUNT}:domain/{domain}");
        callers.push((service("es.amazonaws.com"), Some(arn)));
    }
    let lets_in = |(principal, source): &(PrincipalId, Option<String>)| {
        let context = match source {
            Some(arn) => keys(&[("aws:SourceAccount", ACCOUNT), ("aws:SourceArn", arn)]),
            None => BTreeMap::new(),
        };
        let request = Request {
            principal: principal.clone(),
            action: "sts:AssumeRole".to_owned(),
            resource: ROLE.to_owned(),
            context,
        };
        decide(&trust, &request).is_allowed()
    };
    callers
        .iter()
        .filter(|caller| lets_in(caller))
        .map(|caller| format!("{caller:?}"))
        .collect()
}

fn role_may(state: &Value, role: &Value, action: &str, resource: &str, transport: &str) -> bool {
    let request = Request {
        principal: PrincipalId::Aws(ROLE.to_owned()),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: keys(&[
            ("aws:ResourceAccount", ACCOUNT),
            ("aws:SecureTransport", transport),
        ]),
    };
    let attached = role["attached"].as_array().unwrap().iter();
    let mut identity: Vec<Document> = attached.flat_map(|arn| managed(state, arn)).collect();
    let inline = role["inline"].as_object().unwrap().values();
    identity.extend(inline.flat_map(|text| parse(text, Kind::Managed)));
    let boundary = &role["permissions_boundary"];
    let bounded = boundary.is_null() || decide(&managed(state, boundary), &request).is_allowed();
    let bucket = parse(
        &state["buckets"]["logs-snapshots"]["policy"],
        Kind::BucketPolicy,
    );
    let denied = matches!(decide(&bucket, &request), Decision::ExplicitDeny { .. });
    bounded && !denied && decide(&identity, &request).is_allowed()
}

/// The document of a managed policy; those of AWS are taken for what their names say.
fn managed(state: &Value, arn: &Value) -> Vec<Document> {
    let arn = arn.as_str().unwrap();
    let text = match arn {
        "arn:aws:iam::aws:policy/ReadOnlyAccess" => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}"#.into()
        }
        "arn:aws:iam::aws:policy/PowerUserAccess" => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#.into()
        }
        _ => {
            let name = arn.rsplit('/').next().unwrap();
            end::document(&state["accounts"][ACCOUNT]["policies"][name])
        }
    };
    parse(&text, Kind::Managed)
}

/// Those whom the bucket policy itself lets in.
fn through_the_bucket(state: &Value, action: &str, resource: &str, transport: &str) -> Vec<String> {
    let bucket = &state["buckets"]["logs-snapshots"];
    let documents = parse(&bucket["policy"], Kind::BucketPolicy);
    let principals = [
        PrincipalId::Anonymous,
        PrincipalId::Aws("arn:aws:iam::210987654321:user/somebody".to_owned()),
        PrincipalId::Aws("arn:aws:iam::210987654321:root".to_owned()),
    ];
    let blocked = bucket["public_access_block"]["restrict_public_buckets"] == true;
    let allowed = principals.into_iter().filter(|principal| {
        let request = Request {
            principal: principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: keys(&[("aws:SecureTransport", transport)]),
        };
        let anonymous = *principal == PrincipalId::Anonymous;
        decide(&documents, &request).is_allowed() && !(anonymous && blocked)
    });
    allowed.map(|principal| format!("{principal:?}")).collect()
}
