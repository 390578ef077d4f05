//! The text of a file becomes located values, and every problem of it is shown with its line; it knows no kind of resource.

pub(crate) mod diagnostic;
pub(crate) mod documents;
pub(crate) mod environment;
pub(crate) mod fields;
pub(crate) mod forms;
pub(crate) mod json_schema;
pub(crate) mod mistyped;
pub(crate) mod problem;
pub(crate) mod reader;
pub(crate) mod scalars;
pub(crate) mod schema;
pub(crate) mod secrets;
pub(crate) mod sizes;
pub(crate) mod source;
pub(crate) mod tags;
pub(crate) mod tree;
pub(crate) mod unquoted;

pub use diagnostic::Diagnostic;
pub use diagnostic::render;
pub(crate) use diagnostic::{Place, Severity};
