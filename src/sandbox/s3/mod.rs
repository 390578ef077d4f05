//! S3, path style: finds the operation, checks signature, bucket, region, permission and owner, then carries it out.

mod access;
mod bucket;
mod configuration;
mod encryption;
mod error;
mod lifecycle;
mod listing;
mod object;
mod operations;
mod policy;
mod tagging;
mod unset;

use super::message::{Answer, Request};
use super::sigv4::{self, Caller};
use super::state::{Bucket, State};
use super::xml::{self, Element};

pub(super) use bucket::appear;
pub(super) use error::{Failure, error};
use operations::Operation;

/// The namespace of every S3 document.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// One authenticated request.
struct Call<'a> {
    state: &'a mut State,
    request: &'a Request,
    caller: Caller,
    bucket: String,
    key: String,
}

impl Call<'_> {
    /// Returns the bucket, which exists once the operation is carried out.
    fn held(&mut self) -> Result<&mut Bucket, Failure> {
        self.state
            .buckets
            .get_mut(&self.bucket)
            .map(|bucket| &mut **bucket)
            .ok_or_else(|| Failure::no_such_bucket(&self.bucket))
    }

    /// Reads the body's root element, which must have this name.
    fn document(&self, root: &str) -> Result<Element, Failure> {
        xml::parse(&self.request.body)
            .filter(|element| element.name == root)
            .ok_or_else(Failure::malformed_xml)
    }
}

/// Returns the operation's name and whether it writes.
pub(super) fn operation(request: &Request) -> (String, bool) {
    operations::find(request).map_or_else(
        || {
            (
                format!("{} unknown", request.method),
                request.method != "GET" && request.method != "HEAD",
            )
        },
        |found| (found.name.to_owned(), found.write),
    )
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, request: &Request, id: &str) -> Answer {
    let mut answer = match carry_out(state, request) {
        Ok(answer) => answer,
        Err(failure) => failure.answer(id),
    };
    if request.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

fn carry_out(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    let caller = sigv4::verify(request, state, "s3").map_err(Failure::refused)?;
    let operation = operations::find(request).ok_or_else(Failure::not_implemented)?;
    let (bucket, key) = operations::bucket_and_key(request);
    let mut call = Call {
        state,
        request,
        caller,
        bucket,
        key,
    };
    access::check(&call, &operation)?;
    dispatch(&mut call, &operation)
}

fn dispatch(call: &mut Call<'_>, operation: &Operation) -> Result<Answer, Failure> {
    match operation.name {
        "ListBuckets" => bucket::list(call),
        "CreateBucket" => bucket::create(call),
        "HeadBucket" => bucket::head(call),
        "DeleteBucket" => bucket::delete(call),
        "GetBucketLocation" => bucket::location(call),
        "GetBucketEncryption" => configuration::get_encryption(call),
        "PutBucketEncryption" => configuration::put_encryption(call),
        "DeleteBucketEncryption" => configuration::delete_encryption(call),
        "GetBucketVersioning" => configuration::get_versioning(call),
        "PutBucketVersioning" => configuration::put_versioning(call),
        "GetPublicAccessBlock" => configuration::get_public_access_block(call),
        "PutPublicAccessBlock" => configuration::put_public_access_block(call),
        "DeletePublicAccessBlock" => configuration::delete_public_access_block(call),
        "GetBucketOwnershipControls" => configuration::get_ownership(call),
        "PutBucketOwnershipControls" => configuration::put_ownership(call),
        "DeleteBucketOwnershipControls" => configuration::delete_ownership(call),
        "GetBucketPolicy" => policy::get(call),
        "PutBucketPolicy" => policy::put(call),
        "DeleteBucketPolicy" => policy::delete(call),
        "GetBucketPolicyStatus" => policy::status(call),
        "GetBucketLifecycleConfiguration" => lifecycle::get(call),
        "PutBucketLifecycleConfiguration" => lifecycle::put(call),
        "DeleteBucketLifecycle" => lifecycle::delete(call),
        "GetBucketTagging" => tagging::get(call),
        "PutBucketTagging" => tagging::put(call),
        "DeleteBucketTagging" => tagging::delete(call),
        "ListObjectsV2" => listing::objects(call),
        "ListObjectVersions" => listing::versions(call),
        "ListMultipartUploads" => listing::uploads(call),
        "PutObject" => object::put(call),
        "GetObject" | "HeadObject" => object::get(call),
        "DeleteObject" => object::delete(call),
        "CreateMultipartUpload" => object::begin_upload(call),
        "AbortMultipartUpload" => object::abort_upload(call),
        "GetBucketAcl" => unset::acl(call),
        _ => unset::get(call),
    }
}
