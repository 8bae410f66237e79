//! `POST /sessions`: ends a session or an API token.

use super::{AppError, Web, pages};
use crate::run::refusal::{Code, Refusal};
use crate::server::auth::{AuthError, Identity, Key};
use crate::server::clock::now_ms;
use crate::ui::{Fields, Refused};
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

/// The fields `kind` (`session` or `token`) with `id`, or `person` and `name`. Back to the page, with the reason where it was refused.
pub async fn end(State(web): State<Web>, request: Request) -> Result<Response, AppError> {
    let (parts, body) = request.into_parts();
    let form = Form::<Key>::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let key = match form {
        Ok(Form(key)) => key,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let identity = parts.extensions.get::<Identity>().cloned().ok_or_else(AppError::signed_out)?;
    let error = match web.auth.end(&key, &identity, now_ms()).await {
        Ok(()) => {
            tracing::info!(by = identity.actor.name, ?key, "was ended");
            return Ok(Redirect::to("/sessions").into_response());
        }
        Err(error @ (AuthError::Sql(_) | AuthError::Hashing(_))) => return Err(error.into()),
        Err(error) => error,
    };
    let (status, code) = match error {
        AuthError::NotYours => (StatusCode::FORBIDDEN, Code::NotAllowed),
        _ => (StatusCode::NOT_FOUND, Code::NotFound),
    };
    let refused = Refused { refusal: Refusal::new(code, error.to_string(), ""), fields: Fields::new() };
    Ok(pages::refuse(&web, parts, Uri::from_static("/sessions"), status, refused).await)
}
