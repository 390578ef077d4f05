//! The record of a restore test: one object beside the repositories of a bucket, its place and its content. Pure.
//!
//! When the test was made is not in it: S3's `Last-Modified` says that, and no caller's clock.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Bucket, remote};
use crate::aws::{Reads, Writes};
use crate::domain::Client;
use crate::lost::{Effect, RetrySafety};
use crate::moment::Moment;
use crate::names::{AccountId, BucketName, RECORDS, Region};
use crate::operations::{Operation, operations};
use crate::resources::write::{Preview, Touches, Write};
use crate::resources::{Answer, SendError};

/// Version of the content that this esbackup writes and reads.
const FORMAT: u32 = 1;
/// Most indices that a record names; the rest are counted, so that every record can be read again.
const MOST_NAMED: usize = 1_000;

/// Where the record of a base path is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Name of the bucket.
    pub bucket: BucketName,
    /// Region of the bucket.
    pub region: Region,
    /// Account that owns the bucket, as every request to it says.
    pub account: AccountId,
    /// Key of the object.
    pub key: String,
}

impl Place {
    /// Returns the place of the record of a base path; of the bucket's root where the path is empty.
    #[must_use]
    pub fn of(bucket: &Bucket, base_path: &str) -> Self {
        let digest = Sha256::digest(base_path.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            bucket: bucket.name.clone(),
            region: bucket.region.clone(),
            account: bucket.account.clone(),
            key: format!("{RECORDS}/{hex}/restore-test.json"),
        }
    }

    /// Returns the place as the AWS CLI takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// Returns the ARN of the object.
    #[must_use]
    pub fn arn(&self) -> String {
        let partition = self.region.partition();
        format!("arn:{partition}:s3:::{}/{}", self.bucket, self.key)
    }
}

/// Content of the object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Version of this content.
    pub format: u32,
    /// Environment that made the test.
    pub environment: String,
    /// ARN of the domain that the snapshot was restored on; its endpoint where it is not Amazon's.
    pub domain: String,
    /// Name of the snapshot.
    pub snapshot: String,
    /// Id of the snapshot.
    pub snapshot_uuid: String,
    /// Number of indices and data streams that were restored.
    pub restored: usize,
    /// The indices and data streams that were restored, at most the first thousand.
    pub indices: Vec<Restored>,
}

/// One index, or one data stream, that was restored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Restored {
    /// Its name in the snapshot.
    pub name: String,
    /// Number of documents that came back.
    pub docs: u64,
    /// Id that the engine gave the temporary index: no other test has it, so that a read tells whether this very record was written.
    pub restored_as: String,
}

impl Record {
    /// Makes the record of a test.
    #[must_use]
    pub fn new(
        environment: &str,
        domain: String,
        (snapshot, uuid): (&str, &str),
        restored: &[Restored],
    ) -> Self {
        Self {
            format: FORMAT,
            environment: environment.to_owned(),
            domain,
            snapshot: snapshot.to_owned(),
            snapshot_uuid: uuid.to_owned(),
            restored: restored.len(),
            indices: restored.iter().take(MOST_NAMED).cloned().collect(),
        }
    }

    /// Returns the bytes of the object.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("{:#}\n", json!(self)).into_bytes()
    }

    /// Reads the bytes of the object.
    ///
    /// # Errors
    /// Why they are no record that this esbackup understands.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let invalid = |error: serde_json::Error| format!("it is no record of esbackup: {error}");
        let Version { format } = serde_json::from_slice(bytes).map_err(invalid)?;
        if format != FORMAT {
            return Err(format!(
                "its format is {format}, and this esbackup reads format {FORMAT}"
            ));
        }
        serde_json::from_slice(bytes).map_err(invalid)
    }
}

/// A record as S3 keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The content.
    pub record: Record,
    /// S3's time of the last write.
    pub at: Moment,
}

/// Writes the record, in place of the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// Where.
    pub place: Place,
    /// What.
    pub record: Record,
}

operations!(Call of "s3" {
    Call { .. } => "PutObject",
});

impl Write for Call {
    const BY_APPLY: &'static [Operation] = &[];
    const BY_DAY_TWO: &'static [Operation] = Self::OPERATIONS;

    fn operation(&self) -> Operation {
        self.operation()
    }

    fn describe(&self) -> String {
        format!("record the restore test in {}", self.place.url())
    }

    fn preview(&self) -> Preview {
        Preview {
            method: "PUT",
            path: self.place.url(),
            body: serde_json::to_value(&self.record).ok(),
        }
    }

    /// In a versioned bucket a second one makes another version, and an older record with the same words proves nothing.
    fn retry_safety(&self) -> RetrySafety {
        RetrySafety::ReadBack
    }

    fn touches(&self) -> Touches {
        Touches::NOTHING
    }

    fn send(
        &self,
        writes: &Writes,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Answer, SendError>> {
        remote::record::send(writes, self)
    }

    fn was_applied(
        &self,
        reads: &Reads,
        _: Option<&Client>,
    ) -> impl Future<Output = Result<Effect, SendError>> {
        remote::record::was_applied(reads, self)
    }
}

#[cfg(test)]
mod tests;
