//! The search domain: read, never changed.

pub mod keys;
pub mod remote;
pub mod spec;
#[cfg(test)]
mod tests;
