//! What is sent to S3 for a bucket and what is read of it; nothing is decided here.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
    BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, TransitionDefaultMinimumObjectSize, VersioningConfiguration,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::aws::{CallError, Reads, Writes};
use crate::names::{Region, Tags};
use crate::policy_document::{Document, Kind};
use crate::resources::bucket::spec::Versioning;
use crate::resources::bucket::{
    Bucket, BucketEncryption, Call, Check, Live, PublicAccessBlock, Rule, Shared, Sighting, Write,
};
use crate::resources::observed::{Mark, Observed, Unread, UnreadBy};
use crate::resources::outcome::Checked;

mod unmarked;

/// A lifecycle configuration as S3 returned it, to be sent back unchanged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    rules: Vec<LifecycleRule>,
    transition_default: Option<TransitionDefaultMinimumObjectSize>,
}

impl Rules {
    /// The configuration without the rule of this id.
    pub fn without(&self, id: &str) -> Self {
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.id() != Some(id))
            .cloned()
            .collect();
        Self {
            rules,
            transition_default: self.transition_default.clone(),
        }
    }

    /// The ids of its rules.
    pub fn ids(&self) -> Vec<&str> {
        self.rules
            .iter()
            .map(|rule| rule.id().unwrap_or("without id"))
            .collect()
    }

    fn own(&self, id: &str) -> Option<Rule> {
        self.rules
            .iter()
            .find(|rule| rule.id() == Some(id))
            .map(read_rule)
    }
}

/// Which further question about a bucket is asked with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether the base path already holds the index of a repository.
    HoldsRepository,
    /// Nothing more: only whether it exists, where, and whose it is.
    Existence,
    /// Everything that is managed.
    Managed,
}

type Sdk<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// Reads a bucket: whether it exists, and everything that esbackup manages of it.
pub async fn read(
    reads: &Reads,
    want: &Bucket,
    environment: &str,
    asked: &[Question],
) -> Observed<Sighting> {
    let reader = Reader {
        s3: reads.s3(&want.region),
        want,
        environment,
    };
    let managed = async {
        match asked.contains(&Question::Managed) {
            true => Some(reader.configuration().await),
            false => None,
        }
    };
    let holds = async {
        match asked.contains(&Question::HoldsRepository) {
            true => reader.holds_repository().await.ok(),
            false => None,
        }
    };
    let (head, configuration, holds_repository) = tokio::join!(reader.head(), managed, holds);
    match head {
        Ok(Head::Absent) => Observed::Absent,
        Ok(Head::Elsewhere(region)) => Observed::Present(Sighting::Elsewhere(region)),
        Err(unread) => Observed::Unreadable(vec![unread]),
        Ok(Head::Here) => match configuration {
            None => Observed::Present(Sighting::Here { holds_repository }),
            Some(Err(unread)) => Observed::Unreadable(unread),
            Some(Ok(mut live)) => {
                live.holds_repository = holds_repository;
                if live.mark == Mark::None {
                    match unmarked::read(&reader, &live).await {
                        Ok(unmarked) => live.unmarked = Some(unmarked),
                        Err(unread) => return Observed::Unreadable(unread),
                    }
                }
                Observed::Present(Sighting::Managed(Box::new(live)))
            }
        },
    }
}

enum Head {
    Absent,
    Elsewhere(Region),
    Here,
}

struct Reader<'a> {
    s3: Client,
    want: &'a Bucket,
    environment: &'a str,
}

/// Turns the answer to a read into what it means: a value, a definite 'there is none', or something that could not be read.
fn answer<T, E>(result: Sdk<T, E>, read: Read, none: &[&str]) -> Result<Option<T>, Unread>
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
                _ => Err(Unread::new(read.what, read.permission, &error)),
            }
        }
    }
}

/// A read, for what is said when it fails.
#[derive(Clone, Copy)]
struct Read {
    operation: &'static str,
    what: &'static str,
    permission: &'static str,
}

const fn reading(operation: &'static str, what: &'static str, permission: &'static str) -> Read {
    Read {
        operation,
        what,
        permission,
    }
}

impl Reader<'_> {
    fn name(&self) -> &str {
        self.want.name.as_str()
    }

    fn owner(&self) -> &str {
        self.want.account.as_str()
    }

    /// HeadBucket tells existence, owner and region in one answer without a body; 403 is 'not yours or unreadable'.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
    async fn head(&self) -> Result<Head, Unread> {
        let error = match self
            .s3
            .head_bucket()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await
        {
            Ok(output) => {
                return Ok(match output.bucket_region().map(Region::parse) {
                    Some(Ok(region)) if region != self.want.region => Head::Elsewhere(region),
                    _ => Head::Here,
                });
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
                permission: Some("s3:ListBucket".to_owned()),
                words: format!(
                    "HTTP 403: it is not owned by {} or not readable by this caller",
                    self.owner()
                ),
                remedy: Some(format!(
                    "if the bucket is yours, grant the caller s3:ListBucket on it; if it belongs to another account than {}, say so with `bucket.account` or name another bucket: its name may have been taken to receive your data",
                    self.owner()
                )),
                cause: UnreadBy::Permission,
            }),
            _ => Err(Unread::new("the bucket", "s3:ListBucket", &error)),
        }
    }

    async fn configuration(&self) -> Result<Live, Vec<Unread>> {
        let (encryption, versioning, block, ownership, document, rules, tags) = tokio::join!(
            self.encryption(),
            self.versioning(),
            self.public_access_block(),
            self.ownership(),
            self.document(),
            self.rules(),
            self.tags(),
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
        })
    }

    async fn encryption(&self) -> Result<BucketEncryption, Unread> {
        let read = reading(
            "GetBucketEncryption",
            "the bucket's encryption",
            "s3:GetEncryptionConfiguration",
        );
        let result = self
            .s3
            .get_bucket_encryption()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .send()
            .await;
        let output = answer(
            result,
            read,
            &["ServerSideEncryptionConfigurationNotFoundError"],
        )?;
        let rule = output
            .as_ref()
            .and_then(|output| output.server_side_encryption_configuration());
        let Some(rule) = rule.and_then(|configuration| configuration.rules().first()) else {
            // S3 encrypts with AES256 where nothing is configured.
            return Ok(BucketEncryption::aes256());
        };
        let default = rule.apply_server_side_encryption_by_default();
        Ok(BucketEncryption {
            algorithm: default
                .map_or("AES256", |default| default.sse_algorithm().as_str())
                .to_owned(),
            kms_key: default
                .and_then(|default| default.kms_master_key_id())
                .map(str::to_owned),
            bucket_key: rule.bucket_key_enabled().unwrap_or(false),
        })
    }

    async fn versioning(&self) -> Result<Option<Versioning>, Unread> {
        let read = reading(
            "GetBucketVersioning",
            "the bucket's versioning",
            "s3:GetBucketVersioning",
        );
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
        let read = reading(
            "GetPublicAccessBlock",
            "the bucket's public access block",
            "s3:GetBucketPublicAccessBlock",
        );
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
            "s3:GetBucketOwnershipControls",
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

    async fn document(&self) -> Result<Option<Document>, Unread> {
        let read = reading("GetBucketPolicy", "the bucket policy", "s3:GetBucketPolicy");
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

    async fn rules(&self) -> Result<Rules, Unread> {
        let read = reading(
            "GetBucketLifecycleConfiguration",
            "the bucket's lifecycle",
            "s3:GetLifecycleConfiguration",
        );
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
                Some(output) => Rules {
                    rules: output.rules().to_vec(),
                    transition_default: output.transition_default_minimum_object_size().cloned(),
                },
            },
        )
    }

    async fn tags(&self) -> Result<Tags, Unread> {
        let read = reading(
            "GetBucketTagging",
            "the bucket's tags",
            "s3:GetBucketTagging",
        );
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

    async fn holds_repository(&self) -> Result<bool, Unread> {
        let read = reading("ListObjectsV2", "the base path", "s3:ListBucket");
        let prefix = self
            .want
            .lifecycle
            .as_ref()
            .map(|rule| rule.prefix.as_str())
            .unwrap_or_default();
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

/// Reads a shared document again, right before it is replaced.
///
/// # Errors
/// When it cannot be read.
pub async fn check(reads: &Reads, check: &Check) -> Result<Checked, Unread> {
    let want = Bucket {
        name: check.name.clone(),
        account: check.account.clone(),
        region: check.region.clone(),
        encryption: BucketEncryption::aes256(),
        versioning: None,
        public_access_block: PublicAccessBlock::ON,
        ownership: None,
        policy: Vec::new(),
        lifecycle: None,
        tags: Tags::new(),
    };
    let reader = Reader {
        s3: reads.s3(&check.region),
        want: &want,
        environment: "",
    };
    let unchanged = match &check.unchanged {
        Shared::TagsMissing(tags) => {
            let have = reader.tags().await?;
            let missing = tags.iter().any(|(key, value)| have.get(key) != Some(value));
            return Ok(if missing {
                Checked::Holds
            } else {
                Checked::Needless
            });
        }
        Shared::Tags(tags) => &reader.tags().await? == tags,
        Shared::Policy(document) => &reader.document().await? == document,
        Shared::Lifecycle(rules) => &reader.rules().await? == rules,
    };
    Ok(if unchanged {
        Checked::Holds
    } else {
        Checked::Broken
    })
}

/// Reads whether a write whose answer was lost was applied.
///
/// # Errors
/// When that cannot be read.
pub async fn landed(reads: &Reads, call: &Call) -> Result<bool, CallError> {
    let head = reads
        .s3(&call.region)
        .head_bucket()
        .bucket(call.name.as_str())
        .expected_bucket_owner(call.account.as_str());
    match head
        .send()
        .await
        .map_err(|error| CallError::from_sdk("s3", "HeadBucket", error))
    {
        Ok(_) => Ok(true),
        Err(error) if error.status == Some(404) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sends a write once.
///
/// # Errors
/// What S3 or the network answered.
pub async fn send(writes: &Writes, call: &Call) -> Result<(), CallError> {
    let s3 = writes.s3(&call.region);
    let (name, owner) = (call.name.as_str(), call.account.as_str());
    let failed = call.operation();
    macro_rules! sent {
        ($request:expr) => {
            $request
                .send()
                .await
                .map(|_| ())
                .map_err(|error| CallError::from_sdk("s3", failed, error))
        };
    }
    match &call.write {
        Write::Create { tags } => sent!(create(&s3, call, tags)),
        Write::PutTagging { tags } => {
            let tagging = Tagging::builder()
                .set_tag_set(Some(tag_set(tags)))
                .build()
                .map_err(|error| unbuilt(failed, error))?;
            sent!(
                s3.put_bucket_tagging()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .tagging(tagging)
            )
        }
        Write::PutPublicAccessBlock => {
            let block = PublicAccessBlockConfiguration::builder()
                .block_public_acls(true)
                .ignore_public_acls(true)
                .block_public_policy(true)
                .restrict_public_buckets(true)
                .build();
            let put = s3
                .put_public_access_block()
                .bucket(name)
                .expected_bucket_owner(owner);
            sent!(put.public_access_block_configuration(block))
        }
        Write::PutOwnershipControls => {
            let rule = OwnershipControlsRule::builder()
                .object_ownership(ObjectOwnership::BucketOwnerEnforced)
                .build();
            let rule = rule.map_err(|error| unbuilt(failed, error))?;
            let controls = OwnershipControls::builder()
                .rules(rule)
                .build()
                .map_err(|error| unbuilt(failed, error))?;
            sent!(
                s3.put_bucket_ownership_controls()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .ownership_controls(controls)
            )
        }
        Write::PutEncryption(encryption) => {
            let configuration =
                encryption_configuration(encryption).map_err(|error| unbuilt(failed, error))?;
            let put = s3
                .put_bucket_encryption()
                .bucket(name)
                .expected_bucket_owner(owner);
            sent!(put.server_side_encryption_configuration(configuration))
        }
        Write::PutVersioning(versioning) => {
            let status = match versioning {
                Versioning::Enabled => BucketVersioningStatus::Enabled,
                Versioning::Suspended => BucketVersioningStatus::Suspended,
            };
            let configuration = VersioningConfiguration::builder().status(status).build();
            sent!(
                s3.put_bucket_versioning()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .versioning_configuration(configuration)
            )
        }
        Write::PutPolicy(document) => {
            sent!(
                s3.put_bucket_policy()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .policy(document.to_json())
            )
        }
        Write::PutLifecycle { rule, others } => {
            let mut rules = others.rules.clone();
            rules.push(write_rule(rule).map_err(|error| unbuilt(failed, error))?);
            let configuration = BucketLifecycleConfiguration::builder()
                .set_rules(Some(rules))
                .build();
            let configuration = configuration.map_err(|error| unbuilt(failed, error))?;
            let put = s3
                .put_bucket_lifecycle_configuration()
                .bucket(name)
                .expected_bucket_owner(owner);
            let put =
                put.set_transition_default_minimum_object_size(others.transition_default.clone());
            sent!(put.lifecycle_configuration(configuration))
        }
    }
}

/// CreateBucket takes no expected owner; tags and disabled ACLs go with it, so that a kill leaves no unmarked bucket.
fn create(
    s3: &Client,
    call: &Call,
    tags: &Tags,
) -> aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder {
    let mut configuration = CreateBucketConfiguration::builder().set_tags(Some(tag_set(tags)));
    // us-east-1 is the only region that must not be named.
    if call.region.as_str() != "us-east-1" {
        configuration =
            configuration.location_constraint(BucketLocationConstraint::from(call.region.as_str()));
    }
    s3.create_bucket()
        .bucket(call.name.as_str())
        .object_ownership(ObjectOwnership::BucketOwnerEnforced)
        .create_bucket_configuration(configuration.build())
}

fn unbuilt(
    operation: &'static str,
    error: aws_smithy_types::error::operation::BuildError,
) -> CallError {
    CallError::unsent("s3", operation, error)
}

fn tag_set(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}

fn encryption_configuration(
    encryption: &BucketEncryption,
) -> Result<ServerSideEncryptionConfiguration, aws_smithy_types::error::operation::BuildError> {
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::from(encryption.algorithm.as_str()))
        .set_kms_master_key_id(encryption.kms_key.clone())
        .build()?;
    let bucket_key = encryption
        .kms_key
        .is_some()
        .then_some(encryption.bucket_key);
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .set_bucket_key_enabled(bucket_key)
        .build();
    ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
}

fn write_rule(
    rule: &Rule,
) -> Result<LifecycleRule, aws_smithy_types::error::operation::BuildError> {
    let days = |days: Option<u32>| days.and_then(|days| i32::try_from(days).ok());
    let noncurrent = NoncurrentVersionExpiration::builder()
        .set_noncurrent_days(days(rule.noncurrent_days))
        .build();
    let abort = AbortIncompleteMultipartUpload::builder()
        .set_days_after_initiation(days(rule.abort_days))
        .build();
    LifecycleRule::builder()
        .id(&rule.id)
        .status(if rule.enabled {
            ExpirationStatus::Enabled
        } else {
            ExpirationStatus::Disabled
        })
        .filter(LifecycleRuleFilter::builder().prefix(&rule.prefix).build())
        .noncurrent_version_expiration(noncurrent)
        .abort_incomplete_multipart_upload(abort)
        .expiration(
            LifecycleExpiration::builder()
                .expired_object_delete_marker(rule.expire_delete_markers)
                .build(),
        )
        .build()
}

fn read_rule(rule: &LifecycleRule) -> Rule {
    let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
    let expiration = rule.expiration();
    let filter = rule.filter();
    let noncurrent = rule.noncurrent_version_expiration();
    let narrowed = filter.is_some_and(|filter| {
        filter.and().is_some()
            || filter.tag().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    let strays = narrowed
        || expiration
            .is_some_and(|expiration| expiration.days().is_some() || expiration.date().is_some())
        || noncurrent.is_some_and(|noncurrent| noncurrent.newer_noncurrent_versions().is_some())
        || !rule.transitions().is_empty()
        || !rule.noncurrent_version_transitions().is_empty();
    #[expect(
        deprecated,
        reason = "rules written by old clients carry the prefix there"
    )]
    let old_prefix = rule.prefix();
    Rule {
        id: rule.id().unwrap_or_default().to_owned(),
        prefix: filter
            .and_then(|filter| filter.prefix())
            .or(old_prefix)
            .unwrap_or_default()
            .to_owned(),
        noncurrent_days: noncurrent.and_then(|noncurrent| days(noncurrent.noncurrent_days())),
        abort_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(|abort| days(abort.days_after_initiation())),
        expire_delete_markers: expiration
            .and_then(|expiration| expiration.expired_object_delete_marker())
            .unwrap_or(false),
        strays,
        enabled: rule.status() == &ExpirationStatus::Enabled,
    }
}
