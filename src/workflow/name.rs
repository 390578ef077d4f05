//! Names of snapshots from a template, and back: whether a name can only have come from this environment's template.
