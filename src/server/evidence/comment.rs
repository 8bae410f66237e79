//! The last bytes of a pack: a zip comment with the console's signature over every byte before it. The checksums inside cover what the
//! files say; this covers the zip itself, down to its headers.

use super::digest::{hex, unhex};
use super::{Key, PublicKey};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Names the form of the comment; with it the signature holds for nothing else.
const FORM: &str = "kneeboard-evidence-1";

/// `FORM KEY SIGNATURE`, key and signature in hexadecimal.
pub const LENGTH: usize = FORM.len() + 1 + 64 + 1 + 128;

/// Writes the signature over the comment's place at the end of a finished zip.
pub fn sign(file: &mut File, key: &Key) -> io::Result<()> {
    let sum = sum_before(file)?;
    let comment = format!("{FORM} {} {}", key.public(), hex(&key.sign(&message(&sum))));
    file.write_all(comment.as_bytes())
}

/// The key that has signed the file as it is.
///
/// # Errors
/// A sentence: it is no pack, or its bytes are not those that were signed.
pub fn check(file: &mut File) -> Result<PublicKey, String> {
    let unread = |error: io::Error| format!("it cannot be read: {error}");
    let sum = sum_before(file).map_err(unread)?;
    let mut comment = String::new();
    file.take(LENGTH as u64).read_to_string(&mut comment).map_err(|_| no_pack())?;
    let mut parts = comment.split(' ');
    let (form, key, signature) = (parts.next(), parts.next(), parts.next());
    let key = key
        .filter(|_| form == Some(FORM))
        .and_then(|key| key.parse::<PublicKey>().ok())
        .ok_or_else(no_pack)?;
    let signature = signature.filter(|_| parts.next().is_none()).and_then(unhex).ok_or_else(no_pack)?;
    match key.verifies(&message(&sum), &signature) {
        true => Ok(key),
        false => Err(format!("its bytes are not those that the key {key} has signed")),
    }
}

fn no_pack() -> String {
    "it does not end with a console's signature".to_owned()
}

fn message(sum: &[u8]) -> Vec<u8> {
    [FORM.as_bytes(), b" ", sum].concat()
}

/// SHA-256 of all bytes before the comment; leaves the file at the comment.
fn sum_before(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len().saturating_sub(LENGTH as u64);
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    io::copy(&mut (&mut *file).take(length), &mut hasher)?;
    file.seek(SeekFrom::Start(length))?;
    Ok(hasher.finalize().to_vec())
}
