//! `esbackup schema`: the JSON Schema of a spec, for editors and other checks. Reads nothing.

use crate::cli::print::print;
use crate::exit::Exit;
use crate::spec;

/// Prints the schema.
pub(super) fn run() -> Exit {
    print(&spec::json_schema());
    Exit::Done
}
