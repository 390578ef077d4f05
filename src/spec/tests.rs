//! Tests of the spec: golden texts of its errors, the specs that ship, and texts that no person would write.

mod documents;
mod fleet;
mod golden;
mod hostile;
mod schema;
mod shipped;
mod values;
mod workflows;
