//! `kneeboard worker`, as a process against a real PostgreSQL: its output, its exit codes, its result.
#![cfg(feature = "ssr")]

mod rehearsal;
#[expect(dead_code, reason = "shared with other tests, which use more of it")]
#[path = "../support/mod.rs"]
mod support;

use kneeboard::run::result::{Body, StepResult};
use kneeboard::runbook::{
    Check, Comparison, Database as Objects, Expect, ExpectedIndex, Explain, ExplainQuery, How, Id, Leaves,
    Otherwise, ParameterType, PlanExpect, Query, Remedy, Sql, Value,
};
use kneeboard::server::worker::{RESULT, TASK, Task};
use kneeboard::verdict::{Verdict, worst};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use support::{Database, OWNER, PASSWORD, eventually, eventually_some, execute};
use tempfile::TempDir;
use tokio::process::Command;

const SCHEMA: &str = "
    CREATE SCHEMA shop AUTHORIZATION owner;
    SET ROLE owner;
    CREATE TABLE shop.tasks (id int PRIMARY KEY, status text, created_at timestamp NOT NULL);
    INSERT INTO shop.tasks SELECT n, CASE n % 100 WHEN 0 THEN 'failed' ELSE 'done' END,
        timestamp '2025-01-01' + n * interval '1 minute' FROM generate_series(1, 20000) AS n";

const BY_STATUS: &str = "CREATE INDEX by_status ON shop.tasks USING btree (status)";

async fn shop() -> Database {
    let database = Database::new().await;
    database.run(SCHEMA).await;
    // By itself: an ANALYZE in the transaction of the INSERT would not count its rows as analyzed.
    database.run("ANALYZE shop.tasks").await;
    database
}

struct Done {
    code: i32,
    output: String,
    result: Option<StepResult>,
    folder: TempDir,
}

impl Done {
    fn result(&self) -> &StepResult {
        self.result.as_ref().unwrap_or_else(|| panic!("no result:\n{}", self.output))
    }

    fn says(&self, text: &str) {
        assert!(self.output.contains(text), "no `{text}` in:\n{}", self.output);
    }
}

fn command(database: &Database, task: &Task, folder: &TempDir) -> Command {
    let file = folder.path().join(TASK);
    std::fs::write(&file, serde_json::to_vec(task).unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
    command.arg("worker").arg(file).env_clear().envs(database.target(OWNER).environment());
    command
        .env("PGAPPNAME", "kneeboard 01234567/step")
        .env("PGOPTIONS", "-c lock_timeout=0 -c statement_timeout=20000");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn finished(child: tokio::process::Child, folder: TempDir) -> Done {
    let out = child.wait_with_output().await.unwrap();
    let output = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
    assert!(!output.contains(PASSWORD), "{output}");
    let result = std::fs::read(folder.path().join(RESULT)).ok();
    let result = result.map(|bytes| serde_json::from_slice(&bytes).unwrap());
    Done { code: out.status.code().unwrap_or(-1), output, result, folder }
}

async fn work(database: &Database, task: Task) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let child = command(database, &task, &folder).spawn().unwrap();
    finished(child, folder).await
}

fn statements(statements: &[&str], transaction: bool) -> Task {
    Task::Sql { sql: Sql { statements: statements.iter().map(|s| (*s).to_owned()).collect(), transaction } }
}

fn id(name: &str) -> Id {
    Id::parse(name).unwrap()
}

fn query(sql: &str, expect: Expect) -> Task {
    let query = Query { sql: sql.to_owned(), bind: Vec::new(), expect };
    Task::Query { query, types: BTreeMap::new(), parameters: BTreeMap::new() }
}

/// One query on status, bound as `word`, hoped to go by the index `by_status`.
fn explain(sql: &str, word: &str, baseline: Option<PathBuf>) -> Task {
    let expect = PlanExpect { indexes: vec!["by_status".to_owned()], ..PlanExpect::default() };
    let query = ExplainQuery {
        id: id("by-status"),
        title: "Tasks by status".to_owned(),
        sql: sql.to_owned(),
        bind: vec![id("word")],
        expect: Some(expect),
    };
    Task::Explain {
        explain: Explain { queries: vec![query], queries_of: None, repetitions: 3, baseline: None },
        types: [(id("word"), ParameterType::Text)].into(),
        parameters: [(id("word"), Value::Text(word.to_owned()))].into(),
        baseline,
    }
}

const LOOK_UP: &str = "SELECT * FROM shop.tasks WHERE status = $1";

async fn count(database: &Database) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM shop.tasks")
        .fetch_one(&mut database.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn statements_are_carried_out_one_by_one_and_told() {
    let database = shop().await;
    let concurrently = "CREATE INDEX CONCURRENTLY by_status ON shop.tasks (status)";
    let again = "CREATE INDEX IF NOT EXISTS by_status ON shop.tasks (status)";
    let done = work(&database, statements(&[concurrently, again, "VACUUM shop.tasks"], false)).await;
    assert_eq!(done.code, 0, "{}", done.output);
    done.says("[1/3] CREATE INDEX CONCURRENTLY");
    done.says("NOTICE:  relation \"by_status\" already exists, skipping");
    let Body::Sql { statements } = &done.result().body else { panic!("another body") };
    assert_eq!(statements.len(), 3);
}

#[tokio::test]
async fn the_first_error_ends_the_step_and_is_told_as_psql_tells_it() {
    let database = shop().await;
    let task =
        ["DELETE FROM shop.tasks WHERE id = 1", "INSERT INTO shop.tasks VALUES (2, '', now())", "SELECT 1"];
    let done = work(&database, statements(&task, false)).await;
    assert_eq!(done.code, 1);
    done.says("ERROR:  23505: duplicate key value violates unique constraint \"tasks_pkey\"");
    done.says("DETAIL:  Key (id)=(2) already exists.");
    assert!(done.result.is_none() && !done.output.contains("[3/3]"));
    assert_eq!(count(&database).await, 19_999);
    let done = work(&database, statements(&["DELETE FROM shop.tasks", "SELECT nothing"], true)).await;
    assert_eq!((done.code, count(&database).await), (1, 19_999));
}

#[tokio::test]
async fn a_statement_is_one_statement() {
    let database = shop().await;
    let done = work(&database, statements(&["SELECT 1; DELETE FROM shop.tasks"], false)).await;
    done.says("42601: cannot insert multiple commands into a prepared statement");
    for sql in ["SELECT 1; COMMIT; DELETE FROM shop.tasks", "SELECT 1) q(c1); DELETE FROM shop.tasks; --"] {
        assert_eq!(work(&database, query(sql, Expect::default())).await.code, 1);
    }
    let done = work(&database, explain("SELECT $1; COMMIT; DELETE FROM shop.tasks", "x", None)).await;
    done.says("multiple commands");
    assert_eq!(count(&database).await, 20_000);
}

#[tokio::test]
async fn all_rows_are_judged_and_the_first_are_kept() {
    let database = shop().await;
    let check = Check {
        column: "n".to_owned(),
        is: Comparison::Less,
        value: Value::Integer(2_500),
        otherwise: Otherwise::Inconclusive,
        says: None,
    };
    let expect = Expect { every: vec![check], ..Expect::default() };
    let done = work(&database, query("SELECT n, NULL AS n FROM generate_series(1, 2500) AS n", expect)).await;
    assert_eq!(done.code, 0, "{}", done.output);
    done.says("(2,500 rows, of which 1,500 are not shown)");
    let Body::Query { table } = &done.result().body else { panic!("another body") };
    assert_eq!((table.rows.len(), table.total_rows), (1_000, 2_500));
    assert_eq!(worst(&done.result().findings), Verdict::Inconclusive);
    assert_eq!(done.result().findings[0].reason, "n is 2500, expected < 2500; in 1 of 2,500 rows");
}

#[tokio::test]
async fn a_plan_is_taken_several_times_and_judged() {
    let database = shop().await;
    let before = work(&database, explain(LOOK_UP, "failed", None)).await;
    assert_eq!(before.code, 0, "{}", before.output);
    assert_eq!(worst(&before.result().findings), Verdict::Fail, "{:?}", before.result().findings);
    database.run(BY_STATUS).await;
    let baseline = Some(before.folder.path().join(RESULT));
    let after = work(&database, explain(LOOK_UP, "failed", baseline)).await;
    assert_eq!(worst(&after.result().findings), Verdict::Pass, "{:?}", after.result().findings);
    after.says("; earlier ");
    let Body::Explain { queries, .. } = &after.result().body else { panic!("another body") };
    assert_eq!((queries[0].times_ms.len(), queries[0].parameters.len()), (3, 1));
    assert!(queries[0].plan[0]["Plan"]["Node Type"].is_string());
}

#[tokio::test]
async fn a_plan_proves_nothing_without_rows_or_on_stale_statistics() {
    let database = shop().await;
    database.run(BY_STATUS).await;
    let nasty = "x'; DROP TABLE shop.tasks; --";
    let empty = work(&database, explain(LOOK_UP, nasty, None)).await;
    assert_eq!(empty.result().findings[0].verdict, Verdict::Inconclusive);
    database
        .run("ALTER TABLE shop.tasks SET (autovacuum_enabled = off); UPDATE shop.tasks SET status = status")
        .await;
    // The server counts changes with some delay.
    eventually("stale", || async {
        let done = work(&database, explain(LOOK_UP, "failed", None)).await;
        done.result().findings[0].reason.contains("statistics of shop.tasks")
    })
    .await;
}

#[tokio::test]
async fn explain_never_writes() {
    let database = shop().await;
    for sql in [
        "DELETE FROM shop.tasks WHERE status <> $1 || 'x' RETURNING id",
        "WITH gone AS (DELETE FROM shop.tasks RETURNING *) SELECT * FROM gone WHERE status = $1",
    ] {
        let done = work(&database, explain(sql, "failed", None)).await;
        assert_eq!(done.code, 1, "{}", done.output);
        done.says("25006: cannot execute");
    }
    let made = work(&database, explain("CREATE TABLE shop.copy AS SELECT $1::text", "failed", None)).await;
    made.says("expected one SELECT, came a statement that yields no rows");
    assert_eq!(count(&database).await, 20_000);
}

#[tokio::test]
async fn the_inventory_names_every_index_that_is_not_as_expected() {
    let database = shop().await;
    let task = |expect| {
        let index = ExpectedIndex {
            name: "by_status".to_owned(),
            table: "tasks".to_owned(),
            definition: BY_STATUS.to_owned(),
        };
        let database = Objects { schema: "shop".to_owned(), revision: None, indexes: vec![index] };
        Task::Inventory { database, expect, counted: None, plans: Vec::new() }
    };
    let done = work(&database, task(Leaves::Applied)).await;
    assert_eq!(done.code, 0, "{}", done.output);
    done.says(" by_status | tasks | missing |");
    done.says("fail: by_status: missing instead of ok");
    assert_eq!(worst(&work(&database, task(Leaves::Reverted)).await.result().findings), Verdict::Pass);
    database.run(BY_STATUS).await;
    let done = work(&database, task(Leaves::Applied)).await;
    assert_eq!(worst(&done.result().findings), Verdict::Pass);
    done.says("pass: database: of 1 indexes 1 ok");
}

fn by_status() -> Objects {
    let definition = BY_STATUS.to_owned();
    let index = ExpectedIndex { name: "by_status".to_owned(), table: "tasks".to_owned(), definition };
    Objects { schema: "shop".to_owned(), revision: None, indexes: vec![index] }
}

/// What the inventory finds, apart from the whole.
async fn found(database: &Database) -> Vec<String> {
    let objects = by_status();
    let task =
        Task::Inventory { database: objects, expect: Leaves::Applied, counted: None, plans: Vec::new() };
    let done = work(database, task).await;
    let findings = done.result().findings.iter().filter(|finding| finding.subject != "database");
    findings.map(|finding| format!("{}: {}", finding.subject, finding.reason)).collect()
}

async fn put_right(database: &Database, index: &str, how: How) -> Done {
    let remedy = Remedy { index: index.to_owned(), how };
    work(database, Task::Remedy { database: by_status(), remedy }).await
}

#[tokio::test]
async fn each_way_to_break_an_index_is_found_by_name_and_put_right() {
    let database = shop().await;
    assert_eq!(found(&database).await, ["by_status: missing instead of ok"]);
    put_right(&database, "by_status", How::Build).await.says("pass: by_status: it is ok now");
    assert_eq!(found(&database).await, [""; 0]);

    database.run("DROP INDEX shop.by_status").await;
    database.interrupt("CREATE INDEX CONCURRENTLY by_status ON shop.tasks (status)", "shop.tasks").await;
    assert_eq!(found(&database).await, ["by_status: invalid instead of ok"]);
    let done = put_right(&database, "by_status", How::Build).await;
    assert_eq!(done.code, 1, "{}", done.output);
    done.says("nothing was done: by_status is invalid.");
    put_right(&database, "by_status", How::Rebuild).await.says("pass: by_status: it is ok now");

    database.run("DROP INDEX shop.by_status; CREATE INDEX by_status ON shop.tasks (created_at)").await;
    assert_eq!(found(&database).await, ["by_status: different instead of ok"]);
    put_right(&database, "by_status", How::Replace).await.says("pass: by_status: it is ok now");

    database.interrupt("REINDEX INDEX CONCURRENTLY shop.by_status", "shop.tasks").await;
    let left = "by_status_ccnew: invalid on tasks, left behind by a rebuild that was stopped";
    assert_eq!(found(&database).await, [left]);
    put_right(&database, "by_status_ccnew", How::Drop).await.says("pass: by_status_ccnew: it is gone now");
    assert_eq!(found(&database).await, [""; 0]);

    database.run("DROP INDEX shop.by_status; CREATE TABLE shop.by_status ()").await;
    assert_eq!(found(&database).await, ["by_status: name taken instead of ok"]);
    assert_eq!(put_right(&database, "by_status", How::Drop).await.code, 1);
}

#[tokio::test]
async fn nothing_is_done_to_an_index_while_another_one_of_its_table_is_built() {
    let database = shop().await;
    database.run(BY_STATUS).await;
    let mut writer = database.admin().await;
    execute(&mut writer, "BEGIN").await;
    execute(&mut writer, "UPDATE shop.tasks SET status = status WHERE id = 1").await;
    let mut builder = database.admin().await;
    let build = tokio::spawn(async move {
        execute(&mut builder, "CREATE INDEX CONCURRENTLY other ON shop.tasks (created_at)").await;
    });
    eventually("a build", || async {
        let builds = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()",
        );
        builds.fetch_one(&mut database.admin().await).await.is_ok_and(|builds: i64| builds == 1)
    })
    .await;
    let done = put_right(&database, "by_status", How::Drop).await;
    assert_eq!(done.code, 1, "{}", done.output);
    done.says("nothing was done: an index of the table is being built by process");
    execute(&mut writer, "ROLLBACK").await;
    build.await.unwrap();
    put_right(&database, "by_status", How::Drop).await.says("pass: by_status: it is missing now");
}

#[tokio::test]
async fn scans_are_counted_from_the_end_of_the_verification_on_and_what_a_drop_would_lose_is_said() {
    let database = shop().await;
    database.run(BY_STATUS).await;
    let explained = work(&database, explain(LOOK_UP, "failed", None)).await;
    database.run("CREATE INDEX wider ON shop.tasks (status, created_at)").await;
    let plans = vec![explained.folder.path().join(RESULT)];
    let inventory = |counted: Option<i64>| {
        let counted = counted.map(|scans| BTreeMap::from([("by_status".to_owned(), scans)]));
        Task::Inventory { database: by_status(), expect: Leaves::Applied, counted, plans: plans.clone() }
    };
    // The server counts a session's scans in when it ends, with some delay: between steps, the console waits for that.
    let scans = eventually_some("EXPLAIN ANALYZE counts", || async {
        let first = work(&database, inventory(None)).await;
        let Body::Inventory { says, uses } = &first.result().body else { panic!("another body") };
        assert_eq!(uses[0].scans_since, None);
        assert_eq!(uses[0].redundant.as_deref(), Some("it is the left part of wider"));
        assert!(uses[0].loses.starts_with("\"Tasks by status\" ("), "{}", uses[0].loses);
        says.indexes[0].scans.filter(|scans| *scans >= 4)
    })
    .await;

    database.run("DROP INDEX shop.wider").await;
    let mut application = database.owner().await;
    execute(&mut application, "SET enable_seqscan = off; SELECT FROM shop.tasks WHERE status = 'failed'")
        .await;
    sqlx::Connection::close(application).await.unwrap();
    eventually("a scan", || async {
        let later = work(&database, inventory(Some(scans))).await;
        let Body::Inventory { uses, .. } = &later.result().body else { panic!("another body") };
        uses[0].scans_since == Some(1)
    })
    .await;
}

async fn asleep(database: &Database) -> bool {
    let found = sqlx::query_scalar(
        "SELECT count(*) > 0 FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'kneeboard 01234567/step' AND query LIKE '%pg_sleep%'
           AND state = 'active'",
    );
    found.fetch_one(&mut database.admin().await).await.unwrap()
}

async fn sleeping(database: &Database) -> (tokio::process::Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let task = statements(&["SELECT pg_sleep(60)", "DELETE FROM shop.tasks"], false);
    let child = command(database, &task, &folder).env("PGOPTIONS", "").spawn().unwrap();
    eventually("asleep", || asleep(database)).await;
    (child, folder)
}

fn signal(child: &tokio::process::Child, signal: Signal) {
    kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), signal).unwrap();
}

#[tokio::test]
async fn a_signal_cancels_the_statement_on_the_server() {
    let database = shop().await;
    for (sent, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (child, folder) = sleeping(&database).await;
        signal(&child, sent);
        let done = finished(child, folder).await;
        assert_eq!(done.code, code, "{}", done.output);
        done.says("was told to cancel");
        done.says("57014: canceling statement due to user request");
        assert!(!asleep(&database).await);
    }
    assert_eq!(count(&database).await, 20_000);
}

#[tokio::test]
async fn a_killed_worker_does_not_leave_its_statement_behind() {
    let database = shop().await;
    if database.admin().await.server_version_num().is_some_and(|version| version < 140_000) {
        // PostgreSQL 13 looks at its client only when it has something to say.
        return;
    }
    let (mut child, _folder) = sleeping(&database).await;
    signal(&child, Signal::SIGKILL);
    child.wait().await.unwrap();
    eventually("its end", || async { !asleep(&database).await }).await;
    assert_eq!(count(&database).await, 20_000);
}

#[tokio::test]
async fn the_steps_own_timeouts_hold() {
    let database = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let task = query("SELECT 1 FROM pg_sleep(30)", Expect::default());
    let child =
        command(&database, &task, &folder).env("PGOPTIONS", "-c statement_timeout=200").spawn().unwrap();
    let done = finished(child, folder).await;
    assert_eq!(done.code, 1);
    done.says("57014: canceling statement due to statement timeout");
}
