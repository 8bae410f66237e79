//! Kneeboard's command line. The processes that a step consists of begin here too, before anything else is set up.

use kneeboard::server::{cli, shim, worker};
use std::process::ExitCode;

fn main() -> ExitCode {
    shim::dispatch(std::env::args_os())
        .or_else(|| worker::dispatch(std::env::args_os()))
        .unwrap_or_else(cli::main)
}
