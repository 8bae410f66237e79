//! The document around every page.

use super::App;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use leptos_router::location::RequestUrl;

/// The whole HTML document. Scripts carry the nonce of the answer; nothing is styled or scripted inline. The page on which a
/// password is typed runs none.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let scripts = use_context::<RequestUrl>().is_none_or(|url| !url.as_ref().starts_with("/login"));
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="referrer" content="same-origin"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <HashedStylesheet options=options.clone()/>
                {scripts.then(|| view! { <HydrationScripts options/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
