//! Delivery by e-mail: plain text, through one SMTP server (RFC 5321).

use super::letter::Message;
use super::receiver::{Came, Failure};
use super::webhook::{PATIENCE, chain};
use crate::server::target::Secret;
use crate::text::one_line::one_line;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// How much of an error is shown, in characters.
const SHOWN: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// A plain connection that becomes one with TLS, or none.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Only on this machine.
    None,
}

impl Security {
    /// The port by which it goes without another.
    pub fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    password: Option<Secret>,
}

impl Mailer {
    /// # Errors
    /// One sentence: the machine's certificates cannot be used, or the host is no name.
    pub fn new(
        host: &str,
        port: u16,
        security: Security,
        login: Option<(String, Secret)>,
        from: Mailbox,
    ) -> Result<Self, String> {
        let tls = || {
            TlsParameters::new(host.to_owned())
                .map_err(|error| format!("expected TLS with {host}: {}", chain(&error)))
        };
        let tls = match security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Implicit => Tls::Wrapper(tls()?),
            Security::None => Tls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
        let mut builder = builder.port(port).tls(tls).timeout(Some(PATIENCE));
        let password = login.as_ref().map(|(_, password)| password.clone());
        if let Some((user, password)) = login {
            builder = builder.credentials(Credentials::new(user, password.reveal().to_owned()));
        }
        Ok(Self { transport: builder.build(), from, password })
    }

    pub async fn send(&self, to: &[Mailbox], message: &Message) -> Came {
        let mail = match self.mail(to, message) {
            Ok(mail) => mail,
            Err(error) => return Came::Failed(Failure::again(self.masked(&chain(&error)))),
        };
        // Over all that is said, while the transport's own time is that of each answer.
        match timeout(PATIENCE, self.transport.send(mail)).await {
            Ok(Ok(answer)) => {
                let code = answer.code();
                Came::Taken(format!("SMTP {code}"))
            }
            Ok(Err(error)) => Came::Failed(Failure::again(self.masked(&chain(&error)))),
            Err(_) => Came::Failed(Failure::again(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }

    fn mail(&self, to: &[Mailbox], message: &Message) -> Result<lettre::Message, lettre::error::Error> {
        let domain = self.from.email.domain();
        let at = Duration::from_millis(u64::try_from(message.at).unwrap_or(0));
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .subject(message.subject.clone())
            .date(SystemTime::UNIX_EPOCH + at)
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            // Nobody's absence answers it (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN);
        if let Some(thread) = &message.thread {
            mail = mail.references(format!("<{thread}@{domain}>"));
        }
        let mail = to.iter().fold(mail, |mail, to| mail.to(to.clone()));
        mail.body(message.plain())
    }

    fn masked(&self, text: &str) -> String {
        let password = self.password.as_ref().map(Secret::reveal).filter(|password| !password.is_empty());
        one_line(&password.map_or_else(|| text.to_owned(), |password| text.replace(password, "***")), SHOWN)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from.email.to_string()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::Id;

    #[test]
    fn a_mail_is_plain_text_with_a_stable_id_and_no_header_of_others_words() {
        let from: Mailbox = "Kneeboard <kneeboard@ops.example>".parse().unwrap();
        let mailer = Mailer::new("127.0.0.1", 25, Security::None, None, from).unwrap();
        let mut message = Message::test(&Id::parse("dba").unwrap(), "1", 1_746_065_500_123);
        message.subject = "größer\r\nBcc: <all@corp.example>".to_owned();
        let to: Vec<Mailbox> = vec!["a@b.example".parse().unwrap(), "c@d.example".parse().unwrap()];
        let mail = String::from_utf8(mailer.mail(&to, &message).unwrap().formatted()).unwrap();
        assert!(mail.contains("Message-ID: <msg_test_1_dba@ops.example>\r\n"), "{mail}");
        assert!(mail.contains("Date: Thu, 01 May 2025 02:11:40 +0000\r\n"), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
        assert!(mail.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{mail}");
        assert!(mail.contains("To: a@b.example, c@d.example\r\n"), "{mail}");
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc:"), "{mail}");
    }
}
