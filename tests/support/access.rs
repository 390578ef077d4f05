//! Who may do what with the snapshots in a state of the sandbox, as principal x action x resource; computed from the documents alone.

use std::collections::{BTreeMap, BTreeSet};

use esbackup::internals::policy_document::evaluate::{Decision, PrincipalId, Request, evaluate};
use esbackup::internals::policy_document::{Document, Kind};
use serde_json::Value;

use super::end;
use super::names::Names;

/// Somebody doing something with something.
pub type Grant = (String, String, String);

const ACTIONS: [&str; 11] = [
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketTagging",
    "s3:PutBucketPolicy",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "es:ESHttpPost",
];

/// Everything that is granted in a state to the environment of [`super::fields::SPEC`].
pub fn grants(state: &Value) -> BTreeSet<Grant> {
    grants_of(&Names::logs(), state)
}

/// Everything that is granted in a state by the resources of these names.
pub fn grants_of(names: &Names, state: &Value) -> BTreeSet<Grant> {
    let seen = Seen::new(names, state);
    let callers = seen.callers();
    let mut grants = BTreeSet::new();
    for transport in ["true", "false"] {
        for action in ACTIONS {
            let (service, _) = action.split_once(':').unwrap();
            let of_service = |arn: &String| arn.split(':').nth(2) == Some(service);
            for resource in seen.resources().into_iter().filter(of_service) {
                let through_the_role = if seen.role_may(action, &resource, transport) {
                    callers.as_slice()
                } else {
                    &[]
                };
                let through_the_bucket = seen.through_the_bucket(action, &resource, transport);
                for who in through_the_role.iter().chain(&through_the_bucket) {
                    let who = format!("{who} (TLS {transport})");
                    grants.insert((who, action.to_owned(), resource.clone()));
                }
            }
        }
    }
    grants
}

/// Whether the registration of these names lets its domain do with its bucket what it is registered for.
pub fn works(names: &Names, state: &Value) -> bool {
    let domains = state["domains"].as_array().into_iter().flatten();
    let mut of_name = domains.filter(|domain| domain["name"] == *names.domain);
    let Some(settings) = of_name
        .next()
        .map(|domain| &domain["repositories"][&names.repository])
    else {
        return false;
    };
    let settings = &settings["settings"];
    let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
    let registered = Names {
        bucket: text("bucket"),
        base_path: text("base_path"),
        role_arn: text("role_arn"),
        ..names.clone()
    };
    let seen = Seen::new(&registered, state);
    let domain = registered.domain_arn(&names.domain);
    let service = PrincipalId::Service("es.amazonaws.com".to_owned());
    if seen.role.is_null() || seen.bucket.is_null() || !seen.lets_in(&service, Some(&domain)) {
        return false;
    }
    let (bucket, blob) = (
        registered.arn_of_bucket(),
        registered.arn_of_object("index-0"),
    );
    let mut needed = vec![("s3:ListBucket", bucket), ("s3:GetObject", blob.clone())];
    let key = seen.bucket["encryption"]["kms_key"].as_str();
    if text("readonly") != "true" {
        needed.extend(["s3:PutObject", "s3:DeleteObject"].map(|action| (action, blob.clone())));
        let used = ["kms:Decrypt", "kms:GenerateDataKey"];
        needed.extend(
            key.iter()
                .flat_map(|key| used.map(|action| (action, (*key).to_owned()))),
        );
    }
    needed
        .iter()
        .all(|(action, resource)| seen.role_may(action, resource, "true"))
}

impl Names {
    fn domain_arn(&self, domain: &str) -> String {
        let Self {
            partition,
            region,
            account,
            ..
        } = self;
        format!("arn:{partition}:es:{region}:{account}:domain/{domain}")
    }

    fn arn_of_bucket(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.bucket)
    }

    fn arn_of_object(&self, name: &str) -> String {
        format!("{}/{}", self.arn_of_bucket(), self.key(name))
    }
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

/// The documents of a state that say what these names grant, parsed once.
struct Seen<'a> {
    names: &'a Names,
    bucket: &'a Value,
    role: &'a Value,
    trust: Vec<Document>,
    identity: Vec<Document>,
    boundary: Option<Vec<Document>>,
    bucket_policy: Vec<Document>,
}

impl<'a> Seen<'a> {
    fn new(names: &'a Names, state: &'a Value) -> Self {
        let account = &state["accounts"][&names.account];
        let role = account["roles"]
            .as_object()
            .into_iter()
            .flat_map(|roles| roles.values())
            .find(|role| role["arn"] == *names.role_arn)
            .unwrap_or(&Value::Null);
        let bucket = &state["buckets"][&names.bucket];
        let attached = role["attached"].as_array().into_iter().flatten();
        let mut identity: Vec<Document> = attached.flat_map(|arn| managed(account, arn)).collect();
        let inline = role["inline"].as_object().into_iter().flatten();
        identity.extend(inline.flat_map(|(_, text)| parse(text, Kind::Managed)));
        let boundary = &role["permissions_boundary"];
        Self {
            names,
            bucket,
            role,
            trust: parse(&role["trust"], Kind::Trust),
            identity,
            boundary: (!boundary.is_null()).then(|| managed(account, boundary)),
            bucket_policy: parse(&bucket["policy"], Kind::BucketPolicy),
        }
    }

    fn resources(&self) -> Vec<String> {
        let names = self.names;
        let mut all = vec![
            names.arn_of_bucket(),
            names.arn_of_object("index-0"),
            format!("{}/other", names.arn_of_bucket()),
            format!("arn:{}:s3:::elsewhere", names.partition),
            format!(
                "arn:{}:s3:::elsewhere/{}",
                names.partition,
                names.key("index-0")
            ),
            format!("{}/_search", names.domain_arn(&names.domain)),
        ];
        all.extend(names.kms_key.clone());
        all
    }

    /// Whether the trust policy lets somebody in, as a service for a domain where one is named.
    fn lets_in(&self, principal: &PrincipalId, source: Option<&str>) -> bool {
        let context = match source {
            Some(arn) => keys(&[
                ("aws:SourceAccount", &self.names.account),
                ("aws:SourceArn", arn),
            ]),
            None => BTreeMap::new(),
        };
        let request = Request {
            principal: principal.clone(),
            action: "sts:AssumeRole".to_owned(),
            resource: self.names.role_arn.clone(),
            context,
        };
        decide(&self.trust, &request).is_allowed()
    }

    /// Those whom the trust policy lets in.
    fn callers(&self) -> Vec<String> {
        let Names {
            account, partition, ..
        } = self.names;
        let service = |name: &str| PrincipalId::Service(name.to_owned());
        let aws = |what: &str| PrincipalId::Aws(format!("arn:{partition}:iam::{what}"));
        let mut callers = vec![
            (service("es.amazonaws.com"), None),
            (service("ec2.amazonaws.com"), None),
            (aws(&format!("{account}:user/somebody")), None),
            (aws(&format!("{account}:role/operators")), None),
            (aws("210987654321:user/somebody"), None),
            (PrincipalId::Anonymous, None),
        ];
        let own = self.names.domain.as_str();
        for domain in [own, "older", "other", "logs-test-restore"] {
            let arn = self.names.domain_arn(domain);
            callers.push((service("es.amazonaws.com"), Some(arn)));
        }
        callers
            .iter()
            .filter(|(principal, source)| self.lets_in(principal, source.as_deref()))
            .map(|caller| format!("{caller:?}"))
            .collect()
    }

    fn role_may(&self, action: &str, resource: &str, transport: &str) -> bool {
        let names = self.names;
        let about_the_bucket = resource.starts_with(&names.arn_of_bucket());
        let owner = match about_the_bucket {
            true => self.bucket["account"].as_str().unwrap_or(&names.account),
            false if names.kms_key.as_deref() == Some(resource) => &names.bucket_account,
            false => &names.account,
        };
        let request = Request {
            principal: PrincipalId::Aws(names.role_arn.clone()),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: keys(&[
                ("aws:ResourceAccount", owner),
                ("aws:SecureTransport", transport),
            ]),
        };
        let bounded = self.boundary.as_ref();
        let bounded = bounded.is_none_or(|boundary| decide(boundary, &request).is_allowed());
        let theirs = decide(&self.bucket_policy, &request);
        let denied = matches!(theirs, Decision::ExplicitDeny { .. });
        // The owner of another account has to agree.
        let agreed = !about_the_bucket || owner == names.account || theirs.is_allowed();
        bounded && !denied && agreed && decide(&self.identity, &request).is_allowed()
    }

    /// Those whom the bucket policy itself lets in.
    fn through_the_bucket(&self, action: &str, resource: &str, transport: &str) -> Vec<String> {
        if !resource.starts_with(&self.names.arn_of_bucket()) {
            return Vec::new();
        }
        let aws =
            |what: &str| PrincipalId::Aws(format!("arn:{}:iam::{what}", self.names.partition));
        let principals = [
            PrincipalId::Anonymous,
            aws("210987654321:user/somebody"),
            aws("210987654321:root"),
            aws("210987654321:role/auditors"),
        ];
        let blocked = self.bucket["public_access_block"]["restrict_public_buckets"] == true;
        let allowed = principals.into_iter().filter(|principal| {
            let request = Request {
                principal: principal.clone(),
                action: action.to_owned(),
                resource: resource.to_owned(),
                context: keys(&[
                    ("aws:SecureTransport", transport),
                    ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
                ]),
            };
            let anonymous = *principal == PrincipalId::Anonymous;
            decide(&self.bucket_policy, &request).is_allowed() && !(anonymous && blocked)
        });
        allowed.map(|principal| format!("{principal:?}")).collect()
    }
}

/// The document of a managed policy; those of AWS are taken for what their names say.
fn managed(account: &Value, arn: &Value) -> Vec<Document> {
    let arn = arn.as_str().unwrap();
    let text = match arn.rsplit('/').next().unwrap() {
        "ReadOnlyAccess" => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}"#.into()
        }
        "PowerUserAccess" => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#.into()
        }
        name => end::document(&account["policies"][name]),
    };
    parse(&text, Kind::Managed)
}
