//! One look at what goes on in a target beside a step: short statements, each a transaction of its own, so that the look itself is never
//! what a build waits for. PostgreSQL 13 to 18.

mod background;
mod progress;
mod sessions;

pub use sessions::{dumps, find};

use super::connect::{Session as Connection, Target};
use super::error::TargetError;
use super::sql::quoted;
use crate::server::clock::now_ms;
use crate::watch::{Sighting, Unseen};

/// How long one of these statements may take, in milliseconds: the next look is due after a second.
const HURRY: u32 = 3_000;

/// A session that looks.
pub struct Eye {
    session: Connection,
    version: i32,
    /// What the role cannot see.
    unseen: Option<Unseen>,
}

/// A look, and the position in the write-ahead log.
pub struct Look {
    pub sighting: Sighting,
    /// Bytes since the log began; none on a standby.
    pub wal: Option<i64>,
}

const ROLE: &str = "
    SELECT current_setting('server_version_num')::int4, current_user::text, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')";

impl Eye {
    /// # Errors
    /// The target cannot be reached, and why.
    pub async fn open(target: &Target) -> Result<Self, TargetError> {
        let mut session = target.session().await?;
        session.statement_timeout(HURRY).await?;
        let (version, role, sees): (i32, String, bool) =
            sqlx::query_as(ROLE).fetch_one(&mut *session).await?;
        let unseen = (!sees).then(|| Unseen {
            why: format!("{role} cannot see what sessions of other roles do, nor replicas."),
            remedy: format!("GRANT pg_monitor TO {};", quoted(&role)),
        });
        Ok(Self { session, version, unseen })
    }

    /// Looks at the sessions of that application name and at what has to do with them.
    ///
    /// # Errors
    /// The session is broken or the target takes too long; then a new one is to be opened.
    pub async fn look(&mut self, application_name: &str) -> Result<Look, TargetError> {
        let session = &mut *self.session;
        let sessions = sessions::around(session, application_name).await?;
        let ours: Vec<i32> = sessions.iter().filter(|seen| seen.ours).map(|seen| seen.pid).collect();
        let builds = progress::builds(session, &ours).await?;
        let copies = progress::copies(session, self.version, &ours).await?;
        let (oldest_transaction, oldest_snapshot) = sessions::oldest(session, application_name).await?;
        let prepared = background::prepared(session).await?;
        let (wal, replicas) = background::log(session).await?;
        let unseen = self.unseen.clone();
        let sighting = Sighting {
            at: now_ms(),
            sessions,
            builds,
            copies,
            oldest_transaction,
            oldest_snapshot,
            prepared,
            replicas,
            unseen,
            ..Sighting::default()
        };
        Ok(Look { sighting, wal })
    }

    /// # Errors
    /// The session is broken or the target takes too long.
    pub async fn database_bytes(&mut self) -> Result<Option<i64>, TargetError> {
        background::database_bytes(&mut self.session).await
    }
}
