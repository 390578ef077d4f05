//! The kinds of resources.

pub mod bucket;
pub mod policy;
pub mod repository;
pub mod role;
