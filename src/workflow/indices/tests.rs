//! Tests of indices.
