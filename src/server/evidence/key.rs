//! The console's Ed25519 key (RFC 8032): made once, kept in the data folder, known to others by its public half.

use super::digest::{hex, unhex};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::str::FromStr;

/// File of the key in the data folder, as a PKCS #8 document in PEM.
const FILE: &str = "evidence-key.pem";

/// What stands before the 32 bytes of a public Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key {FILE} in the data folder cannot be used: {0}")]
    Unusable(String),
    #[error("others may read the key {0}: say `chmod 600 {0}`, and ask whether anybody has")]
    Open(String),
    #[error("expected a public key as 64 hexadecimal digits, or a file with it in PEM; came `{0}`")]
    NotPublic(String),
}

/// The half that signs.
pub struct Key(Ed25519KeyPair);

impl Key {
    /// The key of the console whose data folder this is; made if it has none yet.
    ///
    /// # Errors
    /// It cannot be read, written or understood, or others may read it.
    pub fn of(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(FILE);
        let unusable = |error: &dyn fmt::Display| KeyError::Unusable(error.to_string());
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(&path)?;
                fs::read_to_string(&path).map_err(|error| unusable(&error))?
            }
            Err(error) => return Err(unusable(&error)),
        };
        let mode = fs::metadata(&path).map_err(|error| unusable(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Open(path.display().to_string()));
        }
        let der = unwrap(&pem, "PRIVATE KEY").ok_or_else(|| unusable(&"it is no private key in PEM"))?;
        Ed25519KeyPair::from_pkcs8(&der).map(Self).map_err(|error| unusable(&error))
    }

    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Whole or not there, and made by one of those who make it at the same time.
fn make(path: &Path) -> Result<(), KeyError> {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|error| KeyError::Unusable(error.to_string()))?;
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let written =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside).and_then(
            |mut file| {
                file.write_all(wrap(made.as_ref(), "PRIVATE KEY").as_bytes())?;
                file.sync_all()
            },
        );
    let placed = written.and_then(|()| fs::hard_link(&aside, path));
    // Whatever becomes of it, the key has one place only.
    let _ = fs::remove_file(&aside);
    match placed {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(KeyError::Unusable(error.to_string())),
        _ => Ok(()),
    }
}

/// The half that others know the console by. As text: 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub fn verifies(self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }

    /// As `openssl` takes it.
    pub fn pem(self) -> String {
        wrap(&[&SPKI[..], &self.0].concat(), "PUBLIC KEY")
    }

    /// The reverse of [`PublicKey::pem`].
    pub fn from_pem(pem: &str) -> Option<Self> {
        let der = unwrap(pem, "PUBLIC KEY")?;
        Some(Self(der.strip_prefix(&SPKI[..])?.try_into().ok()?))
    }

    /// Digits, or the name of a file in PEM.
    ///
    /// # Errors
    /// It is neither.
    pub fn given(text: &str) -> Result<Self, KeyError> {
        let from_file = || Self::from_pem(&fs::read_to_string(text).ok()?);
        text.parse().ok().or_else(from_file).ok_or_else(|| KeyError::NotPublic(text.to_owned()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = unhex(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| KeyError::NotPublic(text.to_owned()))
    }
}

fn wrap(der: &[u8], label: &str) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn unwrap(pem: &str, label: &str) -> Option<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let (_, rest) = pem.split_once(&begin)?;
    let (text, _) = rest.split_once(&end)?;
    STANDARD.decode(text.split_whitespace().collect::<String>()).ok()
}
