//! Delivery by HTTP POST, signed after Standard Webhooks 1.0. What is answered decides whether it was taken; nothing else of the answer
//! is believed or kept.

use super::letter::Message;
use super::receiver::{Came, Failure, Hope};
use super::signing::Signing;
use crate::run::Ms;
use crate::text::one_line::one_line;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use std::error::Error;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How long a receiver may take in all.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How much of an answer is shown where it refuses, in characters.
const SHOWN: usize = 200;

/// Where to post, and how it is signed. Whoever knows the address can write there: Debug does not show it.
#[derive(Clone)]
pub struct Hook {
    url: Url,
    signing: Option<Signing>,
    client: Client,
}

impl Hook {
    /// # Errors
    /// One sentence: it is no address, not over TLS, or the machine's certificates cannot be used. It does not hold the address.
    pub fn new(address: &str, signing: Option<Signing>) -> Result<Self, String> {
        let url =
            Url::parse(address.trim()).map_err(|error| format!("expected an address, came none: {error}"))?;
        let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        match url.scheme() {
            "https" => {}
            "http" if here => {}
            other => {
                return Err(format!(
                    "expected an address with https:// (http:// only on this machine), came one with {other}://"
                ));
            }
        }
        // A redirect would carry what is said to somebody whom nobody named; a proxy is not asked for this machine itself.
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        let client = if here { client.no_proxy() } else { client };
        let client = client
            .build()
            .map_err(|error| format!("expected the machine's certificates: {}", chain(&error)))?;
        Ok(Self { url, signing, client })
    }

    pub fn signs(&self) -> bool {
        self.signing.is_some()
    }

    /// `now` goes into the signature: a receiver refuses what is old.
    pub async fn send(&self, message: &Message, now: Ms) -> Came {
        let (body, at) = (message.json(), now / 1000);
        let mut request = self.client.post(self.url.clone());
        request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "kneeboard");
        request = request.header("webhook-id", &message.id).header("webhook-timestamp", at);
        if let Some(signing) = &self.signing {
            request = request.header("webhook-signature", signing.sign(&message.id, at, &body));
        }
        match request.body(body).send().await {
            Ok(response) => self.answered(response).await,
            Err(error) if error.is_timeout() => {
                Came::Failed(Failure::again(format!("no answer within {} s", PATIENCE.as_secs())))
            }
            Err(error) => Came::Failed(Failure::again(self.masked(&chain(&error.without_url())))),
        }
    }

    async fn answered(&self, mut response: Response) -> Came {
        let status = response.status();
        if status.is_success() {
            return Came::Taken(format!("HTTP {}", status.as_u16()));
        }
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let hope = match status {
            StatusCode::GONE => Hope::Gone,
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Hope::NotThisOne
            }
            _ => Hope::Again(asked.map(Duration::from_secs)),
        };
        let said = match response.chunk().await {
            Ok(Some(chunk)) => String::from_utf8_lossy(&chunk[..chunk.len().min(4 * SHOWN)]).into_owned(),
            _ => String::new(),
        };
        let mut why = format!("HTTP {}", status.as_u16());
        if status.is_redirection() {
            why.push_str(", a redirect, which is not followed");
        } else if !said.trim().is_empty() {
            why.push_str(&format!(": {said}"));
        }
        Came::Failed(Failure { why: self.masked(&why), hope })
    }

    /// One line without the address: a receiver may say it back.
    fn masked(&self, text: &str) -> String {
        let path = self.url.path().trim_matches('/');
        let query = self.url.query().unwrap_or_default();
        let parts = path.split('/').chain(query.split(['&', '='])).filter(|part| part.len() >= 6);
        let whole = [self.url.as_str(), path, query, self.url.password().unwrap_or_default()];
        let secrets = whole.into_iter().filter(|part| part.len() >= 6).chain(parts);
        let masked = secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
        one_line(&masked, SHOWN)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("signs", &self.signs()).finish_non_exhaustive()
    }
}

/// An error with its causes: the outermost alone says only that a request could not be sent.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !said.contains(&more) {
            said.push_str(": ");
            said.push_str(&more);
        }
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_over_tls_or_on_this_machine() {
        for good in
            ["https://hooks.example/x", "http://127.0.0.1:1/x", "http://[::1]/x", "http://localhost/x"]
        {
            assert!(Hook::new(good, None).is_ok(), "{good}");
        }
        for bad in [
            "hooks.example/hunter2",
            "http://hooks.example/hunter2",
            "http://127.0.0.1.nip.example/hunter2",
            "file:///hunter2",
            "",
        ] {
            let error = Hook::new(bad, None).unwrap_err();
            assert!(error.starts_with("expected") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_a_receiver_says_back_is_short_and_without_its_address() {
        let hook =
            Hook::new("https://hooks.example/services/T0/B12345678/hunter2hunter2?key=swordfish", None);
        let hook = hook.unwrap();
        let said = hook.masked("no /services/T0/B12345678/hunter2hunter2 here\n(hunter2hunter2, swordfish)");
        assert_eq!(said, "no /*** here (***, ***)");
        assert_eq!(hook.masked(&"x".repeat(10_000)).chars().count(), SHOWN);
        assert_eq!(format!("{hook:?}"), "Hook { signs: false, .. }");
    }
}
