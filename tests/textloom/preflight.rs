//! The preflight on a real target: what it says of an index that is there, of what a server refuses, of what is missing, and of plans
//! with hypopg. TextLoom's own runbook on each major version is looked at in `majors`.

use super::support::{Database, PLAIN};
use super::{runbook_text, textloom};
use kneeboard::preflight::report::{Part, Plans, Remark, Report, Weight};
use kneeboard::runbook::parse::parse;
use kneeboard::server::preflight::{Subject, compile};
use kneeboard::server::target::Target;
use kneeboard::verdict::Verdict;
use std::path::Path;

pub async fn look(target: &Target, file: &str, text: &str) -> Report {
    let parsed = parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let subject =
        Subject { runbook: &parsed.runbook, sha256: &parsed.sha256, file, text, folder: &folder, target };
    compile(subject).await
}

pub fn told(report: &Report) -> String {
    let line = |remark: &Remark| {
        let place = &remark.place;
        format!(
            "{} {} {}:{} {}: {}: {}\n",
            remark.weight.word(),
            remark.rule,
            place.file,
            place.line,
            place.part,
            remark.subject,
            remark.reason
        )
    };
    report.remarks.iter().map(line).collect()
}

/// Rule and subject of each failure, in the order of the alphabet.
pub fn failures(report: &Report) -> Vec<String> {
    let failed = report.remarks.iter().filter(|remark| remark.weight == Weight::Fail);
    let mut failed: Vec<String> =
        failed.map(|remark| format!("{} {}", remark.rule, remark.subject)).collect();
    failed.sort_unstable();
    failed
}

pub fn part<'a>(report: &'a Report, step: &str) -> &'a Part {
    report.parts.iter().find(|part| part.step.as_str() == step).unwrap_or_else(|| panic!("no step {step}"))
}

const SMALL: &str = r#"
slug = "small"
title = "Small"
summary = "One index."

[database]
schema = "shop"

[[database.indexes]]
name = "by_status"
table = "orders"
definition = "CREATE INDEX by_status ON shop.orders USING btree (status)"

[[phases]]
id = "migrate"
title = "Migrate"
kind = "migrate"

[[phases.steps]]
id = "build"
title = "Build"
timeout = "1h"
run.sql.statements = ["CREATE INDEX CONCURRENTLY IF NOT EXISTS by_status ON shop.orders (status)"]
"#;

async fn shop() -> Database {
    let database = Database::new().await;
    database
        .run(
            "CREATE SCHEMA shop AUTHORIZATION owner; SET ROLE owner;
             CREATE TABLE shop.orders (id int PRIMARY KEY, status text, paid boolean);
             INSERT INTO shop.orders SELECT n, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n % 2 = 0 FROM generate_series(1, 5000) AS n",
        )
        .await;
    database.run("ANALYZE shop.orders").await;
    database
}

fn rules(report: &Report) -> Vec<&str> {
    report.remarks.iter().map(|remark| remark.rule.as_str()).collect()
}

#[tokio::test]
async fn an_index_that_is_there_is_told_by_its_state() {
    let database = shop().await;
    let target = database.target(super::OWNER);
    assert_eq!(rules(&look(&target, "small.toml", SMALL).await), ["if-not-exists-unproven"]);

    database.run("CREATE INDEX by_status ON shop.orders (status)").await;
    let there = look(&target, "small.toml", SMALL).await;
    assert_eq!(there.verdict(), Verdict::Pass);
    assert!(rules(&there).contains(&"index-there-already"), "{}", told(&there));
    assert_eq!(there.index_bytes(), 0);

    // What a concurrent build leaves that was stopped.
    database
        .run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.by_status'::regclass")
        .await;
    let invalid = look(&target, "small.toml", SMALL).await;
    assert!(rules(&invalid).contains(&"if-not-exists-over-invalid"), "{}", told(&invalid));
    assert_eq!(invalid.remarks[0].remedy.as_deref(), Some("DROP INDEX CONCURRENTLY shop.by_status;"));

    database.run("DROP INDEX shop.by_status; CREATE INDEX by_status ON shop.orders (paid)").await;
    assert!(rules(&look(&target, "small.toml", SMALL).await).contains(&"definition-drift"));

    database.run("DROP INDEX shop.by_status; CREATE VIEW shop.by_status AS SELECT 1 AS one").await;
    assert!(rules(&look(&target, "small.toml", SMALL).await).contains(&"name-collision"));
}

#[tokio::test]
async fn what_the_server_would_refuse_only_in_the_night_is_found() {
    let database = shop().await;
    let target = database.target(super::OWNER);
    let with = |statements: &str| {
        SMALL.replace(
            r#"["CREATE INDEX CONCURRENTLY IF NOT EXISTS by_status ON shop.orders (status)"]"#,
            statements,
        )
    };
    let found = async |statements: &str| {
        let report = look(&target, "small.toml", &with(statements)).await;
        report
            .remarks
            .iter()
            .filter(|remark| remark.weight == Weight::Fail)
            .map(|remark| remark.rule.clone())
            .collect::<Vec<_>>()
    };
    let build = "CREATE INDEX CONCURRENTLY by_status ON shop.orders (status)";
    assert_eq!(
        found(&format!("[\"{build}\"]\nrun.sql.transaction = true")).await,
        ["concurrently-in-transaction"]
    );
    assert_eq!(found("[\"ANALYZE shop.customers\"]").await, ["relation-missing"]);
    assert_eq!(found("[\"UPDATE shop.orders SET state = 'x'\"]").await, ["statement-refused"]);
    assert_eq!(found("[\"SELECT 1; DROP TABLE shop.orders\"]").await, ["statement-refused"]);
    // What an earlier statement makes can be asked only then.
    let later = look(
        &target,
        "small.toml",
        &with("[\"CREATE TABLE shop.sums AS SELECT 1 AS n\", \"UPDATE shop.sums SET n = 2\"]"),
    )
    .await;
    assert_eq!(later.verdict(), Verdict::Inconclusive, "{}", told(&later));
}

#[tokio::test]
async fn a_target_or_a_program_that_is_not_there_is_a_remark_and_not_an_error() {
    let database = shop().await;
    let text = SMALL.replace(
        "run.sql.statements = [\"CREATE INDEX CONCURRENTLY IF NOT EXISTS by_status ON shop.orders (status)\"]",
        "run.command = { argv = [\"no-such-uv\", \"run\", \"alembic\", \"upgrade\", \"abc\"], cwd = \"textloom\" }",
    );
    let report = look(&database.target(super::OWNER), "small.toml", &text).await;
    assert_eq!(rules(&report), ["program-missing", "migration-not-rendered"], "{}", told(&report));
    assert!(
        told(&report).contains("no-such-uv could not be started: it is not on the console's PATH"),
        "{}",
        told(&report)
    );

    database.run(&format!("REVOKE CONNECT ON DATABASE {} FROM public", database.name)).await;
    let report = look(&database.target(PLAIN), "small.toml", SMALL).await;
    assert_eq!(report.remarks[0].rule, "target-unreachable");
    assert!(report.facts.is_none() && report.verdict() == Verdict::Fail);
}

/// hypopg is a package of its own, which `make test` installs beside Debian's PostgreSQL.
#[tokio::test]
async fn with_hypopg_the_planner_is_asked_which_plans_will_not_come_true() {
    let (database, target) = textloom(None, 10_000).await;
    database.run("CREATE EXTENSION hypopg").await;
    let report = look(&target, "textloom.toml", &runbook_text()).await;
    let Plans::Asked { plans } = &report.plans else { panic!("{:?}", report.plans) };
    let not: Vec<&str> =
        plans.iter().filter(|plan| !plan.comes_true).map(|plan| plan.title.as_str()).collect();
    let wrong = [
        "Completed tasks of type text_to_video: four in five of all tasks",
        "Preset personas: a table of one page",
    ];
    assert_eq!(not, wrong, "{plans:#?}");
    assert_eq!(report.verdict(), Verdict::Pass, "{}", told(&report));
}
