//! The JSON Schema of a spec.

use super::keys::ROOT;
use crate::yaml::json_schema;

/// Returns the JSON Schema (draft-07) of a spec, as `esbackup schema` prints it.
#[must_use]
pub(crate) fn json_schema() -> String {
    let schema = json_schema::of_file(&ROOT, "esbackup spec");
    format!("{schema:#}\n")
}
