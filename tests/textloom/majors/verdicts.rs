//! The runbook's baseline and its verdicts, by the worker itself, and the table of them in `docs/textloom.md`.

use crate::support::Database;
use crate::{parameters, runbook};
use kneeboard::run::result::{Body, Explained, StepResult, fastest};
use kneeboard::runbook::{Action, Explain, ExplainQuery, Id, PlanExpect, Runbook};
use kneeboard::server::target::Target;
use kneeboard::server::worker::{RESULT, TASK, Task};
use kneeboard::text::duration;
use kneeboard::verdict::Verdict;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

/// What was measured before the change.
pub struct Baseline {
    folder: TempDir,
    runbook: Runbook,
}

/// Takes the baseline on a database without the indexes.
pub async fn baseline(target: &Target) -> Baseline {
    let (runbook, folder) = (runbook(), tempfile::tempdir().unwrap());
    let explain = explain(&runbook, "baseline");
    let done = work(target, &runbook, explain, None, folder.path()).await.unwrap();
    assert!(done.findings.is_empty(), "a baseline is captured, not judged: {:?}", done.findings);
    Baseline { folder, runbook }
}

/// Judges the runbook's queries, and those of the analysis that ask for what is not there, on a database with the indexes.
pub async fn judge(database: &Database, target: &Target, baseline: Baseline, tasks: u32) {
    for table in
        ["tasks", "media_items", "material_analyses", "sub_video_tasks", "script_contents", "personas"]
    {
        database.run(&format!("ANALYZE textloom_core.{table}")).await;
    }
    let Baseline { folder, runbook } = &baseline;
    let mut rows = Vec::new();
    for step in ["plans", "plans-unhelped"] {
        let place = tempfile::tempdir().unwrap();
        let before = (step == "plans").then(|| folder.path().join(RESULT));
        let done = work(target, runbook, explain(runbook, step), before, place.path()).await.unwrap();
        let Body::Explain { queries, settings } = done.body else { panic!("another body") };
        assert!(settings.contains_key("random_page_cost") && settings.contains_key("server_version"));
        for query in &queries {
            let finding = query.finding.as_ref().unwrap();
            assert_eq!(finding.verdict, Verdict::Pass, "{}: {}", query.title, finding.reason);
        }
        rows.extend(queries.iter().map(row));
    }
    rows.push(vacuous(target, runbook).await);
    rows.push(no_uuid(target, runbook).await);
    println!(
        "\n| query, {tasks} tasks | before | after | verdict | reason |\n| --- | --- | --- | --- | --- |"
    );
    rows.iter().for_each(|row| println!("{row}"));
}

fn row(query: &Explained) -> String {
    let shown = |times: &[f64]| fastest(times).map_or_else(|| "-".to_owned(), duration::exact);
    let before = query.baseline.as_ref().map_or_else(|| "-".to_owned(), |before| shown(&before.times_ms));
    let finding = query.finding.as_ref().unwrap();
    let (after, word) = (shown(&query.times_ms), finding.verdict.word());
    format!("| {} | {before} | {after} | {word} | {} |", query.title, finding.reason)
}

/// As the analysis writes it: the application stores `text_to_video`.
async fn vacuous(target: &Target, runbook: &Runbook) -> String {
    let sql = "SELECT * FROM textloom_core.tasks WHERE task_type = 'TEXT_TO_VIDEO' AND status = 'completed'";
    let place = tempfile::tempdir().unwrap();
    let done = work(target, runbook, of_the_analysis(sql), None, place.path()).await.unwrap();
    let Body::Explain { queries, .. } = done.body else { panic!("another body") };
    assert_eq!(queries[0].finding.as_ref().unwrap().verdict, Verdict::Inconclusive);
    row(&queries[0])
}

/// As the analysis writes it.
async fn no_uuid(target: &Target, runbook: &Runbook) -> String {
    let sql = "SELECT * FROM textloom_core.media_items WHERE task_id = 'example-uuid'";
    let place = tempfile::tempdir().unwrap();
    let output = work(target, runbook, of_the_analysis(sql), None, place.path()).await.unwrap_err();
    let error = output.lines().find(|line| line.starts_with("ERROR:")).unwrap();
    assert!(error.contains("invalid input syntax for type uuid"), "{output}");
    let error = error.trim_start_matches("ERROR:").trim();
    format!("| The analysis's own `task_id = 'example-uuid'` | - | - | refused | {error} |")
}

fn of_the_analysis(sql: &str) -> Explain {
    let indexes = vec!["idx_tasks_task_type_status".to_owned()];
    let query = ExplainQuery {
        id: Id::parse("own").unwrap(),
        title: "The analysis's own `task_type = 'TEXT_TO_VIDEO'`".to_owned(),
        sql: sql.to_owned(),
        bind: Vec::new(),
        expect: Some(PlanExpect { indexes, ..PlanExpect::default() }),
    };
    Explain { queries: vec![query], queries_of: None, repetitions: 3, baseline: None }
}

fn explain(runbook: &Runbook, step: &str) -> Explain {
    match &runbook.step(&Id::parse(step).unwrap()).unwrap().1.run {
        Action::Explain(explain) => explain.clone(),
        other => panic!("{step} is a {}", other.word()),
    }
}

/// What the worker leaves, or its output where it leaves nothing.
async fn work(
    target: &Target,
    runbook: &Runbook,
    explain: Explain,
    baseline: Option<PathBuf>,
    folder: &Path,
) -> Result<StepResult, String> {
    let types = runbook.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.kind)).collect();
    let task = Task::Explain { explain, types, parameters: parameters(target, runbook).await, baseline };
    let file = folder.join(TASK);
    std::fs::write(&file, serde_json::to_vec(&task).unwrap()).unwrap();
    let mut worker = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
    worker.arg("worker").arg(file).env_clear().envs(target.environment());
    let done =
        worker.env("PGOPTIONS", "-c lock_timeout=5000 -c statement_timeout=60000").output().await.unwrap();
    match std::fs::read(folder.join(RESULT)) {
        Ok(result) if done.status.success() => Ok(serde_json::from_slice(&result).unwrap()),
        _ => Err(String::from_utf8_lossy(&done.stdout).into_owned()),
    }
}
