//! The state file of the sandbox, which the product writes and reads again: it is a state or damaged, and nothing else.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use esbackup::internals::sandbox::{Error, Options, start};

thread_local! {
    static RUNTIME: RefCell<Option<(tokio::runtime::Runtime, PathBuf)>> = const { RefCell::new(None) };
}

/// How often a held folder is asked for again.
const PATIENCE: u32 = 50;

pub fn state(data: &[u8]) {
    RUNTIME.with_borrow_mut(|held| {
        let (runtime, folder) = held.get_or_insert_with(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let folder = std::env::temp_dir().join(format!("esbackup-fuzz-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            (runtime, folder)
        });
        std::fs::write(folder.join("state.json"), data).expect("a file");
        runtime.block_on(async {
            for _ in 0..=PATIENCE {
                match start(Options {
                    state_dir: Some(folder.clone()),
                    port: 0,
                })
                .await
                {
                    Ok(running) => return running.stop().await,
                    Err(Error::Damaged { .. }) => return,
                    // A child that another test begins at this moment holds the lock too, until it has become another program.
                    Err(Error::Held { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
                    Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
                }
            }
            panic!("another process holds the folder");
        });
    });
}
