//! How long to wait before a request is sent again; one rule for the domain and for AWS, and it decides nothing else.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// The base, which doubles with each retry up to the longest, less a random part of up to half of it: runs that failed together do not come
/// back together, and none comes back at once. <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/> (equal jitter)
#[must_use]
pub(crate) fn jittered(base: Duration, retries: u32, longest: Duration) -> Duration {
    let doubled = base.saturating_mul(2_u32.saturating_pow(retries));
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    let left_out = (random % 1024) as f64 / 2048.0;
    doubled.min(longest).mul_f64(1.0 - left_out)
}

#[cfg(test)]
mod tests;
