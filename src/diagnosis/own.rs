//! What the spec itself grants the snapshot role: whether it allows a request already, and what a bucket of another account has to add.

use std::collections::BTreeMap;

use crate::aws::permissions;
use crate::policy_document::Document;
use crate::policy_document::evaluate::{PrincipalId, Request, evaluate};

/// The policy that the spec gives the snapshot role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its document, as the spec has it.
    pub document: Document,
    /// The role.
    pub role_arn: String,
    /// What the requests of the repository carry.
    pub bucket: SnapshotBucket,
}

/// The bucket of the repository, and what the engine does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBucket {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: String,
    /// The base path of the repository; empty for the bucket's root.
    pub base_path: String,
    /// Whether the repository writes.
    pub writes: bool,
    /// The account of its key, where it is encrypted with a named one.
    pub key_account: Option<String>,
}

impl SnapshotBucket {
    /// Returns what the engine sends, each action with what it is sent for.
    pub fn requests(&self) -> Vec<(&'static str, String)> {
        let objects = self.objects("tests");
        let on_objects = permissions::on_objects(!self.writes).iter();
        let mut all = vec![(permissions::LIST_BUCKET, self.arn.clone())];
        all.extend(on_objects.map(|action| (*action, objects.clone())));
        all
    }

    fn objects(&self, name: &str) -> String {
        match self.base_path.as_str() {
            "" => format!("{}/{name}", self.arn),
            base => format!("{}/{base}/{name}", self.arn),
        }
    }

    /// Returns the statement that lets a principal use the bucket for the repository.
    pub fn statement(&self, principal: &str) -> String {
        let actions: Vec<&str> = self.requests().iter().map(|(action, _)| *action).collect();
        serde_json::json!({
            "Sid": "SnapshotsOfAnotherAccount",
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": actions,
            "Resource": [self.arn, self.objects("*")],
        })
        .to_string()
    }
}

impl OwnPolicy {
    /// Returns whether the policy allows the role an action; a condition on what is not known here counts as not met.
    pub fn allows(&self, action: &str, resource: &str) -> bool {
        let one = |text: &str| vec![text.to_owned()];
        let account = match action.starts_with("kms:") {
            true => self.bucket.key_account.as_ref(),
            false => Some(&self.bucket.account),
        };
        let mut context = BTreeMap::from([("aws:SecureTransport".to_owned(), one("true"))]);
        if let Some(account) = account {
            context.insert("aws:ResourceAccount".to_owned(), one(account));
            context.insert("s3:ResourceAccount".to_owned(), one(account));
        }
        if action == permissions::LIST_BUCKET {
            let prefix = match self.bucket.base_path.as_str() {
                "" => String::new(),
                base => format!("{base}/"),
            };
            context.insert("s3:prefix".to_owned(), vec![prefix]);
        }
        let request = Request {
            principal: PrincipalId::Aws(self.role_arn.clone()),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context,
        };
        evaluate(&[&self.document], &request).is_allowed()
    }

    /// Returns whether it allows all that the engine does in the bucket.
    pub fn allows_all(&self) -> bool {
        let mut all = self.bucket.requests().into_iter();
        all.all(|(action, resource)| self.allows(action, &resource))
    }
}
