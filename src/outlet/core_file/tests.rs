//! What the system was told.

#[test]
fn the_system_was_told_to_keep_no_core_file() {
    super::forbid().unwrap();
    #[cfg(target_os = "linux")]
    assert_eq!(
        rustix::process::dumpable_behavior().unwrap(),
        rustix::process::DumpableBehavior::NotDumpable
    );
    #[cfg(not(target_os = "linux"))]
    assert_eq!(
        rustix::process::getrlimit(rustix::process::Resource::Core).maximum,
        Some(0)
    );
}
