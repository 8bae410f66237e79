//! The page for an error outside of any page of the console: small, without scripts, escaped by construction.

use axum::http::StatusCode;
use axum::response::Html;
use leptos::prelude::*;

/// The whole document.
pub fn render(status: StatusCode, message: &str, hint: &str, request_id: &str) -> Html<String> {
    // Two texts side by side would get a comment between them, which a title shows.
    let title = status.canonical_reason().unwrap_or("Error");
    let (full_title, footer) =
        (format!("{title} · Kneeboard"), format!("{} · request {request_id}", status.as_u16()));
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{full_title}</title>
                <link rel="stylesheet" href="/pkg/kneeboard.css"/>
            </head>
            <body>
                <main class="page narrow" id="main">
                    <h1>{title}</h1>
                    <p>{message.to_owned()}</p>
                    <p>{hint.to_owned()}</p>
                    <p><a class="button" href="/">"All runs and runbooks"</a></p>
                    <p class="quiet">{footer}</p>
                </main>
            </body>
        </html>
    };
    Html(format!("<!DOCTYPE html>{}", page.to_html()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_text_and_never_markup() {
        let Html(page) = render(StatusCode::NOT_FOUND, "<script>alert(1)</script>", "\"&", "id");
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}
