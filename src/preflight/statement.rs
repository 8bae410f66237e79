//! SQL text to statements: what each does, which tables it locks, and how. What a name stands for only the target knows.

use super::Lock;
use super::index::Index;
use super::name::Name;
use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AlterTableAction, AstNode, Stmt};

/// One statement, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Without what stands around it.
    pub sql: String,
    /// Where it stands in the text, in bytes.
    pub range: std::ops::Range<usize>,
    pub does: Does,
    /// Tables and views that it locks.
    pub tables: Vec<Name>,
    pub lock: Option<Lock>,
    /// Inside of BEGIN and COMMIT, or the text as a whole is.
    pub in_transaction: bool,
    /// The server refuses it inside of a transaction block.
    pub alone: bool,
    /// A query inside of it that the server understands only when the statement is carried out: that of a view.
    pub query: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// BEGIN, COMMIT, ROLLBACK.
    Transaction,
    CreateIndex(Box<Index>),
    DropIndex {
        names: Vec<Name>,
        concurrently: bool,
        if_exists: bool,
    },
    Reindex {
        indexes: Vec<Name>,
        concurrently: bool,
    },
    /// Makes a relation of this name.
    Creates(Name),
    /// The server analyses it when it is prepared: SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES.
    Planned,
    Other,
}

/// `in_transaction`: all of the text is sent inside of one.
pub fn read(text: &str, in_transaction: bool) -> Vec<Read> {
    let mut open = in_transaction;
    let file = SourceFile::parse(text).tree();
    let statements = file.stmts().filter(|statement| !matches!(statement, Stmt::EmptyStmt(_)));
    statements
        .map(|statement| {
            let does = does(&statement);
            let inside = open && does != Does::Transaction;
            match &statement {
                Stmt::Begin(_) => open = true,
                Stmt::Commit(_) | Stmt::Rollback(_) => open = in_transaction,
                _ => {}
            }
            let (lock, tables) = locks(&statement);
            let range = statement.syntax().text_range();
            let range = usize::from(range.start())..usize::from(range.end());
            let sql =
                statement.syntax().text().to_string().trim().trim_end_matches(';').trim_end().to_owned();
            let (alone, query) = (alone(&statement, &does), view_query(&statement));
            Read { sql, range, alone, query, does, tables, lock, in_transaction: inside }
        })
        .collect()
}

impl Read {
    pub fn is_concurrent(&self) -> bool {
        match &self.does {
            Does::CreateIndex(index) => index.concurrently,
            Does::DropIndex { concurrently, .. } | Does::Reindex { concurrently, .. } => *concurrently,
            _ => false,
        }
    }

    /// Indexes whose tables it locks.
    pub fn indexes(&self) -> &[Name] {
        match &self.does {
            Does::DropIndex { names, .. } => names,
            Does::Reindex { indexes, .. } => indexes,
            _ => &[],
        }
    }
}

fn name(node: Option<impl AstNode>) -> Option<Name> {
    Name::parse(&node?.syntax().text().to_string())
}

fn names<N: AstNode>(nodes: impl Iterator<Item = N>) -> Vec<Name> {
    nodes.filter_map(|node| name(Some(node))).collect()
}

fn does(statement: &Stmt) -> Does {
    match statement {
        Stmt::Begin(_) | Stmt::Commit(_) | Stmt::Rollback(_) => Does::Transaction,
        Stmt::CreateIndex(create) => {
            Index::of(create).map_or(Does::Other, |index| Does::CreateIndex(Box::new(index)))
        }
        Stmt::DropIndex(drop) => Does::DropIndex {
            names: names(drop.index_refs()),
            concurrently: drop.concurrently_token().is_some(),
            if_exists: drop.if_exists().is_some(),
        },
        Stmt::Reindex(reindex) => {
            let index = match reindex.reindex_target() {
                Some(ast::ReindexTarget::ReindexTargetIndex(target)) => name(target.index_ref()),
                _ => None,
            };
            Does::Reindex { indexes: index.into_iter().collect(), concurrently: reindex.is_concurrently() }
        }
        Stmt::CreateTable(create) => name(create.table_name()).map_or(Does::Other, Does::Creates),
        Stmt::CreateTableAs(create) => name(create.table_name()).map_or(Does::Other, Does::Creates),
        Stmt::CreateView(create) => name(create.view()).map_or(Does::Other, Does::Creates),
        Stmt::CreateMaterializedView(create) => name(create.view()).map_or(Does::Other, Does::Creates),
        Stmt::Select(_)
        | Stmt::CompoundSelect(_)
        | Stmt::ParenSelect(_)
        | Stmt::Values(_)
        | Stmt::Table(_)
        | Stmt::Insert(_)
        | Stmt::Update(_)
        | Stmt::Delete(_)
        | Stmt::Merge(_) => Does::Planned,
        _ => Does::Other,
    }
}

/// <https://www.postgresql.org/docs/current/sql-begin.html> and the pages of these statements.
fn alone(statement: &Stmt, does: &Does) -> bool {
    match (statement, does) {
        (_, Does::CreateIndex(index)) => index.concurrently,
        (_, Does::DropIndex { concurrently, .. } | Does::Reindex { concurrently, .. }) => *concurrently,
        (
            Stmt::Vacuum(_)
            | Stmt::CreateDatabase(_)
            | Stmt::DropDatabase(_)
            | Stmt::CreateTablespace(_)
            | Stmt::DropTablespace(_)
            | Stmt::AlterSystem(_),
            _,
        ) => true,
        (Stmt::AlterTable(alter), _) => alter.actions().any(
            |action| matches!(action, AlterTableAction::DetachPartition(ref detach) if words(detach).contains("concurrently")),
        ),
        _ => false,
    }
}

fn view_query(statement: &Stmt) -> Option<String> {
    let query = match statement {
        Stmt::CreateView(create) => create.query(),
        Stmt::CreateMaterializedView(create) => create.query(),
        _ => None,
    };
    Some(query?.syntax().text().to_string())
}

fn words(node: &impl AstNode) -> String {
    node.syntax().text().to_string().to_lowercase()
}

/// The strongest lock, and the tables that get it.
fn locks(statement: &Stmt) -> (Option<Lock>, Vec<Name>) {
    let (lock, tables) = match statement {
        Stmt::CreateIndex(create) => {
            let concurrently = create.concurrently_token().is_some();
            let lock = if concurrently { Lock::ShareUpdateExclusive } else { Lock::Share };
            (lock, names(create.table_relation_name().into_iter()))
        }
        Stmt::DropIndex(drop) => (concurrent(drop.concurrently_token().is_some()), Vec::new()),
        Stmt::Reindex(reindex) => {
            let table = match reindex.reindex_target() {
                Some(ast::ReindexTarget::ReindexTargetTable(target)) => name(target.table_name_ref()),
                _ => None,
            };
            (concurrent(reindex.is_concurrently()), table.into_iter().collect())
        }
        Stmt::AlterTable(alter) => {
            let lock = alter.actions().map(|action| by_action(&action)).max();
            (lock.unwrap_or(Lock::AccessExclusive), names(alter.table_relation_name().into_iter()))
        }
        Stmt::DropTable(drop) => (Lock::AccessExclusive, names(drop.table_name_refs())),
        Stmt::DropView(drop) => (Lock::AccessExclusive, names(drop.view_refs())),
        Stmt::Truncate(truncate) => (
            Lock::AccessExclusive,
            names(truncate.table_list().iter().flat_map(|list| list.table_relation_names())),
        ),
        Stmt::Cluster(cluster) => (Lock::AccessExclusive, names(cluster.table_name_ref().into_iter())),
        Stmt::Vacuum(vacuum) => {
            let lock = if vacuum.is_full() { Lock::AccessExclusive } else { Lock::ShareUpdateExclusive };
            (lock, maintained(vacuum.table_and_columns_list()))
        }
        Stmt::Analyze(analyze) => (Lock::ShareUpdateExclusive, maintained(analyze.table_and_columns_list())),
        Stmt::Refresh(refresh) => {
            let concurrently = refresh.concurrently_token().is_some();
            let lock = if concurrently { Lock::Exclusive } else { Lock::AccessExclusive };
            (lock, names(refresh.view_ref().into_iter()))
        }
        Stmt::Insert(insert) => (Lock::RowExclusive, names(insert.relation_name_ref().into_iter())),
        Stmt::Update(update) => (Lock::RowExclusive, names(update.relation_name().into_iter())),
        Stmt::Delete(delete) => (Lock::RowExclusive, names(delete.relation_name().into_iter())),
        Stmt::Merge(merge) => (Lock::RowExclusive, names(merge.table_relation_name().into_iter())),
        Stmt::CreateTrigger(create) => (
            Lock::ShareRowExclusive,
            names(create.on_relation().and_then(|on| on.relation_name_ref()).into_iter()),
        ),
        Stmt::DropTrigger(drop) => (
            Lock::AccessExclusive,
            names(drop.on_relation().and_then(|on| on.relation_name_ref()).into_iter()),
        ),
        Stmt::Lock(lock) => {
            let mode = lock.lock_mode_clause().and_then(|clause| clause.lock_mode());
            let tables = names(lock.relation_list().iter().flat_map(|list| list.relation_names()));
            (mode.map_or(Lock::AccessExclusive, |mode| by_mode(&mode)), tables)
        }
        _ => return (None, Vec::new()),
    };
    (Some(lock), tables)
}

fn concurrent(concurrently: bool) -> Lock {
    if concurrently { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive }
}

fn maintained(list: Option<ast::TableAndColumnsList>) -> Vec<Name> {
    let tables = list
        .iter()
        .flat_map(|list| list.table_and_columnss())
        .filter_map(|table| table.table_relation_name());
    names(tables)
}

/// <https://www.postgresql.org/docs/current/sql-altertable.html>
fn by_action(action: &AlterTableAction) -> Lock {
    use AlterTableAction as A;
    match action {
        A::ValidateConstraint(_)
        | A::ClusterOn(_)
        | A::SetWithoutCluster(_)
        | A::SetOptions(_)
        | A::ResetOptions(_) => Lock::ShareUpdateExclusive,
        A::AlterColumn(alter) => match alter.option() {
            Some(
                ast::AlterColumnOption::SetStatistics(_)
                | ast::AlterColumnOption::SetOptions(_)
                | ast::AlterColumnOption::ResetOptions(_),
            ) => Lock::ShareUpdateExclusive,
            _ => Lock::AccessExclusive,
        },
        A::DetachPartition(detach) if words(detach).contains("concurrently") => Lock::ShareUpdateExclusive,
        A::AttachPartition(_) => Lock::ShareUpdateExclusive,
        A::AddConstraint(add) => match add.constraint() {
            Some(ast::Constraint::ForeignKeyConstraint(_)) => Lock::ShareRowExclusive,
            _ => Lock::AccessExclusive,
        },
        A::DisableTrigger(_)
        | A::EnableTrigger(_)
        | A::EnableAlwaysTrigger(_)
        | A::EnableReplicaTrigger(_) => Lock::ShareRowExclusive,
        _ => Lock::AccessExclusive,
    }
}

fn by_mode(mode: &ast::LockMode) -> Lock {
    match mode {
        ast::LockMode::AccessShare(_) => Lock::AccessShare,
        ast::LockMode::RowShare(_) => Lock::RowShare,
        ast::LockMode::RowExclusive(_) => Lock::RowExclusive,
        ast::LockMode::ShareUpdateExclusive(_) => Lock::ShareUpdateExclusive,
        ast::LockMode::Share(_) => Lock::Share,
        ast::LockMode::ShareRowExclusive(_) => Lock::ShareRowExclusive,
        ast::LockMode::Exclusive(_) => Lock::Exclusive,
        ast::LockMode::AccessExclusive(_) => Lock::AccessExclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of_locks(statements: &[&str]) -> String {
        let line = |sql: &&str| {
            let read = read(sql, false).remove(0);
            let tables = read.tables.iter().map(Name::shown).collect::<Vec<_>>().join(", ");
            let alone = if read.alone { ", alone" } else { "" };
            format!("{sql} | {}{alone} | {tables}\n", read.lock.map_or("-", Lock::word))
        };
        statements.iter().map(line).collect()
    }

    #[test]
    fn every_statement_takes_the_lock_of_the_manual() {
        insta::assert_snapshot!(table_of_locks(&[
            "CREATE INDEX i ON s.t (a)",
            "CREATE INDEX CONCURRENTLY i ON s.t (a)",
            "DROP INDEX i",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX INDEX CONCURRENTLY i",
            "REINDEX TABLE s.t",
            "ALTER TABLE s.t ADD COLUMN c int",
            "ALTER TABLE s.t VALIDATE CONSTRAINT c",
            "ALTER TABLE ONLY s.t ADD FOREIGN KEY (a) REFERENCES o (id)",
            "ALTER TABLE s.t DETACH PARTITION p CONCURRENTLY",
            "ALTER TABLE s.t ALTER COLUMN c SET STATISTICS 500",
            "DROP TABLE IF EXISTS a, s.b CASCADE",
            "TRUNCATE a, b",
            "VACUUM (ANALYZE) s.t",
            "VACUUM FULL s.t",
            "ANALYZE s.t (a), u",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "INSERT INTO s.t VALUES (1)",
            "UPDATE s.t SET a = 1",
            "DELETE FROM s.t",
            "LOCK TABLE t IN SHARE MODE",
            "SELECT 1",
            "SET lock_timeout = '2s'",
        ]));
    }

    #[test]
    fn a_transaction_reaches_from_begin_to_its_end() {
        let text = "BEGIN;\n\n-- one\nUPDATE t SET a = 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN;\nDROP TABLE u;";
        let inside: Vec<_> =
            read(text, false).into_iter().map(|read| (read.sql, read.in_transaction)).collect();
        let of = |start: &str| inside.iter().find(|(sql, _)| sql.starts_with(start)).unwrap().1;
        assert!(of("UPDATE") && of("DROP") && !of("CREATE"));
        assert!(read("DROP TABLE u", true)[0].in_transaction);
    }
}
