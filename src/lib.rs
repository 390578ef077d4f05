//! esbackup: plan and apply for the manual snapshots of Amazon OpenSearch and Elasticsearch domains.
#![forbid(unsafe_code)]

pub mod aws;
pub mod cli;
pub mod diagnosis;
pub mod domain;
pub mod execute;
pub mod exit;
pub mod interrupt;
pub mod names;
pub mod observe;
pub mod plan;
pub mod policy_document;
pub mod report;
pub mod resources;
pub mod sandbox;
pub mod spec;
