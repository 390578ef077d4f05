//! Parses the arguments, runs the command on one thread, and ends with its exit code.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(esbackup::cli::run(std::env::args_os()));
            // A name that is still being resolved cannot be cancelled, and nobody waits for it any more.
            runtime.shutdown_background();
            ExitCode::from(exit.code())
        }
        Err(error) => {
            eprintln!("error: the runtime could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
