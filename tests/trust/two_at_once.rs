//! Two runs at once: no wider grant, a lost update is noticed, and the next run converges.
