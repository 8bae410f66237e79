//! Asking the target's catalogue about the tables and indexes that the statements name.

use super::Look;
use crate::preflight::catalogue::{Catalogue, Existing, Table, Taken};
use crate::preflight::index::Index;
use crate::preflight::name::Name;
use crate::preflight::report::{Remark, Weight};
use crate::preflight::source::Source;
use crate::preflight::statement::{Does, Read};
use crate::runbook::rules::At;
use crate::server::target::sql::quoted;
use crate::server::target::{Target, TargetError, capability, reading};
use sqlx::Row;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};

pub(super) async fn read(
    session: &mut PgConnection,
    target: &Target,
    sources: &[Source],
) -> Result<Catalogue, TargetError> {
    let (version, port): (i32, Option<i32>) =
        sqlx::query_as("SELECT current_setting('server_version_num')::int, inet_server_port()")
            .fetch_one(&mut *session)
            .await?;
    let direct = capability::direct(session, target, port).await?;
    let statements = || sources.iter().flat_map(|source| &source.statements);
    let mut names: Vec<Name> =
        statements().flat_map(|read| read.tables.iter().chain(read.indexes())).cloned().collect();
    names.sort();
    names.dedup();
    let found = resolve(session, &names).await?;
    let oids: Vec<Oid> = found.iter().filter_map(|(_, oid)| *oid).collect();
    let tables: Vec<Table> = found.into_iter().map(|(table, _)| table).collect();
    let mut catalogue =
        Catalogue { version, direct: Some((direct.verdict, direct.says)), tables, ..Catalogue::default() };
    let new: Vec<Name> = statements().filter_map(|read| made(read, &catalogue)).collect();
    catalogue.indexes = indexes(session, &oids, &new).await?;
    catalogue.taken = taken(session, &new).await?;
    Ok(catalogue)
}

/// The index that a statement makes, with the schema it will have.
fn made(read: &Read, catalogue: &Catalogue) -> Option<Name> {
    match &read.does {
        Does::CreateIndex(index) => {
            let name = index.name.as_ref()?.name.clone();
            Some(Name { schema: catalogue.table(&index.table).schema, name })
        }
        _ => None,
    }
}

/// By the role's own search_path, as the steps have it.
async fn resolve(
    session: &mut PgConnection,
    names: &[Name],
) -> Result<Vec<(Table, Option<Oid>)>, TargetError> {
    let written: Vec<String> = names.iter().map(sql_name).collect();
    sqlx::raw_sql("BEGIN READ ONLY; SET LOCAL search_path TO DEFAULT").execute(&mut *session).await?;
    let rows = sqlx::query(
        "SELECT c.oid, n.nspname, c.relname, coalesce(c.reltuples, 0)::float8 AS rows
         FROM unnest($1::text[]) WITH ORDINALITY AS e(written, place)
         LEFT JOIN pg_class c ON c.oid = to_regclass(e.written)
         LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
         ORDER BY e.place",
    )
    .bind(written)
    .fetch_all(&mut *session)
    .await;
    sqlx::raw_sql("ROLLBACK").execute(session).await?;
    let one = |(written, row): (&Name, PgRow)| {
        let (schema, name): (Option<String>, Option<String>) =
            (row.try_get("nspname")?, row.try_get("relname")?);
        let found = name.map(|name| Name { schema, name });
        let table = Table { written: written.clone(), found, rows: row.try_get("rows")? };
        Ok((table, row.try_get("oid")?))
    };
    let found: sqlx::Result<Vec<_>> = names.iter().zip(rows?).map(one).collect();
    Ok(found?)
}

fn sql_name(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&name.name)),
        None => quoted(&name.name),
    }
}

/// Of these tables, these indexes themselves, and those of the new ones' names.
async fn indexes(
    session: &mut PgConnection,
    oids: &[Oid],
    new: &[Name],
) -> Result<Vec<Existing>, TargetError> {
    let (schemas, names) = apart(new);
    let rows = sqlx::query(
        "SELECT n.nspname AS schema, c.relname AS name, tn.nspname AS table_schema, t.relname AS table_name,
                pg_get_indexdef(c.oid) AS definition, i.indisvalid AND i.indisready AND i.indislive AS whole,
                EXISTS (SELECT FROM pg_stat_progress_create_index p
                        WHERE p.datname = current_database() AND p.index_relid = c.oid) AS building
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
         WHERE i.indrelid = ANY ($1) OR i.indexrelid = ANY ($1)
               OR (n.nspname, c.relname) IN (SELECT * FROM unnest($2::text[], $3::text[]))
         ORDER BY 1, 2",
    )
    .bind(oids)
    .bind(schemas)
    .bind(names)
    .try_map(|row: PgRow| {
        let definition: String = row.try_get("definition")?;
        let index = Index::parse(&definition);
        let name = Name { schema: row.try_get("schema")?, name: row.try_get("name")? };
        let table = Name { schema: row.try_get("table_schema")?, name: row.try_get("table_name")? };
        Ok(Existing {
            name,
            table,
            definition,
            index,
            whole: row.try_get("whole")?,
            building: row.try_get("building")?,
        })
    });
    Ok(rows.fetch_all(session).await?)
}

async fn taken(session: &mut PgConnection, new: &[Name]) -> Result<Vec<Taken>, TargetError> {
    let (schemas, names) = apart(new);
    let rows = sqlx::query(
        "SELECT n.nspname, c.relname,
                CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                               WHEN 'c' THEN 'type' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind NOT IN ('i', 'I') AND (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
    )
    .bind(schemas)
    .bind(names)
    .try_map(|row: PgRow| {
        let name = Name { schema: row.try_get("nspname")?, name: row.try_get("relname")? };
        Ok(Taken { name, kind: row.try_get("kind")? })
    });
    Ok(rows.fetch_all(session).await?)
}

fn apart(names: &[Name]) -> (Vec<String>, Vec<String>) {
    names.iter().map(|name| (name.schema.clone().unwrap_or_default(), name.name.clone())).unzip()
}

/// Tables and indexes that statements name and the target does not have. The server says so only when a utility statement is carried out.
pub(super) fn missing(sources: &[Source], catalogue: &Catalogue) -> Vec<Remark> {
    let made: Vec<Name> = sources.iter().flat_map(|source| &source.statements).filter_map(makes).collect();
    let mut found: Vec<Remark> = Vec::new();
    for source in sources {
        for read in
            source.statements.iter().filter(|read| read.does != Does::Planned && !may_be_missing(read))
        {
            for name in read.tables.iter().chain(read.indexes()) {
                let there =
                    catalogue.tables.iter().any(|table| table.written == *name && table.found.is_some());
                let told =
                    found.iter().any(|remark| remark.subject == name.shown() && remark.place == source.place);
                if there || told || made.iter().any(|made| made.meets(name)) {
                    continue;
                }
                let reason = format!(
                    "It does not exist in this database, and no step makes it: {}",
                    first_line(&read.sql)
                );
                found.push(Remark::new(
                    Weight::Fail,
                    "relation-missing",
                    &source.place,
                    name.shown(),
                    reason,
                ));
            }
        }
    }
    found
}

fn makes(read: &Read) -> Option<Name> {
    match &read.does {
        Does::Creates(name) => Some(name.clone()),
        Does::CreateIndex(index) => index.name.clone(),
        _ => None,
    }
}

fn may_be_missing(read: &Read) -> bool {
    let words: Vec<String> = read.sql.split_whitespace().take(5).map(str::to_lowercase).collect();
    matches!(&read.does, Does::DropIndex { if_exists: true, .. })
        || words.windows(2).any(|pair| pair == ["if", "exists"])
}

pub(super) fn first_line(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 120 {
        format!("{}…", line.chars().take(119).collect::<String>())
    } else {
        line
    }
}

/// The revision that the database stands at is not where the runbook begins.
pub(super) async fn stands_elsewhere(
    look: &Look<'_>,
    session: &mut PgConnection,
) -> Result<Option<Remark>, TargetError> {
    let Some(database) = &look.subject.runbook.database else { return Ok(None) };
    let Some(revision) = &database.revision else { return Ok(None) };
    let only = crate::runbook::Database { indexes: Vec::new(), ..database.clone() };
    let place = look.place(&[At::Key("database"), At::Key("revision"), At::Key("before")], "[database]");
    let remark = |weight, rule: &str, reason: String| {
        Some(Remark::new(weight, rule, &place, format!("{}.{}", database.schema, revision.table), reason))
    };
    let stands = match reading::look(session, &only).await {
        Ok(says) => says.revisions,
        Err(error) => {
            return Ok(remark(
                Weight::Unknown,
                "revision-not-read",
                format!("The revision could not be read: {error}."),
            ));
        }
    };
    Ok(match stands.as_slice() {
        [one] if *one == revision.before => None,
        [one] if *one == revision.after => remark(
            Weight::Warn,
            "applied-already",
            format!("The database stands at {one} already, where this runbook ends."),
        ),
        [] => remark(
            Weight::Fail,
            "revision-differs",
            format!("No revision is recorded, and the runbook begins at {}.", revision.before),
        ),
        several => remark(
            Weight::Fail,
            "revision-differs",
            format!(
                "The database stands at {}, and the runbook begins at {}.",
                several.join(" and "),
                revision.before
            ),
        ),
    })
}
