//! The proofs: matrices made of the product's own lists, every fault, every hostile input. Each part prints its totals; it must never leave a
//! row out silently.
//!
//! `tests/run` runs a fixed sample of each matrix, `tests/full` (`ESBACKUP_FULL=1`) all of it.

mod catalogue;
mod clock;
mod controls;
mod crash;
mod crash_data;
mod hostile;
mod input;
mod layers;
mod load;
mod memory;
mod owner;
mod permissions_of_apply;
mod place;
mod proxies;
mod reads_only;
mod resent;
mod sample;
mod secrets;
mod signals;
mod strangers;
mod supply;
mod surroundings;
mod throttling;
mod timeouts;
mod two_at_once;
mod waits;
