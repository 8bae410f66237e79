//! One receiver and the mail server as they stand in the file.

use super::Misplaced;
use crate::run::notification::Kind;
use crate::runbook::Id;
use crate::server::modes::{Closed, check};
use crate::server::notify::mail::{Mailer, Security};
use crate::server::notify::receiver::{Receiver, Way};
use crate::server::notify::signing::Signing;
use crate::server::notify::webhook::Hook;
use crate::server::target::Secret;
use crate::server::target::settings::Variables;
use lettre::message::Mailbox;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;

/// Exactly one of `webhook`, `webhook_env` and `email`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: Spanned<Id>,
    webhook: Option<Spanned<String>>,
    /// Name of the environment variable that holds the address.
    webhook_env: Option<Spanned<String>>,
    secret: Option<Spanned<String>>,
    /// Name of the environment variable that holds the secret.
    secret_env: Option<Spanned<String>>,
    email: Option<Spanned<Vec<String>>>,
    /// All kinds without it.
    on: Option<Spanned<BTreeSet<Kind>>>,
    /// All targets without it.
    targets: Option<Spanned<BTreeSet<Id>>>,
    /// All environments without it.
    environments: Option<Spanned<BTreeSet<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    host: Spanned<String>,
    port: Option<u16>,
    #[serde(default)]
    tls: TlsWord,
    user: Option<Spanned<String>>,
    /// Name of the environment variable that holds the password.
    password_env: Option<Spanned<String>>,
    /// Relative to the file of receivers.
    password_file: Option<Spanned<PathBuf>>,
    from: Spanned<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TlsWord {
    #[default]
    StartTls,
    Implicit,
    None,
}

fn variable<'a>(
    name: &Spanned<String>,
    what: &str,
    environment: &'a Variables,
) -> Result<&'a String, Misplaced> {
    environment.get(name.get_ref()).ok_or_else(|| {
        let message =
            format!("expected the environment variable {} to hold the {what}, came none", name.get_ref());
        (name.span().start, message)
    })
}

/// A list that is given says something.
fn some<T>(given: Option<Spanned<BTreeSet<T>>>, what: &str) -> Result<Option<BTreeSet<T>>, Misplaced> {
    match given {
        Some(list) if list.get_ref().is_empty() => {
            let message = format!("expected at least one {what}, or no such key for all, came an empty list");
            Err((list.span().start, message))
        }
        given => Ok(given.map(Spanned::into_inner)),
    }
}

impl Entry {
    pub fn holds_a_secret(&self) -> bool {
        self.webhook.is_some() || self.secret.is_some()
    }

    pub fn is_mail(&self) -> bool {
        self.email.is_some()
    }

    pub fn receiver(
        self,
        mailer: Option<&Arc<Mailer>>,
        environment: &Variables,
    ) -> Result<Receiver, Misplaced> {
        let way = self.way(mailer, environment)?;
        let on = some(self.on, "kind")?.unwrap_or_else(|| Kind::ALL.into());
        let (targets, environments) =
            (some(self.targets, "target")?, some(self.environments, "environment")?);
        Ok(Receiver { name: self.name.into_inner(), way, on, targets, environments })
    }

    fn way(&self, mailer: Option<&Arc<Mailer>>, environment: &Variables) -> Result<Way, Misplaced> {
        let at = self.name.span().start;
        match (&self.webhook, &self.webhook_env, &self.email) {
            (Some(address), None, None) => self.webhook(address.span().start, address.get_ref(), environment),
            (None, Some(name), None) => {
                let address = variable(name, "webhook's address", environment)?;
                self.webhook(name.span().start, address, environment)
            }
            (None, None, Some(email)) => self.mail(email, mailer),
            _ => {
                let message = format!(
                    "expected exactly one of webhook, webhook_env and email for `{}`, came none or several",
                    self.name.get_ref()
                );
                Err((at, message))
            }
        }
    }

    fn webhook(&self, at: usize, address: &str, environment: &Variables) -> Result<Way, Misplaced> {
        let secret = match (&self.secret, &self.secret_env) {
            (Some(secret), None) => Some((secret.span().start, secret.get_ref())),
            (None, Some(name)) => Some((name.span().start, variable(name, "webhook's secret", environment)?)),
            (None, None) => None,
            (Some(_), Some(name)) => {
                return Err((name.span().start, "expected secret or secret_env, came both".to_owned()));
            }
        };
        let signing =
            secret.map(|(at, text)| Signing::parse(text).map_err(|message| (at, message.to_owned())));
        let hook = Hook::new(address, signing.transpose()?).map_err(|message| (at, message))?;
        Ok(Way::Webhook(Arc::new(hook)))
    }

    fn mail(&self, email: &Spanned<Vec<String>>, mailer: Option<&Arc<Mailer>>) -> Result<Way, Misplaced> {
        let at = email.span().start;
        if let Some(secret) = self.secret.as_ref().or(self.secret_env.as_ref()) {
            return Err((
                secret.span().start,
                "expected a secret with a webhook, came one with email".to_owned(),
            ));
        }
        let Some(by) = mailer else {
            return Err((at, "expected [smtp] with the server that sends e-mail, came none".to_owned()));
        };
        let to: Result<Vec<Mailbox>, Misplaced> = email.get_ref().iter().map(|to| mailbox(to, at)).collect();
        let to = to?;
        if to.is_empty() {
            return Err((at, "expected at least one address, came none".to_owned()));
        }
        Ok(Way::Mail { to, by: Arc::clone(by) })
    }
}

fn mailbox(text: &str, at: usize) -> Result<Mailbox, Misplaced> {
    text.parse().map_err(|_| {
        (
            at,
            format!(
                "expected an address such as dba@example.com or \"Name <dba@example.com>\", came `{text}`"
            ),
        )
    })
}

impl Mail {
    /// # Errors
    /// A mistake with its place.
    pub fn mailer(self, folder: &Path, environment: &Variables) -> Result<Arc<Mailer>, Misplaced> {
        let (at, host) = (self.host.span().start, self.host.get_ref());
        let security = match self.tls {
            TlsWord::StartTls => Security::StartTls,
            TlsWord::Implicit => Security::Implicit,
            TlsWord::None if ["127.0.0.1", "::1", "localhost"].contains(&host.as_str()) => Security::None,
            TlsWord::None => {
                let message = format!(
                    "expected tls = \"starttls\" or \"implicit\" for {host}: without TLS only a server on this machine is spoken to"
                );
                return Err((at, message));
            }
        };
        let password = self.password(folder, environment)?;
        let login = match (self.user, password) {
            (Some(user), Some(password)) => Some((user.into_inner(), password)),
            (None, None) => None,
            (Some(user), None) => {
                let message = "expected password_env or password_file with a user, came neither";
                return Err((user.span().start, message.to_owned()));
            }
            (None, Some(_)) => return Err((at, "expected a user with the password, came none".to_owned())),
        };
        let from = mailbox(self.from.get_ref(), self.from.span().start)?;
        let mailer = Mailer::new(host, self.port.unwrap_or(security.port()), security, login, from);
        mailer.map(Arc::new).map_err(|message| (at, message))
    }

    fn password(&self, folder: &Path, environment: &Variables) -> Result<Option<Secret>, Misplaced> {
        match (&self.password_env, &self.password_file) {
            (Some(name), None) => {
                variable(name, "password", environment).map(|password| Some(Secret::new(password.clone())))
            }
            (None, Some(file)) => {
                let (at, path) = (file.span().start, folder.join(file.get_ref()));
                check(&path, Closed::Secret)
                    .map_err(|open| (at, format!("expected a closed file: {open}")))?;
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    (at, format!("expected the password in {}, came an error: {error}", path.display()))
                })?;
                Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())))
            }
            (None, None) => Ok(None),
            (Some(name), Some(_)) => {
                Err((name.span().start, "expected password_env or password_file, came both".to_owned()))
            }
        }
    }
}
