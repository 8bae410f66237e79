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
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

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
    let (encoding, bytes) = encoded(&name, file, &headers).await?;
    let mut response = (caching, [(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

fn etag(file: &EmbeddedFile) -> String {
    let mut etag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(etag, "{byte:02x}");
    }
    etag + "\""
}

/// A file in the encodings of a release, each made when it is first asked for.
#[derive(Default)]
struct Encoded {
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

type Compress = fn(&[u8]) -> std::io::Result<Vec<u8>>;

static ENCODED: LazyLock<HashMap<String, Arc<Encoded>>> =
    LazyLock::new(|| Site::iter().map(|name| (name.into_owned(), Arc::default())).collect());

async fn encoded(
    name: &str,
    file: EmbeddedFile,
    headers: &HeaderMap,
) -> Result<(Option<&'static str>, Bytes), AppError> {
    let plain = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let accepts =
        headers.get(header::ACCEPT_ENCODING).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    // In a debug build the files change, compressing is slow, and nobody is far away.
    let kept = if cfg!(debug_assertions) { None } else { ENCODED.get(name) };
    let Some(kept) = kept.filter(|_| !name.ends_with(".png")) else { return Ok((None, plain)) };
    let (encoding, kept, compress): (_, _, Compress) = if takes(accepts, "br") {
        ("br", &kept.brotli, brotli)
    } else if takes(accepts, "gzip") {
        ("gzip", &kept.gzip, gzip)
    } else {
        return Ok((None, plain));
    };
    let make = || async {
        let made = spawn_blocking(move || compress(&plain)).await.map_err(AppError::internal)?;
        made.map(Bytes::from).map_err(AppError::internal)
    };
    Ok((Some(encoding), kept.get_or_try_init(make).await?.clone()))
}

/// Whether an `Accept-Encoding` names an encoding and does not rule it out.
fn takes(accepts: &str, encoding: &str) -> bool {
    accepts.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim() == encoding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    // Quality 9: within a few per cent of the best, in a tenth of its time.
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 9, 22);
    writer.write_all(plain)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
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

    #[test]
    fn what_is_compressed_comes_out_again() {
        let plain = "one line like another\n".repeat(1000);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(plain.as_bytes()).unwrap()[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, plain.as_bytes());
    }
}
