//! The managed policy that the role carries: what it is, and the calls that change it.

pub(crate) mod diff;
pub(crate) mod keys;
pub(crate) mod remote;
pub(crate) mod spec;
#[cfg(test)]
mod tests;

use crate::aws::{Reads, Writes, permissions};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::names::{AccountId, Arn, IamPath, PolicyName, Tags};
use crate::operations::{Operation, operations};
use crate::policy_document::{Document, Statement, Values};
use crate::resources::context::Context;
use crate::resources::declared::{Declared, ResolveError, Scope};
use crate::resources::facts::{Access, Facts, Names, Questions};
use crate::resources::management::Management;
use crate::resources::observed::{Mark, Observed};
use crate::resources::outcome::Outcome;
use crate::resources::resource::Resource;
use crate::resources::write::{Documents, Preview, Touches, Write};
use crate::resources::{Answer, Kind, ResourceId, SendError};
use spec::{PolicyContent, PolicySpec};

/// A managed policy, as wanted or as read.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Policy {
    /// Its name.
    pub name: PolicyName,
    /// Its IAM path.
    pub path: IamPath,
    /// Its ARN.
    pub arn: Arn,
    /// Its description; none when the spec says nothing of it. IAM cannot change it.
    pub description: Option<String>,
    /// Its document, that of the default version.
    pub document: Document,
    /// Its tags.
    pub tags: Tags,
}

/// What was read of a managed policy beside what is managed.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The managed part.
    pub policy: Policy,
    /// Whose it is.
    pub mark: Mark,
    /// Its versions that are not the default, oldest first.
    pub spare_versions: Vec<String>,
    /// How many users, groups and roles carry it.
    pub attachments: u32,
    /// Whether its document changed within the last ten minutes, by the service's clock.
    pub recent: bool,
}

/// What reading a managed policy showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighting {
    /// It is where the spec says.
    Here(Box<Live>),
    /// Its name is taken under another path or in another case, which IAM does not allow twice.
    Elsewhere(String),
}

/// A write to IAM about a managed policy.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Call {
    /// Creates it with its tags.
    Create(Box<Policy>),
    /// Creates a version and makes it the default, in one call.
    CreateVersion {
        /// The policy.
        arn: Arn,
        /// The document.
        document: Document,
    },
    /// Deletes a version that is not the default, to make room.
    DeleteVersion {
        /// The policy.
        arn: Arn,
        /// The version, such as `v3`.
        version: String,
    },
    /// Adds or changes tags.
    Tag {
        /// The policy.
        arn: Arn,
        /// The tags.
        tags: Tags,
    },
}

operations!(Call of "iam" {
    Call::Create(_) => "CreatePolicy",
    Call::CreateVersion { .. } => "CreatePolicyVersion",
    Call::DeleteVersion { .. } => "DeletePolicyVersion",
    Call::Tag { .. } => "TagPolicy",
});

impl Write for Call {
    const BY_APPLY: &'static [Operation] = Self::OPERATIONS;
    const BY_DAY_TWO: &'static [Operation] = &[];

    fn operation(&self) -> Operation {
        self.operation()
    }

    fn describe(&self) -> String {
        match self {
            Call::Create(policy) => format!("create policy {}", policy.name),
            Call::CreateVersion { arn, .. } => format!("set the document of {arn}"),
            Call::DeleteVersion { arn, version } => format!("delete version {version} of {arn}"),
            Call::Tag { arn, .. } => format!("tag {arn}"),
        }
    }

    fn preview(&self) -> Preview {
        Preview::of_operation(self.operation())
    }

    /// A version sent twice would use up two of the five; a policy created twice is an error.
    fn retry_safety(&self) -> RetrySafety {
        match self {
            Call::Create(_) | Call::CreateVersion { .. } => RetrySafety::ReadBack,
            Call::DeleteVersion { .. } | Call::Tag { .. } => RetrySafety::Idempotent,
        }
    }

    fn touches(&self) -> Touches {
        let documents = Documents {
            identity: true,
            ..Documents::NONE
        };
        match self {
            Call::Create(_) => Touches {
                creates: true,
                documents,
                ..Touches::NOTHING
            },
            Call::CreateVersion { .. } => Touches {
                access: true,
                documents,
                ..Touches::NOTHING
            },
            Call::DeleteVersion { .. } | Call::Tag { .. } => Touches::NOTHING,
        }
    }

    fn send(
        &self,
        writes: &Writes,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Answer, SendError>> {
        remote::send(writes, self)
    }

    fn was_applied(
        &self,
        reads: &Reads,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Effect, SendError>> {
        remote::was_applied(reads, self)
    }
}

impl Policy {
    /// Names it.
    pub fn id(&self) -> ResourceId {
        ResourceId::new(Kind::Policy, &self.name)
    }
}

impl Resource for Policy {
    type Spec = PolicySpec;
    type Seen = Sighting;
    type Via<'a> = &'a Reads;

    fn id(&self) -> ResourceId {
        self.id()
    }

    fn management(spec: &PolicySpec) -> Management {
        spec.management
    }

    fn resolve(spec: &PolicySpec, names: &Names, scope: &Scope) -> Result<Self, ResolveError> {
        let document = match &spec.content {
            PolicyContent::Document(document) => document.clone(),
            PolicyContent::Generated { extra_statements } => {
                generated(names, extra_statements, scope)
            }
        };
        Ok(Self {
            name: spec.name.clone(),
            path: spec.path.clone(),
            arn: arn(spec, scope)?,
            description: spec.description.clone(),
            document,
            tags: scope.tags_for(&spec.tags),
        })
    }

    fn read<'a>(
        declared: &'a Declared<Self>,
        reads: &'a Reads,
        questions: &'a Questions<'a>,
    ) -> impl Future<Output = Observed<Sighting>> {
        remote::read(reads, &declared.want, questions.environment)
    }

    fn recently_changed(seen: &Sighting) -> Documents {
        match seen {
            Sighting::Here(live) => Documents {
                identity: live.recent,
                ..Documents::NONE
            },
            Sighting::Elsewhere(_) => Documents::NONE,
        }
    }

    fn diff(
        declared: &Declared<Self>,
        have: &Observed<Sighting>,
        facts: &Facts,
        context: &Context<'_>,
    ) -> Outcome {
        diff::diff(declared, have, facts.removal, context)
    }
}

/// The ARN of the policy of a spec.
///
/// # Errors
/// When it is not acceptable to IAM.
pub(super) fn arn(spec: &PolicySpec, scope: &Scope) -> Result<Arn, ResolveError> {
    let text = format!(
        "arn:{}:iam::{}:policy{}{}",
        scope.partition, scope.account, spec.path, spec.name
    );
    Arn::parse(&text).map_err(|source| ResolveError::Name {
        what: "the policy's ARN",
        source,
    })
}

/// Exactly the actions that the service documents, each bound to the bucket's account.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>
fn generated(names: &Names, extra: &[Statement], scope: &Scope) -> Document {
    let mut statements = Vec::new();
    if let Some(bucket) = &names.bucket {
        let account = &bucket.account;
        let arn = bucket.name.arn(scope.partition).to_string();
        let is_readonly = names.access == Access::ReadOnly;
        statements.push(bound(
            Statement::allow(permissions::LIST_BUCKET)
                .sid("ListBucket")
                .on(arn.as_str()),
            account,
        ));
        let objects = Statement::allow(Values::list(
            permissions::on_objects(is_readonly).iter().copied(),
        ))
        .sid("Objects")
        .on(format!("{arn}/*").as_str());
        statements.push(bound(objects, account));
        if let Some(key_arn) = &bucket.key {
            // The key may belong to another account than the bucket: its own ARN says which.
            let statement = Statement::allow(Values::list(
                permissions::on_key(is_readonly).iter().copied(),
            ))
            .sid("Key")
            .on(key_arn.as_str());
            statements.push(statement.when(
                "StringEquals",
                "aws:ResourceAccount",
                key_arn.account(),
            ));
        }
    }
    statements.extend_from_slice(extra);
    Document::new(statements)
}

fn bound(statement: Statement, account: &AccountId) -> Statement {
    statement.when("StringEquals", "aws:ResourceAccount", account.as_str())
}
