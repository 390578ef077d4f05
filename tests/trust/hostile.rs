//! Hostile text from services and specs, in every format of the output: it stays inert.
