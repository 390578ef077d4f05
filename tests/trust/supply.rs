//! Rules of supply that no compiler checks.
