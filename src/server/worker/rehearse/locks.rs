//! The table locks of a step's sessions while it runs on the copy, by their application name.

use crate::preflight::Lock;
use crate::run::result::TableLock;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::oneshot::{self, Sender};
use tokio::task::JoinHandle;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

const LOCKS: &str = "
    SELECT DISTINCT c.oid::regclass::text, l.mode
    FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid
    JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.granted AND a.datname = current_database() AND a.application_name = $1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

pub(super) struct Watch {
    stop: Sender<()>,
    seen: JoinHandle<Option<Vec<TableLock>>>,
}

impl Watch {
    pub(super) fn begin(session: PgConnection, application_name: String) -> Self {
        let (stop, stopped) = oneshot::channel();
        let watched = async move {
            let mut watching = Watching { session, application_name, strongest: BTreeMap::new() };
            let mut stopped = std::pin::pin!(stopped);
            loop {
                watching.look().await.ok()?;
                tokio::select! {
                    _ = &mut stopped => break,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
            watching.session.close().await.ok()?;
            let held = watching.strongest.into_iter().map(|(table, lock)| TableLock { table, lock });
            Some(held.filter(|held| held.lock.blocks_writes()).collect())
        };
        Self { stop, seen: tokio::spawn(watched) }
    }

    /// What was seen until now. None where the copy could not be asked all the time.
    pub(super) async fn end(self) -> Option<Vec<TableLock>> {
        let _ended_itself = self.stop.send(());
        self.seen.await.ok()?
    }
}

struct Watching {
    session: PgConnection,
    application_name: String,
    strongest: BTreeMap<String, Lock>,
}

impl Watching {
    async fn look(&mut self) -> sqlx::Result<()> {
        let query = sqlx::query_as(LOCKS).bind(&self.application_name);
        let found: Vec<(String, String)> = query.fetch_all(&mut self.session).await?;
        for (table, mode) in found {
            if let Some(lock) = Lock::of_mode(&mode) {
                let strongest = self.strongest.entry(table).or_insert(lock);
                *strongest = lock.max(*strongest);
            }
        }
        Ok(())
    }
}
