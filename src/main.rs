//! Parses the arguments, runs the command on one thread, and ends with its exit code.
#![forbid(unsafe_code)]
// What comes from outside never ends the program, and no result of it is dropped; tests may do both.
#![cfg_attr(
    not(test),
    deny(
        clippy::dbg_macro,
        clippy::exit,
        clippy::expect_used,
        clippy::get_unwrap,
        clippy::indexing_slicing,
        clippy::let_underscore_must_use,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unused_result_ok,
        clippy::unwrap_used
    )
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(esbackup::internals::outlet::sink::panicked));
    if let Err(error) = esbackup::internals::outlet::core_file::forbid() {
        esbackup::internals::outlet::sink::stderr(&format!(
            "warning: the system may write a core file of this process, with its credentials: {error}\n"
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(esbackup::internals::cli::run(std::env::args_os()));
            // A name that is still being resolved cannot be cancelled, and nobody waits for it any more.
            runtime.shutdown_background();
            ExitCode::from(exit.code())
        }
        Err(error) => {
            esbackup::internals::outlet::sink::stderr(&format!(
                "error: the runtime could not be started: {error}\n"
            ));
            ExitCode::FAILURE
        }
    }
}
