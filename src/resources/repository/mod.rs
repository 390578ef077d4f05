//! The snapshot repository on the domain: what it is, and the requests that register, prove and remove it.

pub(crate) mod diff;
pub(crate) mod keys;
pub(crate) mod mark;
pub(crate) mod reclaim;
pub(crate) mod remote;
mod settings;
pub(crate) mod spec;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws::{Reads, Writes};
use crate::domain::{Client, Method, Request};
use crate::lost::{Effect, RetrySafety};
use crate::names::RepositoryName;
use crate::operations::{Operation, operations};
use crate::resources::context::Context;
use crate::resources::declared::{Declared, ResolveError, Scope};
use crate::resources::facts::{Facts, Names, Questions};
use crate::resources::management::Management;
use crate::resources::observed::Observed;
use crate::resources::outcome::Outcome;
use crate::resources::resource::{OnDomain, Resource};
use crate::resources::write::{Documents, Preview, Touches, Write};
use crate::resources::{Answer, Kind, ResourceId, SendError};
use spec::RepositorySpec;

/// Settings of a repository, as an engine echoes them: strings by name.
pub(crate) type RepositorySettings = BTreeMap<String, String>;

/// A snapshot repository, as wanted or as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its name on the domain.
    pub name: RepositoryName,
    /// Its type: `s3` for what esbackup registers.
    pub kind: String,
    /// All its settings: a registration replaces them all.
    pub settings: RepositorySettings,
    /// Whether every node must prove that it reaches the bucket.
    pub verify: Verify,
}

/// Whether every node must prove that it reaches the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verify {
    /// Proved, under a candidate name first.
    Proved,
    /// Not asked for: the output says 'not verified'.
    NotVerified,
}

/// What was read of a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The registration; none when there is none of this name.
    pub registered: Option<Registered>,
    /// The settings of a candidate that an interrupted run left behind.
    pub candidate: Option<Registered>,
    /// The other registrations of the domain, by name.
    pub others: BTreeMap<String, Registered>,
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its type.
    pub kind: String,
    /// Its settings.
    pub settings: RepositorySettings,
    /// Why it does not answer, in the engine's words; none when it answers, or was not asked.
    pub broken: Option<String>,
}

/// A request to the domain about a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Registers settings under a name; the engine verifies them on all nodes unless told not to.
    Put {
        /// The name.
        name: RepositoryName,
        /// Its type.
        kind: String,
        /// All settings.
        settings: RepositorySettings,
        /// Whether the engine verifies.
        verify: Verify,
    },
    /// Has every node prove that it reaches the bucket; writes and removes a test blob.
    Verify {
        /// The name.
        name: RepositoryName,
    },
    /// Removes a registration; the data in the bucket stays.
    Delete {
        /// The name.
        name: RepositoryName,
    },
}

/// What must hold right before a request about a repository.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Check {
    /// No snapshot or restore runs on it.
    Idle {
        /// Its name.
        name: RepositoryName,
    },
    /// Its snapshots, which a base path held before, are this environment's own.
    Own(reclaim::Own),
}

impl Check {
    /// Says what must hold.
    pub fn describe(&self) -> String {
        match self {
            Check::Idle { name } => format!("no snapshot or restore runs on repository {name}"),
            Check::Own(own) => format!(
                "the snapshots in {} were taken by environment {}",
                own.candidate, own.environment
            ),
        }
    }
}

operations!(Call of "es" {
    Call::Put { .. } => "PUT _snapshot",
    Call::Verify { .. } => Call::VERIFY,
    Call::Delete { .. } => "DELETE _snapshot",
});

impl Call {
    const VERIFY: &'static str = "POST _snapshot/_verify";

    /// The request as it is sent.
    pub fn request(&self) -> Request {
        match self {
            Call::Put {
                name,
                kind,
                settings,
                verify,
            } => {
                let body = Call::body(kind, settings);
                let request =
                    Request::write(Method::Put, ["_snapshot", name.as_str()], Some(body)).signed();
                match verify {
                    Verify::Proved => request,
                    Verify::NotVerified => request.with_query("verify", "false"),
                }
            }
            Call::Verify { name } => {
                Request::write(Method::Post, ["_snapshot", name.as_str(), "_verify"], None).signed()
            }
            Call::Delete { name } => {
                Request::write(Method::Delete, ["_snapshot", name.as_str()], None).signed()
            }
        }
    }

    /// The body of a registration.
    pub fn body(kind: &str, settings: &RepositorySettings) -> Value {
        json!({"type": kind, "settings": settings})
    }
}

impl Write for Call {
    const BY_APPLY: &'static [Operation] = Self::OPERATIONS;
    /// The only one of them that is sent without a change of the registration.
    const BY_DAY_TWO: &'static [Operation] = &[Operation {
        service: "es",
        operation: Call::VERIFY,
    }];

    fn operation(&self) -> Operation {
        self.operation()
    }

    fn describe(&self) -> String {
        match self {
            Call::Put { name, .. } => format!("register repository {name}"),
            Call::Verify { name } => format!("verify repository {name} on all nodes"),
            Call::Delete { name } => format!("remove the registration {name}"),
        }
    }

    fn preview(&self) -> Preview {
        Preview::of_request(self.request())
    }

    /// A registration is read back before it is sent again, since one that is equal is never replaced.
    fn retry_safety(&self) -> RetrySafety {
        match self {
            Call::Put { .. } => RetrySafety::ReadBack,
            Call::Verify { .. } | Call::Delete { .. } => RetrySafety::Idempotent,
        }
    }

    fn touches(&self) -> Touches {
        match self {
            Call::Put { .. } | Call::Verify { .. } | Call::Delete { .. } => Touches::NOTHING,
        }
    }

    fn send(
        &self,
        _: &Writes,
        domain: Option<&Client>,
    ) -> impl Future<Output = Result<Answer, SendError>> {
        remote::send(domain, self)
    }

    fn was_applied(
        &self,
        _: &Reads,
        domain: Option<&Client>,
    ) -> impl Future<Output = Result<Effect, SendError>> {
        remote::was_applied(domain, self)
    }
}

impl Resource for Repository {
    type Spec = RepositorySpec;
    type Seen = Live;
    type Via<'a> = OnDomain<'a>;

    fn id(&self) -> ResourceId {
        self.id()
    }

    fn management(spec: &RepositorySpec) -> Management {
        spec.management
    }

    fn resolve(spec: &RepositorySpec, names: &Names, scope: &Scope) -> Result<Self, ResolveError> {
        let mut settings = spec.settings.clone();
        let mut set = |name: &str, value: Option<String>| {
            settings.extend(value.map(|value| (name.to_owned(), value)))
        };
        set(
            "bucket",
            names.bucket.as_ref().map(|bucket| bucket.name.to_string()),
        );
        set(
            "base_path",
            spec.base_path.as_ref().map(ToString::to_string),
        );
        // The bucket's region, also across regions: the service documents both `region` alone and `region` with `endpoint`.
        set(
            "region",
            names
                .bucket
                .as_ref()
                .map(|bucket| bucket.region.to_string()),
        );
        set("endpoint", spec.endpoint.clone());
        // A self-managed cluster has credentials of its own and no role to be passed.
        set(
            "role_arn",
            names
                .role
                .as_ref()
                .filter(|_| scope.domain_arn.is_some())
                .map(ToString::to_string),
        );
        set("readonly", spec.readonly.then(|| "true".to_owned()));
        set(
            "server_side_encryption",
            spec.server_side_encryption.map(|on| on.to_string()),
        );
        let verify = if spec.verify {
            Verify::Proved
        } else {
            Verify::NotVerified
        };
        Ok(Self {
            name: spec.name.clone(),
            kind: "s3".to_owned(),
            settings,
            verify,
        })
    }

    fn read<'a>(
        declared: &'a Declared<Self>,
        via: OnDomain<'a>,
        _: &'a Questions<'a>,
    ) -> impl Future<Output = Observed<Live>> {
        remote::read(via.reads, &declared.want, declared.management, via.context)
    }

    fn recently_changed(_: &Live) -> Documents {
        Documents::NONE
    }

    fn diff(
        declared: &Declared<Self>,
        have: &Observed<Live>,
        facts: &Facts,
        context: &Context<'_>,
    ) -> Outcome {
        match (
            &facts.upgrading,
            diff::diff(declared, have, &facts.around, context),
        ) {
            (Some(blocked), Outcome::Changed(_)) => Outcome::Blocked(blocked.clone()),
            (_, outcome) => outcome,
        }
    }
}

impl Repository {
    /// Names it.
    pub fn id(&self) -> ResourceId {
        ResourceId::new(Kind::Repository, &self.name)
    }

    /// Whether the domain may only read from it.
    pub fn is_readonly(&self) -> bool {
        self.settings
            .get("readonly")
            .is_some_and(|value| value == "true")
    }
}
