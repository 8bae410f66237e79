//! The console with a certificate of its own: HTTP/2, cookies, a renewal while it serves, and those who never finish a sentence.

use crate::house::{House, PASSWORD, answer_ready, eventually};
use futures::StreamExt;
use kneeboard::server::web::{Entrance, Tls};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, Version};
use serde_json::json;
use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

/// Writes a new pair for 127.0.0.1 and gives what a browser has to trust.
fn renew(folder: &Path) -> Certificate {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    set_permissions(folder.join("key.pem"), Permissions::from_mode(0o600)).unwrap();
    write(folder.join("cert.pem"), cert.pem()).unwrap();
    Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("cert.pem"), folder.join("key.pem"))
}

fn client(trusted: Certificate) -> Client {
    let builder = Client::builder().tls_built_in_root_certs(false).add_root_certificate(trusted);
    builder.cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

struct Served {
    house: House,
    tls: Tls,
    folder: TempDir,
    trusted: Certificate,
}

async fn served() -> Served {
    let folder = TempDir::new().unwrap();
    let trusted = renew(folder.path());
    let (certificate, key) = files(folder.path());
    let tls = Tls::load(certificate, key).unwrap();
    let house = House::behind(Entrance { tls: Some(tls.clone()), ..Entrance::default() }).await;
    Served { house, tls, folder, trusted }
}

#[tokio::test]
async fn a_run_is_walked_over_http2_and_its_stream_ends_with_the_session() {
    let Served { house, trusted, .. } = served().await;
    let browser = client(trusted);
    let at = |path: &str| format!("{}{path}", house.url);
    let form = [("name", "olga"), ("password", PASSWORD), ("next", "/")];
    let answer = browser.post(at("/login")).header("origin", &house.url).form(&form).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (303, Version::HTTP_2));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-kneeboard_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");

    let streaming = browser.get(at(&format!("{}/events", house.page()))).send().await.unwrap();
    assert_eq!((streaming.status().as_u16(), streaming.version()), (200, Version::HTTP_2));
    let mut stream = streaming.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("run_started") {
        seen += &String::from_utf8_lossy(&stream.next().await.expect("the first event").unwrap());
    }

    let command = json!({ "command_id": "c1", "expected_seq": 1, "command": answer_ready("") });
    let foreign = browser.post(at(&house.commands())).header("origin", "https://evil.example");
    assert_eq!(foreign.json(&command).send().await.unwrap().status(), 403);
    let own = browser.post(at(&house.commands())).header("origin", &house.url);
    assert_eq!(own.json(&command).send().await.unwrap().status(), 200);
    assert_eq!(browser.post(at("/logout")).send().await.unwrap().status(), 303);
    while let Some(frame) = stream.next().await {
        frame.unwrap();
    }
    assert_eq!(browser.get(at("/api/v1/runs")).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_new_certificate_is_served_without_a_restart_and_a_torn_one_is_not() {
    let Served { house, tls, folder, trusted: old } = served().await;
    let health = format!("{}/healthz", house.url);
    assert_eq!(client(old.clone()).get(&health).send().await.unwrap().status(), 200);
    assert!(!tls.look(), "nothing has changed");
    write(folder.path().join("cert.pem"), "torn").unwrap();
    assert!(!tls.look());
    assert_eq!(client(old.clone()).get(&health).send().await.unwrap().status(), 200);
    let new = renew(folder.path());
    assert!(tls.look());
    assert_eq!(client(new).get(&health).send().await.unwrap().status(), 200);
    assert!(client(old).get(&health).send().await.is_err());
}

#[tokio::test]
async fn a_key_that_others_may_read_and_a_pair_that_does_not_fit_are_refused() {
    let folder = TempDir::new().unwrap();
    renew(folder.path());
    let (certificate, key) = files(folder.path());
    let refused = || Tls::load(certificate.clone(), key.clone()).err().map(|error| error.to_string());
    set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(refused().unwrap().contains("chmod 600"));
    set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(refused(), None);
    let other = TempDir::new().unwrap();
    renew(other.path());
    std::fs::copy(other.path().join("key.pem"), &key).unwrap();
    assert!(refused().unwrap().contains("cannot be used"), "{:?}", refused());
}

/// The real process. Between the two pairs nothing differs that its looks now and then go by, so what it reads it reads for the signal.
#[tokio::test]
async fn sighup_has_a_renewed_certificate_read_at_once() {
    let folder = TempDir::new().unwrap();
    let old = renew(folder.path());
    let (certificate, key) = files(folder.path());
    let mut serve = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
    serve
        .args(["serve", "--listen", "127.0.0.1:0", "--tls-cert"])
        .arg(&certificate)
        .arg("--tls-key")
        .arg(&key);
    serve.arg("--state").arg(format!("sqlite://{}/state/state.sqlite", folder.path().display()));
    std::fs::create_dir(folder.path().join("runbooks")).unwrap();
    serve.arg("--runbooks").arg(folder.path().join("runbooks")).stdout(Stdio::piped()).kill_on_drop(true);
    let mut served = serve.spawn().unwrap();
    let mut told = BufReader::new(served.stdout.take().unwrap()).lines();
    let told = told.next_line().await.unwrap().unwrap();
    let health = format!("{}/healthz", told.strip_prefix("Kneeboard is at ").unwrap());
    // On a connection of its own each time: one that is open keeps what was agreed on.
    let answers = async |trusted: &Certificate| {
        client(trusted.clone()).get(&health).send().await.is_ok_and(|answer| answer.status() == 200)
    };
    eventually(async || answers(&old).await).await;

    let tell = |signal| kill(Pid::from_raw(served.id().unwrap().try_into().unwrap()), signal).unwrap();
    // Held, so that it cannot look between a file's new content and its old time.
    tell(Signal::SIGSTOP);
    let new = replace_unseen(folder.path());
    tell(Signal::SIGCONT);
    assert!(!answers(&new).await, "nothing has told it so far");
    tell(Signal::SIGHUP);
    eventually(async || answers(&new).await).await;
    assert!(!answers(&old).await);
    served.kill().await.unwrap();
}

/// Another pair in the same files, of the same length and time.
fn replace_unseen(folder: &Path) -> Certificate {
    let (certificate, key) = files(folder);
    let length = |path: &Path| path.metadata().unwrap().len();
    let before = (length(&certificate), length(&key));
    loop {
        let other = TempDir::new().unwrap();
        let trusted = renew(other.path());
        let (new_certificate, new_key) = files(other.path());
        if (length(&new_certificate), length(&new_key)) != before {
            continue;
        }
        for (new, path) in [(new_certificate, &certificate), (new_key, &key)] {
            let time = path.metadata().unwrap().modified().unwrap();
            write(path, std::fs::read(new).unwrap()).unwrap();
            std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
        return trusted;
    }
}

/// Whoever opens connections and says nothing, or never ends a sentence, holds no more than a share; others are answered meanwhile.
#[tokio::test]
async fn slow_clients_take_no_more_than_their_share() {
    let plain = House::open().await;
    let Served { house: sealed, trusted, .. } = served().await;
    for (house, begun) in [(&plain, &b"GET / HT"[..]), (&sealed, b"\x16\x03\x01")] {
        let address = house.url.split_once("//").unwrap().1.to_owned();
        let mut held = Vec::new();
        let mut closed = 0;
        for at in 0..250 {
            let mut slow = TcpStream::connect(&address).await.unwrap();
            // Some are silent; some begin a request, or a greeting.
            if at % 2 == 0 {
                let _ = slow.write_all(begun).await;
            }
            held.push(slow);
        }
        for slow in held.iter_mut().skip(200) {
            // Closed without a word, by an end or a reset.
            closed += u32::from(!matches!(slow.read(&mut [0]).await, Ok(1)));
        }
        assert_eq!(closed, 50, "the first two hundred stay");
        let client = client(trusted.clone());
        let elsewhere = Client::builder().local_address("127.0.0.2".parse::<std::net::IpAddr>().unwrap());
        let elsewhere = elsewhere.tls_built_in_root_certs(false).add_root_certificate(trusted.clone());
        let health = format!("{}/healthz", house.url);
        let answer = elsewhere.build().unwrap().get(&health).send().await.unwrap();
        assert_eq!(answer.status(), 200, "a neighbour is answered meanwhile");
        drop(held);
        eventually(async || client.get(&health).send().await.is_ok()).await;
    }
}
