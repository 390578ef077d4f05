//! Tests of the domain module against small TCP listeners.
