//! Digests and the identifiers that AWS makes up; the same input must always give the same text.

use sha2::{Digest, Sha256};

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns the SHA-256 of bytes in lower case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns bytes in lower case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [digit(HEX, byte >> 4), digit(HEX, byte & 15)])
        .collect()
}

/// Returns `length` base32 characters that follow from `seed`; at most 32.
pub(super) fn letters(seed: &str, length: usize) -> String {
    Sha256::digest(seed.as_bytes())
        .iter()
        .take(length)
        .map(|byte| digit(BASE32, byte & 31))
        .collect()
}

/// Returns an IAM unique id (`AROA…`, `ANPA…`) that follows from `seed`.
pub(super) fn unique_id(prefix: &str, seed: &str) -> String {
    format!("{prefix}{}", letters(seed, 17))
}

/// Returns the id of a request of one run of a sandbox, in the form of a UUID.
pub(super) fn request_id(run: u128, number: u64) -> String {
    let hex = sha256_hex(format!("run {run} request {number}").as_bytes());
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// Returns the id that S3 gives a request.
pub(super) fn s3_request_id(id: &str) -> String {
    letters(&format!("s3 request {id}"), 16)
}

/// Returns the second id that S3 gives a request: base64 of 56 bytes.
pub(super) fn s3_host_id(id: &str) -> String {
    let halves = ["s3 host", "s3 rack"].map(|half| Sha256::digest(format!("{half} {id}")));
    let bytes: Vec<u8> = halves.iter().flatten().copied().take(56).collect();
    aws_smithy_types::base64::encode(bytes)
}

/// Writes a number below 2^40 as eight base32 characters.
pub(super) fn base32_of(number: u64) -> String {
    (0..8)
        .rev()
        .map(|place| digit(BASE32, ((number >> (place * 5)) & 31) as u8))
        .collect()
}

/// Reads what [`base32_of`] wrote.
pub(super) fn number_of(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |number, byte| {
        let value = BASE32.iter().position(|letter| *letter == byte)?;
        number
            .checked_mul(32)?
            .checked_add(u64::try_from(value).ok()?)
    })
}

/// Returns the partition of a region.
pub(super) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Returns the account of an ARN, empty when there is none.
pub(super) fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn digit(alphabet: &[u8], value: u8) -> char {
    alphabet
        .get(usize::from(value))
        .map_or('A', |byte| char::from(*byte))
}
