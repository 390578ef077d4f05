//! Bad input: what fuzzing found, and what is too large; no panic, no hang.
