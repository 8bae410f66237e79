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
mod oidc;
mod pace;
mod pages;
mod plans;
mod router;
mod seats;
mod second_factor;
mod serve;
mod sessions;
mod sign_in;
mod step_up;
mod streams;
mod tls;

pub use error::{AppError, ErrorBody};
pub use host::{NotAPublicUrl, PublicUrl};
pub use router::router;
pub use serve::serve;
pub use tls::{Tls, TlsError};

use crate::server::auth::{Auth, Limiter};
use crate::server::console::Console;
use crate::server::notify::{Notify, Receivers};
use crate::server::oidc::Oidc;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What every handler can reach. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct Web {
    pub console: Console,
    pub auth: Auth,
    /// Who is told what happens; nobody, where nothing else is set.
    pub notify: Notify,
    /// How people come to the console.
    pub entrance: Arc<Entrance>,
    /// Cancelled when the server is to end: streams end then.
    pub stop: CancellationToken,
    /// Commands, by the person who gives them.
    commands: Arc<Limiter>,
    leptos: LeptosOptions,
}

/// How people come to the console: by default from this machine alone, without TLS.
#[derive(Clone, Default)]
pub struct Entrance {
    /// Where the console is to be found from elsewhere; none where only this machine may reach it.
    pub public_url: Option<PublicUrl>,
    /// None where a proxy stands before the console, or nobody from elsewhere comes.
    pub tls: Option<Tls>,
    /// Another provider by which people may sign in.
    pub oidc: Option<Oidc>,
    /// Where the proxy is, if not on this machine. Then nobody else is answered.
    pub proxies: Vec<IpAddr>,
}

impl Entrance {
    /// What the console itself speaks.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl Web {
    pub fn new(console: Console, entrance: Entrance) -> Self {
        let auth = Auth::new(console.store().pool());
        let notify = Notify::new(console.store(), Receivers::default());
        let leptos = LeptosOptions::builder().output_name("kneeboard").build();
        let commands = Arc::new(Limiter::new(pace::COMMANDS));
        let (entrance, stop) = (Arc::new(entrance), CancellationToken::new());
        Self { commands, console, auth, notify, entrance, stop, leptos }
    }

    /// The same, with those who are told what happens.
    pub fn telling(self, notify: Notify) -> Self {
        Self { notify, ..self }
    }
}
