//! The console over HTTP, as browsers, scripts and strangers meet it: a real server on a port of its own, a real SQLite state.

mod api;
mod assets;
mod csrf;
mod doors;
mod house;
mod login;
mod pages;
mod streams;
