//! Signals as bytes on sockets, so that one `poll` sees them among everything else.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::SigSet;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};

/// The signals a shim listens to. They are caught, not ignored or blocked, because the child would inherit that.
pub struct Signals {
    /// A child has ended.
    pub child: UnixStream,
    /// SIGINT was sent to the shim.
    pub interrupt: UnixStream,
    /// SIGTERM was sent to the shim.
    pub terminate: UnixStream,
}

impl Signals {
    /// Starts to listen, with nothing blocked.
    pub fn listen() -> io::Result<Self> {
        flag::register(SIGHUP, Arc::new(AtomicBool::new(false)))?;
        let signals = Self { child: on(SIGCHLD)?, interrupt: on(SIGINT)?, terminate: on(SIGTERM)? };
        SigSet::empty().thread_set_mask()?;
        Ok(signals)
    }

    /// Whether the signal came since the last call.
    pub fn came(mut stream: &UnixStream) -> bool {
        matches!(stream.read(&mut [0; 64]), Ok(1..))
    }
}

fn on(signal: i32) -> io::Result<UnixStream> {
    let (ours, handlers) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    pipe::register(signal, handlers)?;
    Ok(ours)
}
