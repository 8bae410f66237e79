//! What a worker is told to do, as JSON in a file. The parts of the runbook stand in it as they were when the step was started.

use super::rehearse::Plan;
use super::stop::Stopping;
use super::{Failed, explain, inventory, query, remedy, sql};
use crate::run::result::StepResult;
use crate::runbook::{Database, Explain, Id, Leaves, ParameterType, Query, Remedy, Sql, Value};
use crate::server::target::TargetError;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    Sql {
        sql: Sql,
    },
    Query {
        query: Query,
        /// Of all parameters of the runbook.
        types: BTreeMap<Id, ParameterType>,
        parameters: BTreeMap<Id, Value>,
    },
    Explain {
        explain: Explain,
        types: BTreeMap<Id, ParameterType>,
        parameters: BTreeMap<Id, Value>,
        /// `result.json` of the explain step that these plans are compared with.
        baseline: Option<PathBuf>,
    },
    Inventory {
        database: Database,
        expect: Leaves,
        /// `idx_scan` of each index when the verification had ended; none before.
        #[serde(default)]
        counted: Option<BTreeMap<String, i64>>,
        /// `result.json` of the run's explain steps, the earliest first.
        #[serde(default)]
        plans: Vec<PathBuf>,
    },
    Remedy {
        database: Database,
        remedy: Remedy,
    },
    /// On a copy, so without a session on the target.
    Rehearse(Box<Plan>),
}

pub(super) fn read(path: &Path) -> Result<Task, Failed> {
    let failed =
        |error| Failed::File { what: "cannot read the task", path: path.display().to_string(), error };
    let text = std::fs::read(path).map_err(failed)?;
    serde_json::from_slice(&text).map_err(io::Error::from).map_err(failed)
}

impl Task {
    pub(super) async fn carry_out(
        &self,
        session: &mut PgConnection,
        stopping: &Stopping,
    ) -> Result<StepResult, Failed> {
        match self {
            Self::Sql { sql } => sql::carry_out(session, sql, stopping).await,
            Self::Query { query, types, parameters } => {
                reads_only(session).await?;
                query::carry_out(session, query, types, parameters).await
            }
            Self::Explain { explain, types, parameters, baseline } => {
                reads_only(session).await?;
                let with = explain::With { types, parameters, baseline: baseline.as_deref() };
                explain::carry_out(session, explain, with, stopping).await
            }
            Self::Inventory { database, expect, counted, plans } => {
                reads_only(session).await?;
                let known = inventory::Known { counted: counted.as_ref(), plans };
                inventory::carry_out(session, database, *expect, known).await
            }
            Self::Remedy { database, remedy } => remedy::carry_out(session, database, remedy, stopping).await,
            Self::Rehearse(_) => {
                Err(TargetError::Unfit("a rehearsal is carried out on a copy".to_owned()).into())
            }
        }
    }
}

/// A task that only reads never waits long for a lock where its step does not say otherwise: who queues for a lock makes all others
/// queue behind it.
async fn reads_only(session: &mut PgConnection) -> Result<(), Failed> {
    const RULES: &str = "SET default_transaction_read_only = on;
        SELECT set_config(name, value, false) FROM (VALUES ('lock_timeout', '2s'), ('statement_timeout', '30s')) AS v(name, value)
        WHERE current_setting(name) = '0'";
    sqlx::raw_sql(RULES).execute(session).await?;
    Ok(())
}
