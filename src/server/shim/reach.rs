//! The console's end of the socket of a running attempt: hearing its bell and asking for signals.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use super::adopt::{Found, look};
use super::door::Address;
use super::spec::Rung;

/// A shim binds its socket within milliseconds of taking its lock; this is for a machine that is on its knees.
const BOUNDED: Duration = Duration::from_secs(5);

/// Connects to the shim of a running attempt.
///
/// # Errors
/// No shim is at work in the directory ([`io::ErrorKind::NotConnected`]), or it does not answer in time.
pub async fn connect(dir: &Path) -> io::Result<UnixStream> {
    let deadline = Instant::now() + BOUNDED;
    loop {
        let address = Address::of(dir)?;
        let error = match UnixStream::connect(address.path()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        if matches!(look(dir)?, Found::Ended(_) | Found::Lost { .. }) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the attempt has ended"));
        }
        if Instant::now() >= deadline {
            return Err(error);
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Asks the shim to send a rung's signal to the child's group. The shim notes it in the exit record.
///
/// # Errors
/// As [`connect`]: above all, that the attempt has ended by itself.
pub async fn signal(dir: &Path, rung: Rung) -> io::Result<()> {
    let mut stream = connect(dir).await?;
    stream.write_all(&[rung.byte()]).await
}
