//! The one integration crate: the real binary and the library against a sandbox on loopback; it must never need a network.
#![allow(clippy::disallowed_methods)]

mod answers;
mod blocked;
mod commands;
mod convergence;
#[cfg(unix)]
mod day_two;
mod differential;
mod docs;
mod docs_cli;
mod docs_permissions;
mod docs_words;
mod environment;
mod executor;
mod exposure;
mod findings;
mod floors;
mod golden;
#[cfg(unix)]
mod guides;
mod help;
mod hints;
mod led;
mod prefixes;
mod printed;
mod records;
mod refusals;
mod regressions;
mod retention;
mod shipped;
mod support;
mod terminal;
mod tidy;
mod trust;
mod typed;
mod unread;
mod workflows;
