//! A provider on loopback that says whatever a test has it say, signed with a real Ed25519 key (RFC 8037).

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kneeboard::server::clock::now_ms;
use kneeboard::server::oidc::{ClientSecret, Oidc, Settings};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

pub const CLIENT: &str = "kneeboard";
pub const SECRET: &str = "the client's secret, of some length";

/// Ends with the test.
pub struct Provider {
    pub issuer: String,
    said: Arc<Mutex<Said>>,
    served: JoinHandle<()>,
}

/// What it says, and what was asked.
#[derive(Default)]
pub struct Said {
    issuer: String,
    /// Tokens by code, each for the challenge of the sign-in that it was made for.
    tokens: HashMap<String, (String, String)>,
    /// Its keys as it publishes them.
    pub keys: Vec<Value>,
    /// Beyond what every provider describes.
    pub more: Map<String, Value>,
    /// Of the account, at the UserInfo address; none where it has no such address.
    pub account: Option<Value>,
    /// Instead of its answer to a code.
    pub instead: Option<fn() -> Response>,
    /// Codes that were brought.
    pub brought: usize,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let said = Said { issuer: issuer.clone(), ..Said::default() };
        let said = Arc::new(Mutex::new(said));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route(
                "/keys",
                get(async |State(said): State<Arc<Mutex<Said>>>| {
                    Json(json!({ "keys": said.lock().unwrap().keys }))
                }),
            )
            .route("/token", post(token))
            .route(
                "/account",
                get(async |State(said): State<Arc<Mutex<Said>>>| Json(said.lock().unwrap().account.clone())),
            )
            .with_state(said.clone());
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, said, served }
    }

    pub fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap()
    }

    /// The console's settings for it, as a client with a secret.
    pub fn oidc(&self) -> Oidc {
        let secret = ClientSecret::parse(SECRET).unwrap();
        Oidc::new(Settings::parse(&self.issuer, CLIENT, Some(secret), "email", Some("Example Corp")).unwrap())
            .unwrap()
    }

    /// A code for what the console asked, which leads to this token.
    pub fn code(&self, asked: &Asked, token: String) -> String {
        let mut said = self.said();
        let code = format!("code {}&=%", said.tokens.len() + said.brought);
        said.tokens.insert(code.clone(), (asked.of("code_challenge"), token));
        code
    }

    pub fn publish(&self, key: &Key) {
        self.said().keys = vec![key.published()];
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn describe(State(said): State<Arc<Mutex<Said>>>) -> Json<Value> {
    let said = said.lock().unwrap();
    let at = |path: &str| json!(format!("{}{path}", said.issuer));
    let mut description = json!({
        "issuer": at(""),
        "authorization_endpoint": at("/authorize?kept=yes"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // What it could sign with is not what it is believed with.
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA", "HS256", "none"],
    });
    let description = description.as_object_mut().unwrap();
    if said.account.is_some() {
        description.insert("userinfo_endpoint".to_owned(), at("/account"));
    }
    description.extend(said.more.clone());
    Json(Value::Object(description.clone()))
}

/// A code counts once, for the client and for who began (RFC 6749, 4.1.3; RFC 7636, 4.6).
async fn token(
    State(said): State<Arc<Mutex<Said>>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut said = said.lock().unwrap();
    said.brought += 1;
    if let Some(instead) = said.instead {
        return instead();
    }
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let known = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", encode(SECRET))));
    if headers.get(header::AUTHORIZATION).is_none_or(|came| came != known.as_str()) {
        return refused("invalid_client");
    }
    let Some((challenge, token)) = said.tokens.remove(&form["code"]) else { return refused("invalid_grant") };
    let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if verifier != challenge || !form["redirect_uri"].ends_with("/login/oidc/callback") {
        return refused("invalid_grant");
    }
    Json(json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token }))
        .into_response()
}

pub fn elsewhere() -> Response {
    Redirect::temporary("http://127.0.0.1:1/token").into_response()
}

pub fn without_end() -> Response {
    vec![b' '; 2 * 1024 * 1024].into_response()
}

/// What the console asks of the provider, in the address that it sends a browser to.
pub struct Asked(Url);

impl Asked {
    pub fn read(location: &str) -> Self {
        Self(Url::parse(location).unwrap())
    }

    pub fn of(&self, name: &str) -> String {
        let found = self.0.query_pairs().find(|(of, _)| of == name);
        found.unwrap_or_else(|| panic!("{name} in {}", self.0)).1.into_owned()
    }

    /// The claims of a token for it, good for a minute.
    pub fn claims(&self, provider: &Provider, subject: &str) -> Value {
        let now = now_ms() / 1000;
        json!({ "iss": provider.issuer, "sub": subject, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": self.of("nonce"),
            "email": "vera", "email_verified": true })
    }
}

pub struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { id, pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap() }
    }

    fn published(&self) -> Value {
        let public = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": public })
    }

    /// A token as RFC 7515 has it.
    pub fn sign(&self, claims: &Value) -> String {
        let signed = self.unsigned("EdDSA", claims);
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// One without a signature, that says so.
    pub fn none(&self, claims: &Value) -> String {
        format!("{}.", self.unsigned("none", claims))
    }

    /// One that is signed with a secret that others have too.
    pub fn hs256(&self, secret: &[u8], claims: &Value) -> String {
        let signed = self.unsigned("HS256", claims);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn unsigned(&self, algorithm: &str, claims: &Value) -> String {
        let header = json!({ "alg": algorithm, "kid": self.id, "typ": "JWT" }).to_string();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()))
    }
}
