//! Time is bounded: dead endpoints, black holes, a byte a second.
