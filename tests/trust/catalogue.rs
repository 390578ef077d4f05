//! The fault catalogue: each fault with its exit code, its message and how many requests it costs.
