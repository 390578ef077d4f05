//! The role.

pub mod spec;
