//! The preflight on a real target: TextLoom's own runbook, and one that takes the analysis at its word.

use super::support::{Database, PLAIN};
use super::{runbook_text, textloom};
use kneeboard::preflight::Lock;
use kneeboard::preflight::report::{Part, Plans, Remark, Report, Weight};
use kneeboard::runbook::parse::parse;
use kneeboard::server::preflight::{Subject, compile};
use kneeboard::server::target::Target;
use kneeboard::verdict::Verdict;
use std::path::Path;

async fn look(target: &Target, file: &str, text: &str) -> Report {
    let parsed = parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let subject =
        Subject { runbook: &parsed.runbook, sha256: &parsed.sha256, file, text, folder: &folder, target };
    compile(subject).await
}

fn told(report: &Report) -> String {
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

fn part<'a>(report: &'a Report, step: &str) -> &'a Part {
    report.parts.iter().find(|part| part.step.as_str() == step).unwrap_or_else(|| panic!("no step {step}"))
}

#[tokio::test]
async fn the_runbook_that_ships_passes_and_its_prices_are_told() {
    let (_database, target) = textloom(None, 10_000).await;
    let report = look(&target, "textloom.toml", &runbook_text()).await;
    assert_eq!(report.verdict(), Verdict::Pass, "{}", told(&report));
    assert!(report.prepared > 30, "{} prepared", report.prepared);

    let upgrade = part(&report, "upgrade");
    assert_eq!(upgrade.runs, "alembic upgrade: 3737e96ea445 → b15222e11ab9");
    let statements = upgrade.statements.as_ref().unwrap();
    let builds: Vec<_> =
        statements.iter().filter(|statement| statement.sql.starts_with("CREATE INDEX")).collect();
    assert_eq!(builds.len(), 20);
    assert!(builds.iter().all(|build| build.lock == Some(Lock::ShareUpdateExclusive) && !build.until_commit));
    assert_eq!(builds[0].tables, ["textloom_core.tasks"]);
    let downgrade = part(&report, "downgrade").statements.as_ref().unwrap();
    let drop = downgrade
        .iter()
        .find(|statement| statement.sql.contains("idx_media_items_task_id_media_type"))
        .unwrap();
    assert_eq!(drop.tables, ["textloom_core.media_items"]);

    let redundant = |rule: &str| -> Vec<&str> {
        report
            .remarks
            .iter()
            .filter(|remark| remark.rule == rule)
            .map(|remark| remark.subject.as_str())
            .collect()
    };
    let left = [
        "idx_material_analyses_task_id",
        "idx_media_items_task_id",
        "idx_script_contents_task_id",
        "idx_sub_video_tasks_parent_task_id",
    ];
    let mut found = redundant("redundant-left-prefix");
    found.sort_unstable();
    assert_eq!(found, left);
    assert_eq!(redundant("duplicate-of-unique"), ["idx_sub_video_tasks_sub_task_id"]);

    assert_eq!(report.indexes.len(), 20);
    assert!(
        report.indexes.iter().all(|index| index.bytes.is_some_and(|bytes| bytes > 0)),
        "{:?}",
        report.indexes
    );
    assert!(
        report.tools.iter().any(|tool| tool.program == "pg_dump" && tool.version.is_some()),
        "{:?}",
        report.tools
    );
}

#[tokio::test]
async fn every_mistake_of_the_document_is_found() {
    let (database, target) = textloom(None, 10_000).await;
    let text = include_str!("document.toml");
    let report = look(&target, "document.toml", text).await;
    assert_eq!(report.verdict(), Verdict::Fail);
    let failed = |rule: &str, part: &str, line: &str, says: &str| {
        let place = text.lines().position(|written| written.contains(line)).unwrap() + 1;
        let told = told(&report);
        let found = report.remarks.iter().find(|remark| {
            remark.weight == Weight::Fail
                && remark.rule == rule
                && remark.place.part == part
                && remark.place.line == place
        });
        let found = found.unwrap_or_else(|| panic!("no {rule} in line {place}:\n{told}"));
        let all = format!("{} {}", found.reason, found.remedy.clone().unwrap_or_default());
        assert!(all.contains(says), "no `{says}` in: {all}");
    };
    failed(
        "target-not-pinned",
        "step deploy",
        "upgrade head",
        "Name the revision: alembic upgrade b15222e11ab9",
    );
    failed("goes-elsewhere", "step deploy", "upgrade head", "3737e96ea445 → b15222e11ab9 → f0d95a3c7e21");
    failed("squawk/ban-drop-table", "step deploy", "upgrade head", "destroys data");
    failed("dump-by-redirection", "step deploy", "upgrade head", "empty file");
    failed("psql-goes-on", "step restore", "psql <", "exit code 0");
    failed("statement-refused", "step usage", "pg_stat_user_indexes", "relname and indexrelname");
    failed("statement-refused", "step slow", "ORDER BY mean_time", "mean_exec_time");
    failed("statement-refused", "step view", "CREATE VIEW", "mean_exec_time");
    failed("statement-refused", "step media", "task_id = 'example-uuid'", "bind a parameter of type uuid");
    failed("default-does-not-fit", "parameter task_id", "default = \"example-uuid\"", "a uuid");
    // There is no way back from dropping a table, in Alembic's own words.
    assert!(told(&report).contains("only a backup from before it has them"), "{}", told(&report));

    // Looking has changed nothing.
    let stands: String = sqlx::query_scalar("SELECT version_num FROM textloom_core.alembic_version")
        .fetch_one(&mut database.admin().await)
        .await
        .unwrap();
    assert_eq!(stands, "3737e96ea445");
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

/// hypopg is a package of its own (`postgresql-15-hypopg`); where it is not installed, the preflight says so, and that is looked at instead.
#[tokio::test]
async fn with_hypopg_the_planner_is_asked_which_plans_will_not_come_true() {
    let (database, target) = textloom(None, 10_000).await;
    let report = look(&target, "textloom.toml", &runbook_text()).await;
    assert!(
        matches!(&report.plans, Plans::NotAsked { why } if why.contains("CREATE EXTENSION hypopg")),
        "{:?}",
        report.plans
    );
    let installed: bool =
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_available_extensions WHERE name = 'hypopg'")
            .fetch_one(&mut database.admin().await)
            .await
            .unwrap();
    if !installed {
        return;
    }
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
