//! Ends streams whose session or token is no longer good, and all streams when the server is to end.

use crate::server::auth::Identity;
use crate::server::clock::now_ms;
use crate::server::web::Web;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use std::time::Duration;
use tokio::time::sleep;

/// How late a session that another process ended (the command line, a second console) or that ran out is noticed.
const LOOK: Duration = Duration::from_secs(10);

/// Around every route that answers with a stream.
pub async fn guard(
    State(web): State<Web>,
    Extension(identity): Extension<Identity>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(over(web, identity))))
}

async fn over(web: Web, identity: Identity) {
    let mut bell = web.auth.sessions.bell();
    loop {
        tokio::select! {
            () = web.stop.cancelled() => return,
            _ = bell.changed() => {}
            () = sleep(LOOK) => {}
        }
        match web.auth.still_good(&identity, now_ms()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::error!(%error, "sessions cannot be looked at; streams go on meanwhile"),
        }
    }
}
