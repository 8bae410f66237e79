//! How the provider is asked: over TLS, without redirects, for a bounded time and with an end to what it may answer.

use openidconnect::http::Response;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use std::error::Error;
use std::fmt::Write;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;
use url::{Host, Url};

/// How long one question may take, and how long it may take until somebody is there.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);

/// The longest answer, in bytes. The keys of large providers have some 20 kB.
const MOST: usize = 512 * 1024;

#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    /// The provider is on this machine, where nothing crosses a network.
    here: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{0} is not https://, and what is asked there would cross the network in the clear")]
    Plain(String),
    #[error("{}", whole(.0))]
    Failed(#[from] reqwest::Error),
    #[error("the answer is longer than {MOST} bytes")]
    TooLong,
    #[error("{0}")]
    Malformed(#[from] openidconnect::http::Error),
}

impl Http {
    pub fn new(here: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        let client = client.connect_timeout(CONNECT).user_agent("kneeboard");
        // A proxy on the way to this machine would be none.
        let client = if here { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, here })
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request: reqwest::Request = request.try_into()?;
        if !is_closed(request.url(), self.here) {
            return Err(HttpError::Plain(request.url().to_string()));
        }
        let mut answer = self.client.execute(request).await?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if body.len() + part.len() > MOST {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&part);
        }
        Ok(response.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// Whether what is sent to an address is read by nobody on the way.
pub fn is_closed(url: &Url, here: bool) -> bool {
    url.scheme() == "https" || here && url.scheme() == "http" && is_loopback(url)
}

pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// With all that lies behind it: "error sending request" alone helps nobody.
fn whole(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let _ = write!(told, ": {error}");
        behind = error.source();
    }
    told
}
