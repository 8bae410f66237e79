//! A receiver of webhooks on loopback: it keeps all that it hears, and takes it or not as it is told.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Clone, Debug)]
pub enum Mood {
    Takes,
    Refuses(u16, String),
    /// It refuses one type and takes the others.
    RefusesOnly(u16, &'static str),
    /// It reads what is sent and never answers.
    Hangs,
    Redirects(String),
}

#[derive(Clone, Debug)]
pub struct Heard {
    pub id: String,
    pub at: i64,
    pub signature: Option<String>,
    pub body: String,
    /// It was answered with 200.
    pub taken: bool,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }

    pub fn topic(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

pub struct Hook {
    pub url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    heard: Mutex<Vec<Heard>>,
}

impl Hook {
    /// One that takes everything.
    pub async fn open() -> Self {
        let shared = Arc::new(Shared { mood: Mutex::new(Mood::Takes), heard: Mutex::default() });
        let router = axum::Router::new().fallback(hear).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks/hunter2hunter2", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, shared, serving }
    }

    pub fn becomes(&self, mood: Mood) {
        *self.shared.mood.lock().expect("the mood") = mood;
    }

    /// In the order in which it came, refused or not.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().expect("what was heard").clone()
    }

    /// The types of what was taken.
    pub fn topics(&self) -> Vec<String> {
        self.heard().iter().filter(|heard| heard.taken).map(Heard::topic).collect()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn hear(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().expect("text").to_owned());
    let mood = shared.mood.lock().expect("the mood").clone();
    let mut heard = Heard {
        id: header("webhook-id").expect("an id"),
        at: header("webhook-timestamp").expect("a time").parse().expect("seconds"),
        signature: header("webhook-signature"),
        body: String::from_utf8(body.to_vec()).expect("text"),
        taken: false,
    };
    let mood = match mood {
        Mood::RefusesOnly(status, topic) if heard.topic() == topic => Mood::Refuses(status, String::new()),
        Mood::RefusesOnly(..) => Mood::Takes,
        mood => mood,
    };
    heard.taken = matches!(mood, Mood::Takes);
    shared.heard.lock().expect("what was heard").push(heard);
    match mood {
        Mood::Takes | Mood::RefusesOnly(..) => "ok".into_response(),
        Mood::Refuses(status, words) => {
            (StatusCode::from_u16(status).expect("a status"), words).into_response()
        }
        Mood::Hangs => std::future::pending().await,
        Mood::Redirects(to) => Redirect::temporary(&to).into_response(),
    }
}
