//! How people come to the console: what may be asked for, and what is refused before anything listens.

use super::provider::Provider;
use crate::server::web::{Entrance, PublicUrl, Tls};
use anyhow::{bail, ensure};
use clap::Args;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The address in people's browsers, for instance https://kneeboard.example.org
    #[arg(long, env = "KNEEBOARD_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
    /// The server's certificate with its chain, in PEM; read again when the file changes, and at SIGHUP
    #[arg(long, env = "KNEEBOARD_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, in PEM, which nobody else may read
    #[arg(long, env = "KNEEBOARD_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address of a proxy that speaks TLS with browsers; give it once for each. Nobody else beyond this machine is answered
    #[arg(
        long,
        env = "KNEEBOARD_BEHIND_PROXY",
        value_name = "ADDRESS",
        value_delimiter = ',',
        conflicts_with = "tls_cert"
    )]
    behind_proxy: Vec<IpAddr>,
    #[command(flatten)]
    provider: Provider,
}

impl Options {
    /// What the console listens with on `address`.
    ///
    /// # Errors
    /// People's sessions would cross a network in the clear, nobody could reach it, or the certificate cannot be used. The sentence
    /// says what to do.
    pub fn read(self, address: SocketAddr) -> anyhow::Result<Entrance> {
        let tls = self.tls_cert.zip(self.tls_key);
        let beyond = !address.ip().is_loopback();
        if beyond && tls.is_none() && self.behind_proxy.is_empty() {
            bail!(
                "{address} is not loopback: people's sessions would cross the network in the clear. Give --tls-cert and --tls-key, or name the TLS proxy before the console with --behind-proxy ADDRESS, or listen on 127.0.0.1"
            );
        }
        if self.public_url.is_none() && (beyond || !self.behind_proxy.is_empty()) {
            bail!(
                "people from elsewhere are answered under the console's own name only: name it with --public-url https://..."
            );
        }
        let must_be_https = beyond || tls.is_some() || !self.behind_proxy.is_empty();
        let https = self.public_url.as_ref().is_none_or(PublicUrl::is_https);
        ensure!(https || !must_be_https, "expected a --public-url with https://: browsers come over TLS");
        let tls = tls.map(|(certificate, key)| Tls::load(certificate, key)).transpose()?;
        let oidc = self.provider.read()?;
        Ok(Entrance { public_url: self.public_url, tls, oidc, proxies: self.behind_proxy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(listen: &str, public_url: Option<&str>, proxy: Option<&str>) -> Result<(), String> {
        let public_url = public_url.map(|url| url.parse().unwrap());
        let behind_proxy = proxy.iter().map(|proxy| proxy.parse().unwrap()).collect();
        let options = Options { public_url, behind_proxy, ..Options::default() };
        options.read(listen.parse().unwrap()).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn beyond_loopback_it_takes_tls_or_a_proxy_that_is_named_and_the_name_that_people_type() {
        let name = Some("https://kneeboard.example.com");
        assert_eq!(read("127.0.0.1:1", None, None), Ok(()));
        assert_eq!(read("[::1]:1", name, None), Ok(()), "a proxy on this machine");
        assert_eq!(read("0.0.0.0:1", name, Some("10.0.0.5")), Ok(()));
        for (listen, name, proxy, says) in [
            ("0.0.0.0:1", None, None, "--behind-proxy ADDRESS, or listen on 127.0.0.1"),
            ("[::]:1", name, None, "in the clear"),
            ("10.0.0.1:1", None, Some("10.0.0.5"), "--public-url https://"),
            ("10.0.0.1:1", Some("http://kneeboard.example.com"), Some("10.0.0.5"), "with https://"),
        ] {
            let refused = read(listen, name, proxy).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
