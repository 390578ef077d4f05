//! Who may reach a domain: signature, access policy, refused paths, fine-grained access control, in that order.

use percent_encoding::percent_decode_str;

use super::super::authorize::{self, Context};
use super::super::denial::{self, Grants};
use super::super::iam;
use super::super::identifiers::partition;
use super::super::message::{Answer, Request};
use super::super::policy::{self, Kind, Verdict};
use super::super::sigv4::{self, Refusal};
use super::super::state::{Auth, Domain, State};
use super::Call;
use super::engine::Engine;
use super::errors::{Exception, front_door, gateway};
use super::path::{self, Path};
use crate::policy_document::evaluate::PrincipalId;

/// Paths that Amazon does not expose: <https://github.com/opensearch-project/OpenSearch-Dashboards/issues/4717>.
const REFUSED: [&str; 2] = ["_recovery", "_shutdown"];

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    Signed(Box<sigv4::Caller>),
    /// A user of the internal database.
    Internal(String),
    Anonymous,
}

impl Caller {
    /// Says whether the request was signed.
    pub(super) fn is_signed(&self) -> bool {
        matches!(self, Self::Signed(_))
    }
}

/// Returns a domain's ARN.
pub(super) fn arn(domain: &Domain) -> String {
    format!(
        "arn:{}:es:{}:{}:domain/{}",
        partition(&domain.region),
        domain.region,
        domain.account,
        domain.name
    )
}

/// Finds the caller, or the refusal.
pub(super) fn authenticate(
    state: &State,
    request: &Request,
    domain: &Domain,
) -> Result<Caller, Answer> {
    match request.header("authorization") {
        Some(header) if header.starts_with("AWS4-HMAC-SHA256") => signed(state, request, domain),
        Some(header) if header.starts_with("Basic ") => basic(header, domain),
        _ if domain.self_managed && domain.auth != Auth::None => Err(unauthorized()),
        _ => Ok(Caller::Anonymous),
    }
}

fn signed(state: &State, request: &Request, domain: &Domain) -> Result<Caller, Answer> {
    if domain.self_managed && domain.auth != Auth::Sigv4 {
        return if domain.auth == Auth::None {
            Ok(Caller::Anonymous)
        } else {
            Err(unauthorized())
        };
    }
    let caller = sigv4::verify(request, state, "es").map_err(refused)?;
    if caller.region != domain.region {
        return Err(gateway(
            403,
            "Credential should be scoped to a valid region. ",
        ));
    }
    Ok(Caller::Signed(Box::new(caller)))
}

fn refused(refusal: Refusal) -> Answer {
    let (_, _, message) = iam::refused(refusal);
    gateway(403, &message)
}

fn basic(header: &str, domain: &Domain) -> Result<Caller, Answer> {
    let given = header
        .strip_prefix("Basic ")
        .and_then(|text| aws_smithy_types::base64::decode(text.trim()).ok());
    let given = given
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    match &domain.auth {
        Auth::Basic { username, password } if given == format!("{username}:{password}") => {
            Ok(Caller::Internal(username.clone()))
        }
        Auth::None => Ok(Caller::Anonymous),
        _ => Err(unauthorized()),
    }
}

/// The security plugin's answer is a plain word, not JSON.
fn unauthorized() -> Answer {
    Answer::text(401, "Unauthorized")
        .with("www-authenticate", "Basic realm=\"OpenSearch Security\"")
}

/// The access policy, refused paths and compressed bodies.
fn amazon(call: &Call<'_>, path: &Path) -> Result<(), Answer> {
    access_policy(call)?;
    let uri = percent_decode_str(&call.request.raw_path)
        .decode_utf8_lossy()
        .into_owned();
    let segments = call.request.segments();
    let automated = |name: &str| name.starts_with("cs-") && call.request.method != "GET";
    let of_amazon = match path {
        Path::Repositories(Some(name)) | Path::Cleanup(name) => automated(name),
        Path::Snapshots { repository, .. } => automated(repository),
        Path::Part(_, part) => part == "_close" && !Engine::of(&call.domain).closes_on_amazon(),
        _ => false,
    };
    let blocked = of_amazon || segments.iter().any(|part| REFUSED.contains(&part.as_str()));
    if blocked {
        return Err(front_door(
            401,
            &format!("Your request: '{uri}' is not allowed."),
        ));
    }
    if call
        .request
        .header("content-encoding")
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(match (path, call.request.method.as_str()) {
            (Path::Repositories(Some(_)), "PUT" | "POST") => role_arn_needed(),
            _ => front_door(
                401,
                &format!("Your request: '{uri}' is not allowed due to invalid input parameters."),
            ),
        });
    }
    Ok(())
}

/// The answer to a registration without a role.
pub(super) fn role_arn_needed() -> Answer {
    front_door(
        401,
        "settings.role_arn is needed for snapshot registration.",
    )
}

/// Applies Amazon's front door to a domain of Amazon.
pub(super) fn front_door_of(call: &Call<'_>, path: &Path) -> Result<(), Answer> {
    if call.domain.self_managed {
        Ok(())
    } else {
        amazon(call, path)
    }
}

fn access_policy(call: &Call<'_>) -> Result<(), Answer> {
    let method = call.request.method.to_ascii_lowercase();
    let mut letters = method.chars();
    let verb: String = letters
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    let action = format!("es:ESHttp{verb}");
    let resource = format!("{}{}", arn(&call.domain), call.request.path());
    let document = call.domain.access_policy.as_deref();
    let (principal, name) = match &call.caller {
        Caller::Signed(caller) => (PrincipalId::Aws(caller.arn.clone()), caller.arn.clone()),
        Caller::Internal(_) | Caller::Anonymous => (PrincipalId::Anonymous, "anonymous".to_owned()),
    };
    let context = match &call.caller {
        Caller::Signed(caller) => Context::of(caller),
        _ => Context::anonymous(),
    };
    let theirs = policy::decide(
        document,
        Kind::Bucket,
        principal.clone(),
        (&action, &resource),
        context.keys(),
    );
    let own = match &call.caller {
        Caller::Signed(caller) => authorize::identity(caller, &action, &resource, &context),
        // Without an access policy of its own, a domain for internal users or for everyone is open.
        _ if document.is_none() && call.domain.auth != Auth::Sigv4 => Verdict::Allowed,
        _ => Verdict::ImplicitDeny,
    };
    let foreign =
        matches!(&call.caller, Caller::Signed(caller) if caller.account != call.domain.account);
    let limits = match &call.caller {
        Caller::Signed(caller) => {
            caller
                .limits
                .verdicts(&principal, (&action, &resource), context.keys())
        }
        _ => Vec::new(),
    };
    let grants = Grants {
        own,
        theirs,
        same_account: !foreign,
    };
    denial::decide(grants, &limits).map_err(|denied| {
        let delegated = theirs == Verdict::Delegated;
        let by_identity = call.caller.is_signed() && (document.is_none() || delegated);
        let denied = match by_identity {
            true => denied,
            false => denied.of_resource(),
        };
        let why = denied.why(&action);
        front_door(
            403,
            &format!("User: {name} is not authorized to perform: {action} {why}"),
        )
    })
}

/// Applies fine-grained access control.
pub(super) fn fine_grained(call: &Call<'_>, path: &Path) -> Result<(), Answer> {
    if !call.domain.fine_grained_access {
        return Ok(());
    }
    let (name, roles) = match &call.caller {
        // The one internal user of the sandbox is the domain's master user.
        Caller::Internal(_) => return Ok(()),
        Caller::Signed(caller) => identity(&caller.arn),
        Caller::Anonymous => return Err(unauthorized()),
    };
    let holds = |mapped: &[String]| mapped.iter().any(|arn| *arn == name || roles.contains(arn));
    let permission = path::permission(&call.request.method, path);
    let managed = permission.starts_with("cluster:admin/repository/")
        || permission.starts_with("cluster:admin/snapshot/")
        || permission == "indices:admin/create";
    if holds(&call.domain.all_access) || (managed && holds(&call.domain.mapped)) {
        return Ok(());
    }
    Err(no_permissions(call, permission))
}

/// Refuses what the security plugin refuses everybody on a restore: global state, its own index, a snapshot that is not there.
pub(super) fn refuse_nameless(call: &Call<'_>) -> Result<(), Answer> {
    match call.domain.fine_grained_access {
        true => Err(no_permissions(call, "")),
        false => Ok(()),
    }
}

fn no_permissions(call: &Call<'_>, permission: &str) -> Answer {
    let (name, roles) = match &call.caller {
        Caller::Signed(caller) => identity(&caller.arn),
        Caller::Internal(name) => (name.clone(), Vec::new()),
        Caller::Anonymous => Default::default(),
    };
    let roles = roles.join(", ");
    let reason = format!(
        "no permissions for [{permission}] and User [name={name}, backend_roles=[{roles}], requestedTenant=null]"
    );
    Exception::new("security_exception", reason).answer(403)
}

/// A session appears under its role's ARN; the path is not in the session's ARN.
fn identity(arn: &str) -> (String, Vec<String>) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        [scheme, partition, "sts", region, account, rest] if rest.starts_with("assumed-role/") => {
            let role = rest.split('/').nth(1).unwrap_or_default();
            let role = format!("{scheme}:{partition}:iam:{region}:{account}:role/{role}");
            (role.clone(), vec![role])
        }
        _ => (arn.to_owned(), Vec::new()),
    }
}
