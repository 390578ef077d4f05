//! Core files: one holds all that the process knows, its credentials too, so that none is written.

use std::io;

/// Has the system write no core file of this process, whatever ends it, and lets no other process of the same user look into its memory.
/// <https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html>
///
/// # Errors
/// What the system answers.
#[cfg(target_os = "linux")]
pub fn forbid() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// Has the system write no core file of this process, whatever ends it.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/getrlimit.html>
///
/// # Errors
/// What the system answers.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn forbid() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    Ok(setrlimit(Resource::Core, none)?)
}

/// There are no core files here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn forbid() -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
