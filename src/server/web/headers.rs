//! The headers that keep a browser on our side.

use super::{Web, host};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Of everything that is no page: it may load nothing and be shown in nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The policy of a page. Scripts are ours by origin or by the nonce of this one answer; styles are files of ours.
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Of an error page, which has no scripts.
const BARE_PAGE: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A year, the least that browsers' makers ask for. Neighbours under the same domain are not the console's to speak for.
const TLS_ONLY: &str = "max-age=31536000";

/// Sets what an answer does not say itself.
pub async fn secure(State(web): State<Web>, request: Request, next: Next) -> Response {
    let over_tls = host::is_secure(&web, request.uri(), request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let html =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, if html { BARE_PAGE } else { NOTHING });
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    if over_tls {
        set(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    response
}
