//! The one integration crate: the real binary and the library against a sandbox on loopback; it must never need a network.

mod docs;
mod golden;
mod support;
