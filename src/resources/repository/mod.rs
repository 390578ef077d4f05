//! The repository.

pub mod spec;
