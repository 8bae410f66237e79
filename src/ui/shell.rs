//! The document around every page.

use super::app::{LivePages, RUNS};
use super::pages::still::StillPages;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

/// The whole HTML document of the page at `path`. Scripts carry the nonce of the answer; nothing is styled or scripted inline.
pub fn shell(options: LeptosOptions, path: String) -> impl IntoView {
    let live = is_live(&path);
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
                // The viewer's zone, on still pages too.
                <script src="/zone.js" nonce=use_nonce() defer></script>
                {live.then(|| view! { <HydrationScripts options/> })}
                <MetaTags/>
            </head>
            <body>
                {if live { view! { <LivePages path/> }.into_any() } else { view! { <StillPages/> }.into_any() }}
            </body>
        </html>
    }
}

/// Whether a page follows what happens or is worked with by keys, and so is taken over in the browser. All others are made on the server
/// alone.
fn is_live(path: &str) -> bool {
    let of_run = path.strip_prefix(RUNS).filter(|rest| rest.starts_with('/'));
    ["/", "/plans"].contains(&path) || of_run.is_some_and(|rest| !rest.ends_with("/report"))
}
