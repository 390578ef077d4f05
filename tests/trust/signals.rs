//! Signals: what is in flight is finished or given up, and what was done is said.
