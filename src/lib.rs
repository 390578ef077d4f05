//! esbackup: plan and apply for the manual snapshots of Amazon OpenSearch and Elasticsearch domains.
//!
//! One YAML file names an S3 bucket, a managed policy, a role with its trust policy and a snapshot repository. esbackup compares it with
//! what AWS and the domain hold, shows the difference, and does exactly what it showed. There is no state file.
//!
//! # The pipeline
//!
//! ```text
//! YAML text --spec::load--> Spec --resolve--> Desired --observe--> Actual --plan--> Plan --execute--> Events
//!                                                                             \--report--> text, JSON
//! ```
//!
//! The modules in reading order:
//!
//! 1. [`spec`]: YAML to a [`spec::Spec`], or every problem of every file with its line. [`names`] holds names and ARNs by the services'
//!    own rules, [`policy_document`] the IAM policy language.
//! 2. [`resources`]: the registry of kinds. [`resources::declared`] resolves a spec into what is wanted, with all defaults, ARNs and
//!    documents; each kind has a folder with its type and calls, its YAML shape, its comparison, and what is sent and read.
//! 3. [`observe`]: what is there, in the same types as what is wanted. Reads only; what cannot be read is never taken for absent.
//! 4. [`plan`]: both into a [`plan::Plan`], which is data: the literal calls in the order in which they are sent. Pure.
//! 5. [`execute`]: the one executor. It decides nothing; checks, patience and undo stand in the plan. [`interrupt`] asks it to stop.
//! 6. [`report`]: plans and failures for people and for programs. [`diagnosis`] says what a service's words mean and what to do.
//! 7. [`cli`]: one file per command. [`exit`] holds the exit codes.
//!
//! At the edges are [`aws`] with the clients, in which reads and writes are different types; [`domain`] with the search domain's REST
//! client; and [`sandbox`], a local AWS account and domain on one loopback port.
//!
//! `docs/ARCHITECTURE.md` names the invariants and the tests that hold them, `docs/decisions/` the reasons.
#![forbid(unsafe_code)]
// What comes from outside never ends the program, and no result of it is dropped; tests may do both.
#![cfg_attr(
    not(test),
    deny(
        clippy::dbg_macro,
        clippy::exit,
        clippy::expect_used,
        clippy::get_unwrap,
        clippy::indexing_slicing,
        clippy::let_underscore_must_use,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unused_result_ok,
        clippy::unwrap_used
    )
)]
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod aws;
pub mod backoff;
pub mod cli;
pub mod counted;
pub mod data;
pub mod diagnosis;
pub mod domain;
pub mod execute;
pub mod exit;
pub mod files;
pub mod interrupt;
pub mod lost;
pub mod moment;
pub mod names;
pub mod observe;
mod operations;
pub mod plan;
pub mod policy_document;
pub mod report;
pub mod resources;
pub mod sandbox;
pub mod secret;
pub mod spec;
pub mod workflow;
