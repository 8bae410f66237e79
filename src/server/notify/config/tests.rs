//! The file of receivers, read and refused.

use super::*;
use crate::run::RunId;
use crate::run::notification::Kind;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn load_with_mode(text: &str, environment: &[(&str, &str)], mode: u32) -> Result<Receivers, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Receivers::load(&path, &environment.collect())
        .map_err(|mistakes| mistakes.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Receivers, String> {
    load_with_mode(text, environment, 0o600)
}

fn told(kind: Kind, target: &str, environment: &str, named: &[&str]) -> Notification {
    Notification {
        kind,
        title: String::new(),
        note: String::new(),
        who: String::new(),
        at: 0,
        run: RunId::random(),
        seq: 1,
        runbook: String::new(),
        target: Id::parse(target).unwrap(),
        environment: environment.to_owned(),
        named: named.iter().map(|name| Id::parse(name).unwrap()).collect(),
        page: String::new(),
    }
}

#[test]
fn the_example_is_a_file_of_receivers() {
    let environment = [
        ("CHAT_WEBHOOK", "https://hooks.example/hunter2"),
        ("ONCALL_SECRET", SECRET),
        ("SMTP_PASSWORD", "hunter2"),
    ];
    let receivers = load(include_str!("../../../../notify.example.toml"), &environment).unwrap();
    let shown: Vec<String> =
        receivers.iter().map(|r| format!("{}: {}; {}", r.name, r.reached(), r.wants())).collect();
    assert_eq!(
        shown,
        [
            "chat: webhook; everything; environments production",
            "dba: e-mail to dba@example.com; signature_asked, signatures_void",
            "oncall: signed webhook; failed, inconclusive, rollback, break_glass",
        ]
    );
    let debug = format!("{receivers:?}");
    assert!(!debug.contains("hunter2") && !debug.contains("hooks") && !debug.contains("MfKQ"), "{debug}");
}

#[test]
fn a_gate_names_its_own_receivers_and_the_rest_goes_by_kind_target_and_environment() {
    let text = r#"
[[receivers]]
name = "all"
webhook = "https://a.example/x"
[[receivers]]
name = "dba"
webhook = "https://b.example/x"
on = ["failed"]
[[receivers]]
name = "night"
webhook = "https://c.example/x"
environments = ["production"]
targets = ["shop"]
"#;
    let receivers = load(text, &[]).unwrap();
    let names = |told: &Notification| {
        receivers.addressees(told).iter().map(|r| r.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&told(Kind::Failed, "shop", "production", &[])), "all dba night");
    assert_eq!(names(&told(Kind::Go, "shop", "staging", &[])), "all");
    assert_eq!(names(&told(Kind::Go, "other", "production", &[])), "all");
    assert_eq!(names(&told(Kind::SignatureAsked, "shop", "staging", &["dba"])), "dba", "whatever it takes");
    assert_eq!(names(&told(Kind::SignatureAsked, "shop", "staging", &["dba", "nobody"])), "dba");
    assert_eq!(names(&told(Kind::SignatureAsked, "shop", "staging", &["nobody"])), "all", "never nobody");
    assert_eq!(
        names(&told(Kind::SignatureAsked, "shop", "staging", &["night"])),
        "all",
        "it is not concerned"
    );
}

#[test]
fn mistakes_are_told_with_their_place_and_without_secrets() {
    let hook = "[[receivers]]\nname = \"chat\"\nwebhook = \"https://h.example/hunter2\"\n";
    let mail = "[[receivers]]\nname = \"dba\"\nemail = [\"dba@example.com\"]\n";
    let smtp = "[smtp]\nhost = \"mail.example\"\nfrom = \"k@example.com\"\n";
    let told: String = [
        hook.replace("webhook", "webhoook"),
        hook.replace("webhook = ", "# "),
        hook.replace("https", "http"),
        format!("{hook}{hook}"),
        format!("{hook}secret = \"hunter2\"\n"),
        format!("{hook}secret_env = \"NOT_SET\"\n"),
        format!("{hook}on = [\"moon_landed\"]\n"),
        format!("{hook}on = []\n"),
        format!("{hook}email = [\"dba@example.com\"]\n"),
        mail.to_owned(),
        format!("{}{smtp}", mail.replace("dba@example.com", "dba")),
        format!("{}{smtp}", mail.replace("\"dba@example.com\"", "")),
        format!("{mail}{smtp}tls = \"none\"\n"),
        format!("{mail}{smtp}user = \"k\"\n"),
        format!("{mail}{smtp}user = \"k\"\npassword_env = \"NOT_SET\"\n"),
        format!("{mail}{smtp}user = \"k\"\npassword_file = \"none\"\n"),
        format!("{mail}{smtp}password = \"hunter2\"\n"),
    ]
    .iter()
    .map(|text| load(text, &[]).unwrap_err() + "\n")
    .collect();
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_that_holds_an_address_is_its_owners_alone() {
    let open = "[[receivers]]\nname = \"chat\"\nwebhook = \"https://h.example/hunter2\"\n";
    let refused = load_with_mode(open, &[], 0o644).unwrap_err();
    assert!(refused.contains("chmod 600") && !refused.contains("hunter2"), "{refused}");
    let closed = "[[receivers]]\nname = \"chat\"\nwebhook_env = \"CHAT\"\n";
    assert!(load_with_mode(closed, &[("CHAT", "https://h.example/x")], 0o644).is_ok());
    assert!(
        load_with_mode(closed, &[("CHAT", "https://h.example/x")], 0o666).unwrap_err().contains("chmod go-w")
    );
}
