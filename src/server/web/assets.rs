//! The files that the pages load. A release has them in the binary; a debug build reads them from `target/site`, so that a new style
//! sheet needs no new binary.

use super::{AppError, Web};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Encodings with the endings of their files, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Site;

/// `/pkg/…` and the files at the root, such as the icon. They answer without a session.
pub fn router() -> Router<Web> {
    let at_root = Site::iter().filter(|name| !name.contains('/'));
    at_root.fold(Router::new().route("/pkg/{*name}", get(in_pkg)), |router, name| {
        let file = name.clone().into_owned();
        router.route(&format!("/{name}"), get(move |uri, headers| answer(file, uri, headers)))
    })
}

async fn in_pkg(Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    answer(format!("pkg/{name}"), uri, headers).await
}

async fn answer(name: String, uri: Uri, headers: HeaderMap) -> Result<Response, AppError> {
    let file = Site::get(&name).ok_or_else(|| AppError::not_found(format!("There is no file {name}.")))?;
    let etag = etag(&file);
    // An address with a version in its query stands for one content; any other is asked for again, which costs no bytes.
    let fresh = if uri.query().is_some_and(|query| query.starts_with("v=")) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = mime_guess::from_path(&name).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let caching = [
        (header::CACHE_CONTROL, fresh.to_owned()),
        (header::ETAG, etag.clone()),
        (header::VARY, "accept-encoding".into()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let accepts =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (encoding, file) =
        encoded(&name, accepts).map_or((None, file), |(encoding, file)| (Some(encoding), file));
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = (caching, [(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// A file as a release has compressed it, in the smallest encoding that is asked for. A debug build has none.
fn encoded(name: &str, accepts: &str) -> Option<(&'static str, EmbeddedFile)> {
    let asked = ENCODINGS.into_iter().filter(|(encoding, _)| takes(accepts, encoding));
    asked
        .map(|(encoding, ending)| (encoding, Site::get(&format!("{name}{ending}"))))
        .find_map(|(encoding, file)| Some((encoding, file?)))
}

fn etag(file: &EmbeddedFile) -> String {
    let mut etag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(etag, "{byte:02x}");
    }
    etag + "\""
}

/// Whether an `Accept-Encoding` names an encoding and does not rule it out.
fn takes(accepts: &str, encoding: &str) -> bool {
    accepts.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim() == encoding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_when_it_is_asked_for() {
        assert!(takes("gzip, deflate, br, zstd", "br"));
        assert!(takes("br;q=0.5", "br"));
        assert!(!takes("gzip;q=1.0, br;q=0", "br"));
        assert!(!takes("", "br"));
    }
}
