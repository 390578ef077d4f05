//! The crash matrix of apply: every write of every starting state, and everything that can happen to it.
