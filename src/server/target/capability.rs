//! What the role may and may not see and do, each with the statement that would change it. The grants are those of
//! <https://www.postgresql.org/docs/current/predefined-roles.html>.

use super::connect::Target;
use super::error::TargetError;
use super::facts;
use super::sql::quoted;
use crate::run::capability::{Capability, CapabilityLine};
use crate::verdict::Verdict::{self, Fail, Inconclusive, Pass};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

/// Asks the target; `schemas` are those that the runbooks change.
///
/// # Errors
/// The target cannot be reached, and why.
pub async fn capability(target: &Target, schemas: &[String]) -> Result<Capability, TargetError> {
    let mut session = target.session().await?;
    let facts = facts::look(&mut session, target).await?;
    let asked = Asked::of(&sqlx::query(ASK).fetch_one(&mut *session).await?)?;
    let mut lines = asked.lines();
    lines.push(direct(&mut session, target, asked.port).await?);
    for schema in schemas {
        lines.extend(in_schema(&mut session, schema, &asked.role).await?);
    }
    session.done();
    Ok(Capability { facts, lines })
}

const ASK: &str = "
    SELECT current_user::text AS role, current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
           current_setting('is_superuser') = 'on' AS superuser,
           pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS reads_stats,
           pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS signals,
           (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = 'pg_stat_statements') AS statements_in,
           inet_server_port() AS port";

struct Asked {
    role: String,
    version: i32,
    standby: bool,
    superuser: bool,
    reads_stats: bool,
    signals: bool,
    statements_in: Option<String>,
    port: Option<i32>,
}

fn line(subject: &str, verdict: Verdict, says: impl Into<String>, remedy: Option<String>) -> CapabilityLine {
    CapabilityLine { subject: subject.to_owned(), verdict, says: says.into(), remedy }
}

impl Asked {
    fn of(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: row.try_get("role")?,
            version: row.try_get("version")?,
            standby: row.try_get("standby")?,
            superuser: row.try_get("superuser")?,
            reads_stats: row.try_get("reads_stats")?,
            signals: row.try_get("signals")?,
            statements_in: row.try_get("statements_in")?,
            port: row.try_get("port")?,
        })
    }

    fn lines(&self) -> Vec<CapabilityLine> {
        let grant = |role: &str| Some(format!("GRANT {role} TO {};", quoted(&self.role)));
        let mut lines = vec![self.version_line(), self.standby_line()];
        lines.push(if self.reads_stats {
            line("Other sessions", Pass, "Sees what all sessions do, and the progress of their builds.", None)
        } else {
            let says = "Cannot see what sessions of other roles do: their statements, waits and progress read as empty.";
            line("Other sessions", Inconclusive, says, grant("pg_monitor"))
        });
        lines.push(if self.signals || self.superuser {
            line("Cancel", Pass, "May cancel and terminate sessions of other roles.", None)
        } else {
            let says =
                "May cancel and terminate its own sessions only: enough while steps connect as this role.";
            line("Cancel", Pass, says, None)
        });
        lines.push(match (&self.statements_in, self.reads_stats) {
            (Some(schema), true) => {
                line("Slow queries", Pass, format!("pg_stat_statements is installed in {schema}."), None)
            }
            (Some(_), false) => {
                let says = "pg_stat_statements is installed, but the statements of other roles are hidden from this one.";
                line("Slow queries", Inconclusive, says, grant("pg_read_all_stats"))
            }
            (None, _) => {
                let remedy = "CREATE EXTENSION pg_stat_statements; -- and shared_preload_libraries = 'pg_stat_statements'";
                let says = "pg_stat_statements is not installed here: slow queries cannot be seen.";
                line("Slow queries", Inconclusive, says, Some(remedy.to_owned()))
            }
        });
        if self.superuser {
            let says = "Is a superuser: nothing restrains a mistaken step.";
            let remedy = "Use a role that owns what the runbooks change and has pg_monitor.";
            lines.push(line("Role", Inconclusive, says, Some(remedy.to_owned())));
        }
        lines
    }

    fn version_line(&self) -> CapabilityLine {
        match self.version {
            140_000..=140_003 => {
                let says = "PostgreSQL 14.0 to 14.3 may corrupt an index that is built CONCURRENTLY, without a word.";
                line("Version", Fail, says, Some("Update to 14.4 or later, then reindex.".to_owned()))
            }
            130_000..190_000 => line("Version", Pass, "Is one that the console was tried on.", None),
            version => {
                let says = format!(
                    "The console was not tried on PostgreSQL {}, only on 13 to 18.",
                    version / 10_000
                );
                line("Version", Inconclusive, says, None)
            }
        }
    }

    fn standby_line(&self) -> CapabilityLine {
        if self.standby {
            let remedy = "Name the primary in the targets file.".to_owned();
            line("Primary", Fail, "Is a standby: it can be read and not changed.", Some(remedy))
        } else {
            line("Primary", Pass, "Is a primary: it takes changes.", None)
        }
    }
}

/// Behind a transaction pooler settings do not stay and CREATE INDEX CONCURRENTLY is not safe. Two witnesses: another backend answers
/// the next question, or the server itself listens on another port than the one that was reached (a port mapping does that too).
pub async fn direct(
    session: &mut PgConnection,
    target: &Target,
    port: Option<i32>,
) -> Result<CapabilityLine, TargetError> {
    let mut backends = Vec::new();
    for _ in 0..3 {
        let backend: (i32, String) =
            sqlx::query_as("SELECT pg_backend_pid(), current_setting('search_path')")
                .fetch_one(&mut *session)
                .await?;
        backends.push(backend);
    }
    let moved =
        backends.windows(2).any(|pair| pair[0] != pair[1]) || backends.iter().any(|b| b.1 != "pg_catalog");
    let remedy = Some("Name the server's own address in the targets file.".to_owned());
    let reached = target.settings().port;
    Ok(match port {
        _ if moved => {
            let says = "Questions of one session were answered by several backends: a transaction pooler stands between.";
            line("Direct connection", Fail, says, remedy)
        }
        Some(port) if port != i32::from(reached) => {
            let says = format!(
                "Reached on port {reached}, while the server itself listens on {port}: a pooler or a port mapping stands between."
            );
            line("Direct connection", Inconclusive, says, remedy)
        }
        _ => line("Direct connection", Pass, "No sign of a pooler between.", None),
    })
}

struct SchemaAsked {
    usage: bool,
    creates: bool,
    tables: i64,
    owned: i64,
    readable: i64,
    owner: Option<String>,
}

impl SchemaAsked {
    fn of(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            usage: row.try_get("usage")?,
            creates: row.try_get("creates")?,
            tables: row.try_get("tables")?,
            owned: row.try_get("owned")?,
            readable: row.try_get("readable")?,
            owner: row.try_get("owner")?,
        })
    }
}

const ASK_SCHEMA: &str = "
    SELECT has_schema_privilege(n.oid, 'USAGE') AS usage, has_schema_privilege(n.oid, 'CREATE') AS creates,
           count(c.oid) AS tables,
           count(c.oid) FILTER (WHERE pg_has_role(c.relowner, 'USAGE')) AS owned,
           count(c.oid) FILTER (WHERE has_table_privilege(c.oid, 'SELECT')) AS readable,
           min(quote_ident(pg_get_userbyid(c.relowner))) FILTER (WHERE NOT pg_has_role(c.relowner, 'USAGE')) AS owner
    FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'm')
    WHERE n.nspname = $1 GROUP BY n.oid";

async fn in_schema(
    session: &mut PgConnection,
    schema: &str,
    role: &str,
) -> Result<Vec<CapabilityLine>, TargetError> {
    let subject = format!("Schema {schema}");
    let asked = sqlx::query(ASK_SCHEMA).bind(schema).try_map(|row| SchemaAsked::of(&row));
    let Some(asked) = asked.fetch_optional(&mut *session).await? else {
        return Ok(vec![line(&subject, Inconclusive, "Does not exist in this database.", None)]);
    };
    let (name, role) = (quoted(schema), quoted(role));
    if !asked.usage {
        let remedy = format!("GRANT USAGE ON SCHEMA {name} TO {role};");
        return Ok(vec![line(&subject, Fail, "Cannot see into it.", Some(remedy))]);
    }
    let mut lines = Vec::new();
    if asked.readable < asked.tables {
        let says = format!("May read {} of its {} tables.", asked.readable, asked.tables);
        let remedy = format!("GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {role};");
        lines.push(line(&subject, Inconclusive, says, Some(remedy)));
    }
    if asked.owned < asked.tables {
        let says = format!(
            "Owns {} of its {} tables: only an owner may create and drop indexes and analyze.",
            asked.owned, asked.tables
        );
        let remedy = asked.owner.map(|owner| format!("GRANT {owner} TO {role};"));
        lines.push(line(&subject, Fail, says, remedy));
    } else if !asked.creates {
        let remedy = format!("GRANT CREATE ON SCHEMA {name} TO {role};");
        lines.push(line(&subject, Fail, "May not create indexes in it.", Some(remedy)));
    }
    if lines.is_empty() {
        let says = match asked.tables {
            0 => "May use it; it holds no tables yet.".to_owned(),
            1 => "Owns its table.".to_owned(),
            n => format!("Owns all {n} of its tables."),
        };
        lines.push(line(&subject, Pass, says, None));
    }
    Ok(lines)
}
