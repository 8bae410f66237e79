//! What an attempt left: its log as a download, in pages and searched, and its result. Following a log lives in `streams`.

use super::address::AttemptPath;
use super::{AppError, Web};
use crate::server::logs::{download, pages};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::io::ErrorKind;

/// Lines of a page when the asker does not say.
const LINES: usize = 500;

/// `…/log.txt`: the whole log, byte for byte.
pub async fn text(State(web): State<Web>, Path(path): Path<AttemptPath>) -> Result<Response, AppError> {
    let dir = path.dir(&web).await?;
    Ok(download::respond(web.console.logs(), &dir).await?)
}

#[derive(Deserialize)]
pub struct PageQuery {
    /// Offset behind the page, for scrolling back; without one, the end of the log.
    before: Option<u64>,
    lines: Option<usize>,
    /// Offset at which the page begins, for going on; wins over `before`.
    after: Option<u64>,
}

/// `…/log/page?before=OFFSET&lines=N`: the lines before an offset; `…/log/page?after=OFFSET`: what comes behind it.
pub async fn page(
    State(web): State<Web>,
    Path(path): Path<AttemptPath>,
    Query(query): Query<PageQuery>,
) -> Result<Response, AppError> {
    let (hub, dir) = (web.console.logs(), path.dir(&web).await?);
    Ok(match query.after {
        Some(after) => pages::forth(hub, &dir, after).await?,
        None => pages::back(hub, &dir, query.before, query.lines.unwrap_or(LINES)).await?,
    })
}

#[derive(Deserialize)]
pub struct SearchQuery {
    text: String,
    /// Take upper and lower case as one.
    #[serde(default)]
    ignore_case: bool,
    #[serde(default)]
    from: u64,
}

/// `…/log/search?text=…&from=OFFSET`: lines that hold a text, a bounded piece of the log at a time.
pub async fn search(
    State(web): State<Web>,
    Path(path): Path<AttemptPath>,
    Query(query): Query<SearchQuery>,
) -> Result<Response, AppError> {
    let dir = path.dir(&web).await?;
    let SearchQuery { text, ignore_case, from } = query;
    Ok(pages::search(web.console.logs(), &dir, &text, ignore_case, from).await?)
}

/// `…/result.json`: what a step of kind sql, query, explain or index inventory found.
pub async fn result(State(web): State<Web>, Path(path): Path<AttemptPath>) -> Result<Response, AppError> {
    let dir = path.dir(&web).await?;
    match tokio::fs::read(dir.file("result.json")).await {
        Ok(json) => Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(AppError::not_found(
            "This attempt has no result: it is a command, or it has not come that far.",
        )),
        Err(error) => Err(AppError::internal(error)),
    }
}
