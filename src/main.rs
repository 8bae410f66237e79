//! Kneeboard's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = kneeboard::server::shim::dispatch(std::env::args_os()) {
        return code;
    }
    ExitCode::FAILURE
}
