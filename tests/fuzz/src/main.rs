//! The libFuzzer binary of all targets: `ESBACKUP_FUZZ_TARGET` names the one that runs. It must never hold a property of its own.
#![no_main]

use std::sync::OnceLock;

#[path = "../targets/mod.rs"]
mod targets;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let run = TARGET.get_or_init(|| {
        let name = std::env::var("ESBACKUP_FUZZ_TARGET").unwrap_or_default();
        let known = targets::ALL.iter().find(|target| target.name == name);
        known.unwrap_or_else(|| panic!("no target {name}")).run
    });
    run(data);
});
