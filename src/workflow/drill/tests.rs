//! Tests of drill.
