//! Sets of names, and what collects them.
