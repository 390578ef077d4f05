//! What people and programs get to see: views hold what is shown, in the shape of the JSON, and renderers are pure functions over them.

pub(crate) mod commands;
pub(crate) mod findings;
pub(crate) mod following;
pub(crate) mod human;
pub(crate) mod indices;
pub(crate) mod json;
pub(crate) mod prepared;
pub(crate) mod problems;
pub(crate) mod progress;
pub(crate) mod restore;
pub(crate) mod snapshots;
pub(crate) mod status;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod verdicts;
pub(crate) mod verify;
pub(crate) mod view;
