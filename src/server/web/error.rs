//! The one error at the edge, and how it is told: JSON to programs, a page to people. Never a bare status.

use super::{error_page, pace};
use crate::run::refusal::{Code, Refusal};
use crate::server::auth::AuthError;
use crate::server::console::Problem;
use crate::server::logs::LogError;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use tower_http::request_id::RequestId;

/// Why a request was not carried out. `finish` tells it.
#[derive(Clone, Debug)]
pub struct AppError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub hint: String,
    /// For the log alone.
    cause: Option<String>,
}

/// The answer to a request that was not carried out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub struct ErrorBody {
    /// For programs: `not_allowed`, `stale`, `already_done`, `not_now`, `not_found`, `invalid`, `ended`, `too_many`, `step_up`, `signed_out`, ...
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
    /// Stands in the server's log beside the cause.
    pub request_id: String,
}

impl AppError {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { status, code, message: message.into(), hint: hint.into(), cause: None }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message, "Look at the list of runs and runbooks.")
    }

    pub fn signed_out() -> Self {
        let hint = "Log in, or send an API token that is still good as `Authorization: Bearer`.";
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "Nobody is signed in.", hint)
    }

    /// Not the asker's fault. The cause goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let hint = "Try again; if it stays, look into the server's log for the request id.";
        let error =
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The console could not do this.", hint);
        Self { cause: Some(cause.to_string()), ..error }
    }
}

/// The status and the word of a refusal's code.
fn of_code(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::NotAllowed => (StatusCode::FORBIDDEN, "not_allowed"),
        Code::Stale => (StatusCode::CONFLICT, "stale"),
        Code::AlreadyDone => (StatusCode::CONFLICT, "already_done"),
        Code::NotNow => (StatusCode::CONFLICT, "not_now"),
        Code::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Code::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Code::Ended => (StatusCode::GONE, "ended"),
        Code::StepUp => (StatusCode::FORBIDDEN, "step_up"),
        Code::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = of_code(refusal.code);
        Self::new(status, code, refusal.why, refusal.hint)
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Refused(refusal) => refusal.into(),
            Problem::NotFound(message) => Self::not_found(message),
            Problem::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<LogError> for AppError {
    fn from(error: LogError) -> Self {
        match &error {
            LogError::Io(cause) => Self::internal(cause),
            LogError::NotBegun => Self::new(error.status(), "not_found", error.to_string(), ""),
            _ => Self::new(error.status(), "invalid", error.to_string(), ""),
        }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        Self::internal(error)
    }
}

impl From<AuthError> for AppError {
    fn from(error: AuthError) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(pace::RETRY_AFTER));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Whether the asker reads JSON rather than pages.
pub fn wants_json(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    path.starts_with("/api/") || !accept.contains("text/html")
}

/// Tells errors. A failure is logged here, once.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.header_value().clone());
    let id = id.unwrap_or(HeaderValue::from_static("-"));
    let json = wants_json(request.uri().path(), request.headers());
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<AppError>() {
        Some(error) => error,
        None if is_bare(&response) => from_bare(response.status(), &mut response).await,
        None => return response,
    };
    if let Some(cause) = &error.cause {
        tracing::error!(request_id = ?id, cause, "a request failed");
    }
    let mut told = tell(&error, id.to_str().unwrap_or_default(), json);
    // Handlers may have said more, such as when to try again.
    for (name, value) in response.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

fn tell(error: &AppError, request_id: &str, json: bool) -> Response {
    let AppError { status, code, message, hint, .. } = error;
    if !json {
        return (*status, error_page::render(*status, message, hint, request_id)).into_response();
    }
    let body = ErrorBody {
        code: (*code).to_owned(),
        message: message.clone(),
        hint: hint.clone(),
        request_id: request_id.to_owned(),
    };
    (*status, Json(body)).into_response()
}

/// An error that the framework gave by itself: plain text or nothing.
fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let failed = response.status().is_client_error() || response.status().is_server_error();
    failed && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

async fn from_bare(status: StatusCode, response: &mut Response) -> AppError {
    let text = to_bytes(std::mem::take(response.body_mut()), 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (code, message, hint) = match status {
        StatusCode::NOT_FOUND => ("not_found", "Nothing stands at this address.", ""),
        StatusCode::METHOD_NOT_ALLOWED => ("invalid", "This address does not take this method.", ""),
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The request is too large.", "Send at most 64 kB."),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("slow", "This took longer than 30 s and was given up.", "Look at the run, then try again.")
        }
        _ if status.is_server_error() => return AppError::internal(text),
        _ => ("invalid", "The request is not well formed.", ""),
    };
    let message = if text.trim().is_empty() { message.to_owned() } else { text };
    AppError::new(status, code, message, hint)
}
