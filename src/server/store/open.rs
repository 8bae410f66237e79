//! Opening the state and bringing its schema up to date.

use sqlx::AnyPool;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// A pool on the state. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: AnyPool,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "expected a state such as sqlite:///var/lib/kneeboard/state.sqlite or postgres://..., came `{0}`"
    )]
    NotAUrl(String),
    #[error(
        "the state {url} cannot be opened: {error}. Check that the folder exists and that this user may write to it"
    )]
    Unreachable { url: String, error: String },
    #[error(
        "this binary is older than its state: the state has schema version {0}, which this binary does not know. Start the newer binary, or restore the state from before the upgrade"
    )]
    Newer(i64),
    #[error(
        "the schema of the state could not be brought up to date: {0}. Nothing was served; restore the state or report this"
    )]
    Migration(String),
}

impl Store {
    /// # Errors
    /// A sentence that says what to do; the server does not start then.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        install_default_drivers();
        let shown = hide_password(url);
        let sqlite = match url.split_once(':') {
            Some(("sqlite", path)) => {
                Some(path.trim_start_matches("//").split('?').next().unwrap_or_default())
            }
            Some(("postgres" | "postgresql", _)) => None,
            _ => return Err(OpenError::NotAUrl(shown)),
        };
        let unreachable = |error: String| OpenError::Unreachable { url: shown.clone(), error };
        if let Some(path) = sqlite.filter(|path| !path.is_empty() && *path != ":memory:") {
            make_private(Path::new(path)).map_err(|error| unreachable(error.to_string()))?;
        }
        let is_sqlite = sqlite.is_some();
        let pool = AnyPoolOptions::new()
            .max_connections(if is_sqlite { 4 } else { 10 })
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if is_sqlite {
                        // FULL: an event that was answered for is on the disk.
                        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";
                        sqlx::raw_sql(pragmas).execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .connect(url)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        MIGRATOR.run(&pool).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
                OpenError::Newer(version)
            }
            other => OpenError::Migration(other.to_string()),
        })?;
        Ok(Self { pool })
    }

    /// For the rooms that keep their own tables in the state.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The state holds what people signed and how they log in: nobody else may read it.
fn make_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn hide_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}
