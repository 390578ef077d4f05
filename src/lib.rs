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
//! 1. [`spec`]: YAML to a [`spec::Spec`], or every problem of every file with its line, over the rows and trees of [`yaml`]. [`names`] holds
//!    names and ARNs by the services' own rules, [`trust`] what the operator vouches for, [`policy_document`] the IAM policy language,
//!    [`moment`] points in time, [`duration`] lengths of it.
//! 2. [`resources`]: the registry of kinds. [`spec::resolve`] turns a spec into what is desired, with all defaults, ARNs and
//!    documents; each kind has a folder with its type and calls, its YAML shape, its comparison, and what is sent and read. `operations`
//!    lists what the calls send, [`lost`] says what is done about a call whose answer was lost.
//! 3. [`observe`]: what is there, in the same types as what is wanted. Reads only; what cannot be read is never taken for absent.
//! 4. [`plan`]: both into a [`plan::Plan`], which is data: the literal calls in the order in which they are sent. Pure.
//! 5. [`data`]: snapshots, indices and the cluster as the engines tell them. [`workflow`]: facts about them into prepared work, which is
//!    data as a plan is. Pure.
//! 6. [`execute`]: the one executor. It decides nothing; checks, patience and undo stand in the plan. [`interrupt`] asks it to stop,
//!    [`backoff`] says how long it pauses.
//! 7. [`report`]: plans and failures for people and for programs, with [`counted`] for numbers and their words. [`diagnosis`] says what a
//!    service's words mean and what to do.
//! 8. [`cli`]: one file per command. [`exit`] holds the exit codes.
//!
//! At the edges are [`aws`] with the clients, in which reads and writes are different types; [`domain`] with the search domain's REST
//! client; [`clock`], which learns from the answers of both how wrong this machine's is; [`files`], which reads what somebody named; [`sandbox`], a local AWS account and domain on one loopback port; and [`outlet`], the
//! one way out, which masks the secrets that the process knows.
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
#![deny(unreachable_pub)]
// The documentation is for those who change the code: it covers private items.
#![allow(rustdoc::private_intra_doc_links)]

mod aws;
mod backoff;
mod causes;
mod cli;
mod clock;
mod counted;
mod data;
mod diagnosis;
mod domain;
mod duration;
mod execute;
mod exit;
mod failure;
mod files;
mod findings;
mod hazard;
#[doc(hidden)]
pub mod internals;
mod interrupt;
mod limits;
mod lost;
mod moment;
mod names;
mod observe;
mod operations;
mod outlet;
mod plan;
mod policy_document;
mod report;
mod resources;
mod sandbox;
mod spec;
mod trust;
mod workflow;
mod yaml;
