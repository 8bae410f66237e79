//! `GET /healthz`: for those who watch the console. It answers without a session and tells nothing about runs.

use super::{AppError, Web};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Always `ok`: a console that is not answers 503.
    pub status: &'static str,
    pub version: &'static str,
}

pub async fn health(State(web): State<Web>) -> Result<Json<Health>, AppError> {
    let asked = sqlx::query("SELECT 1").execute(web.console.store().pool()).await;
    asked.map_err(|error| {
        tracing::error!(%error, "the console's state does not answer");
        let hint = "Look at the disk and the database of the state.";
        AppError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unhealthy",
            "The console's state does not answer.",
            hint,
        )
    })?;
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}
