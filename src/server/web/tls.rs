//! The certificate by which browsers know the console: read when it starts, and again when its files change or SIGHUP comes.

use crate::server::modes::{Closed, Open, check};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Certificate and key. Cheap to clone; clones share what was read last.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
    /// Of the files when they were looked at last.
    seen: Mutex<Option<Stamp>>,
}

/// What changes with a file's content, also where a link is set to another file: device, inode, length and time of the change.
type Stamp = [(u64, u64, u64, i64, i64); 2];

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Open(#[from] Open),
    #[error("expected a {what} in PEM in {path}: {error}", path = path.display())]
    Pem { what: &'static str, path: PathBuf, error: rustls::pki_types::pem::Error },
    #[error("{path} has no certificate", path = .0.display())]
    NoCertificate(PathBuf),
    #[error("the certificate {certificate} and the key {key} cannot be used: {error}", certificate = certificate.display(), key = key.display())]
    Unusable { certificate: PathBuf, key: PathBuf, error: rustls::Error },
}

impl Tls {
    /// Reads both files: the certificate with its chain, the server's first; the key in PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    /// One cannot be read, others may read the key, or they do not belong together.
    pub fn load(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let seen = Mutex::new(stamp(&certificate, &key));
        let config = RwLock::new(Arc::new(read(&certificate, &key)?));
        Ok(Self(Arc::new(Inner { certificate, key, config, seen })))
    }

    /// For one connection, with what was read last.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone().into()
    }

    /// Reads the files again where they have changed. A pair that cannot be used, as in the middle of a renewal, is told once and
    /// leaves what is served as it is. Whether there is something new.
    pub fn look(&self) -> bool {
        let now = stamp(&self.0.certificate, &self.0.key);
        *self.seen() != now && self.read_again()
    }

    /// Reads the files again, also where nothing about them has changed that can be seen from outside: who asks knows better.
    fn read_again(&self) -> bool {
        let Inner { certificate, key, config, .. } = &*self.0;
        // Before they are read: what is written meanwhile is looked at the next time.
        *self.seen() = stamp(certificate, key);
        match read(certificate, key) {
            Ok(read) => {
                *config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
                tracing::info!(certificate = %certificate.display(), "the certificate was read again");
                true
            }
            Err(error) => {
                tracing::error!(%error, "the certificate cannot be read again; the one before it is served on");
                false
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Stamp>> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks now and then, and reads when SIGHUP comes. It is listened for from the call on: before, it would end the process.
    pub fn follow(self) -> impl Future<Output = ()> {
        let hangup = signal(SignalKind::hangup());
        async move {
            let Ok(mut hangup) = hangup else { return };
            loop {
                tokio::select! {
                    () = sleep(LOOK) => self.look(),
                    _ = hangup.recv() => self.read_again(),
                };
            }
        }
    }
}

fn read(certificate: &PathBuf, key: &PathBuf) -> Result<ServerConfig, TlsError> {
    check(key, Closed::Key)?;
    check(certificate, Closed::Kept)?;
    let pem = |what, path: &PathBuf| {
        let path = path.clone();
        move |error| TlsError::Pem { what, path, error }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(pem("certificate", certificate))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.clone()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(pem("private key", key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let unusable = |error| {
        let (certificate, key) = (certificate.clone(), key.clone());
        TlsError::Unusable { certificate, key, error }
    };
    let mut config = config.map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn stamp(certificate: &Path, key: &Path) -> Option<Stamp> {
    let of = |data: Metadata| (data.dev(), data.ino(), data.len(), data.mtime(), data.mtime_nsec());
    Some([of(certificate.metadata().ok()?), of(key.metadata().ok()?)])
}
