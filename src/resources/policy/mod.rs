//! The policy.

pub mod spec;
