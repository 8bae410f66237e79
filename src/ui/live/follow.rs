//! The one event stream of a page: opened where the server's rendering ended, taken up again where it was cut.

use super::heard::{Ended, Heard};
use super::link::Link;
use super::local::now_ms;
use crate::run::{Event, Ms, Reading};
use crate::watch::Watch;
use leptos::leptos_dom::helpers::{IntervalHandle, set_interval_with_handle};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventSource, MessageEvent};

/// The console says something at least every ten seconds; after this much silence the connection is taken for dead.
const SILENCE: Ms = 25_000;
/// A cut of this length is told as stale.
const PATIENCE: Ms = 5_000;

pub struct Handlers {
    pub run: Box<dyn Fn(Event)>,
    pub log: Box<dyn Fn(Heard)>,
    pub end: Box<dyn Fn(Ended)>,
    pub watch: Box<dyn Fn(Watch)>,
    pub reading: Box<dyn Fn(Reading)>,
    pub link: Box<dyn Fn(Link)>,
}

struct Follower {
    address: String,
    /// Id of the last event: where to go on.
    cursor: RefCell<String>,
    connection: RefCell<Option<Connection>>,
    /// When something was last heard, by the viewer's clock.
    heard: Cell<Ms>,
    live: Cell<bool>,
    handlers: Handlers,
    watch: Cell<Option<IntervalHandle>>,
}

struct Connection {
    source: EventSource,
    _listeners: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}

thread_local! {
    static FOLLOWER: RefCell<Option<Rc<Follower>>> = const { RefCell::new(None) };
}

/// Follows `address` from `cursor` on; what was followed before is left.
pub fn follow(address: String, cursor: String, handlers: Handlers) {
    stop();
    let follower = Rc::new(Follower {
        address,
        cursor: RefCell::new(cursor),
        connection: RefCell::default(),
        heard: Cell::new(now_ms()),
        live: Cell::new(false),
        handlers,
        watch: Cell::new(None),
    });
    follower.connect();
    let watched = Rc::downgrade(&follower);
    let look = move || {
        if let Some(follower) = watched.upgrade() {
            follower.look();
        }
    };
    follower.watch.set(set_interval_with_handle(look, Duration::from_secs(1)).ok());
    FOLLOWER.set(Some(follower));
}

/// Leaves the stream.
pub fn stop() {
    if let Some(follower) = FOLLOWER.take() {
        if let Some(watch) = follower.watch.take() {
            watch.clear();
        }
        follower.connection.take();
    }
}

/// What is done with one kind of message.
type Take = fn(&Follower, &MessageEvent);

impl Follower {
    fn connect(self: &Rc<Self>) {
        let address = format!("{}?after={}", self.address, self.cursor.borrow());
        let Ok(source) = EventSource::new(&address) else { return };
        let mut listeners = Vec::new();
        for (name, take) in Self::EVENTS {
            let follower = Rc::downgrade(self);
            let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(follower) = follower.upgrade() {
                    take(&follower, &event);
                }
            });
            // An element that exists takes a listener of any name.
            let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            listeners.push(listener);
        }
        self.connection.replace(Some(Connection { source, _listeners: listeners }));
    }

    const EVENTS: [(&'static str, Take); 10] = [
        ("open", |this, _| this.hear()),
        ("error", |this, _| this.live.set(false)),
        ("ping", |this, _| this.hear()),
        ("end", |this, _| {
            (this.handlers.link)(Link::Over);
            // Not from within the listener that stopping drops.
            leptos::task::spawn_local(async { stop() });
        }),
        ("run", |this, event| {
            this.take(event, &this.handlers.run);
        }),
        ("log", |this, event| {
            this.take(event, &this.handlers.log);
        }),
        ("end-log", |this, event| {
            this.take(event, &this.handlers.end);
        }),
        ("watch", |this, event| {
            this.take(event, &this.handlers.watch);
        }),
        ("reading", |this, event| {
            this.take(event, &this.handlers.reading);
        }),
        ("lost-log", |this, event| {
            this.take(event, &this.handlers.end);
        }),
    ];

    fn hear(&self) {
        self.heard.set(now_ms());
        if !self.live.replace(true) {
            (self.handlers.link)(Link::Live);
        }
    }

    fn take<T: serde::de::DeserializeOwned>(&self, event: &MessageEvent, handler: &dyn Fn(T)) {
        self.hear();
        let id = event.last_event_id();
        if !id.is_empty() {
            self.cursor.replace(id);
        }
        let data = event.data().as_string().unwrap_or_default();
        match serde_json::from_str(&data) {
            Ok(said) => handler(said),
            Err(error) => leptos::logging::error!("an event of the run could not be read: {error}"),
        }
    }

    /// Once a second: a browser gives up on some errors and does not notice a dead line.
    fn look(self: &Rc<Self>) {
        let silent = now_ms() - self.heard.get();
        let closed =
            self.connection.borrow().as_ref().is_none_or(|c| c.source.ready_state() == EventSource::CLOSED);
        if closed || silent > SILENCE {
            self.live.set(false);
            let overdue = silent > SILENCE && silent % SILENCE < 1_000;
            if closed && silent % 2_000 < 1_000 || overdue {
                self.connect();
            }
        }
        if !self.live.get() {
            (self.handlers.link)(if silent > PATIENCE {
                Link::Stale(self.heard.get())
            } else {
                Link::Reconnecting
            });
        }
    }
}
