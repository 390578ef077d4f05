//! What a registration sets in motion: PassRole, the trust policy, then the role's access to the bucket; nothing is assumed to work.

use super::super::authorize::{self, Context};
use super::super::denial::{self, Denial, Grants, Limits};
use super::super::iam::of_aws;
use super::super::identifiers;
use super::super::kms;
use super::super::message::Answer;
use super::super::policy::{self, Keys, Kind, Verdict};
use super::super::state::{Account, Bucket, Repository, Role};
use super::access::{self, Caller};
use super::engine::Engine;
use super::errors::{Exception, front_door};
use super::{Call, keys, settings};
use crate::policy_document::evaluate::PrincipalId;

/// The service that assumes the role.
const SERVICE: &str = "es.amazonaws.com";
/// Domains with older software send no source account and source ARN:
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html>.
const FIRST_WITH_SOURCE: &str = "R20211203";

/// Checks that the caller may pass the role to the domain.
pub(super) fn pass_role(call: &Call<'_>, role_arn: &str) -> Result<(), Answer> {
    let denied = |who: &str, why: &str| {
        let message = format!(
            "User: {who} is not authorized to perform: iam:PassRole on resource: {role_arn}{why}"
        );
        Err(front_door(403, &message))
    };
    let Caller::Signed(caller) = &call.caller else {
        return denied("anonymous", "");
    };
    let account = identifiers::account_of(role_arn);
    if account != caller.account {
        return Err(front_door(403, "Cross-account pass role is not allowed."));
    }
    let mut context = Context::of(caller);
    context.set("iam:PassedToService", SERVICE);
    context.set("iam:AssociatedResourceArn", &access::arn(&call.domain));
    match authorize::own(caller, "iam:PassRole", role_arn, &context) {
        Ok(()) => Ok(()),
        Err(denial) => denied(&caller.arn, &format!(" {}", denial.why("iam:PassRole"))),
    }
}

/// Checks that the domain can assume the role.
pub(super) fn assume(call: &Call<'_>, role_arn: &str) -> Result<Role, Exception> {
    let accounts = call.state.effective_accounts(call.state.now());
    let account = identifiers::account_of(role_arn);
    let role = accounts
        .get(account)
        .and_then(|held| held.roles.values().find(|role| role.arn == role_arn));
    let mut keys = Keys::new();
    let mut set =
        |key: &str, value: &str| drop(keys.insert(key.to_owned(), vec![value.to_owned()]));
    set("aws:SecureTransport", "true");
    set("aws:ResourceAccount", account);
    if release(&call.domain.service_software).is_none_or(|release| release >= FIRST_WITH_SOURCE) {
        set("aws:SourceAccount", &call.domain.account);
        set("aws:SourceArn", &access::arn(&call.domain));
    }
    let principal = PrincipalId::Service(SERVICE.to_owned());
    let verdict = role.map_or(Verdict::ImplicitDeny, |role| {
        policy::decide(
            [role.trust.as_str()],
            Kind::Trust,
            principal,
            ("sts:AssumeRole", role_arn),
            &keys,
        )
    });
    match (role, verdict) {
        (Some(role), Verdict::Allowed) => Ok(role.clone()),
        _ => Err(assume_denied(call, role_arn)),
    }
}

/// Returns the `R20211203` of `OpenSearch_2_19_R20250425-P1`.
fn release(version: &str) -> Option<&str> {
    let starts = version.match_indices('R').map(|(at, _)| at);
    let mut releases = starts.filter_map(|at| version.get(at..at + FIRST_WITH_SOURCE.len()));
    releases.find(|release| release.bytes().skip(1).all(|byte| byte.is_ascii_digit()))
}

/// The words of this denial were captured from a domain.
fn assume_denied(call: &Call<'_>, role_arn: &str) -> Exception {
    let partition = identifiers::partition(&call.domain.region);
    let (region, account) = (&call.domain.region, &call.domain.account);
    let id = call.id;
    let reason = format!(
        "User: arn:{partition}:sts::332315457451:assumed-role/cp-sts-grant-role/swift-{region}-prod-{account} is not \
         authorized to perform: sts:AssumeRole on resource: {role_arn} (Service: AWSSecurityTokenService; Status Code: 403; \
         Error Code: AccessDenied; Request ID: {id})"
    );
    Exception::new("a_w_s_security_token_service_exception", reason)
}

/// What the engine does in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Writes, lists, reads and deletes a test blob; a read-only repository only reads.
    Verify,
    /// Lists and reads the repository's root.
    Read,
}

/// Checks that the repository's bucket can be used with the role; `None` on a self-managed cluster with keys of its own.
pub(super) fn reach(
    call: &Call<'_>,
    repository: &Repository,
    role: Option<&Role>,
    using: Use,
) -> Result<(), Exception> {
    let engine = Engine::of(&call.domain);
    let name = repository.settings.get("bucket").map_or("", String::as_str);
    let writes = using == Use::Verify && !settings::is_readonly(repository);
    let first = |failure| {
        if writes {
            not_uploaded(failure)
        } else {
            failure
        }
    };
    let Some(bucket) = call.state.buckets.get(name) else {
        return Err(first(no_such_bucket(call, engine)));
    };
    let Some(role) = role else { return Ok(()) };
    check_region(call, repository, bucket, engine).map_err(first)?;
    let bucket_arn = format!("arn:{}:s3:::{name}", identifiers::partition(&bucket.region));
    let base = settings::base_path(repository);
    let blob = match base {
        "" => format!("{bucket_arn}/tests-sandbox/master.dat"),
        base => format!("{bucket_arn}/{base}/tests-sandbox/master.dat"),
    };
    let reads = !writes;
    let prefix = if base.is_empty() {
        String::new()
    } else {
        format!("{base}/")
    };
    // The order in which an engine's verification comes to them.
    let write = [
        ("s3:PutObject", &blob),
        ("s3:ListBucket", &bucket_arn),
        ("s3:GetObject", &blob),
        ("s3:DeleteObject", &blob),
    ];
    let read = [("s3:ListBucket", &bucket_arn), ("s3:GetObject", &blob)];
    for (action, resource) in if reads {
        read.as_slice()
    } else {
        write.as_slice()
    } {
        let prefix = (*action == "s3:ListBucket").then_some(prefix.as_str());
        let sent = Sent {
            prefix,
            encryption: encryption_asked_for(repository).filter(|_| *action == "s3:PutObject"),
        };
        if let Err(denial) = role_may(call, role, bucket, (action, resource), sent) {
            let denied = access_denied(call, engine, role, bucket, (action, resource), denial);
            return Err(if *action == "s3:PutObject" {
                not_uploaded(denied)
            } else {
                denied
            });
        }
    }
    keys::check(call, repository, role, bucket, using)
}

/// Wraps the failure of a verification's first request, as repository-s3 does.
pub(super) fn not_uploaded(cause: Exception) -> Exception {
    let reason = "Unable to upload object [tests-sandbox/master.dat] using a single upload";
    Exception::new("i_o_exception", reason).because(cause)
}

/// What a request to S3 carries that policies can look at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sent<'a> {
    /// The prefix of a listing.
    pub prefix: Option<&'a str>,
    /// The header `x-amz-server-side-encryption`.
    pub encryption: Option<&'a str>,
}

/// Returns the encryption that the repository's settings make the engine send with each object.
/// <https://docs.opensearch.org/latest/tuning-your-cluster/availability-and-recovery/snapshots/snapshot-restore/>
fn encryption_asked_for(repository: &Repository) -> Option<&str> {
    let setting = |name: &str| repository.settings.get(name).map(String::as_str);
    match setting("server_side_encryption_type") {
        Some("bucket_default") => None,
        Some(kind) => Some(kind),
        None => (setting("server_side_encryption") == Some("true")).then_some("AES256"),
    }
}

/// The role's policies and its limits, and for S3 the bucket's policy, as they are effective now.
pub(super) fn role_may(
    call: &Call<'_>,
    role: &Role,
    bucket: &Bucket,
    ask: (&str, &str),
    sent: Sent<'_>,
) -> Result<(), Denial> {
    let accounts = call.state.effective_accounts(call.state.now());
    let role_account = identifiers::account_of(&role.arn);
    let empty = Account::default();
    let account = accounts.get(role_account).map_or(&empty, |held| held);
    let keys = keys(role, role_account, bucket, &call.domain.region, sent);
    let principal = PrincipalId::Aws(session(role));
    let decide =
        |texts: Vec<&str>, kind| policy::decide(texts, kind, principal.clone(), ask, &keys);
    let mut own: Vec<&str> = role
        .attached
        .iter()
        .filter_map(|arn| default_document(account, arn))
        .collect();
    own.extend(role.inline.values().map(String::as_str));
    // A boundary that does not exist allows nothing.
    let boundary = role
        .permissions_boundary
        .as_deref()
        .map(|arn| default_document(account, arn).unwrap_or(NOTHING).to_owned());
    let on_s3 = ask.0.starts_with("s3:");
    let on_bucket = match &role.permissions_boundary {
        None => bucket.policy.clone(),
        Some(_) => bucket.policy.as_deref().map(policy::sparing_nobody),
    };
    let mut limits = Limits::of_role(account, boundary).verdicts(&principal, ask, &keys);
    if on_s3 {
        let owner = accounts.get(&bucket.account).map(|held| &**held);
        limits.extend(denial::resource_control(owner, &principal, ask, &keys));
    }
    let grants = Grants {
        own: decide(own, Kind::Identity),
        theirs: match on_s3 {
            true => decide(on_bucket.as_deref().into_iter().collect(), Kind::Bucket),
            false => Verdict::ImplicitDeny,
        },
        same_account: role_account == bucket.account || !on_s3,
    };
    denial::decide(grants, &limits)
}

const NOTHING: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;

/// The session that a domain has of a role.
fn session(role: &Role) -> String {
    let account = identifiers::account_of(&role.arn);
    let partition = role.arn.split(':').nth(1).unwrap_or("aws");
    let name = &role.name;
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/snapshot")
}

fn default_document<'a>(account: &'a Account, arn: &str) -> Option<&'a str> {
    if let Some(document) = of_aws::document(arn) {
        return Some(document);
    }
    let policy = account.policies.values().find(|policy| policy.arn == arn)?;
    let version = policy
        .versions
        .iter()
        .find(|version| version.number == policy.default_version)?;
    Some(&version.document)
}

fn keys(role: &Role, role_account: &str, bucket: &Bucket, region: &str, sent: Sent<'_>) -> Keys {
    let mut keys = Keys::new();
    let mut set =
        |key: &str, value: &str| drop(keys.insert(key.to_owned(), vec![value.to_owned()]));
    set("aws:SecureTransport", "true");
    set("aws:userid", &format!("{}:snapshot", role.id));
    set("aws:ResourceAccount", &bucket.account);
    set("s3:ResourceAccount", &bucket.account);
    set("aws:PrincipalArn", &role.arn);
    set("aws:PrincipalAccount", role_account);
    set("aws:PrincipalType", "AssumedRole");
    set("aws:RequestedRegion", region);
    set("kms:ViaService", &kms::via_service(bucket));
    set("kms:CallerAccount", role_account);
    for (key, value) in [
        ("s3:prefix", sent.prefix),
        ("s3:x-amz-server-side-encryption", sent.encryption),
    ] {
        if let Some(value) = value {
            set(key, value);
        }
    }
    keys
}

/// A regional client is refused by a bucket of another region; `s3.amazonaws.com` finds every bucket.
fn check_region(
    call: &Call<'_>,
    repository: &Repository,
    bucket: &Bucket,
    engine: Engine,
) -> Result<(), Exception> {
    let endpoint = repository
        .settings
        .get("endpoint")
        .map(|text| text.trim_start_matches("https://"));
    let said = repository
        .settings
        .get("region")
        .map_or(call.domain.region.as_str(), String::as_str);
    let region = match endpoint {
        Some("s3.amazonaws.com") => return Ok(()),
        Some(host) => host
            .strip_prefix("s3.")
            .and_then(|rest| rest.split('.').next())
            .unwrap_or(said),
        None => said,
    };
    if region == bucket.region {
        return Ok(());
    }
    let message = format!(
        "The authorization header is malformed; the region '{region}' is wrong; expecting '{}'",
        bucket.region
    );
    Err(s3_exception(
        call,
        engine,
        &message,
        400,
        "AuthorizationHeaderMalformed",
    ))
}

fn no_such_bucket(call: &Call<'_>, engine: Engine) -> Exception {
    let exception = s3_exception(
        call,
        engine,
        "The specified bucket does not exist",
        404,
        "NoSuchBucket",
    );
    match engine.second_sdk() {
        true => Exception {
            kind: "no_such_bucket_exception",
            ..exception
        },
        false => exception,
    }
}

/// The refusal that S3 gives the role; it names the policy only within one account.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
pub(super) fn access_denied(
    call: &Call<'_>,
    engine: Engine,
    role: &Role,
    bucket: &Bucket,
    (action, resource): (&str, &str),
    denial: Denial,
) -> Exception {
    let account = identifiers::account_of(&role.arn);
    let user = session(role);
    let message = if engine.second_sdk() && account == bucket.account {
        denial.sentence(&user, action, resource)
    } else {
        "Access Denied".to_owned()
    };
    s3_exception(call, engine, &message, 403, "AccessDenied")
}

fn s3_exception(
    call: &Call<'_>,
    engine: Engine,
    message: &str,
    status: u16,
    code: &str,
) -> Exception {
    let id = identifiers::s3_request_id(call.id);
    let extended = identifiers::s3_host_id(call.id);
    if engine.second_sdk() {
        let reason = format!(
            "{message} (Service: S3, Status Code: {status}, Request ID: {id}, Extended Request ID: {extended})"
        );
        return Exception::new("s3_exception", reason);
    }
    let reason = format!(
        "{message} (Service: Amazon S3; Status Code: {status}; Error Code: {code}; Request ID: {id}; S3 Extended Request ID: \
         {extended})"
    );
    Exception::new("amazon_s3_exception", reason)
}
