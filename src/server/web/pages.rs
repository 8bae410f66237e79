//! Pages, rendered whole. What they show is `ui`'s matter; they find the console and the person in the context.

use super::headers::page_policy;
use super::{AppError, Web};
use crate::api::{Pasted, Provider, Trouble};
use crate::run::Refusal;
use crate::run::refusal::Code;
use crate::server::auth::Identity;
use crate::ui::{Refused, shell};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context, render_app_async_with_context};

/// `GET` of any page.
pub async fn page(State(web): State<Web>, request: Request) -> Response {
    render(&web, request.into_parts().0, StatusCode::OK, || ()).await
}

/// What stands at an address that is none of ours.
pub async fn nothing(State(web): State<Web>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return AppError::not_found("Nothing stands at this address.").into_response();
    }
    render(&web, request.into_parts().0, StatusCode::NOT_FOUND, || ()).await
}

/// The page at `address` with a refusal at its top and the form as it was filled in: the answer to a form that was posted.
pub async fn refuse(
    web: &Web,
    mut parts: Parts,
    address: Uri,
    status: StatusCode,
    refused: Refused,
) -> Response {
    (parts.method, parts.uri) = (Method::GET, address);
    render(web, parts, status, move || provide_context(refused.clone())).await
}

/// The page of plans with what its form has brought.
pub async fn pasted(web: &Web, mut parts: Parts, pasted: Pasted) -> Response {
    parts.method = Method::GET;
    render(web, parts, StatusCode::OK, move || provide_context(pasted.clone())).await
}

/// Server functions, which the browser calls when it goes from page to page by itself.
pub async fn server_fn(State(web): State<Web>, request: Request) -> Response {
    let identity = request.extensions().get::<Identity>().cloned();
    let context = move || provide(&web, identity.as_ref());
    let response = handle_server_fns_with_context(context, request).await.into_response();
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    // What could not even be read never came to the function, which else says itself whose fault it is.
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MOST_TROUBLE).await else {
        return AppError::internal("the trouble of a page cannot be read").into_response();
    };
    if let Ok(Trouble::Refused(Refusal { code: Code::Invalid, .. })) = serde_json::from_slice(&body) {
        parts.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Response::from_parts(parts, body.into())
}

/// A sentence about an argument, with the argument, in bytes.
const MOST_TROUBLE: usize = 1024 * 1024;

/// `more` puts into the context what only this answer has.
async fn render(
    web: &Web,
    parts: Parts,
    status: StatusCode,
    more: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let identity = parts.extensions.get::<Identity>().cloned();
    let (web, options, path) = (web.clone(), web.leptos.clone(), parts.uri.path().to_owned());
    let context = move || {
        let response = expect_context::<ResponseOptions>();
        if status != StatusCode::OK {
            response.set_status(status);
        }
        let policy = page_policy(&use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default());
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        provide(&web, identity.as_ref());
        more();
    };
    let request = Request::from_parts(parts, Body::empty());
    render_app_async_with_context(context, move || shell(options.clone(), path.clone()))(request).await
}

fn provide(web: &Web, identity: Option<&Identity>) {
    provide_context(web.console.clone());
    provide_context(web.auth.clone());
    provide_context(web.notify.clone());
    if let Some(oidc) = &web.entrance.oidc {
        provide_context(Provider { name: oidc.name().to_owned() });
    }
    if let Some(identity) = identity {
        provide_context(identity.clone());
        provide_context(identity.actor.clone());
    }
}
