//! The form that shows a plan: read, answered with its page, and forgotten.

use super::{AppError, Web, pages};
use crate::api::Pasted;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The largest request, in bytes: two plans of a thousand nodes each, with all that VERBOSE says of them.
pub const MOST: usize = 4 * 1024 * 1024;

/// `POST /plans`: the fields `plan` and `earlier`, or the files `plan_file` and `earlier_file`, which win.
pub async fn look(State(web): State<Web>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Multipart::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let mut form = match form {
        Ok(form) => form,
        Err(rejection) => return unread(rejection.status(), rejection.body_text()).into_response(),
    };
    let mut pasted = Pasted::default();
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return pages::pasted(&web, parts, pasted).await,
            Err(error) => return unread(error.status(), error.body_text()).into_response(),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let text = match field.bytes().await {
            // A plan is ASCII but for names and texts in it: what is no UTF-8 there is shown as such.
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return unread(error.status(), error.body_text()).into_response(),
        };
        match name.as_str() {
            "plan" if pasted.plan.is_empty() => pasted.plan = text,
            "earlier" if pasted.earlier.is_empty() => pasted.earlier = text,
            "plan_file" if !text.is_empty() => pasted.plan = text,
            "earlier_file" if !text.is_empty() => pasted.earlier = text,
            _ => {}
        }
    }
}

fn unread(status: StatusCode, why: String) -> AppError {
    let hint =
        format!("A form of at most {} MiB is read; kneeboard plan FILE reads any.", MOST / 1024 / 1024);
    AppError::new(status, "invalid", format!("The form could not be read: {why}."), hint)
}
