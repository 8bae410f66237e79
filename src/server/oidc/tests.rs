//! What needs no provider: tickets, claims and settings.

use super::claim::{NoName, name};
use super::settings::{ClientSecret, NotSettings, Settings};
use super::ticket::Ticket;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[test]
fn a_ticket_comes_back_from_its_cookie_and_no_two_are_alike() {
    let ticket = Ticket::new("/runs/1?x=y;z").unwrap();
    let cookie = ticket.to_cookie();
    assert!(cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{cookie}");
    assert_eq!(Ticket::from_cookie(&cookie), Some(ticket.clone()));
    assert_eq!(ticket.next, "/runs/1?x=y;z");
    assert_ne!(Ticket::new("/").unwrap().state(), ticket.state());
    assert_eq!(
        Ticket::new(&format!("/{}", "x".repeat(3_000))).unwrap().next,
        "/",
        "more than a cookie holds"
    );
    assert!(ticket.is_of(&ticket.state()) && !ticket.is_of("") && !ticket.is_of(&ticket.nonce()));
}

#[test]
fn state_nonce_and_verifier_say_nothing_about_each_other_or_the_secret() {
    let ticket = Ticket::new("/").unwrap();
    let secret = ticket.to_cookie().split('.').next().unwrap().to_owned();
    let derived = [ticket.state(), ticket.nonce(), ticket.verifier().secret().clone(), secret];
    for (at, one) in derived.iter().enumerate() {
        assert_eq!(URL_SAFE_NO_PAD.decode(one).unwrap().len(), 32);
        assert!(derived[at + 1..].iter().all(|other| other != one));
    }
    assert_eq!(format!("{ticket:?}"), "Ticket(…)");
}

/// What a cookie of ten minutes ago must still lead to, also after an update of the console.
#[test]
fn what_follows_from_a_secret_stays_the_same() {
    let ticket = Ticket::from_cookie(&format!("{}.Lw", "A".repeat(43))).unwrap();
    assert_eq!(ticket.state(), "JyqPQDScE4iFNslUorCWEZK4ABuFb6jLrPqorD-TZ4I");
    assert_eq!(ticket.nonce(), "d4oyg9cbXKtpk_ZfnsdGY9TZlQbmO_unLKVtWC1tg4E");
    assert_eq!(ticket.verifier().secret(), "C9RjMDME0UKSvS82NGTkmqucSY-c12OPn4-zM_8uWKc");
}

#[test]
fn what_is_no_ticket_of_ours_is_none() {
    let whole = "A".repeat(43);
    for cookie in
        ["", ".", &whole, &format!("{whole}.?"), "AAAA.Lw", &format!("{whole}A.Lw"), &format!("{whole}.gA")]
    {
        assert_eq!(Ticket::from_cookie(cookie), None, "{cookie}");
    }
}

fn named(claims: &Value, claim: &str) -> Result<String, NoName> {
    name(claims.as_object().unwrap(), claim).map(|name| name.to_string())
}

#[test]
fn an_e_mail_address_is_a_name_only_where_the_provider_has_verified_it() {
    let with = |verified: Value| json!({ "email": "Ann@example.com", "email_verified": verified });
    assert_eq!(named(&with(json!(true)), "email"), Ok("ann@example.com".to_owned()));
    for unverified in [json!(false), json!(null), json!("true"), json!(1)] {
        assert_eq!(named(&with(unverified), "email"), Err(NoName::Unverified));
    }
    assert_eq!(named(&json!({ "email": "ann@example.com" }), "email"), Err(NoName::Unverified));
}

#[test]
fn any_other_claim_is_a_name_where_it_could_be_one_to_the_letter() {
    let claims = json!({ "preferred_username": "Ann", "upn": " ann", "nick": "änn", "n": 7, "empty": "" });
    assert_eq!(named(&claims, "preferred_username"), Ok("ann".to_owned()));
    for claim in ["upn", "nick"] {
        assert!(matches!(named(&claims, claim), Err(NoName::NotAName { .. })), "{claim}");
    }
    for claim in ["n", "empty", "email"] {
        assert_eq!(named(&claims, claim), Err(NoName::Missing(claim.to_owned())));
    }
    let evil = json!({ "upn": "a\n<script>".repeat(50) });
    let told = named(&evil, "upn").unwrap_err().to_string();
    assert!(told.len() < 200 && !told.contains('\n'), "{told}");
}

#[test]
fn a_provider_is_reached_over_tls_or_on_this_machine() {
    let parsed = |issuer: &str| Settings::parse(issuer, "kneeboard", None, "email", None);
    for good in ["https://login.example.com", "https://login.example.com/realms/a/", "http://127.0.0.1:9000"]
    {
        assert_eq!(parsed(good).unwrap().issuer, good, "to the letter");
    }
    assert!(parsed("http://[::1]:9000").unwrap().is_here());
    assert!(!parsed("https://127.0.0.1:9000").unwrap().is_here());
    for bad in [
        "http://login.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "login.example.com",
        "https://a:b@login.example.com",
        "https://login.example.com/?x",
        "https://login.example.com/#x",
    ] {
        assert_eq!(parsed(bad).unwrap_err(), NotSettings::Issuer(bad.to_owned()), "{bad}");
    }
    assert_eq!(parsed("https://login.example.com").unwrap().name, "login.example.com");
}

#[test]
fn a_secret_is_never_printed_and_an_empty_one_is_none() {
    let secret = ClientSecret::parse("s3cret\r\n").unwrap();
    let settings =
        Settings::parse("https://x.example", "k", Some(secret), "email", Some("Example Corp")).unwrap();
    assert!(!format!("{settings:?}").contains("s3cret"));
    assert_eq!(settings.client_secret.unwrap().reveal(), "s3cret");
    assert_eq!(ClientSecret::parse("\n").unwrap_err(), NotSettings::EmptySecret);
    for (id, claim, name) in [("", "email", None), ("k", " ", None), ("k", "email", Some("a\nb"))] {
        let refused = Settings::parse("https://x.example", id, None, claim, name);
        assert!(matches!(refused, Err(NotSettings::Word { .. })));
    }
}
