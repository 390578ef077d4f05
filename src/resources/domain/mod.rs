//! The search domain: read, never changed.

pub(crate) mod keys;
pub(crate) mod remote;
pub(crate) mod spec;
#[cfg(test)]
mod tests;
