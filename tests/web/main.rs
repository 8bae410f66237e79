//! The console over HTTP, as browsers, scripts and strangers meet it: a real server on a port of its own, a real SQLite state.

mod api;
mod assets;
mod attack;
mod csrf;
mod doors;
mod events;
mod house;
mod live;
mod login;
mod oidc;
mod pages;
mod plans;
mod sessions;
mod step_up;
mod streams;
mod tls;
