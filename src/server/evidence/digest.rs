//! Checksums of files on disk.

use crate::run::sealed::Sealed;
use crate::server::aftercare::COUNTERS;
use crate::server::shim::files;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// What stands in an attempt's directory and is not what it has left: the shim's own, what was not finished, and the counters that the
/// console reads behind its end.
const NO_EVIDENCE: [&str; 4] = [files::LOCK, files::EXIT_RESERVED, "result.json.new", COUNTERS];

/// Of each regular file of an attempt's directory, by name; of none where the directory was never made.
pub fn folder(dir: &Path) -> io::Result<BTreeMap<String, Sealed>> {
    names(dir)?
        .into_iter()
        .map(|name| {
            let sealed = copy(&mut File::open(dir.join(&name))?, &mut io::sink())?;
            Ok((name, sealed))
        })
        .collect()
}

/// The names of the files that belong to an attempt, in order.
pub fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !NO_EVIDENCE.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Copies to the end, and gives the checksum of what was copied.
pub fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<Sealed> {
    let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; 256 * 1024], 0);
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
        bytes += n as u64;
    }
    Ok(Sealed { bytes, sha256: hex(&hasher.finalize()) })
}

/// Of bytes in memory, as in [`Sealed::sha256`].
pub fn of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case hexadecimal digits only, so that a value has one form.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
