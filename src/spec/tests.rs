//! Tests of the spec.
