//! The bucket.

pub mod spec;
