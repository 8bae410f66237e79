//! Every address of the API: what it takes, what it answers, who answers it.

use super::documents::{AftercareDocument, Asked, Done, RunDocument, RunbookList, Started, TargetEntry};
use super::{aftercare, commands, lists, openapi, preflights};
use crate::preflight::report::Looked;
use crate::run::RunSummary;
use crate::run::event::Event;
use crate::server::console::StartRun;
use crate::server::notify::Board;
use crate::server::web::{Web, logs, streams};
use crate::watch::Watch;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// What stands before every path of the table.
pub const PREFIX: &str = "/api/v1";

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

pub struct Route {
    pub method: &'static str,
    /// As axum and OpenAPI both write it.
    pub path: &'static str,
    /// Name of the operation, for generated clients.
    pub id: &'static str,
    pub summary: &'static str,
    /// Name and meaning of each query parameter.
    pub query: &'static [(&'static str, &'static str)],
    pub takes: Option<MakeSchema>,
    pub answers: Answers,
    handler: fn(&Web) -> MethodRouter<Web>,
}

pub enum Answers {
    Json(u16, MakeSchema),
    /// Server-Sent Events whose data is of this type.
    Events(MakeSchema),
    Text,
}

const TARGET: (&str, &str) = ("target", "Name of the target.");
const AFTER_SEQ: (&str, &str) =
    ("after", "Seq of the last event seen; the header Last-Event-ID wins over it.");
const AFTER_OFFSET: (&str, &str) =
    ("after", "Offset to go on from, in bytes; the header Last-Event-ID wins over it.");

pub const ROUTES: &[Route] = &[
    Route {
        method: "get",
        path: "/runbooks",
        id: "listRunbooks",
        summary: "The runbooks that can be started, and the files that are none with their mistakes",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<RunbookList>),
        handler: |_| get(lists::runbooks),
    },
    Route {
        method: "get",
        path: "/runbooks/{slug}/preflight",
        id: "getPreflight",
        summary: "The last preflight of a runbook on a target, if one was made since the console was started",
        query: &[TARGET],
        takes: None,
        answers: Answers::Json(200, schema::<Looked>),
        handler: |_| get(preflights::last),
    },
    Route {
        method: "post",
        path: "/runbooks/{slug}/preflight",
        id: "makePreflight",
        summary: "Prepare every statement, probe the programs, render and lint the migrations. Not done in 15 s, it goes on: get it then",
        query: &[TARGET],
        takes: None,
        answers: Answers::Json(200, schema::<Looked>),
        handler: |_| post(preflights::make),
    },
    Route {
        method: "get",
        path: "/targets",
        id: "listTargets",
        summary: "The databases that runs may be about",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<Vec<TargetEntry>>),
        handler: |_| get(lists::targets),
    },
    Route {
        method: "get",
        path: "/runs",
        id: "listRuns",
        summary: "All live runs and the latest that have ended, newest first",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<Vec<RunSummary>>),
        handler: |_| get(lists::runs),
    },
    Route {
        method: "post",
        path: "/runs",
        id: "startRun",
        summary: "Start a run",
        query: &[],
        takes: Some(schema::<StartRun>),
        answers: Answers::Json(201, schema::<Started>),
        handler: |_| post(commands::start),
    },
    Route {
        method: "get",
        path: "/runs/{id}",
        id: "getRun",
        summary: "Where a run stands: in words, and folded from its events",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<RunDocument>),
        handler: |_| get(lists::run),
    },
    Route {
        method: "get",
        path: "/runs/{id}/watch",
        id: "getWatch",
        summary: "What goes on in the target beside the step that runs, as of the last second; null while none runs",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<Option<Watch>>),
        handler: |_| get(lists::watch),
    },
    Route {
        method: "post",
        path: "/runs/{id}/commands",
        id: "commandRun",
        summary: "Ask something of a run. The same command_id is carried out once; a command that has not seen the latest state is \
                  refused",
        query: &[],
        takes: Some(schema::<Asked>),
        answers: Answers::Json(200, schema::<Done>),
        handler: |_| post(commands::command),
    },
    Route {
        method: "get",
        path: "/runs/{id}/aftercare",
        id: "getAftercare",
        summary: "How the target of a run lives with the change: what was counted since, and what of it is worth a word. A look that is younger \
                  than 9 s is given again",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<AftercareDocument>),
        handler: |_| get(aftercare::look),
    },
    Route {
        method: "get",
        path: "/runs/{id}/events",
        id: "followEvents",
        summary: "The events of a run as they happen: event `run`, then `end` when the run has ended. The id is the seq",
        query: &[AFTER_SEQ],
        takes: None,
        answers: Answers::Events(schema::<Event>),
        handler: |web| get(streams::events).layer(from_fn_with_state(web.clone(), streams::guard)),
    },
    Route {
        method: "get",
        path: "/runs/{id}/steps/{step}/attempts/{n}/log",
        id: "followLog",
        summary: "The log of an attempt as it grows: event `log`, then `end-log` with the exit record, or `lost-log`. The id is the offset",
        query: &[AFTER_OFFSET],
        takes: None,
        answers: Answers::Events(schema::<serde_json::Value>),
        handler: |web| get(streams::log).layer(from_fn_with_state(web.clone(), streams::guard)),
    },
    Route {
        method: "get",
        path: "/runs/{id}/steps/{step}/attempts/{n}/log.txt",
        id: "downloadLog",
        summary: "The whole log of an attempt, byte for byte",
        query: &[],
        takes: None,
        answers: Answers::Text,
        handler: |_| get(logs::text),
    },
    Route {
        method: "get",
        path: "/runs/{id}/steps/{step}/attempts/{n}/result.json",
        id: "getResult",
        summary: "What a step of kind sql, query, explain or index inventory found",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<crate::run::result::StepResult>),
        handler: |_| get(logs::result),
    },
    Route {
        method: "get",
        path: "/notifications",
        id: "getNotifications",
        summary: "Who is told what happens in runs, what waits to be delivered, and what was given up",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<Board>),
        handler: |_| get(lists::notifications),
    },
    Route {
        method: "get",
        path: "/openapi.json",
        id: "getOpenApi",
        summary: "This document",
        query: &[],
        takes: None,
        answers: Answers::Json(200, schema::<serde_json::Value>),
        handler: |_| get(openapi::document),
    },
];

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

pub fn router(web: &Web) -> Router<Web> {
    ROUTES.iter().fold(Router::new(), |router, route| {
        router.route(&format!("{PREFIX}{}", route.path), (route.handler)(web))
    })
}
