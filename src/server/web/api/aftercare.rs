//! How the target of a run lives with the change.

use super::documents::AftercareDocument;
use crate::run::RunId;
use crate::server::web::{AppError, Web};
use axum::Json;
use axum::extract::{Path, State};

pub async fn look(
    State(web): State<Web>,
    Path(run): Path<RunId>,
) -> Result<Json<AftercareDocument>, AppError> {
    let report = web.console.aftercare(&run).await?;
    Ok(Json(AftercareDocument { concerns: report.concerns(), report }))
}
