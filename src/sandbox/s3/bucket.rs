//! Buckets themselves: create, head, delete, list; a new bucket has AWS's defaults of today, not moto's.

use std::collections::BTreeMap;

use super::super::clock::{self, Seconds};
use super::super::message::{Answer, Request};
use super::super::sigv4;
use super::super::state::{Body, Bucket, Encryption, Object, PublicAccessBlock, State};
use super::super::xml::{self, Element, Writer};
use super::{Call, Failure, NAMESPACE, access, configuration, operations, tagging};

/// Answers ListBuckets.
pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let mut out = Writer::document("ListAllMyBucketsResult", NAMESPACE);
    owner(&mut out, "Owner", &call.caller.account);
    out.open("Buckets");
    for (name, bucket) in call
        .state
        .buckets
        .iter()
        .filter(|(_, bucket)| bucket.account == call.caller.account)
    {
        out.open("Bucket");
        out.leaf("Name", name);
        out.leaf("CreationDate", &clock::iso_millis(bucket.created));
        out.leaf("BucketRegion", &bucket.region);
        out.close("Bucket");
    }
    out.close("Buckets");
    Ok(Answer::xml(200, out.finish("ListAllMyBucketsResult")))
}

/// Writes an owner element.
pub(super) fn owner(out: &mut Writer, name: &str, account: &str) {
    out.open(name);
    out.leaf("ID", &canonical_id(account));
    out.close(name);
}

/// Returns the canonical user id of an account.
pub(super) fn canonical_id(account: &str) -> String {
    super::super::identifiers::sha256_hex(format!("canonical user {account}").as_bytes())
}

/// Answers CreateBucket.
pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, Failure> {
    if !valid_name(&call.bucket) {
        let message = "The specified bucket is not valid.";
        return Err(Failure::new(400, "InvalidBucketName", message)
            .detail("BucketName", call.bucket.as_str()));
    }
    let body = match call.request.body.is_empty() {
        true => Element::default(),
        false => call.document("CreateBucketConfiguration")?,
    };
    let region = location_constraint(
        &call.caller.region,
        body.text_of("LocationConstraint").filter(|l| !l.is_empty()),
    )?;
    let tags = body
        .child("Tags")
        .map(tagging::parse)
        .transpose()?
        .unwrap_or_default();
    let ownership = match call.request.header("x-amz-object-ownership") {
        Some(value) => configuration::valid_ownership(value)?,
        None => "BucketOwnerEnforced",
    };
    acl(call, ownership)?;
    if let Some(answer) = existing(call, &region)? {
        return Ok(answer);
    }
    let locked = call.request.header("x-amz-bucket-object-lock-enabled") == Some("true");
    let bucket = Bucket {
        versioning: locked.then(|| "Enabled".to_owned()),
        ownership: Some(ownership.to_owned()),
        tags,
        other: lock(locked),
        ..fresh(&call.caller.account, &region, call.state.now())
    };
    let name = call.bucket.clone();
    call.state.buckets.insert(name, bucket.into());
    Ok(created(call, &region))
}

fn created(call: &Call<'_>, region: &str) -> Answer {
    let location = match region {
        "us-east-1" => format!("/{}", call.bucket),
        _ => format!("http://{}.s3.amazonaws.com/", call.bucket),
    };
    Answer::empty(200)
        .with("location", location)
        .with("x-amz-bucket-arn", access::bucket_arn(region, &call.bucket))
}

fn lock(locked: bool) -> BTreeMap<String, String> {
    let lock = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>".to_owned();
    match locked {
        true => BTreeMap::from([("object-lock".to_owned(), lock)]),
        false => BTreeMap::new(),
    }
}

/// A bucket as AWS makes it when nothing is said.
fn fresh(account: &str, region: &str, created: Seconds) -> Bucket {
    Bucket {
        account: account.to_owned(),
        region: region.to_owned(),
        created,
        encryption: Encryption::default(),
        versioning: None,
        public_access_block: Some(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }),
        ownership: Some("BucketOwnerEnforced".to_owned()),
        policy: None,
        lifecycle: None,
        tags: BTreeMap::new(),
        grants: Vec::new(),
        other: BTreeMap::new(),
        objects: Vec::new(),
        uploads: Vec::new(),
    }
}

/// Makes the bucket that a CreateBucket asks for exist already, in the region asked for; one that is there stays.
pub(in super::super) fn appear(
    state: &mut State,
    request: &Request,
    account: String,
    tags: BTreeMap<String, String>,
    object: Option<String>,
) {
    let is_create = operations::find(request).is_some_and(|found| found.name == "CreateBucket");
    let (name, _) = operations::bucket_and_key(request);
    if !is_create || state.buckets.contains_key(&name) {
        return;
    }
    let asked = xml::parse(&request.body);
    let asked = asked
        .as_ref()
        .and_then(|body| body.text_of("LocationConstraint"));
    let signed = sigv4::scope(request).and_then(Result::ok);
    let region = match (asked, &signed) {
        (Some(region), _) if !region.is_empty() => region,
        (_, Some(scope)) => &scope.region,
        _ => "us-east-1",
    };
    let now = state.now();
    let objects = object.map(|key| Object {
        key,
        version: "null".to_owned(),
        modified: now,
        delete_marker: false,
        content_type: None,
        encryption: Encryption::default(),
        body: Body::default(),
    });
    let bucket = Bucket {
        tags,
        objects: objects.into_iter().collect(),
        ..fresh(&account, region, now)
    };
    state.buckets.insert(name, bucket.into());
}

/// A bucket that is there: in us-east-1 the owner gets 200 again and its ACL is reset.
fn existing(call: &mut Call<'_>, region: &str) -> Result<Option<Answer>, Failure> {
    let account = call.caller.account.clone();
    let signed_region = call.caller.region.clone();
    let Some(held) = call.state.buckets.get_mut(&call.bucket) else {
        return Ok(None);
    };
    if held.account != account {
        let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                       system. Please select a different name and try again.";
        return Err(Failure::new(409, "BucketAlreadyExists", message)
            .detail("BucketName", call.bucket.as_str()));
    }
    if signed_region == "us-east-1" && region == "us-east-1" && held.region == "us-east-1" {
        held.grants.clear();
        return Ok(Some(created(call, region)));
    }
    let message =
        "Your previous request to create the named bucket succeeded and you already own it.";
    Err(Failure::new(409, "BucketAlreadyOwnedByYou", message)
        .detail("BucketName", call.bucket.as_str()))
}

fn location_constraint(endpoint: &str, constraint: Option<&str>) -> Result<String, Failure> {
    let illegal = |what: &str| {
        let message = format!(
            "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        Failure::new(400, "IllegalLocationConstraintException", message)
    };
    match constraint {
        None if endpoint == "us-east-1" => Ok(endpoint.to_owned()),
        None => Err(illegal("unspecified")),
        Some("EU") if endpoint == "us-east-1" || endpoint == "eu-west-1" => {
            Ok("eu-west-1".to_owned())
        }
        Some(region) if endpoint == "us-east-1" => match plausible_region(region) {
            true => Ok(region.to_owned()),
            false => Err(Failure::new(
                400,
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
            )
            .detail("LocationConstraint", region)),
        },
        Some(region) if region == endpoint => Ok(region.to_owned()),
        Some(region) => Err(illegal(region)),
    }
}

/// us-east-1 is no valid constraint, and other partitions are not reached from here.
fn plausible_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let number = parts
        .last()
        .is_some_and(|last| last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit()));
    region != "us-east-1" && parts.len() == 3 && number && !region.starts_with("cn-")
}

fn acl(call: &Call<'_>, ownership: &str) -> Result<(), Failure> {
    match call.request.header("x-amz-acl") {
        None | Some("private") => Ok(()),
        Some(_) if ownership == "BucketOwnerEnforced" => {
            let message =
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            Err(Failure::new(
                400,
                "InvalidBucketAclWithObjectOwnership",
                message,
            ))
        }
        Some(_) => Err(Failure::access_denied("Access Denied")),
    }
}

/// Bucket naming rules: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
fn valid_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let address =
        name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok());
    let starts = ["xn--", "sthree-", "amzn-s3-demo-"];
    let ends = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    (3..=63).contains(&name.len())
        && name.chars().all(allowed)
        && edge(name.chars().next())
        && edge(name.chars().last())
        && !name.contains("..")
        && !address
        && !starts.iter().any(|start| name.starts_with(start))
        && !ends.iter().any(|end| name.ends_with(end))
}

/// Answers HeadBucket.
pub(super) fn head(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let name = call.bucket.clone();
    let bucket = call.held()?;
    let arn = access::bucket_arn(&bucket.region, &name);
    Ok(Answer::empty(200)
        .with("x-amz-bucket-region", bucket.region.as_str())
        .with("x-amz-access-point-alias", "false")
        .with("x-amz-bucket-arn", arn)
        .with("content-type", "application/xml"))
}

/// Answers GetBucketLocation; us-east-1 has none.
pub(super) fn location(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let bucket = call.held()?;
    let region = if bucket.region == "us-east-1" {
        ""
    } else {
        &bucket.region
    };
    let mut out = Writer::document("LocationConstraint", NAMESPACE);
    out.raw(&xml::escape(region));
    Ok(Answer::xml(200, out.finish("LocationConstraint")))
}

/// Answers DeleteBucket.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let name = call.bucket.clone();
    let bucket = call.held()?;
    if !bucket.objects.is_empty() {
        let versioned = bucket.versioning.is_some();
        let message = match versioned {
            true => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
            false => "The bucket you tried to delete is not empty",
        };
        return Err(Failure::new(409, "BucketNotEmpty", message).detail("BucketName", name));
    }
    call.state.buckets.remove(&name);
    Ok(Answer::empty(204))
}
