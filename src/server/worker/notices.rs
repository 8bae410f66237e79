//! What the server remarks while a statement runs (NOTICE, WARNING, INFO), printed as psql prints it. The driver hands it over as
//! events of `tracing`.

use super::say;
use std::fmt::{self, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

pub(super) fn print() {
    // It fails only where somebody else listens already.
    let _set = tracing_subscriber::registry().with(Notices).try_init();
}

struct Notices;

impl<S: Subscriber> Layer<S> for Notices {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sqlx::postgres::notice"
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let word = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "NOTICE",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "INFO",
        };
        let mut text = Message(String::new());
        event.record(&mut text);
        say(&format!("{word}:  {}", text.0));
    }
}

struct Message(String);

impl Visit for Message {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _never = write!(self.0, "{value:?}");
        }
    }
}
