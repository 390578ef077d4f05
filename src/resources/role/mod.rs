//! The role that the domain assumes, with its trust policy and its attachments: what it is, and the calls that change it.

pub(crate) mod diff;
pub(crate) mod keys;
pub(crate) mod remote;
pub(crate) mod spec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::aws::permissions::ASSUME_ROLE;
use crate::aws::{Reads, Writes};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::names::{Arn, IamPath, RoleName, Tags};
use crate::operations::{Operation, operations};
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::context::Context;
use crate::resources::declared::{Declared, ResolveError, Scope};
use crate::resources::facts::{Facts, Names, Questions};
use crate::resources::management::Management;
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::outcome::Outcome;
use crate::resources::resource::Resource;
use crate::resources::write::{self, Preview, Touches};
use crate::resources::{Answer, Kind, ResourceId, SendError};
use spec::{RoleSpec, Seconds, TrustSpec};

/// A role, as wanted or as read.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// Its IAM path.
    pub path: IamPath,
    /// Its ARN.
    pub arn: Arn,
    /// Its description; none when the spec says nothing of it.
    pub description: Option<String>,
    /// The longest session.
    pub max_session_duration: Seconds,
    /// Its permissions boundary; none when the spec says nothing of it, and then a live one is kept.
    pub permissions_boundary: Option<Arn>,
    /// Its trust policy.
    pub trust: Document,
    /// The ARNs of its attached managed policies.
    pub policies: Vec<String>,
    /// The names of its inline policies.
    pub inline: Vec<String>,
    /// Whether policies that the spec does not name are removed.
    pub exclusive: bool,
    /// Whether the trust policy relies on `aws:SourceAccount` and `aws:SourceArn`.
    pub source_conditions: bool,
    /// The Amazon domain that is to assume it.
    pub domain_arn: Option<Arn>,
    /// Its tags.
    pub tags: Tags,
}

/// What was read of a role beside what is managed.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The managed part.
    pub role: Role,
    /// Whose it is.
    pub mark: Mark,
    /// Whether it was created within the last ten minutes, by the service's clock.
    pub recent: bool,
    /// The documents of what it carries beside the spec's policy.
    pub documents: Documents,
}

/// The documents of what a role carries beside the spec's policy, each read or not; findings are made of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Documents {
    /// Those of attached managed policies, by ARN.
    pub attached: BTreeMap<String, Result<Document, Unread>>,
    /// Those of inline policies, by name.
    pub inline: BTreeMap<String, Result<Document, Unread>>,
    /// That of the permissions boundary; none when the role has none.
    pub boundary: Option<Result<Document, Unread>>,
}

impl Documents {
    /// What could not be read.
    pub fn unread(&self) -> impl Iterator<Item = &Unread> {
        let Self {
            attached,
            inline,
            boundary,
        } = self;
        let all = attached.values().chain(inline.values()).chain(boundary);
        all.filter_map(|read| read.as_ref().err())
    }
}

/// What reading a role showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighting {
    /// It is where the spec says.
    Here(Box<Live>),
    /// The permissions boundary that it is to get does not exist.
    NoBoundary,
    /// A role of this name has another path; IAM cannot move it.
    Elsewhere(String),
}

/// A write to IAM about a role.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Call {
    /// The role.
    pub name: RoleName,
    /// What is written.
    pub write: Write,
}

/// The writes that a role knows.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Write {
    /// Creates it with trust policy, boundary and tags.
    Create(Box<Role>),
    /// Replaces the trust policy.
    PutTrust(Document, Trust),
    /// Sets description and longest session.
    Update {
        /// The description; none keeps it.
        description: Option<String>,
        /// The longest session.
        max_session_duration: Seconds,
    },
    /// Sets the permissions boundary.
    PutBoundary(Arn),
    /// Attaches a managed policy.
    Attach(String),
    /// Detaches a managed policy.
    Detach(String),
    /// Deletes an inline policy.
    DeleteInline(String),
    /// Adds or changes tags.
    Tag(Tags),
}

/// Whose document a trust policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The spec's.
    Wanted,
    /// What the live one and the spec's both allow, or a denial of everything: it stands only until the grants have changed.
    Interim,
}

operations!(Write of "iam" {
    Write::Create(_) => "CreateRole",
    Write::PutTrust(..) => "UpdateAssumeRolePolicy",
    Write::Update { .. } => "UpdateRole",
    Write::PutBoundary(_) => "PutRolePermissionsBoundary",
    Write::Attach(_) => "AttachRolePolicy",
    Write::Detach(_) => "DetachRolePolicy",
    Write::DeleteInline(_) => "DeleteRolePolicy",
    Write::Tag(_) => "TagRole",
});

impl write::Write for Call {
    const BY_APPLY: &'static [Operation] = Write::OPERATIONS;
    const BY_DAY_TWO: &'static [Operation] = &[];

    fn operation(&self) -> Operation {
        self.write.operation()
    }

    fn describe(&self) -> String {
        let name = &self.name;
        match &self.write {
            Write::Create(_) => format!("create role {name}"),
            Write::PutTrust(_, Trust::Wanted) => format!("set the trust policy of role {name}"),
            Write::PutTrust(_, Trust::Interim) => {
                format!("reduce the trust policy of role {name} while its grants change")
            }
            Write::Update { .. } => format!("set description and session duration of role {name}"),
            Write::PutBoundary(_) => format!("set the permissions boundary of role {name}"),
            Write::Attach(arn) => format!("attach {arn} to role {name}"),
            Write::Detach(arn) => format!("detach {arn} from role {name}"),
            Write::DeleteInline(policy) => format!("delete inline policy {policy} of role {name}"),
            Write::Tag(_) => format!("tag role {name}"),
        }
    }

    fn preview(&self) -> Preview {
        Preview::of_operation(self.write.operation())
    }

    /// A role created twice is an error; everything else may be sent again.
    fn retry_safety(&self) -> RetrySafety {
        match &self.write {
            Write::Create(_) => RetrySafety::ReadBack,
            Write::PutTrust(..)
            | Write::Update { .. }
            | Write::PutBoundary(_)
            | Write::Attach(_)
            | Write::Detach(_)
            | Write::DeleteInline(_)
            | Write::Tag(_) => RetrySafety::Idempotent,
        }
    }

    fn touches(&self) -> Touches {
        let none = write::Documents::NONE;
        match &self.write {
            Write::Create(_) => Touches {
                creates: true,
                documents: write::Documents {
                    trust: true,
                    boundary: true,
                    ..none
                },
                ..Touches::NOTHING
            },
            Write::PutTrust(_, whose) => Touches {
                access: true,
                interim: *whose == Trust::Interim,
                documents: write::Documents {
                    trust: true,
                    ..none
                },
                ..Touches::NOTHING
            },
            Write::PutBoundary(_) => Touches {
                access: true,
                documents: write::Documents {
                    boundary: true,
                    ..none
                },
                ..Touches::NOTHING
            },
            Write::Attach(_) | Write::Detach(_) | Write::DeleteInline(_) => Touches {
                access: true,
                documents: write::Documents {
                    identity: true,
                    ..none
                },
                ..Touches::NOTHING
            },
            Write::Update { .. } | Write::Tag(_) => Touches::NOTHING,
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

impl Role {
    /// Names it.
    pub fn id(&self) -> ResourceId {
        ResourceId::new(Kind::Role, &self.name)
    }

    /// A call about it.
    pub fn call(&self, write: Write) -> super::Call {
        super::Call::Role(Call {
            name: self.name.clone(),
            write,
        })
    }
}

impl Resource for Role {
    type Spec = RoleSpec;
    type Seen = Sighting;
    type Via<'a> = &'a Reads;

    fn id(&self) -> ResourceId {
        self.id()
    }

    fn management(spec: &RoleSpec) -> Management {
        spec.management
    }

    fn resolve(spec: &RoleSpec, names: &Names, scope: &Scope) -> Result<Self, ResolveError> {
        let (trust, source_conditions) = match &spec.trust {
            TrustSpec::Document(document) => (document.clone(), false),
            TrustSpec::Generated {
                services,
                source_accounts,
                source_arns,
                extra_statements,
            } => {
                let accounts = match source_accounts {
                    Some(accounts) => accounts.iter().map(ToString::to_string).collect(),
                    None => vec![scope.account.to_string()],
                };
                let arns: Vec<String> = match source_arns {
                    Some(arns) => arns.iter().map(ToString::to_string).collect(),
                    None => scope.domain_arn.iter().map(ToString::to_string).collect(),
                };
                (generated(services, accounts, arns, extra_statements), true)
            }
        };
        Ok(Self {
            name: spec.name.clone(),
            path: spec.path.clone(),
            arn: arn(spec, scope)?,
            description: spec.description.clone(),
            max_session_duration: spec.max_session_duration,
            permissions_boundary: spec.permissions_boundary.clone(),
            trust,
            policies: names.policy.iter().map(ToString::to_string).collect(),
            inline: Vec::new(),
            exclusive: spec.exclusive,
            source_conditions,
            domain_arn: scope.domain_arn.clone(),
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

    fn recently_changed(seen: &Sighting) -> write::Documents {
        match seen {
            Sighting::Here(live) => write::Documents {
                identity: live.recent,
                trust: live.recent,
                boundary: live.recent,
                bucket: false,
            },
            Sighting::NoBoundary | Sighting::Elsewhere(_) => write::Documents::NONE,
        }
    }

    fn diff(
        declared: &Declared<Self>,
        have: &Observed<Sighting>,
        facts: &Facts,
        context: &Context<'_>,
    ) -> Outcome {
        match &facts.old_software {
            Some(blocked)
                if declared.want.source_conditions && !declared.management.is_existing() =>
            {
                Outcome::Blocked(blocked.clone())
            }
            Some(_) | None => diff::diff(declared, have, context),
        }
    }
}

/// The ARN of the role of a spec.
///
/// # Errors
/// When it is not acceptable to IAM.
pub(super) fn arn(spec: &RoleSpec, scope: &Scope) -> Result<Arn, ResolveError> {
    let text = format!(
        "arn:{}:iam::{}:role{}{}",
        scope.partition, scope.account, spec.path, spec.name
    );
    Arn::parse(&text).map_err(|source| ResolveError::Name {
        what: "the role's ARN",
        source,
    })
}

/// Lets the service in for these accounts and domains only: without the conditions anyone's domain could use the role.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cross-service-confused-deputy-prevention.html>
fn generated(
    services: &[String],
    accounts: Vec<String>,
    arns: Vec<String>,
    extra: &[Statement],
) -> Document {
    let mut statement = Statement::allow(ASSUME_ROLE)
        .sid("Snapshots")
        .by(PrincipalKind::Service, services.to_vec())
        .when("StringEquals", "aws:SourceAccount", accounts);
    if !arns.is_empty() {
        statement = statement.when("ArnLike", "aws:SourceArn", arns);
    }
    let mut statements = vec![statement];
    statements.extend_from_slice(extra);
    Document::new(statements)
}
