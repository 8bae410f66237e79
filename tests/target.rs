//! What the console asks of a target, against a real PostgreSQL.
#![cfg(feature = "ssr")]

#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod support;

use kneeboard::run::Reading;
use kneeboard::run::reading::{IndexState, Says};
use kneeboard::runbook::{
    Check, Command, Comparison, Database as Objects, Expect, ExpectedIndex, Id, IndexSpace, Otherwise,
    Parameter, ParameterType, Probe, Query, Revision, Runbook, Value,
};
use kneeboard::server::target::probe::{ProbeAnswer, run_probe};
use kneeboard::server::target::sighting::Eye;
use kneeboard::server::target::{self, backends};
use kneeboard::verdict::Verdict;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::path::Path;
use support::{Database, OWNER, PASSWORD, PLAIN, eventually, execute};

const SCHEMA: &str = "
    CREATE SCHEMA shop AUTHORIZATION owner;
    SET ROLE owner;
    CREATE TABLE shop.tasks (id int PRIMARY KEY, status text, created_at timestamp NOT NULL, code uuid);
    INSERT INTO shop.tasks SELECT n, CASE n % 10 WHEN 0 THEN 'failed' ELSE 'done' END,
        timestamp '2025-01-01' + n * interval '1 minute', md5(n::text)::uuid FROM generate_series(1, 5000) AS n;
    CREATE TABLE shop.version (num text);
    INSERT INTO shop.version VALUES ('before');
    ANALYZE shop.tasks";

const BY_STATUS: &str = "CREATE INDEX by_status ON shop.tasks USING btree (status)";

fn objects(indexes: &[(&str, &str)]) -> Objects {
    let index = |(name, definition): &(&str, &str)| ExpectedIndex {
        name: (*name).to_owned(),
        table: "tasks".to_owned(),
        definition: (*definition).to_owned(),
    };
    let [table, column, before, after] = ["version", "num", "before", "after"].map(str::to_owned);
    Objects {
        schema: "shop".to_owned(),
        revision: Some(Revision { table, column, before, after }),
        indexes: indexes.iter().map(index).collect(),
    }
}

async fn shop() -> Database {
    let database = Database::new().await;
    database.run(SCHEMA).await;
    database
}

async fn says(database: &Database, role: &str, objects: &Objects) -> Says {
    match target::read(&database.target(role), objects).await {
        Reading::Says(says) => says,
        Reading::Unreachable { error, .. } => panic!("{error}"),
    }
}

async fn state(database: &Database, role: &str) -> IndexState {
    says(database, role, &objects(&[("by_status", BY_STATUS)])).await.indexes[0].state
}

#[tokio::test]
async fn an_index_is_missing_then_ok_and_its_size_is_known() {
    let database = shop().await;
    assert_eq!(state(&database, OWNER).await, IndexState::Missing);
    database.run(BY_STATUS).await;
    let says = says(&database, OWNER, &objects(&[("by_status", BY_STATUS)])).await;
    assert_eq!(says.indexes[0].state, IndexState::Ok);
    assert!(says.indexes[0].bytes.is_some_and(|bytes| bytes >= 16_384));
    assert_eq!(says.indexes[0].definition.as_deref(), Some(BY_STATUS));
}

#[tokio::test]
async fn another_definition_is_different_and_a_table_of_that_name_takes_it() {
    let database = shop().await;
    database.run("CREATE INDEX by_status ON shop.tasks (status, id); CREATE TABLE shop.by_code ()").await;
    let by_code = "CREATE INDEX by_code ON shop.tasks USING btree (code)";
    let expected = objects(&[("by_code", by_code), ("by_status", BY_STATUS)]);
    let says = says(&database, OWNER, &expected).await;
    let states: Vec<_> = says.indexes.iter().map(|index| index.state).collect();
    assert_eq!(states, [IndexState::NameTaken, IndexState::Different]);
    assert_eq!(says.index_sentence(), "0 ok, 1 different, 1 name taken");
}

#[tokio::test]
async fn a_concurrent_build_is_building_for_every_role_and_invalid_once_it_was_stopped() {
    let database = shop().await;
    database
        .run("GRANT USAGE ON SCHEMA shop TO plain; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO plain")
        .await;
    // The build waits for this transaction, as it would for an application's.
    let mut application = database.owner().await;
    execute(&mut application, "BEGIN; UPDATE shop.tasks SET status = status WHERE id = 1").await;
    let mut builder = database.owner().await;
    execute(&mut builder, "SET application_name = 'kneeboard 01234567/build'").await;
    let build = tokio::spawn(async move {
        let statement = BY_STATUS.replace("INDEX", "INDEX CONCURRENTLY");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut builder).await
    });
    eventually("building", || async { state(&database, OWNER).await == IndexState::Building }).await;
    // The builder's row in pg_stat_progress_create_index is all NULL for this role.
    assert_eq!(state(&database, PLAIN).await, IndexState::Building);

    let owner = database.target(OWNER);
    let other = backends::cancel(&owner, "kneeboard 01234567/buil").await;
    assert_eq!(other, "no backend of this step is connected");
    let told = backends::cancel(&database.target(PLAIN), "kneeboard 01234567/build").await;
    assert!(told.starts_with("not permitted") && told.contains("pg_signal_backend"), "{told}");
    let told = backends::cancel(&owner, "kneeboard 01234567/build").await;
    assert!(
        told.starts_with("1 backend cancelled: pid ") && told.contains("CREATE INDEX CONCURRENTLY"),
        "{told}"
    );
    assert!(build.await.unwrap().is_err());
    eventually("invalid", || async { state(&database, OWNER).await == IndexState::Invalid }).await;
}

#[tokio::test]
async fn an_idle_session_of_a_step_is_only_ended_by_terminate() {
    let database = shop().await;
    let mut session = database.owner().await;
    execute(&mut session, "SET application_name = 'kneeboard 01234567/dump'").await;
    let owner = database.target(OWNER);
    let told = backends::cancel(&owner, "kneeboard 01234567/dump").await;
    assert!(told.starts_with("1 idle, nothing to cancel"), "{told}");
    let told = backends::terminate(&owner, "kneeboard 01234567/dump").await;
    assert!(told.starts_with("1 backend terminated"), "{told}");
    eventually("gone", || async {
        backends::terminate(&owner, "kneeboard 01234567/dump").await == "no backend of this step is connected"
    })
    .await;
}

#[tokio::test]
async fn every_revision_is_read_and_a_missing_table_has_none() {
    let database = shop().await;
    let nothing = objects(&[]);
    assert_eq!(says(&database, OWNER, &nothing).await.revisions, ["before"]);
    database.run("INSERT INTO shop.version VALUES ('after')").await;
    assert_eq!(says(&database, OWNER, &nothing).await.revisions, ["after", "before"]);
    database.run("DROP TABLE shop.version").await;
    assert_eq!(says(&database, OWNER, &nothing).await.revisions, Vec::<String>::new());
    let odd = Objects { schema: "no\"; DROP SCHEMA shop CASCADE; --".to_owned(), ..nothing };
    assert_eq!(says(&database, OWNER, &odd).await.revisions, Vec::<String>::new());
    database.run("SELECT FROM shop.tasks").await;
}

#[tokio::test]
async fn a_role_that_may_not_read_the_revision_is_told_so() {
    let database = shop().await;
    let Reading::Unreachable { error, .. } = target::read(&database.target(PLAIN), &objects(&[])).await
    else {
        panic!("it was read");
    };
    assert!(error.contains("permission denied for schema shop (42501)"), "{error}");
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_named_without_its_password() {
    let database = shop().await;
    let wrong = database.url(OWNER).replace(PASSWORD, "hunter2");
    let targets = target::Targets::load(None, &[("KNEEBOARD_TARGET_SHOP".to_owned(), wrong)].into()).unwrap();
    let error = target::facts(targets.iter().next().unwrap()).await.unwrap_err().to_string();
    assert!(
        error.contains("shop (127.0.0.1:") && error.contains("password authentication failed"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_target_says_which_it_is() {
    let database = shop().await;
    let facts = target::facts(&database.target(OWNER)).await.unwrap();
    assert_eq!((facts.user.as_str(), facts.environment.as_str()), (OWNER, "production"));
    assert_eq!(facts.database, database.name);
    assert!(facts.server_version.starts_with(|c: char| c.is_ascii_digit()), "{}", facts.server_version);
    assert!(facts.system_identifier.is_some());
}

#[tokio::test]
async fn what_a_role_cannot_see_is_said_with_the_grant_that_would_show_it() {
    let database = shop().await;
    let schemas = ["shop".to_owned(), "nowhere".to_owned()];
    let told = |lines: Vec<kneeboard::run::capability::CapabilityLine>| -> String {
        let line = |line: kneeboard::run::capability::CapabilityLine| {
            format!(
                "{} | {} | {} | {}\n",
                line.verdict.word(),
                line.subject,
                line.says,
                line.remedy.unwrap_or_default()
            )
        };
        // Depends on the server at hand.
        lines
            .into_iter()
            .filter(|line| !["Version", "Slow queries"].contains(&line.subject.as_str()))
            .map(line)
            .collect()
    };
    let plain = target::capability(&database.target(PLAIN), &schemas).await.unwrap();
    insta::assert_snapshot!("plain", told(plain.lines));
    let owner = target::capability(&database.target(OWNER), &schemas).await.unwrap();
    insta::assert_snapshot!("owner", told(owner.lines));
}

fn runbook() -> Runbook {
    let parameter = |kind| Parameter { kind, title: String::new(), default: None, sample: None };
    let kinds = [
        ("word", ParameterType::Text),
        ("code", ParameterType::Uuid),
        ("since", ParameterType::Timestamp),
        ("free", ParameterType::Integer),
    ];
    Runbook {
        tools: Vec::new(),
        slug: id("shop"),
        title: String::new(),
        summary: String::new(),
        parameters: kinds.into_iter().map(|(name, kind)| (id(name), parameter(kind))).collect(),
        database: Some(objects(&[("by_status", BY_STATUS)])),
        aftercare: None,
        airbag: None,
        backup: None,
        window: None,
        phases: Vec::new(),
        rollback: Vec::new(),
        claims: Vec::new(),
    }
}

fn id(name: &str) -> Id {
    Id::parse(name).expect("an id")
}

async fn probe(database: &Database, probe: Probe, parameters: &[(&str, Value)]) -> ProbeAnswer {
    let parameters: BTreeMap<Id, Value> =
        parameters.iter().map(|(name, value)| (id(name), value.clone())).collect();
    run_probe(&database.target(OWNER), &runbook(), &probe, &parameters, Path::new("/")).await
}

fn query(sql: &str, bind: &[&str], every: &[(&str, Comparison, Value)]) -> Probe {
    let check = |(column, is, value): &(&str, Comparison, Value)| Check {
        column: (*column).to_owned(),
        is: *is,
        value: value.clone(),
        otherwise: Otherwise::Fail,
        says: None,
    };
    Probe::Query(Query {
        sql: sql.to_owned(),
        bind: bind.iter().map(|name| id(name)).collect(),
        expect: Expect { every: every.iter().map(check).collect(), ..Expect::default() },
    })
}

#[tokio::test]
async fn a_query_is_judged_by_what_its_rows_must_be() {
    let database = shop().await;
    let sql = "SELECT count(*) AS n, now() AS t, ARRAY[1, NULL] AS t -- a comment at the end";
    let good = probe(&database, query(sql, &[], &[("n", Comparison::Equal, Value::Integer(1))]), &[]).await;
    assert_eq!((good.verdict, good.reason.as_str()), (Verdict::Pass, "n = 1: holds in 1 row"));
    assert!(good.evidence.contains("{1,NULL}"), "{}", good.evidence);
    let bad = probe(&database, query(sql, &[], &[("n", Comparison::More, Value::Integer(1))]), &[]).await;
    assert_eq!((bad.verdict, bad.reason.as_str()), (Verdict::Fail, "n is 1, expected > 1"));
    let null = query("SELECT NULL::int AS n", &[], &[("n", Comparison::Equal, Value::Integer(1))]);
    assert_eq!(probe(&database, null, &[]).await.verdict, Verdict::Inconclusive);
}

#[tokio::test]
async fn parameters_are_bound_by_their_type_and_never_become_sql() {
    let database = shop().await;
    let nasty = "x'; DROP TABLE shop.tasks; --";
    let count = [("n", Comparison::Equal, Value::Integer(0))];
    let sql = "SELECT count(*) AS n FROM shop.tasks WHERE status = $1";
    let answer =
        probe(&database, query(sql, &["word"], &count), &[("word", Value::Text(nasty.to_owned()))]).await;
    assert_eq!(answer.verdict, Verdict::Pass, "{}", answer.reason);
    let sql = "SELECT id AS n FROM shop.tasks WHERE code = $2 AND created_at > $1";
    let code = "c4ca4238-a0b9-2382-0dcc-509a6f75849b";
    let bound =
        [("code", Value::Text(code.to_owned())), ("since", Value::Text("2025-01-01 00:00".to_owned()))];
    let one = [("n", Comparison::Equal, Value::Integer(1))];
    let answer = probe(&database, query(sql, &["since", "code"], &one), &bound).await;
    assert_eq!(answer.verdict, Verdict::Pass, "{}", answer.reason);
    let answer = probe(&database, query(sql, &["since", "code"], &one), &bound[..1]).await;
    assert!(answer.reason.contains("a value for the parameter `since`"), "{}", answer.reason);
}

#[tokio::test]
async fn a_probe_cannot_write_and_is_one_statement() {
    let database = shop().await;
    database.run("CREATE SEQUENCE shop.s; GRANT USAGE ON SEQUENCE shop.s TO owner").await;
    for (sql, said) in [
        ("DELETE FROM shop.tasks RETURNING id", "syntax error"),
        ("WITH gone AS (DELETE FROM shop.tasks RETURNING id) SELECT * FROM gone", "top level"),
        ("SELECT nextval('shop.s')", "read-only transaction"),
        ("SELECT 1; COMMIT; DELETE FROM shop.tasks", "multiple commands"),
        ("SELECT 1) AS q(c1); DELETE FROM shop.tasks; --", "syntax error"),
    ] {
        let answer = probe(&database, query(sql, &[], &[]), &[]).await;
        assert_eq!(answer.verdict, Verdict::Inconclusive, "{sql}");
        assert!(answer.reason.contains(said), "{sql}: {}", answer.reason);
    }
    let all = query(
        "SELECT count(*) AS n FROM shop.tasks",
        &[],
        &[("n", Comparison::Equal, Value::Integer(5_000))],
    );
    assert_eq!(probe(&database, all, &[]).await.verdict, Verdict::Pass);
}

fn command(argv: &[&str]) -> Probe {
    Probe::Command(Command {
        argv: argv.iter().map(|part| (*part).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: None,
        accept_exit: vec![0],
    })
}

#[tokio::test]
async fn a_program_proves_by_its_exit_code_and_its_last_line_says_why() {
    let database = shop().await;
    let free = [("free", Value::Integer(7))];
    let good = probe(
        &database,
        command(&["sh", "-c", "echo one; echo $KNEEBOARD_PARAM_FREE in $PGDATABASE"]),
        &free,
    )
    .await;
    assert_eq!((good.verdict, good.reason), (Verdict::Pass, format!("7 in {}", database.name)));
    let bad = probe(&database, command(&["sh", "-c", "echo no room >&2; exit 3"]), &[]).await;
    assert_eq!((bad.verdict, bad.reason.as_str()), (Verdict::Fail, "no room (exit code 3)"));
    let none = probe(&database, command(&["no-such-program"]), &[]).await;
    assert_eq!(none.verdict, Verdict::Inconclusive);
    assert_eq!(none.reason, "no-such-program could not be started: it is not on the console's PATH");
    let writes = "psql -X -c 'DELETE FROM shop.tasks' 2>&1";
    let answer = probe(&database, command(&["sh", "-c", writes]), &[]).await;
    assert!(answer.reason.contains("cannot execute DELETE in a read-only transaction"), "{}", answer.reason);
    let leaky = probe(&database, command(&["sh", "-c", "echo pass $PGPASSWORD"]), &[]).await;
    assert!(!leaky.evidence.contains(PASSWORD), "{}", leaky.evidence);
}

#[tokio::test]
async fn a_program_that_leaves_a_child_behind_does_not_keep_the_probe() {
    let database = shop().await;
    let answer = probe(&database, command(&["sh", "-c", "sleep 600 & echo $!"]), &[]).await;
    assert_eq!(answer.verdict, Verdict::Pass);
    let child = Path::new("/proc").join(&answer.reason);
    eventually("ended", || async {
        std::fs::read_to_string(child.join("stat")).is_ok_and(|stat| stat.contains(") Z ")) || !child.exists()
    })
    .await;
}

#[tokio::test]
async fn the_space_for_the_indexes_is_estimated_and_compared_with_what_is_free() {
    let database = shop().await;
    let space = || Probe::IndexSpace(IndexSpace { free_bytes: id("free"), factor: 3.0 });
    let with = |free| [("free", Value::Integer(free))];
    let enough = probe(&database, space(), &with(1_000_000_000)).await;
    assert_eq!(enough.verdict, Verdict::Pass, "{}", enough.reason);
    assert!(enough.evidence.contains("by_status | about "), "{}", enough.evidence);
    assert_eq!(probe(&database, space(), &with(1)).await.verdict, Verdict::Fail);
    assert_eq!(probe(&database, space(), &with(0)).await.verdict, Verdict::Inconclusive);
    database.run(BY_STATUS).await;
    assert_eq!(probe(&database, space(), &with(1)).await.verdict, Verdict::Pass);
}

#[tokio::test]
async fn a_parameter_is_sampled_as_its_type() {
    let database = shop().await;
    let owner = database.target(OWNER);
    let sample = |kind, sql| target::sample(&owner, kind, sql);
    let id = sample(ParameterType::Integer, "SELECT max(id) FROM shop.tasks").await.unwrap();
    assert_eq!(id, Some(Value::Integer(5_000)));
    let text = sample(ParameterType::Text, "SELECT ' 7 '").await.unwrap();
    assert_eq!(text, Some(Value::Text(" 7 ".to_owned())));
    assert_eq!(sample(ParameterType::Uuid, "SELECT code FROM shop.tasks WHERE id < 0").await.unwrap(), None);
    let error = sample(ParameterType::Integer, "SELECT id FROM shop.tasks").await.unwrap_err().to_string();
    assert!(error.contains("came 5000 rows of 1 columns"), "{error}");
}

#[tokio::test]
async fn who_cannot_see_others_is_told_so_and_still_sees_who_waits_for_whom() {
    let database = shop().await;
    database
        .run("GRANT USAGE ON SCHEMA shop TO plain; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO plain")
        .await;
    let mut application = database.owner().await;
    execute(
        &mut application,
        "SET application_name = 'web'; BEGIN; LOCK TABLE shop.tasks IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    let name = "kneeboard 01234567/read";
    let mut reader = database.session(PLAIN).await;
    execute(&mut reader, &format!("SET application_name = '{name}'")).await;
    let read =
        tokio::spawn(async move { sqlx::raw_sql("SELECT * FROM shop.tasks").execute(&mut reader).await });
    let target = database.target(PLAIN);
    let mut eye = Eye::open(&target).await.unwrap();
    let mut seen = eye.look(name).await.unwrap().sighting;
    while seen.in_our_way().is_empty() {
        seen = eye.look(name).await.unwrap().sighting;
    }
    let unseen = seen.unseen.clone().expect("a word on what it cannot see");
    assert_eq!(unseen.remedy, "GRANT pg_monitor TO \"plain\";");
    let blocker = seen.in_our_way()[0].session.unwrap();
    assert_eq!((blocker.application.as_str(), blocker.user.as_deref()), ("web", Some(OWNER)));
    assert_eq!((blocker.backend(), &blocker.state, &blocker.query), (None, &None, &None));
    assert!(blocker.spared().is_some(), "nobody is stopped who cannot be seen");
    database.run("GRANT pg_monitor TO plain").await;
    let mut eye = Eye::open(&target).await.unwrap();
    let seen = eye.look(name).await.unwrap().sighting;
    assert_eq!((seen.unseen.clone(), seen.in_our_way()[0].session.unwrap().spared()), (None, None));
    database.run("REVOKE pg_monitor FROM plain").await;
    execute(&mut application, "ROLLBACK").await;
    read.await.unwrap().unwrap();
}

#[tokio::test]
async fn prepared_transactions_and_replicas_are_seen_with_how_far_behind_they_are() {
    let database = Database::alone().await;
    database.run("ALTER SYSTEM SET max_prepared_transactions = 2").await;
    database.stop_server("INT").await;
    database.start_server().await;
    database.standby().await;
    let mut owner = database.owner().await;
    execute(&mut owner, "CREATE TABLE orders (n int)").await;
    execute(&mut owner, "BEGIN; INSERT INTO orders VALUES (1); PREPARE TRANSACTION 'half done'").await;

    let target = database.target(OWNER);
    database.run("GRANT pg_monitor TO owner").await;
    let mut eye = Eye::open(&target).await.unwrap();
    let name = "kneeboard 01234567/build";
    // A standby that has just come says how far it is with its first answer.
    let mut seen = eye.look(name).await.unwrap().sighting;
    while seen.replicas.first().is_none_or(|replica| replica.behind_bytes.is_none()) {
        seen = eye.look(name).await.unwrap().sighting;
    }
    let prepared: Vec<_> = seen.prepared.iter().map(|one| (one.gid.as_str(), one.owner.as_str())).collect();
    assert_eq!(prepared, [("half done", OWNER)]);
    assert!(seen.prepared[0].age_ms >= 0);
    let replica = &seen.replicas[0];
    assert_eq!((seen.replicas.len(), replica.state.as_deref()), (1, Some("streaming")), "{replica:?}");
    assert!(replica.behind_bytes.is_some_and(|bytes| bytes >= 0), "{replica:?}");
    execute(&mut owner, "ROLLBACK PREPARED 'half done'").await;
    assert_eq!(eye.look(name).await.unwrap().sighting.prepared, []);
}
