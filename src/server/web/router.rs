//! Which address is answered by whom, and what stands before all of them.

use super::error::{AppError, finish};
use super::{
    Web, api, assets, evidence, forms, headers, health, host, identify, logs, oidc, pages, plans,
    second_factor, sessions, sign_in, streams,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Response, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, get, on, post};
use std::any::Any;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// The largest request, in bytes. A form's longest field has 4,000.
const MOST: usize = 64 * 1024;

/// How long an answer may take to begin. A stream begins at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole console. Requests must carry `ConnectInfo<SocketAddr>`, as [`super::serve`] gives it.
pub fn router(web: Web) -> Router {
    // Where pages wait for their data. That it was said before does no harm.
    any_spawner::Executor::init_tokio().ok();
    // Nothing of this answers without a session or a token.
    let private = pages_and_forms()
        .merge(attempts_and_streams(&web))
        .merge(api::router(&web))
        .fallback(pages::nothing)
        .layer(from_fn_with_state(web.clone(), identify::require));
    let public = Router::new()
        .route("/login", get(pages::page).post(sign_in::log_in))
        .route("/login/oidc", get(oidc::begin))
        .route("/login/oidc/callback", get(oidc::finish))
        .route("/logout", post(sign_in::log_out))
        .route("/healthz", get(health::health));
    // Logs are sent as they are: a stream must not be held back, and a download has a length.
    let compressible = DefaultPredicate::new().and(NotForContentType::const_new("text/plain"));
    let compressible = compressible.and(NotForContentType::const_new(evidence::ZIP));
    let compression = CompressionLayer::new().compress_when(compressible);
    let router = private.merge(public).layer(RequestBodyLimitLayer::new(MOST));
    let router = router.merge(larger(&web)).layer(compression).merge(assets::router());
    stand_before(router, &web).with_state(web)
}

fn pages_and_forms() -> Router<Web> {
    let router = Router::new()
        .route("/", get(pages::page))
        .route("/runbooks/{slug}", get(pages::page).post(forms::start))
        .route("/runbooks/{slug}/preflight", get(pages::page).post(forms::preflight))
        .route("/runs/{id}", get(pages::page).post(forms::command))
        .route("/runs/{id}/aftercare", get(pages::page))
        .route("/runs/{id}/report", get(pages::page))
        .route("/sign/{id}", get(pages::page).post(forms::sign))
        .route("/runs/{id}/evidence.zip", get(evidence::zip))
        .route("/targets", get(pages::page))
        .route("/sessions", get(pages::page).post(sessions::end))
        .route("/second-factor", get(pages::page).post(second_factor::change))
        .route("/notifications", get(pages::page))
        .route("/plans", get(pages::page));
    leptos::server_fn::axum::server_fn_paths().fold(router, |router, (path, method)| {
        match MethodFilter::try_from(method) {
            Ok(method) => router.route(path, on(method, pages::server_fn)),
            Err(_) => router,
        }
    })
}

/// What takes larger requests than forms and commands are.
fn larger(web: &Web) -> Router<Web> {
    Router::new()
        .route("/plans", post(plans::look))
        .layer(DefaultBodyLimit::max(plans::MOST))
        .layer(from_fn_with_state(web.clone(), identify::require))
}

fn attempts_and_streams(web: &Web) -> Router<Web> {
    let streams = Router::new()
        .route("/runs/{id}/live", get(streams::live))
        .route("/runs/{id}/events", get(streams::events))
        .route("/runs/{id}/steps/{step}/attempts/{n}/log", get(streams::log))
        .layer(from_fn_with_state(web.clone(), streams::guard));
    let attempt = Router::new()
        .route("/log.txt", get(logs::text))
        .route("/log/page", get(logs::page))
        .route("/log/search", get(logs::search))
        .route("/result.json", get(logs::result));
    streams.nest("/runs/{id}/steps/{step}/attempts/{n}", attempt)
}

/// What every request passes, from the innermost to the outermost.
fn stand_before(router: Router<Web>, web: &Web) -> Router<Web> {
    router
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(csrf(web).with_rejection_response(|_| {
            let message = "This request came from a page of another site.";
            AppError::new(
                StatusCode::FORBIDDEN,
                "foreign_origin",
                message,
                "Send it from the console itself.",
            )
            .into_response()
        }))
        .layer(from_fn_with_state(web.clone(), host::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(finish))
        .layer(from_fn_with_state(web.clone(), headers::secure))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

fn csrf(web: &Web) -> CsrfLayer {
    let layer = CsrfLayer::new();
    // A `PublicUrl` is an origin by construction, so it is never refused here.
    match web.entrance.public_url.as_ref().map(|public| layer.clone().add_trusted_origin(public.origin())) {
        Some(Ok(layer)) => layer,
        _ => layer,
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response<axum::body::Body> {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    AppError::internal(format!("a handler panicked: {said}")).into_response()
}

/// The address without its query, which may hold what somebody searched for.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::debug_span!("request", id, method = %request.method(), path = request.uri().path())
}
