//! What there is: runbooks, targets, runs, notifications.

use super::documents::{BrokenFile, RunDocument, RunbookEntry, RunbookList, TargetEntry};
use crate::run::{RunId, RunSummary};
use crate::runbook::Id;
use crate::server::notify::Board;
use crate::server::target::Target;
use crate::server::web::{AppError, Web};
use crate::watch::Watch;
use axum::Json;
use axum::extract::{Path, State};

pub async fn runbooks(State(web): State<Web>) -> Result<Json<RunbookList>, AppError> {
    let mut list = RunbookList { runbooks: Vec::new(), broken: Vec::new() };
    for file in web.console.runbooks().list().map_err(AppError::internal)? {
        match file.content {
            Ok(loaded) => list.runbooks.push(RunbookEntry::of(&loaded)),
            Err(mistakes) => {
                let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                list.broken.push(BrokenFile { file: name, mistakes });
            }
        }
    }
    Ok(Json(list))
}

pub async fn targets(State(web): State<Web>) -> Result<Json<Vec<TargetEntry>>, AppError> {
    let runs = web.console.runs().await?;
    let live = |name: &Id| runs.iter().find(|run| run.ending.is_none() && run.target == *name);
    let entry = |target: &Target| TargetEntry {
        name: target.name().clone(),
        environment: target.environment_name().to_owned(),
        live_run: live(target.name()).map(|run| run.run.clone()),
    };
    Ok(Json(web.console.targets().iter().map(entry).collect()))
}

pub async fn runs(State(web): State<Web>) -> Result<Json<Vec<RunSummary>>, AppError> {
    Ok(Json(web.console.runs().await?))
}

pub async fn run(State(web): State<Web>, Path(run): Path<RunId>) -> Result<Json<RunDocument>, AppError> {
    Ok(Json(RunDocument::of(web.console.state(&run).await?)))
}

pub async fn watch(State(web): State<Web>, Path(run): Path<RunId>) -> Result<Json<Option<Watch>>, AppError> {
    web.console.state(&run).await?;
    Ok(Json(web.console.watches().latest(&run).map(|watch| Watch::clone(&watch))))
}

pub async fn notifications(State(web): State<Web>) -> Result<Json<Board>, AppError> {
    Ok(Json(web.notify.board(Some(&web.console)).await.map_err(AppError::internal)?))
}
