//! Which snapshots are kept and which are deleted, each with a reason: a pure function of a list, a policy and the time.
