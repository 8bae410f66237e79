//! The console over HTTP: pages, forms, event streams, the API. Handlers are thin: who asks, what is asked, the answer. No rule of the
//! console lives here.

mod address;
mod api;
mod assets;
mod error;
mod error_page;
mod evidence;
mod forms;
mod headers;
mod health;
mod host;
mod identify;
mod logs;
mod pages;
mod plans;
mod router;
mod serve;
mod sign_in;
mod streams;

pub use error::{AppError, ErrorBody};
pub use host::{NotAPublicUrl, PublicUrl};
pub use router::router;
pub use serve::serve;

use crate::server::auth::Auth;
use crate::server::console::Console;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

/// What every handler can reach. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct Web {
    pub console: Console,
    pub auth: Auth,
    /// Where the console is to be found from elsewhere; none where only this machine may reach it.
    pub public_url: Option<PublicUrl>,
    /// Cancelled when the server is to end: streams end then.
    pub stop: CancellationToken,
    leptos: LeptosOptions,
}

impl Web {
    pub fn new(console: Console, public_url: Option<PublicUrl>) -> Self {
        let auth = Auth::new(console.store().pool());
        let leptos = LeptosOptions::builder().output_name("kneeboard").build();
        Self { console, auth, public_url, stop: CancellationToken::new(), leptos }
    }
}
