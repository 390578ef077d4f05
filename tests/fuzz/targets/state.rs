//! The state file of the sandbox, which the product writes and reads again: it is a state or damaged, and nothing else.

use std::cell::RefCell;
use std::path::PathBuf;

use esbackup::sandbox::{Error, Options, start};

thread_local! {
    static RUNTIME: RefCell<Option<(tokio::runtime::Runtime, PathBuf)>> = const { RefCell::new(None) };
}

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
            match start(Options {
                state_dir: Some(folder.clone()),
                port: 0,
            })
            .await
            {
                Ok(running) => running.stop().await,
                Err(Error::Damaged { .. }) => {}
                Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
            }
        });
    });
}
