//! `kneeboard serve` itself, as a process with a real PostgreSQL behind it: killed, raced, cut off, told to end, started again. What
//! one room does alone is tested beside it.
#![cfg(feature = "ssr")]

mod aftercare;
mod api;
mod cancelled;
mod console;
mod crew;
mod disasters;
mod doors;
mod evidence;
#[path = "../support/hook.rs"]
mod hook;
mod killed;
mod lost;
mod maintenance;
mod migrations;
mod notify;
mod preflight;
mod raced;
mod rehearsal;
mod remedies;
mod runbooks;
mod second_person;
mod signing;
mod sse;
mod streams;
#[allow(dead_code, reason = "each test program uses its own part of it")]
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod verdicts;
mod watching;
mod ways_back;
mod windows;
