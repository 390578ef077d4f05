//! What the tests share: a sandbox per test, the library and the binary against it; it must never assert on behalf of a test.

pub mod access;
pub mod binary;
pub mod end;
pub mod fields;
pub mod http;
pub mod names;
pub mod pointer;
pub mod relay;
pub mod sandbox;
pub mod servers;
pub mod stage;
pub mod terminal;
pub mod world;
