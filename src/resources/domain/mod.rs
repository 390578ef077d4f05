//! The search domain: read, never changed.

pub mod remote;
#[cfg(test)]
mod tests;
