//! From what is wanted to what is there: reads only, concurrent, in two waves. Nothing is sent to the domain, believed or shown before
//! STS confirms the account.

mod used;

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::aws::{CallError, Reads, Source, Writes};
use crate::clock::ServiceClock;
use crate::diagnosis;
use crate::domain::{
    self, Auth, Authorities, Client, Described, EndpointRefused, Limits, Material, Note,
    PasswordSource, endpoint, vouch,
};
use crate::names::{AccountId, Arn};
use crate::resources::actual::{Actual, DomainSeen};
use crate::resources::declared::Desired;
use crate::resources::domain::remote;
use crate::resources::facts::Questions;
use crate::resources::observed::{Observed, Unread};
use crate::resources::resource::{OnDomain, Resource};
use crate::resources::{bucket, policy, repository, role};
use crate::trust::Trust;

/// How an environment is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where the AWS clients get credentials and endpoints from.
    pub source: Source,
    /// The sandbox's address, which then stands in for the domain as well.
    pub sandbox: Option<SocketAddr>,
    /// What the operator vouches for.
    pub trust: Trust,
    /// Time limits.
    pub limits: Limits,
    /// What is known of the services' clock.
    pub clock: ServiceClock,
}

/// The clients of one environment, for the executor.
#[derive(Debug)]
pub struct Session {
    /// Reads.
    pub reads: Reads,
    /// Writes.
    pub writes: Writes,
    /// The domain, when requests may go to it.
    pub domain: Option<Client>,
    /// What a remedy can name.
    pub context: diagnosis::Context,
    /// What the service does to the domain meanwhile.
    pub busy: Option<Note>,
}

/// Why an environment could not be observed at all.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The credentials belong to another account than the spec says.
    #[error("the credentials belong to account {actual} ({arn}), and the spec says {expected}")]
    WrongAccount {
        /// The account in the spec.
        expected: AccountId,
        /// The account of the credentials.
        actual: String,
        /// The caller.
        arn: String,
    },
    /// The credentials belong to another partition than the spec's region.
    #[error(
        "the credentials ({arn}) are not of the partition {expected}, which region {region} belongs to"
    )]
    WrongPartition {
        /// The partition of the spec's region.
        expected: &'static str,
        /// The region in the spec.
        region: String,
        /// The caller.
        arn: String,
    },
    /// STS did not say whose credentials they are.
    #[error("the account of the credentials could not be confirmed")]
    Caller(#[source] Box<CallError>),
}

/// Reads everything that an environment's spec is about.
///
/// # Errors
/// When the account of the credentials is another one or cannot be confirmed; then nothing that was read is returned.
pub async fn observe(
    desired: &Desired,
    access: &Access,
) -> Result<(Actual, Session), ObserveError> {
    let scope = &desired.scope;
    let (reads, writes) = crate::aws::load(
        &access.source,
        &scope.region,
        &scope.account,
        &access.limits,
        &access.clock,
    )
    .await;
    let uncorrected = access.clock.correction().is_none();
    let found = look(desired, access, (&reads, &writes)).await;
    if uncorrected && access.clock.correction().is_some() {
        // Some of these were signed with a clock that was wrong, and not every service says that this is why it refused.
        return look(desired, access, (&reads, &writes)).await;
    }
    found
}

async fn look(
    desired: &Desired,
    access: &Access,
    (reads, writes): (&Reads, &Writes),
) -> Result<(Actual, Session), ObserveError> {
    // The domain hears nothing before STS confirms the account; what else is read meanwhile is not believed before either.
    let domain = async {
        let (caller, described) = tokio::join!(caller(desired, reads), describe(desired, reads));
        let caller_arn = caller?;
        let (domain, client) = reach(desired, described, access, reads).await;
        let mut context = used::context(desired, caller_arn, &domain, client.as_deref());
        let repository = match &client {
            Some(client) => Some(read_repository(desired, client, reads, &mut context).await),
            None => None,
        };
        Ok((domain, client, context, repository))
    };
    let (domain, resources) = tokio::join!(domain, resources(desired, reads));
    let (bucket, policy, role) = resources;
    let (domain, client, context, repository) = domain?;
    let busy = busy(desired, &domain);
    Ok((
        Actual {
            caller: context.caller_arn.clone(),
            domain,
            bucket,
            policy,
            role,
            repository,
        },
        Session {
            reads: reads.clone(),
            writes: writes.clone(),
            domain: client,
            context,
            busy,
        },
    ))
}

/// What was seen of the bucket, the policy and the role; none of what the spec does not name.
type Resources = (
    Option<Observed<bucket::Sighting>>,
    Option<Observed<policy::Sighting>>,
    Option<Observed<role::Sighting>>,
);

/// Reads the bucket, the policy and the role of an environment.
async fn resources(desired: &Desired, reads: &Reads) -> Resources {
    let questions = &Questions::of(desired);
    let Desired {
        bucket,
        policy,
        role,
        ..
    } = desired;
    // Each holds many requests: together they are too large for a stack.
    tokio::join!(
        async { Some(Box::pin(Resource::read(bucket.as_ref()?, reads, questions)).await) },
        async { Some(Box::pin(Resource::read(policy.as_ref()?, reads, questions)).await) },
        async { Some(Box::pin(Resource::read(role.as_ref()?, reads, questions)).await) },
    )
}

/// Reads what findings are made of, in an environment whose account is confirmed and whose domain was found.
pub(crate) async fn facts(desired: &Desired, domain: DomainSeen, session: &Session) -> Actual {
    let mut context = session.context.clone();
    let repository = async {
        match &session.domain {
            Some(client) => {
                Some(read_repository(desired, client, &session.reads, &mut context).await)
            }
            None => None,
        }
    };
    let (repository, (bucket, policy, role)) =
        tokio::join!(repository, resources(desired, &session.reads));
    Actual {
        caller: session.context.caller_arn.clone(),
        domain,
        bucket,
        policy,
        role,
        repository,
    }
}

/// Finds the way to the domain of an environment, for commands that look at nothing else.
///
/// # Errors
/// When the account of the credentials is another one or cannot be confirmed.
pub async fn connect(
    desired: &Desired,
    access: &Access,
) -> Result<(DomainSeen, Session), ObserveError> {
    let scope = &desired.scope;
    let (reads, writes) = crate::aws::load(
        &access.source,
        &scope.region,
        &scope.account,
        &access.limits,
        &access.clock,
    )
    .await;
    let (caller, described) = tokio::join!(caller(desired, &reads), describe(desired, &reads));
    let caller_arn = caller?;
    let (domain, client) = reach(desired, described, access, &reads).await;
    let context = used::context(desired, caller_arn, &domain, client.as_deref());
    let busy = busy(desired, &domain);
    Ok((
        domain,
        Session {
            reads,
            writes,
            domain: client,
            context,
            busy,
        },
    ))
}

fn busy(desired: &Desired, domain: &DomainSeen) -> Option<Note> {
    let DomainSeen::Reachable(Some(described)) = domain else {
        return None;
    };
    Some(Note::Busy {
        domain: desired.domain.name.as_ref()?.to_string(),
        with: described.state.busy_with()?,
    })
}

/// Reads the repository. When the domain refuses an assumed role, the role's path is looked up, so that the remedy can name its ARN.
async fn read_repository(
    desired: &Desired,
    client: &domain::Reads,
    reads: &Reads,
    context: &mut diagnosis::Context,
) -> Observed<repository::Live> {
    let questions = Questions::of(desired);
    let read = async |context: &diagnosis::Context| {
        let via = OnDomain {
            reads: client,
            context,
        };
        Resource::read(&desired.repository, via, &questions).await
    };
    let found = read(context).await;
    if !matches!(&found, Observed::Unreadable(_)) || !context.lacks_caller_role() {
        return found;
    }
    context.caller_role_arn = role::remote::caller(reads, context).await;
    match &context.caller_role_arn {
        Some(_) => read(context).await,
        None => found,
    }
}

/// Asks STS whose credentials they are, where AWS is used at all.
async fn caller(desired: &Desired, reads: &Reads) -> Result<Option<String>, ObserveError> {
    if !desired.uses_aws() {
        return Ok(None);
    }
    let sent = reads.sts().get_caller_identity().send().await;
    let failed = |error| Box::new(CallError::from_sdk("sts", "GetCallerIdentity", error));
    let identity = sent.map_err(|error| ObserveError::Caller(failed(error)))?;
    // Both are there: an answer without them is none (`aws/expected.rs`).
    let (actual, arn) = (
        identity.account().unwrap_or_default(),
        identity.arn().unwrap_or_default(),
    );
    if actual != desired.scope.account.as_str() {
        let (actual, arn) = (actual.to_owned(), arn.to_owned());
        return Err(ObserveError::WrongAccount {
            expected: desired.scope.account.clone(),
            actual,
            arn,
        });
    }
    let region = &desired.scope.region;
    let expected = region.partition();
    if Arn::parse(arn).is_ok_and(|arn| arn.partition() != expected) {
        return Err(ObserveError::WrongPartition {
            expected: expected.as_str(),
            region: region.to_string(),
            arn: arn.to_owned(),
        });
    }
    Ok(Some(arn.to_owned()))
}

async fn describe(desired: &Desired, reads: &Reads) -> Result<Option<Described>, Unread> {
    let Some(name) = &desired.domain.name else {
        return Ok(None);
    };
    let described = remote::describe(&reads.opensearch(), name).await;
    described.map_err(|error| Unread::new("the domain", &error))
}

/// Decides where requests to the domain go, and sets up the client for it.
async fn reach(
    desired: &Desired,
    described: Result<Option<Described>, Unread>,
    access: &Access,
    reads: &Reads,
) -> (DomainSeen, Option<Client>) {
    let described = match described {
        Ok(described) => described,
        Err(unread) => return (DomainSeen::Unreadable(unread), None),
    };
    let chosen = confirmed(desired, described.as_ref())
        .and_then(|()| endpoint::choose(&desired.domain, described.as_ref(), &access.trust))
        .and_then(|target| Ok((target, files(desired, access)?)));
    let (target, files) = match chosen {
        Ok(chosen) => chosen,
        Err(refused) => return (DomainSeen::NoEndpoint(refused), None),
    };
    let target = match access.sandbox {
        Some(address) => target.in_sandbox(address),
        None => target,
    };
    if let Err(refused) = endpoint::look_up(&target, access.limits.connect).await {
        return (DomainSeen::NoEndpoint(refused), None);
    }
    let authorities = match &files.authorities {
        Some(path) if target.is_encrypted() => Authorities::read(path).await.map(Some),
        _ => Ok(None),
    };
    let client = authorities.and_then(|authorities| {
        Client::new(
            target,
            files.material,
            desired.scope.region.as_str(),
            reads.credentials(),
            access.limits,
            authorities,
        )
    });
    match client {
        Ok(client) => {
            let client = client.with_clock(&access.clock);
            (DomainSeen::Reachable(described), Some(client))
        }
        Err(error) => (DomainSeen::Unusable(crate::causes::words(&error)), None),
    }
}

/// Checks that the domain is in the account that STS confirmed: no other account's word counts for a host.
fn confirmed(desired: &Desired, described: Option<&Described>) -> Result<(), EndpointRefused> {
    let Some(described) = described else {
        return Ok(());
    };
    let own = |arn: Arn| arn.account() == desired.scope.account.as_str();
    match Arn::parse(&described.arn).is_ok_and(own) {
        true => Ok(()),
        false => Err(EndpointRefused::AnotherAccount {
            arn: described.arn.clone(),
        }),
    }
}

/// What of the domain's settings stands in files.
struct Files {
    material: Material,
    authorities: Option<PathBuf>,
}

/// Decides again, right before anything is read, which files may be: a link may have moved since the spec was checked. In the sandbox no
/// password of the spec is read, since it knows none.
fn files(desired: &Desired, access: &Access) -> Result<Files, EndpointRefused> {
    let domain = &desired.domain;
    if access.sandbox.is_some() {
        let material = match &domain.auth {
            Auth::Basic { .. } => Material::None,
            auth => Material::from(auth),
        };
        let authorities = None;
        return Ok(Files {
            material,
            authorities,
        });
    }
    let mut wants = vouch::wants(domain, &desired.folder, &access.trust).into_iter();
    if let Some(want) = wants.next() {
        return Err(EndpointRefused::Unvouched(Box::new(want)));
    }
    let real = |path: &PathBuf| access.trust.file(path, &desired.folder).ok();
    let mut material = Material::from(&domain.auth);
    if let Material::Basic {
        password: PasswordSource::File(path),
        ..
    } = &mut material
        && let Some(real) = real(path)
    {
        *path = real;
    }
    let authorities = domain.ca_file.as_ref();
    Ok(Files {
        material,
        authorities: authorities.and_then(real),
    })
}
