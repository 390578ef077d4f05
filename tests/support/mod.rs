//! What the tests share: a sandbox per test, the library and the binary against it; it asserts nothing on
//! behalf of a test but that who only looks does not write.

pub mod access;
pub mod binary;
pub mod calls;
pub mod end;
pub mod fields;
pub mod http;
pub mod names;
pub mod pointer;
pub mod preload;
pub mod printed;
pub mod relay;
pub mod sandbox;
pub mod servers;
pub mod source;
pub mod spy;
pub mod stage;
pub mod terminal;
pub mod watch;
pub mod world;
