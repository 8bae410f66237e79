//! The preflight before the change: of TextLoom's own runbook, and of one that takes the analysis at its word.

use crate::preflight::{failures, look, part, told};
use crate::runbook_text;
use crate::support::Database;
use kneeboard::preflight::Lock;
use kneeboard::preflight::report::{Plans, Report, Weight};
use kneeboard::server::target::Target;
use kneeboard::verdict::Verdict;

/// It fails for nothing but client programs that are older than the server, where this machine has such ones.
pub async fn passes_the_runbook_that_ships(target: &Target, major: u32) {
    let report = look(target, "textloom.toml", &runbook_text()).await;
    let client = report.tools.iter().find(|tool| tool.program == "pg_dump").expect("it is asked for");
    let version = client.version.as_deref().expect("pg_dump says its version");
    let own: u32 =
        version.rsplit_once("(PostgreSQL) ").unwrap().1.split('.').next().unwrap().parse().unwrap();
    if own < major {
        let old = ["tool-older-than-server pg_dump", "tool-older-than-server pg_restore"];
        assert_eq!(failures(&report), old, "{}", told(&report));
    } else {
        assert_eq!(report.verdict(), Verdict::Pass, "{}", told(&report));
    }
    assert!(report.prepared > 30, "{} prepared", report.prepared);
    assert!(
        matches!(&report.plans, Plans::NotAsked { why } if why.contains("CREATE EXTENSION hypopg")),
        "{:?}",
        report.plans
    );
    renders_both_directions(&report);
    tells_what_is_too_much(&report);
    assert_eq!(report.indexes.len(), 20);
    assert!(report.indexes.iter().all(|index| index.bytes > Some(0)), "{:?}", report.indexes);
}

fn renders_both_directions(report: &Report) {
    let upgrade = part(report, "upgrade");
    assert_eq!(upgrade.runs, "alembic upgrade: 3737e96ea445 → b15222e11ab9");
    let statements = upgrade.statements.as_ref().unwrap();
    let builds: Vec<_> =
        statements.iter().filter(|statement| statement.sql.starts_with("CREATE INDEX")).collect();
    assert_eq!(builds.len(), 20);
    assert!(builds.iter().all(|build| build.lock == Some(Lock::ShareUpdateExclusive) && !build.until_commit));
    assert_eq!(builds[0].tables, ["textloom_core.tasks"]);
    let downgrade = part(report, "downgrade").statements.as_ref().unwrap();
    let drop = downgrade
        .iter()
        .find(|statement| statement.sql.contains("idx_media_items_task_id_media_type"))
        .unwrap();
    assert_eq!(drop.tables, ["textloom_core.media_items"]);
}

fn tells_what_is_too_much(report: &Report) {
    let said_of = |rule: &str| {
        let of = report.remarks.iter().filter(|remark| remark.rule == rule);
        let mut subjects: Vec<&str> = of.map(|remark| remark.subject.as_str()).collect();
        subjects.sort_unstable();
        subjects
    };
    let left = [
        "idx_material_analyses_task_id",
        "idx_media_items_task_id",
        "idx_script_contents_task_id",
        "idx_sub_video_tasks_parent_task_id",
    ];
    assert_eq!(said_of("redundant-left-prefix"), left);
    assert_eq!(said_of("duplicate-of-unique"), ["idx_sub_video_tasks_sub_task_id"]);
}

pub async fn finds_every_mistake_of_the_document(database: &Database, target: &Target) {
    let text = include_str!("../document.toml");
    let report = look(target, "document.toml", text).await;
    assert_eq!(report.verdict(), Verdict::Fail);
    let told = told(&report);
    let failed = |rule: &str, part: &str, line: &str, says: &str| {
        let place = text.lines().position(|written| written.contains(line)).unwrap() + 1;
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
    assert!(told.contains("only a backup from before it has them"), "{told}");

    // Looking has changed nothing.
    let stands: String = sqlx::query_scalar("SELECT version_num FROM textloom_core.alembic_version")
        .fetch_one(&mut database.admin().await)
        .await
        .unwrap();
    assert_eq!(stands, "3737e96ea445");
}
