//! What is kept of a plan that was shown, to tell whether another one does the same: 32 bytes in place of all its documents.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

/// Of two plans that do the same it is the same. It has a meaning within one process only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// Takes all that a plan does, as `Hash` gives it: what is equal gives the same, and where each part ends is told.
#[derive(Default)]
pub(super) struct Taking(Sha256);

impl Taking {
    pub(super) fn add(&mut self, part: &impl Hash) {
        part.hash(self);
    }

    pub(super) fn end(self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}

impl Hasher for Taking {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// So few bytes decide nothing here.
    fn finish(&self) -> u64 {
        let Fingerprint([a, b, c, d, e, f, g, h, ..]) = Self(self.0.clone()).end();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}
