//! The one integration crate: the real binary and the library against a sandbox on loopback; it must never need a network.

mod convergence;
mod docs;
mod executor;
mod golden;
mod prefixes;
mod support;
