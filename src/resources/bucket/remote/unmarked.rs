//! What tells an unfinished bucket of esbackup from one that somebody else uses: everything that anybody put there or configured.

use aws_sdk_s3::types::Permission;

use super::reader::{Reader, answer, reading};
use crate::policy_document::is_public;
use crate::resources::bucket::{BucketEncryption, Live, PublicAccessBlock, Unmarked};
use crate::resources::observed::Unread;

/// Reads what a bucket without a mark holds and how it is configured.
///
/// # Errors
/// Everything that could not be read: then nobody can say that the bucket is untouched.
pub(super) async fn read(reader: &Reader<'_>, live: &Live) -> Result<Unmarked, Vec<Unread>> {
    let (data, cors, website, replication, notification, logging, grants, public) = tokio::join!(
        holds_data(reader),
        cors(reader),
        website(reader),
        replication(reader),
        notification(reader),
        logging(reader),
        foreign_grants(reader),
        policy_status(reader),
    );
    let lock = live.lock.clone().map(|lock| lock.is_some());
    let mut unread = Vec::new();
    let mut unmarked = Unmarked {
        touched: configured(reader, live),
        ..Unmarked::default()
    };
    let findings = [
        (data, "holds objects, versions, delete markers or uploads"),
        (cors, "has a CORS configuration"),
        (website, "is configured as a website"),
        (replication, "is replicated"),
        (notification, "sends notifications"),
        (logging, "has access logging"),
        (lock, "has Object Lock"),
    ];
    for (index, (finding, words)) in findings.into_iter().enumerate() {
        match finding {
            Ok(true) => {
                unmarked.holds_data |= index == 0;
                unmarked.touched.push(words.to_owned());
            }
            Ok(false) => {}
            Err(failure) => unread.push(failure),
        }
    }
    match grants {
        Ok(grants) => unmarked.exposed.extend(grants),
        Err(failure) => unread.push(failure),
    }
    match public {
        Ok(true) => unmarked
            .exposed
            .push("the bucket policy is public".to_owned()),
        Ok(false) => {}
        Err(failure) => unread.push(failure),
    }
    let statements = live.document.iter().flat_map(is_public);
    unmarked
        .exposed
        .extend(statements.map(|label| format!("bucket policy statement {label} is public")));
    unmarked.touched.extend(
        unmarked
            .exposed
            .iter()
            .filter(|_| live.document.is_none())
            .cloned(),
    );
    if unread.is_empty() {
        Ok(unmarked)
    } else {
        Err(unread)
    }
}

/// What is configured among the fields that esbackup manages.
fn configured(reader: &Reader<'_>, live: &Live) -> Vec<String> {
    let (have, want) = (&live.bucket, reader.want);
    let mut found = Vec::new();
    let mut note = |is: bool, words: &str| {
        if is {
            found.push(words.to_owned());
        }
    };
    note(!have.tags.is_empty(), "has tags");
    note(have.versioning.is_some(), "has versioning set");
    note(live.document.is_some(), "has a bucket policy");
    note(!live.rules.ids().is_empty(), "has lifecycle rules");
    note(
        have.encryption != BucketEncryption::aes256() && have.encryption != want.encryption,
        "has encryption set",
    );
    // AWS creates buckets with all four on; other servers with none.
    let block = have.public_access_block;
    note(
        block != PublicAccessBlock::ON && block != PublicAccessBlock::OFF,
        "has a public access block set",
    );
    note(
        have.ownership.is_some() && have.ownership != want.ownership,
        "has object ownership set",
    );
    found
}

pub(super) async fn holds_data(reader: &Reader<'_>) -> Result<bool, Unread> {
    let versions = async {
        let read = reading("ListObjectVersions", "the bucket's object versions");
        let list = reader
            .s3
            .list_object_versions()
            .bucket(reader.name())
            .expected_bucket_owner(reader.owner());
        let output = answer(list.max_keys(1).send().await, read, &[])?;
        Ok(output.is_some_and(|output| {
            !output.versions().is_empty() || !output.delete_markers().is_empty()
        }))
    };
    let uploads = async {
        let read = reading("ListMultipartUploads", "the bucket's uploads");
        let list = reader
            .s3
            .list_multipart_uploads()
            .bucket(reader.name())
            .expected_bucket_owner(reader.owner());
        let output = answer(list.max_uploads(1).send().await, read, &[])?;
        Ok(output.is_some_and(|output| !output.uploads().is_empty()))
    };
    let (versions, uploads) = tokio::join!(versions, uploads);
    Ok(versions? || uploads?)
}

async fn cors(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading("GetBucketCors", "the bucket's CORS configuration");
    let result = reader
        .s3
        .get_bucket_cors()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    Ok(answer(result, read, &["NoSuchCORSConfiguration"])?.is_some())
}

async fn website(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading("GetBucketWebsite", "the bucket's website configuration");
    let result = reader
        .s3
        .get_bucket_website()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    Ok(answer(result, read, &["NoSuchWebsiteConfiguration"])?.is_some())
}

async fn replication(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading("GetBucketReplication", "the bucket's replication");
    let result = reader
        .s3
        .get_bucket_replication()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    Ok(answer(result, read, &["ReplicationConfigurationNotFoundError"])?.is_some())
}

async fn notification(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading(
        "GetBucketNotificationConfiguration",
        "the bucket's notifications",
    );
    let get = reader
        .s3
        .get_bucket_notification_configuration()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner());
    Ok(answer(get.send().await, read, &[])?.is_some_and(|output| {
        !output.topic_configurations().is_empty()
            || !output.queue_configurations().is_empty()
            || !output.lambda_function_configurations().is_empty()
            || output.event_bridge_configuration().is_some()
    }))
}

async fn logging(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading("GetBucketLogging", "the bucket's access logging");
    let result = reader
        .s3
        .get_bucket_logging()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    Ok(answer(result, read, &[])?.is_some_and(|output| output.logging_enabled().is_some()))
}

/// Grants of the ACL to anyone but the owner.
pub(super) async fn foreign_grants(reader: &Reader<'_>) -> Result<Vec<String>, Unread> {
    let read = reading("GetBucketAcl", "the bucket's ACL");
    let result = reader
        .s3
        .get_bucket_acl()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    let Some(output) = answer(result, read, &[])? else {
        return Ok(Vec::new());
    };
    let owner = output.owner().and_then(|owner| owner.id());
    let foreign = output.grants().iter().filter(|grant| {
        grant.grantee().and_then(|grantee| grantee.id()) != owner || owner.is_none()
    });
    Ok(foreign
        .map(|grant| {
            let permission = grant.permission().map_or("?", Permission::as_str);
            let grantee = grant
                .grantee()
                .and_then(|grantee| grantee.uri().or(grantee.id()))
                .unwrap_or("unknown");
            format!("ACL grant {permission} to {grantee}")
        })
        .collect())
}

async fn policy_status(reader: &Reader<'_>) -> Result<bool, Unread> {
    let read = reading("GetBucketPolicyStatus", "the bucket policy's status");
    let result = reader
        .s3
        .get_bucket_policy_status()
        .bucket(reader.name())
        .expected_bucket_owner(reader.owner())
        .send()
        .await;
    let output = answer(result, read, &["NoSuchBucketPolicy"])?;
    Ok(output
        .and_then(|output| output.policy_status().and_then(|status| status.is_public()))
        .unwrap_or(false))
}
