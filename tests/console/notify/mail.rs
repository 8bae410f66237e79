//! E-mail, by a real SMTP server.

use super::{go, notify, phases, sign, waiting, write};
use crate::console::{Console, refused, succeeded};
use crate::support::eventually_within;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);

/// It ends with its input: with the test, however that ends.
struct Server {
    process: Child,
    port: u64,
    mails: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn open(arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("end2end/support/smtp.mjs");
        let mut command = Command::new("node");
        let command = command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("node, which scripts/setup.sh test installs");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().expect("the server's port").unwrap();
        let port = serde_json::from_str(&first).unwrap();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { process, port, mails }
    }

    async fn mails(&self, many: usize) -> Vec<Value> {
        eventually_within(PATIENCE, "the mail comes", async || self.mails.lock().unwrap().len() >= many)
            .await;
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

fn file(to: &str, smtp: &str) -> String {
    format!(
        "[[receivers]]\nname = \"dba\"\nemail = [{to}]\n\n[smtp]\n{smtp}\nfrom = \"Kneeboard <kneeboard@ops.example>\"\n"
    )
}

fn text(mail: &Value) -> String {
    // Quoted-printable breaks its lines softly.
    mail["text"].as_str().unwrap().replace("=\r\n", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_plain_text_of_one_thread_with_the_link() {
    let server = Server::open(&[]);
    let mut console = Console::open(&phases("", "echo looked", "echo up")).await;
    console.add_person("anna", &["--permission", "approver", "--role", "dba"]);
    let smtp = format!("host = \"127.0.0.1\"\nport = {}\ntls = \"none\"", server.port);
    notify(&mut console, &file("\"Anna <anna@ops.example>\", \"ben@ops.example\"", &smtp));
    let run = waiting(&console).await;
    sign(&console, &run).await;
    go(&console, &run).await;
    let mails = server.mails(2).await;
    let asked = text(&mails[0]);
    assert_eq!(mails[0]["from"], "kneeboard@ops.example");
    assert_eq!(mails[0]["to"], serde_json::json!(["anna@ops.example", "ben@ops.example"]));
    assert!(asked.contains("Subject: shop (production): \"Look\" waits to be signed\r\n"), "{asked}");
    assert!(asked.contains(&format!("Message-ID: <msg_{run}_")), "{asked}");
    assert!(asked.contains(&format!("{}/sign/{run}", console.url())), "{asked}");
    for mail in &mails {
        let mail = text(mail);
        assert!(mail.contains(&format!("References: <{run}@ops.example>")), "{mail}");
        assert!(mail.contains("Content-Type: text/plain; charset=utf-8"), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    }
    assert!(text(&mails[1]).contains("Go: olga started"), "{:?}", mails[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_goes_over_tls_alone_and_comes_back_in_no_error() {
    let console = Console::open(&phases("", "echo looked", "echo up")).await;
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    for (name, pem) in
        [("ca.pem", authority.pem()), ("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem())]
    {
        std::fs::write(console.path(name), pem).unwrap();
    }
    let path = |name: &str| console.path(name).to_str().unwrap().to_owned();
    let server = Server::open(&[&path("cert.pem"), &path("key.pem"), "kneeboard", "hunter2hunter2"]);
    let smtp = format!(
        "host = \"localhost\"\nport = {}\nuser = \"kneeboard\"\npassword_env = \"SMTP_PASSWORD\"",
        server.port
    );
    write(&console, &file("\"anna@ops.example\"", &smtp));
    let test = |password: &str, authorities: &str| {
        let mut command = console.kneeboard(&["notify", "test", "dba"]);
        command.env("SMTP_PASSWORD", password).env("SSL_CERT_FILE", path(authorities));
        command
    };
    assert!(succeeded(test("hunter2hunter2", "ca.pem")).starts_with("dba took it: SMTP 250"));
    let mails = server.mails(1).await;
    assert_eq!(mails[0]["secure"], true);
    let wrong = refused(test("swordfish", "ca.pem"));
    assert!(wrong.contains("did not take it") && !wrong.contains("swordfish"), "{wrong}");
    // A server that nobody vouches for gets neither password nor mail.
    let unknown = refused(test("hunter2hunter2", "cert.pem"));
    assert!(unknown.contains("certificate"), "{unknown}");
    assert_eq!(server.mails(1).await.len(), 1);
    let nowhere = file("\"nobody@ops.example\"", &smtp);
    write(&console, &nowhere);
    let refusal = refused(test("hunter2hunter2", "ca.pem"));
    assert!(refusal.contains("no such mailbox"), "{refusal}");
}
