//! The reads of a bucket, one method a question; a refusal is never taken for an absence.

use std::collections::BTreeMap;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketVersioningStatus, DefaultRetention};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::lifecycle::Rules;
use super::unmarked;
use crate::aws::reads::S3;
use crate::aws::{CallError, permissions};
use crate::failure::Class;
use crate::names::{Region, Tags};
use crate::policy_document::{Document, Kind};
use crate::resources::bucket::facts::{Facts, Lock, Retention};
use crate::resources::bucket::spec::Versioning;
use crate::resources::bucket::{Bucket, BucketEncryption, Live, PublicAccessBlock};
use crate::resources::context::OR_A_DENY;
use crate::resources::observed::{Mark, Unread};

type Sdk<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// What HeadBucket tells.
pub(super) enum Head {
    Absent,
    Elsewhere(Region),
    Here,
}

/// Asks S3 about one bucket.
pub(super) struct Reader<'a> {
    pub(super) s3: S3,
    pub(super) want: &'a Bucket,
    pub(super) environment: &'a str,
}

/// Turns the answer to a read into what it means: a value, a definite 'there is none', or something that could not be read.
pub(super) fn answer<T, E>(
    result: Sdk<T, E>,
    read: Read,
    none: &[&str],
) -> Result<Option<T>, Unread>
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata
        + std::error::Error
        + Send
        + Sync
        + 'static,
{
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let error = CallError::from_sdk("s3", read.operation, error);
            match &error.code {
                Some(code) if none.contains(&code.as_str()) => Ok(None),
                _ => Err(Unread::new(read.what, &error)),
            }
        }
    }
}

/// A read, for what is said when it fails.
#[derive(Clone, Copy)]
pub(super) struct Read {
    operation: &'static str,
    what: &'static str,
}

pub(super) const fn reading(operation: &'static str, what: &'static str) -> Read {
    Read { operation, what }
}

impl Reader<'_> {
    pub(super) fn name(&self) -> &str {
        self.want.name.as_str()
    }

    pub(super) fn owner(&self) -> &str {
        self.want.account.as_str()
    }

    /// HeadBucket tells existence, owner and region in one answer without a body; 403 is 'not yours or unreadable'.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
    pub(super) async fn head(&self) -> Result<Head, Unread> {
        let error = match self
            .s3
            .head_bucket()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await
        {
            Ok(output) => {
                let said = output.bucket_region().unwrap_or_default();
                return match Region::parse(said) {
                    Ok(region) if region == self.want.region => Ok(Head::Here),
                    Ok(region) => Ok(Head::Elsewhere(region)),
                    Err(_) => Err(Unread::unsaid(
                        "the bucket's region",
                        format!("S3 answers that it is `{said}`, which is none"),
                    )),
                };
            }
            Err(error) => error,
        };
        let region = error
            .raw_response()
            .and_then(|answer| answer.headers().get("x-amz-bucket-region"))
            .map(Region::parse);
        let error = CallError::from_sdk("s3", "HeadBucket", error);
        match (error.status, region) {
            (Some(404), _) => Ok(Head::Absent),
            (Some(301 | 400), Some(Ok(region))) if region != self.want.region => {
                Ok(Head::Elsewhere(region))
            }
            (Some(403), _) => Err(Unread {
                what: format!("bucket {}", self.want.name),
                permission: Some(permissions::action("HeadBucket").to_owned()),
                words: format!(
                    "HTTP 403: it is not owned by {} or not readable by this caller",
                    self.owner()
                ),
                remedy: Some(format!(
                    "if the bucket is yours, grant the caller {} on it{OR_A_DENY}; if it belongs to another account than {}, say so with `bucket.account` or name another bucket: its name may have been taken to receive your data",
                    permissions::action("HeadBucket"),
                    self.owner()
                )),
                class: Class::Denied,
            }),
            _ => Err(Unread::new("the bucket", &error)),
        }
    }

    pub(super) async fn configuration(&self) -> Result<Live, Vec<Unread>> {
        let (encryption, versioning, block, ownership, document, rules, tags, lock) = tokio::join!(
            self.encryption(),
            self.versioning(),
            self.public_access_block(),
            self.ownership(),
            self.document(),
            self.rules(),
            self.tags(),
            self.lock(),
        );
        let mut unread = Vec::new();
        let mut keep = |failure: Unread| unread.push(failure);
        let encryption = encryption.map_err(&mut keep).ok();
        let versioning = versioning.map_err(&mut keep).ok();
        let block = block.map_err(&mut keep).ok();
        let ownership = ownership.map_err(&mut keep).ok();
        let document = document.map_err(&mut keep).ok();
        let rules = rules.map_err(&mut keep).ok();
        let tags = tags.map_err(&mut keep).ok();
        let (Some(encryption), Some(versioning), Some(public_access_block), Some(ownership)) =
            (encryption, versioning, block, ownership)
        else {
            return Err(unread);
        };
        let (Some(document), Some(rules), Some(tags)) = (document, rules, tags) else {
            return Err(unread);
        };
        let own_rule = self
            .want
            .lifecycle
            .as_ref()
            .and_then(|rule| rules.own(&rule.id));
        let mark = Mark::read(&tags, self.environment);
        let bucket = Bucket {
            name: self.want.name.clone(),
            account: self.want.account.clone(),
            region: self.want.region.clone(),
            encryption,
            versioning,
            public_access_block,
            ownership,
            policy: document
                .as_ref()
                .map(|document| document.statements().to_vec())
                .unwrap_or_default(),
            lifecycle: own_rule,
            tags,
        };
        Ok(Live {
            bucket,
            mark,
            document,
            rules,
            unmarked: None,
            holds_repository: None,
            lock,
        })
    }

    /// Reads what findings are made of; whatever cannot be read is said there and stops nothing.
    pub(super) async fn facts(&self) -> Facts {
        let (encryption, versioning, block, ownership, document, rules, lock) = tokio::join!(
            self.encryption(),
            self.versioning(),
            self.public_access_block(),
            self.ownership(),
            self.document(),
            self.rules(),
            self.lock(),
        );
        // Where the owner is enforced, S3 ignores ACLs.
        let acl = match &ownership {
            Ok(Some(owner)) if owner == "BucketOwnerEnforced" => Ok(Vec::new()),
            _ => unmarked::foreign_grants(self).await,
        };
        Facts {
            document,
            rules,
            encryption,
            versioning,
            public_access_block: block,
            ownership,
            acl,
            lock,
        }
    }

    async fn lock(&self) -> Result<Option<Lock>, Unread> {
        let read = reading("GetObjectLockConfiguration", "the bucket's Object Lock");
        let get = self
            .s3
            .get_object_lock_configuration()
            .bucket(self.name())
            .expected_bucket_owner(self.owner());
        let output = answer(
            get.send().await,
            read,
            &["ObjectLockConfigurationNotFoundError"],
        )?;
        let configuration = output
            .as_ref()
            .and_then(|output| output.object_lock_configuration());
        Ok(configuration.map(|configuration| Lock {
            default_retention: configuration
                .rule()
                .and_then(|rule| rule.default_retention())
                .map(retention),
        }))
    }

    async fn encryption(&self) -> Result<BucketEncryption, Unread> {
        let read = reading("GetBucketEncryption", "the bucket's encryption");
        let result = self
            .s3
            .get_bucket_encryption()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        // S3 encrypts with AES256 where nothing is configured.
        let output = answer(
            result,
            read,
            &["ServerSideEncryptionConfigurationNotFoundError"],
        )?;
        let rule = output
            .as_ref()
            .and_then(|output| output.server_side_encryption_configuration());
        let Some(rule) = rule.and_then(|configuration| configuration.rules().first()) else {
            return Ok(BucketEncryption::aes256());
        };
        let default = rule.apply_server_side_encryption_by_default();
        let kms =
            default.is_some_and(|default| default.sse_algorithm().as_str().starts_with("aws:kms"));
        Ok(BucketEncryption {
            algorithm: default
                .map_or("AES256", |default| default.sse_algorithm().as_str())
                .to_owned(),
            kms_key: default
                .and_then(|default| default.kms_master_key_id())
                .map(str::to_owned),
            // A bucket key means something with KMS only; the console sets it with AES256 as well.
            bucket_key: kms && rule.bucket_key_enabled().unwrap_or(false),
            blocked_types: rule.blocked_encryption_types().map(|blocked| {
                let types = blocked.encryption_type().iter();
                types.map(|kind| kind.as_str().to_owned()).collect()
            }),
        })
    }

    async fn versioning(&self) -> Result<Option<Versioning>, Unread> {
        let read = reading("GetBucketVersioning", "the bucket's versioning");
        let result = self
            .s3
            .get_bucket_versioning()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        Ok(
            match answer(result, read, &[])?
                .as_ref()
                .and_then(|output| output.status())
            {
                Some(BucketVersioningStatus::Enabled) => Some(Versioning::Enabled),
                Some(_) => Some(Versioning::Suspended),
                None => None,
            },
        )
    }

    /// A 404 is 'off', not 'default on'.
    async fn public_access_block(&self) -> Result<PublicAccessBlock, Unread> {
        let read = reading("GetPublicAccessBlock", "the bucket's public access block");
        let result = self
            .s3
            .get_public_access_block()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        let output = answer(result, read, &["NoSuchPublicAccessBlockConfiguration"])?;
        Ok(
            match output
                .as_ref()
                .and_then(|output| output.public_access_block_configuration())
            {
                None => PublicAccessBlock::OFF,
                Some(block) => PublicAccessBlock {
                    block_public_acls: block.block_public_acls().unwrap_or(false),
                    ignore_public_acls: block.ignore_public_acls().unwrap_or(false),
                    block_public_policy: block.block_public_policy().unwrap_or(false),
                    restrict_public_buckets: block.restrict_public_buckets().unwrap_or(false),
                },
            },
        )
    }

    async fn ownership(&self) -> Result<Option<String>, Unread> {
        let read = reading(
            "GetBucketOwnershipControls",
            "the bucket's object ownership",
        );
        let result = self
            .s3
            .get_bucket_ownership_controls()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        let output = answer(result, read, &["OwnershipControlsNotFoundError"])?;
        let rule = output
            .as_ref()
            .and_then(|output| output.ownership_controls())
            .and_then(|controls| controls.rules().first());
        Ok(rule.map(|rule| rule.object_ownership().as_str().to_owned()))
    }

    pub(super) async fn document(&self) -> Result<Option<Document>, Unread> {
        let read = reading("GetBucketPolicy", "the bucket policy");
        let result = self
            .s3
            .get_bucket_policy()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        let output = answer(result, read, &["NoSuchBucketPolicy"])?;
        let Some(text) = output.as_ref().and_then(|output| output.policy()) else {
            return Ok(None);
        };
        Document::parse_live(text, Kind::BucketPolicy)
            .map(Some)
            .map_err(|problems| Unread::document("the bucket policy", &problems))
    }

    pub(super) async fn rules(&self) -> Result<Rules, Unread> {
        let read = reading("GetBucketLifecycleConfiguration", "the bucket's lifecycle");
        let result = self
            .s3
            .get_bucket_lifecycle_configuration()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        Ok(
            match answer(result, read, &["NoSuchLifecycleConfiguration"])? {
                None => Rules::default(),
                Some(output) => Rules::new(
                    output.rules().to_vec(),
                    output.transition_default_minimum_object_size().cloned(),
                ),
            },
        )
    }

    pub(super) async fn tags(&self) -> Result<Tags, Unread> {
        let read = reading("GetBucketTagging", "the bucket's tags");
        let result = self
            .s3
            .get_bucket_tagging()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        let output = answer(result, read, &["NoSuchTagSet"])?;
        let pairs = output.iter().flat_map(|output| output.tag_set());
        Ok(pairs
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect::<BTreeMap<_, _>>())
    }

    pub(super) async fn holds_repository(&self, prefix: &str) -> Result<bool, Unread> {
        let read = reading("ListObjectsV2", "the base path");
        let list = self
            .s3
            .list_objects_v2()
            .bucket(self.name())
            .expected_bucket_owner(self.owner());
        let result = list
            .prefix(format!("{prefix}index-"))
            .max_keys(1)
            .send()
            .await;
        Ok(answer(result, read, &[])?.is_some_and(|output| !output.contents().is_empty()))
    }
}

fn retention(default: &DefaultRetention) -> Retention {
    let length = match (default.days(), default.years()) {
        (Some(days), _) => format!("{days} days"),
        (None, Some(years)) => format!("{years} years"),
        (None, None) => "a time that is not told".to_owned(),
    };
    Retention {
        mode: default.mode().map_or("?", |mode| mode.as_str()).to_owned(),
        length,
    }
}
