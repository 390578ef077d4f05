//! What is sent to S3 for a bucket and what is read of it; nothing is decided here.

mod lifecycle;
mod listing;
mod reader;
pub(crate) mod record;
mod send;
mod unmarked;

use crate::aws::Reads;
use crate::lost::Effect;
use crate::names::{AccountId, BucketName, Region, Tags};
use crate::resources::bucket::{
    Bucket, BucketEncryption, Call, Check, PublicAccessBlock, Shared, Sighting,
};
use crate::resources::declared::Declared;
use crate::resources::facts::Questions;
use crate::resources::management::Management;
use crate::resources::observed::{Mark, Observed, Unread};
use crate::resources::outcome::Checked;
pub(crate) use lifecycle::Rules;
pub(crate) use listing::objects;
use reader::{Head, Reader};
pub(crate) use send::{send, was_applied};

/// Reads a bucket: whether it exists, and everything that esbackup manages of it.
pub(crate) async fn read(
    reads: &Reads,
    declared: &Declared<Bucket>,
    questions: &Questions<'_>,
) -> Observed<Sighting> {
    let want = &declared.want;
    let environment = questions.environment;
    let reader = Reader {
        s3: reads.s3(&want.region),
        want,
        environment,
    };
    let managed = async {
        match declared.management {
            Management::Managed => Some(Box::pin(reader.configuration()).await),
            Management::Existing => None,
        }
    };
    let holds = async {
        match questions.base_path {
            Some(prefix) => Some(reader.holds_repository(prefix).await),
            None => None,
        }
    };
    let facts = async {
        match declared.management {
            Management::Existing => Some(Box::new(Box::pin(reader.facts()).await)),
            Management::Managed => None,
        }
    };
    let (head, configuration, holds_repository, facts) =
        tokio::join!(reader.head(), managed, holds, facts);
    match head {
        Ok(Head::Absent) => Observed::Absent,
        Ok(Head::Elsewhere(region)) => Observed::Present(Sighting::Elsewhere(region)),
        Err(unread) => Observed::Unreadable(vec![unread]),
        Ok(Head::Here) => match configuration {
            None => Observed::Present(Sighting::Here {
                holds_repository,
                facts,
            }),
            Some(Err(unread)) => Observed::Unreadable(unread),
            Some(Ok(mut live)) => {
                live.holds_repository = holds_repository;
                if live.mark == Mark::None {
                    match Box::pin(unmarked::read(&reader, &live)).await {
                        Ok(unmarked) => live.unmarked = Some(unmarked),
                        Err(unread) => return Observed::Unreadable(unread),
                    }
                }
                Observed::Present(Sighting::Managed(Box::new(live)))
            }
        },
    }
}

/// Reads a shared document again, right before it is replaced.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn check(reads: &Reads, check: &Check) -> Result<Checked, Unread> {
    let want = bare(&check.name, &check.account, &check.region);
    let reader = Reader {
        s3: reads.s3(&check.region),
        want: &want,
        environment: "",
    };
    let unchanged = match &check.unchanged {
        Shared::Absent => matches!(reader.head().await?, Head::Absent),
        Shared::TagsMissing(tags) => {
            let have = reader.tags().await?;
            if carries(&have, tags) {
                return Ok(Checked::Needless);
            }
            // In us-east-1 a creation also answers 200 for a bucket that was there: one that carries other tags or holds data is not the
            // one that was created.
            have.is_empty() && !unmarked::holds_data(&reader).await?
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

/// What became of a bucket whose creation was not confirmed. It is this call's where it carries our tags, or nothing at all and holds nothing.
///
/// # Errors
/// When that cannot be read.
pub(super) async fn created(reads: &Reads, call: &Call, tags: &Tags) -> Result<Effect, Unread> {
    let want = bare(&call.name, &call.account, &call.region);
    let reader = Reader {
        s3: reads.s3(&call.region),
        want: &want,
        environment: "",
    };
    match reader.head().await? {
        Head::Absent => return Ok(Effect::Missing),
        Head::Elsewhere(_) => return Ok(Effect::Another),
        Head::Here => {}
    }
    let have = reader.tags().await?;
    let ours = carries(&have, tags) || (have.is_empty() && !unmarked::holds_data(&reader).await?);
    Ok(match ours {
        true => Effect::Applied,
        false => Effect::Another,
    })
}

fn carries(have: &Tags, tags: &Tags) -> bool {
    tags.iter().all(|(key, value)| have.get(key) == Some(value))
}

fn bare(name: &BucketName, account: &AccountId, region: &Region) -> Bucket {
    Bucket {
        name: name.clone(),
        account: account.clone(),
        region: region.clone(),
        encryption: BucketEncryption::aes256(),
        versioning: None,
        public_access_block: PublicAccessBlock::ON,
        ownership: None,
        policy: Vec::new(),
        lifecycle: None,
        tags: Tags::new(),
    }
}
