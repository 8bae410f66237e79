//! The console's own sessions on a target: few, short, read-only, never idle in a transaction (a snapshot that stays open would
//! make CREATE INDEX CONCURRENTLY wait).

use super::calendar::Calendar;
use super::error::TargetError;
use super::settings::{Settings, Variables};
use crate::runbook::Id;
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, Connection};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A database that runs may be about. Cheap to clone.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    name: Id,
    environment: String,
    settings: Settings,
    care: Care,
    /// Sessions that wait for the next question, the one used last at the end.
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

/// What a change of the target has to keep to.
#[derive(Clone, Debug, Default)]
pub struct Care {
    pub calendar: Calendar,
    /// Whether it takes a second factor; without a word, production does.
    pub step_up: Option<bool>,
}

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a session waits for the next question before it is closed.
const IDLE: Duration = Duration::from_secs(20);
const MOST_IDLE: usize = 2;

/// How long a statement of the console may take, in milliseconds.
pub const STATEMENT_TIMEOUT: u32 = 30_000;

/// `search_path`: with anything else in it the text of a `regclass` loses its schema. `default_transaction_read_only`: the console
/// itself changes nothing in a target; steps do, in sessions of their own.
const RULES: &str = "SELECT set_config('search_path', 'pg_catalog', false), set_config('statement_timeout', '30s', false), \
     set_config('lock_timeout', '2s', false), set_config('idle_in_transaction_session_timeout', '60s', false), \
     set_config('default_transaction_read_only', 'on', false)";

impl Target {
    /// The environment that pages make unmistakable.
    pub const PRODUCTION: &str = "production";

    pub fn new(name: Id, environment: String, settings: Settings) -> Self {
        let care = Care::default();
        Self(Arc::new(Inner { name, environment, settings, care, idle: Mutex::default() }))
    }

    /// The same, with its own sessions.
    pub fn with_care(&self, care: Care) -> Self {
        let inner = &self.0;
        let (name, environment, settings) =
            (inner.name.clone(), inner.environment.clone(), inner.settings.clone());
        Self(Arc::new(Inner { name, environment, settings, care, idle: Mutex::default() }))
    }

    pub fn care(&self) -> &Care {
        &self.0.care
    }

    pub fn name(&self) -> &Id {
        &self.0.name
    }

    /// `production`, `staging`, ...: a word of the configuration.
    pub fn environment_name(&self) -> &str {
        &self.0.environment
    }

    pub fn is_production(&self) -> bool {
        self.0.environment.eq_ignore_ascii_case(Self::PRODUCTION)
    }

    /// Where it is and as whom it is entered.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The variables by which a tool connects through libpq: `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGSSLMODE`, ..., and
    /// `PGPASSWORD` or `PGPASSFILE`.
    pub fn environment(&self) -> Variables {
        self.0.settings.variables()
    }

    /// What must not be seen in any output.
    pub fn secrets(&self) -> Vec<String> {
        self.0.settings.secrets()
    }

    /// A session for a few questions. Give it back with [`Session::done`]; one that is dropped is closed, so that a question that
    /// was cut off never answers the next one.
    ///
    /// # Errors
    /// The target cannot be reached, and why.
    pub async fn session(&self) -> Result<Session, TargetError> {
        while let Some(mut connection) = self.take_idle() {
            if matches!(tokio::time::timeout(PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                return Ok(Session { target: self.clone(), connection });
            }
        }
        let place = || self.0.settings.place();
        let options = self.0.settings.options().map_err(TargetError::Unfit)?;
        let options = options.application_name("kneeboard").disable_statement_logging();
        let made = async {
            let mut connection = options.connect().await?;
            sqlx::raw_sql(RULES).execute(&mut connection).await?;
            Ok(connection)
        };
        match tokio::time::timeout(PATIENCE, made).await {
            Ok(Ok(connection)) => Ok(Session { target: self.clone(), connection }),
            Ok(Err(source)) => {
                Err(TargetError::Connect { target: self.0.name.clone(), place: place(), source })
            }
            Err(_) => Err(TargetError::Silent {
                target: self.0.name.clone(),
                place: place(),
                seconds: PATIENCE.as_secs(),
            }),
        }
    }

    fn take_idle(&self) -> Option<PgConnection> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: PgConnection) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MOST_IDLE {
            return;
        }
        idle.push((connection, Instant::now()));
        drop(idle);
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            let Some(inner) = inner.upgrade() else { return };
            let mut idle = inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let (old, young) = idle.drain(..).partition(|(_, since)| since.elapsed() >= IDLE);
            *idle = young;
            drop(idle);
            let old: Vec<(PgConnection, Instant)> = old;
            for (connection, _) in old {
                // A session that is broken is closed already.
                drop(tokio::spawn(connection.close()));
            }
        });
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}, {}, {})", self.0.name, self.0.environment, self.0.settings.place())
    }
}

/// A session of the console, outside of any transaction when it is taken and when it is given back.
pub struct Session {
    target: Target,
    connection: PgConnection,
}

impl Session {
    /// Gives the statements to come another time than [`STATEMENT_TIMEOUT`], in milliseconds. Whoever does, gives it back before
    /// [`Session::done`].
    ///
    /// # Errors
    /// The session is broken.
    pub async fn statement_timeout(&mut self, ms: u32) -> Result<(), TargetError> {
        let set = sqlx::query("SELECT set_config('statement_timeout', $1, false)");
        set.bind(ms.to_string()).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Kept a while for the next question.
    pub fn done(self) {
        self.target.keep(self.connection);
    }
}

impl Deref for Session {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
