//! esbackup: plan and apply for the manual snapshots of Amazon OpenSearch and Elasticsearch domains.
#![forbid(unsafe_code)]

pub mod diagnosis;
pub mod domain;
pub mod names;
pub mod policy_document;
pub mod resources;
pub mod sandbox;
pub mod spec;
