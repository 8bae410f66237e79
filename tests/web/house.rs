//! A console with people and one run, and ways to talk to it.

use kneeboard::run::command::Report;
use kneeboard::run::event::{Known, NO_HASH, Pace};
use kneeboard::run::reading::TargetFacts;
use kneeboard::run::window::Window;
use kneeboard::run::{Command, Envelope, Event, Permission, RunId};
use kneeboard::runbook::{Id, parse::parse};
use kneeboard::server::auth::{Auth, Password, PersonName, Scope};
use kneeboard::server::console::{Console, Runbooks};
use kneeboard::server::store::Store;
use kneeboard::server::target::Targets;
use kneeboard::server::web::{Entrance, PublicUrl, Web, serve};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "a long enough password";

/// One line, one step, and a gate for which one dba signs.
const RUNBOOK: &str = r#"
slug = "small"
title = "Small"
summary = "The smallest with a gate."

[[phases]]
id = "preflight"
title = "Preflight"
kind = "preflight"
gate = { statement = "All is well.", sign_offs = [{ role = "dba" }] }

[[phases.items]]
id = "ready"
title = "I am ready"

[[phases.steps]]
id = "echo"
title = "Say something"
timeout = "10s"
run.command.argv = ["echo", "something"]
"#;

pub struct House {
    pub url: String,
    pub run: RunId,
    pub console: Console,
    pub auth: Auth,
    pub stop: CancellationToken,
    pub served: JoinHandle<std::io::Result<()>>,
    /// Goes with the house.
    _dir: TempDir,
}

/// Somebody's browser or script: follows no redirect, so that tests see each answer.
pub struct Caller {
    client: Client,
    url: String,
    token: Option<String>,
}

impl House {
    pub async fn open() -> Self {
        Self::at(None).await
    }

    pub async fn at(public_url: Option<PublicUrl>) -> Self {
        Self::behind(Entrance { public_url, ..Entrance::default() }).await
    }

    pub async fn behind(entrance: Entrance) -> Self {
        let dir = TempDir::new().unwrap();
        let runbooks = dir.path().join("runbooks");
        std::fs::create_dir(&runbooks).unwrap();
        std::fs::write(runbooks.join("small.toml"), RUNBOOK).unwrap();
        std::fs::write(runbooks.join("broken.toml"), "slug = 7").unwrap();
        let store = Store::open(&format!("sqlite://{}/state.sqlite", dir.path().display())).await.unwrap();
        let (console, _) =
            Console::new(store, dir.path().to_owned(), Runbooks::new(runbooks), Targets::default());
        let run = RunId::random();
        console.store().append(&run, &[first_event(&run, "shop", "olga", false)]).await.unwrap();
        let scheme = entrance.scheme();
        let web = Web::new(console.clone(), entrance);
        let (auth, stop) = (web.auth.clone(), web.stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(serve(listener, web));
        let house = Self { url, run, console, auth, stop, served, _dir: dir };
        use Permission::{Approver, Operator, Viewer};
        for (name, permissions, roles) in [
            ("vera", &[Viewer][..], &[][..]),
            ("olga", &[Viewer, Operator], &[]),
            ("anton", &[Viewer, Approver], &["dba"]),
            ("nora", &[], &[]),
        ] {
            let roles = roles.iter().map(|role| Id::parse(role).unwrap()).collect();
            let password = Password::parse(PASSWORD).unwrap();
            let permissions = permissions.iter().copied().collect();
            house.auth.people.add(&person(name), &password, &permissions, &roles, 1).await.unwrap();
        }
        house
    }

    /// Nobody yet.
    pub fn stranger(&self) -> Caller {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        Caller { client, url: self.url.clone(), token: None }
    }

    /// Somebody who has logged in.
    pub async fn browser(&self, name: &str) -> Caller {
        let caller = self.stranger();
        let answer = caller.log_in(name, PASSWORD).await;
        assert_eq!(answer.status(), 303, "{name} logs in");
        caller
    }

    /// Somebody's script.
    pub async fn script(&self, name: &str, scope: Scope) -> Caller {
        let secret = self.auth.tokens.add(&person(name), "script", scope, i64::MAX, 1).await.unwrap();
        Caller { token: Some(secret.reveal().to_owned()), ..self.stranger() }
    }

    /// Does something behind the web's back, as a colleague would.
    pub async fn command(&self, name: &str, command: Command) {
        let state = self.console.state(&self.run).await.unwrap();
        let envelope = Envelope { command_id: RunId::random().to_string(), expected_seq: state.seq, command };
        let caller = self.browser(name).await;
        let answer = caller.post(&self.commands()).json(&envelope).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Another run, started by this person.
    pub async fn run_of(&self, name: &str) -> RunId {
        let run = RunId::random();
        self.console.store().append(&run, &[first_event(&run, "stock", name, false)]).await.unwrap();
        run
    }

    /// The same on another target, which asks for a second factor and is closed: the glass takes one.
    pub async fn stepping_up(&self, target: &str, name: &str) -> RunId {
        let run = RunId::random();
        self.console.store().append(&run, &[first_event(&run, target, name, true)]).await.unwrap();
        let window = Some(Window { open: false, until: None, says: "a long sale".to_owned() });
        self.console.report(&run, Report::WindowRead { window }).await.unwrap();
        run
    }

    pub fn page(&self) -> String {
        format!("/runs/{}", self.run)
    }

    pub fn commands(&self) -> String {
        format!("/api/v1/runs/{}/commands", self.run)
    }
}

impl Caller {
    pub async fn log_in(&self, name: &str, password: &str) -> Response {
        let form = [("name", name), ("password", password), ("next", "/targets")];
        self.post("/login").form(&form).send().await.unwrap()
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.with_token(self.client.get(format!("{}{path}", self.url)))
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.with_token(self.client.request(method, format!("{}{path}", self.url)))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.with_token(self.client.post(format!("{}{path}", self.url)))
    }

    fn with_token(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Posts a command as the API takes it; the status and the answer.
    pub async fn command(&self, house: &House, id: &str, seq: u64, command: Value) -> (u16, Value) {
        let body = json!({ "command_id": id, "expected_seq": seq, "command": command });
        let answer = self.post(&house.commands()).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

/// Waits, without a limit of its own, until something is so.
pub async fn eventually(is_so: impl AsyncFn() -> bool) {
    while !is_so().await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

pub fn person(name: &str) -> PersonName {
    PersonName::parse(name).unwrap()
}

pub fn answer_ready(note: &str) -> Value {
    json!({ "kind": "answer_item", "item": "ready", "answer": "done", "note": note })
}

fn first_event(run: &RunId, target: &str, who: &str, step_up: bool) -> Event {
    let parsed = parse(RUNBOOK).unwrap();
    let target = TargetFacts {
        name: Id::parse(target).unwrap(),
        environment: "production".into(),
        host: "localhost".into(),
        database: "shop".into(),
        user: "migrator".into(),
        server_version: "15.0".into(),
        system_identifier: None,
        step_up: Some(step_up),
    };
    let started = Known::RunStarted {
        run: run.clone(),
        runbook: Arc::new(parsed.runbook),
        runbook_sha256: parsed.sha256,
        target,
        parameters: BTreeMap::new(),
        pace: Pace::StepByStep,
        preflight: None,
    };
    Event::seal(NO_HASH, 1, 1_746_065_500_123, who, None, started.into())
}
