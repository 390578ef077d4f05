//! The table of known messages, the most specific first; a row matches only on words that no other cause produces.
//!
//! Numbers below 100 follow the catalogue of messages that the project was started from, where later rows keep their place; from 101 on
//! they are this table's own, and each has one cause.

use self::Speaker::{
    Anyone, Domain, DomainTooMany, Engine, EngineWithoutCause, FrontDoor, FrontDoorAlone, Service,
    ServiceOrFrontDoor,
};
use super::Layer::{
    Bucket, CallerIam, DomainPolicy, FineGrainedAccess, PassRole, Quota, Repository, RoleS3,
    Signature, Trust, Unnamed,
};
use super::Transient::{Busy, FreshBucket, IamPropagation, No, Throttled};
use super::remedy::Remedy::{self, Grant, Mapping, OtherMapping, Text};
use super::{Layer, Transient, engine};
use crate::domain::{Origin, Refusal};

/// One known message.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u16,
    pub(super) speaker: Speaker,
    /// Parts that must all occur in the code and the words, in lower case; the code ends with its line.
    pub(super) all: &'static [&'static str],
    pub(super) layer: Layer,
    pub(super) cause: &'static str,
    pub(super) remedy: Remedy,
    pub(super) transient: Transient,
}

/// Says whose words a row knows: the same sentence means another thing from another mouth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// An AWS API.
    Service,
    /// What stands before the domain: it answers without an engine's error object.
    FrontDoor,
    /// The front door's plain text and nothing else.
    FrontDoorAlone,
    /// The engine, with its error object.
    Engine,
    /// The engine, without any cause below its message.
    EngineWithoutCause,
    /// The front door or the engine, with HTTP 429.
    DomainTooMany,
    /// An AWS API or the front door.
    ServiceOrFrontDoor,
    /// The domain, front door or engine.
    Domain,
    /// Anyone.
    Anyone,
}

/// Returns the first row that knows the words. What an engine's service says of its own is closer to the cause than that a repository
/// cannot be used.
pub(super) fn find(refusal: &Refusal) -> Option<&'static Row> {
    let words = refusal.searchable();
    let known = |row: &&Row| row.matches(refusal, &words);
    let first = ROWS.iter().find(known);
    match first {
        Some(row) if !row.is_general() => first,
        general => engine::rows().find(known).or(general),
    }
}

impl Row {
    /// Whether it says no more than that a repository cannot be used.
    fn is_general(&self) -> bool {
        self.all.contains(&"repository_verification_exception")
    }

    fn matches(&self, refusal: &Refusal, words: &str) -> bool {
        self.speaker.spoke(refusal, words) && self.all.iter().all(|part| words.contains(part))
    }
}

impl Speaker {
    fn spoke(self, refusal: &Refusal, words: &str) -> bool {
        let service = refusal.origin == Origin::Service;
        let front_door = !service && refusal.code.is_none();
        let engine = !service && refusal.code.is_some();
        match self {
            Self::Service => service,
            Self::FrontDoor => front_door,
            Self::FrontDoorAlone => front_door && words == "unauthorized",
            Self::Engine => engine,
            Self::EngineWithoutCause => engine && refusal.chain.len() == 1,
            Self::DomainTooMany => !service && refusal.status == Some(429),
            Self::ServiceOrFrontDoor => service || front_door,
            Self::Domain => !service,
            Self::Anyone => true,
        }
    }
}

pub(super) const fn row(
    number: u16,
    speaker: Speaker,
    all: &'static [&'static str],
    layer: Layer,
    transient: Transient,
    cause: &'static str,
    remedy: Remedy,
) -> Row {
    Row {
        number,
        speaker,
        all,
        layer,
        cause,
        remedy,
        transient,
    }
}

// One row reads as one sentence; spread over ten lines each the table could not be seen.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Rates. Amazon says it with 403 too.
    row(37, Anyone, &["request throttled due to too many requests"], Quota, Throttled,
        "the domain throttles requests when its memory is short",
        Text("wait and run it again; if it lasts, the domain's instances are too small")),
    row(37, Service, &["rate exceeded"], Quota, Throttled,
        "AWS throttles this account's requests to the API",
        Text("wait and run it again, with fewer environments at once")),
    row(37, Service, &["slowdown"], Quota, Throttled,
        "S3 throttles the requests to this bucket",
        Text("wait and run it again, with fewer environments at once")),
    row(117, Engine, &["flood-stage watermark"], Layer::Domain, No,
        "a disk of the domain is so full that its indices take no writes",
        Text("give the domain more disk, or delete indices, then run it again")),
    row(37, DomainTooMany, &[], Quota, Throttled,
        "the domain refuses requests under load",
        Text("wait and run it again; if it lasts, the domain's instances are too small")),
    // The caller and the role that it passes.
    row(2, Domain, &["user: anonymous is not authorized to perform: iam:passrole"], Signature, No,
        "the registration arrived without a signature: Amazon cannot tell who passes the role",
        Text("have the request signed (`auth: sigv4`, or AWS credentials beside `auth: basic`), and map the caller to manage_snapshots where the domain has fine-grained access control")),
    row(1, Anyone, &["is not authorized to perform: iam:passrole"], PassRole, No,
        "the caller may not pass the snapshot role to the service",
        Text("allow the caller (not the snapshot role) {\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"{role}\"}; check path and partition of the ARN")),
    row(114, FrontDoor, &["cross-account pass role is not allowed"], PassRole, No,
        "the snapshot role is in another account than the caller",
        Text("use a role in the account of the domain and of the caller, and grant it access in the bucket's policy")),
    // Amazon's front door.
    row(3, FrontDoor, &["settings.role_arn is needed for snapshot registration"], Repository, No,
        "the registration has no role_arn, or the front door could not read its body",
        Text("give the repository a role; something between here and the domain may compress request bodies, which must stay as they are")),
    row(4, FrontDoor, &["your request: '", "is not allowed due to invalid input parameters"], Layer::Domain, No,
        "the front door could not read the body, most often because it was compressed on the way",
        Text("send the request without a proxy or tunnel that compresses bodies")),
    row(5, FrontDoor, &["your request: '", "is not allowed."], Layer::Domain, No,
        "Amazon does not offer this path on this version of the domain",
        Text("nothing in permissions helps; a newer engine version may offer it")),
    // Fine-grained access control.
    row(7, Engine, &["security_exception", "no permissions for [] and user ["], FineGrainedAccess, No,
        "the selection holds the security index or the global state, or the snapshot does not exist",
        Text("restore with `include_global_state: false`, exclude `.opendistro*` and `.kibana*` after a leading `*`, and check the snapshot's name")),
    row(6, Engine, &["security_exception", "no permissions for [cluster:admin/repository/"], FineGrainedAccess, No,
        "the caller is not mapped to the role manage_snapshots", Mapping),
    row(6, Engine, &["security_exception", "no permissions for [cluster:admin/snapshot/"], FineGrainedAccess, No,
        "the caller is not mapped to the role manage_snapshots", Mapping),
    row(110, Engine, &["security_exception", "no permissions for ["], FineGrainedAccess, No,
        "none of the roles that the caller is mapped to allows this action; manage_snapshots alone does not", OtherMapping),
    row(108, FrontDoorAlone, &["unauthorized"], FineGrainedAccess, No,
        "the domain's own user database does not know this user and password",
        Text("check `domain.auth`; a domain whose master user is an IAM role takes signed requests only (`auth: sigv4`)")),
    // The trust of the role.
    row(8, Domain, &["is not authorized to perform: sts:assumerole"], Trust, IamPropagation,
        "the service may not assume the snapshot role: the role does not exist, its trust policy does not let the service in, or it is seconds old",
        Text("run `esbackup plan`, which shows a missing role and a trust policy that differs; the trust policy of {role} must allow es.amazonaws.com sts:AssumeRole, with aws:SourceAccount and aws:SourceArn of {domain} or without conditions")),
    // What S3 told the engine.
    row(10, Engine, &["authorization header is malformed; the region", "is wrong; expecting"], Repository, No,
        "the repository's region or endpoint is not the bucket's",
        Text("set `repository.endpoint` (Amazon: s3.amazonaws.com), or `bucket.region` to the region that the message expects")),
    row(11, Anyone, &["the bucket does not allow acls"], Bucket, No,
        "the bucket owns every object and takes no ACLs, but the repository sends one",
        Text("remove `canned_acl` from the repository's settings")),
    row(9, Engine, &["the specified bucket does not exist"], Bucket, FreshBucket,
        "the engine does not find the bucket; one created a moment ago may not be known everywhere yet",
        Text("run `esbackup plan`, which shows whether bucket {bucket} is missing or in another Region; where it is neither, run the command again")),
    row(9, Engine, &["all access to this object has been disabled"], Bucket, No,
        "AWS blocked this bucket, or the name belongs to someone else",
        Text("check the name {bucket} and who owns it")),
    row(9, Engine, &["is not authorized to perform: kms:"], RoleS3, IamPropagation,
        "the snapshot role may not use the bucket's KMS key",
        Text("allow {role} kms:Decrypt and kms:GenerateDataKey on the key, in its policy and in the key's")),
    row(9, Engine, &["is not authorized to perform: s3:"], Unnamed, IamPropagation,
        "the snapshot role may not do this on the bucket, or its policy is seconds old",
        Text("allow {role} s3:ListBucket on {bucket} and s3:GetObject, s3:PutObject, s3:DeleteObject on its objects; a deny in the bucket's policy, a boundary or an organisation's policy wins over it")),
    row(9, Engine, &["access denied", "(service: ", "status code: 403"], Unnamed, IamPropagation,
        "S3 denied the snapshot role, or its policy is seconds old",
        Text("allow {role} s3:ListBucket on {bucket} and s3:GetObject, s3:PutObject, s3:DeleteObject on its objects; a deny in the bucket's policy, a boundary or an organisation's policy wins over it")),
    row(9, EngineWithoutCause, &["repository_verification_exception", "is not accessible on"], Repository, IamPropagation,
        "the engine could not write to the bucket and does not say why",
        Text("check the role's policy and trust, the bucket's region and key, then run `esbackup apply`")),
    row(9, Engine, &["repository_verification_exception"], Repository, No,
        "the engine could not use the bucket; the last of its words says why",
        Text("correct what the last message names, then run `esbackup apply`")),
    row(116, Engine, &["concurrent modification of the index-n file"], Repository, No,
        "something else writes to this repository: what the domain remembers of it is not what the bucket holds",
        Text("stop, and find out which other domain writes to this base path; let it register the repository as `readonly`. Do not register it again before: that forgets what was noticed, and two writers damage the snapshots of both")),
    row(124, Engine, &["contents of the repository do not match its expected state"], Repository, No,
        "something else writes to this repository, or its files were changed from outside",
        Text("stop, and find out which other domain writes to this base path; let it register the repository as `readonly`. Do not register it again before: that forgets what was noticed, and two writers damage the snapshots of both")),
    row(35, Anyone, &["repositorymissingexception"], Repository, No,
        "a snapshot management policy names a repository that is not registered",
        Text("register the repository, or name another one in the policy")),
    row(15, Engine, &["repository_missing_exception"], Repository, No,
        "the repository is not registered on this domain",
        Text("run `esbackup apply`")),
    row(24, Engine, &["trying to modify or unregister repository", "that is currently used"], Repository, Busy,
        "a snapshot or a restore is running on the repository",
        Text("wait until it has ended, then run it again")),
    // IAM and S3.
    row(31, Service, &["malformedpolicydocument", "invalid principal in policy: \"service\""], Trust, No,
        "the policy names a service that this partition does not know",
        Text("use es.amazonaws.com in every partition")),
    row(31, Service, &["malformedpolicydocument", "invalid principal in policy"], Trust, IamPropagation,
        "the policy names a principal that IAM does not know; one created a moment ago may not be known everywhere yet",
        Text("check the ARN; a new role is known after some seconds")),
    row(31, Service, &["malformedpolicy", "invalid principal in policy"], Bucket, IamPropagation,
        "the bucket policy names a principal that IAM does not know; one created a moment ago may not be known everywhere yet",
        Text("check the ARN; a new role is known after some seconds")),
    row(121, Service, &["malformedpolicydocument\n"], Layer::Iam, No,
        "IAM does not take this policy document; its words say why",
        Text("correct what the words name in `policy` or in `role.trust`: IAM checks more than can be checked here")),
    row(118, Service, &["malformedpolicy\n"], Bucket, No,
        "S3 does not take this bucket policy; its words say why",
        Text("correct the statement in `bucket.policy.extra_statements`, or the foreign one that stands beside it")),
    row(119, Service, &["public policies are prevented by the blockpublicpolicy setting"], Bucket, No,
        "the policy would make the bucket public, and its public access block, which is always on, refuses that",
        Text("limit the statement to named principals or with a condition such as aws:PrincipalOrgID")),
    row(120, Service, &["nosuchbucket"], Bucket, No,
        "S3 does not find the bucket; one created a moment ago may not be known everywhere yet",
        Text("run it again in a minute: it reads first what was done; if it lasts, somebody deleted the bucket")),
    row(32, Service, &["limitexceeded", "a managed policy can have up to 5 versions"], Quota, No,
        "the policy has five versions, which is the most that IAM keeps",
        Text("run plan again: it shows the deletion of the oldest version that is not the default")),
    row(111, Service, &["limitexceeded", "cannot exceed quota for"], Quota, No,
        "a quota of IAM is reached",
        Text("make the document shorter, or ask AWS for a higher quota where there is one")),
    row(33, Service, &["operationaborted", "a conflicting conditional operation"], Bucket, FreshBucket,
        "another change of the same bucket, or of a deleted one with this name, has not ended yet",
        Text("run it again; after a deletion it may take an hour")),
    row(115, Service, &["bucketalreadyexists"], Bucket, No,
        "the name belongs to another account, which may have taken it to receive your data",
        Text("send nothing there: name another bucket, or, if you know whose it is, say so with `bucket.account` and `existing: true`")),
    row(34, Service, &["location constraint is incompatible for the region specific endpoint"], Bucket, No,
        "the bucket's region and the region that the request went to differ",
        Text("set `bucket.region`, and check that no setting points S3 to another region")),
    row(10, Service, &["authorization header is malformed; the region", "is wrong; expecting"], Bucket, No,
        "the bucket is in another region, or the name belongs to someone else",
        Text("set `bucket.region` to the region that the message expects, or choose another name")),
    row(36, Anyone, &["permission denied. please ensure that the correct credentials are being used"], Layer::Domain, No,
        "a program in between wrote this and hid the service's own words",
        Text("send the request directly and read the body of the answer")),
    // Credentials and signatures, of the caller and not of the engine towards S3.
    row(106, ServiceOrFrontDoor, &["security token included in the request is expired"], Signature, No,
        "the caller's credentials have expired", Text("log in again, then run it again: it goes on where it stopped")),
    row(107, ServiceOrFrontDoor, &["security token included in the request is invalid"], Signature, No,
        "AWS does not know the caller's credentials",
        Text("check AWS_PROFILE, the partition and whether the key was deleted")),
    row(105, ServiceOrFrontDoor, &["signature expired: "], Signature, No,
        "this machine's clock is slow", Text("set the clock")),
    row(122, ServiceOrFrontDoor, &["signature not yet current: "], Signature, No,
        "this machine's clock is fast", Text("set the clock")),
    row(123, ServiceOrFrontDoor, &["requesttimetooskewed"], Signature, No,
        "this machine's clock is wrong by more than a quarter of an hour", Text("set the clock")),
    row(104, ServiceOrFrontDoor, &["the request signature we calculated does not match"], Signature, No,
        "the secret key is wrong, or something between here and the service changes the request",
        Text("check the credentials; a tunnel must leave Host alone: use `connect_to`")),
    // The caller's own permissions.
    row(101, FrontDoor, &["user: anonymous is not authorized to perform: es:"], DomainPolicy, No,
        "the request arrived without a signature and the domain's access policy does not allow that",
        Text("use `auth: sigv4`; with `auth: basic` the access policy must allow es:ESHttp* to everyone")),
    row(102, FrontDoor, &["is not authorized to perform: es:", "no identity-based policy allows"], CallerIam, No,
        "none of the caller's policies allows this request to the domain",
        Text("allow the caller es:ESHttpGet, es:ESHttpPut, es:ESHttpPost and es:ESHttpDelete on {domain}/*")),
    row(103, FrontDoor, &["is not authorized to perform: es:"], DomainPolicy, No,
        "the domain's access policy, or a policy of the caller, does not allow this request",
        Text("allow the caller es:ESHttpGet, es:ESHttpPut, es:ESHttpPost and es:ESHttpDelete on {domain}/*, in the domain's access policy or in the caller's own")),
    row(109, Service, &["is not authorized to perform: "], CallerIam, No,
        "a policy of the caller, a boundary or an organisation's policy does not allow this call",
        Grant),
];
