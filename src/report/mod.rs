//! What people and programs get to see: views hold what is shown, in the shape of the JSON, and renderers are pure functions over them.

pub mod commands;
pub mod findings;
pub mod following;
pub mod human;
pub mod indices;
pub mod json;
pub mod prepared;
pub mod problems;
pub mod progress;
pub mod restore;
pub mod snapshots;
pub mod status;
pub mod table;
#[cfg(test)]
mod tests;
pub mod verdicts;
pub mod verify;
pub mod view;
