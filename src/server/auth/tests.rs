//! The room against a real SQLite state.

use super::*;
use crate::run::{Actor, Permission};
use crate::runbook::Id;
use crate::server::store::Store;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use tempfile::NamedTempFile;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse battery";
const HOUR: Ms = 60 * 60 * 1000;

/// A state with one person, anna, operator and approver as dba. The file lives as long as the first part.
async fn with_anna() -> (NamedTempFile, Auth, PersonName) {
    let file = NamedTempFile::new().unwrap();
    let store = Store::open(&format!("sqlite://{}", file.path().display())).await.unwrap();
    let auth = Auth::new(store.pool());
    let anna = PersonName::parse("anna").unwrap();
    let permissions = [Permission::Operator, Permission::Admin].into();
    let roles = [Id::parse("dba").unwrap()].into();
    auth.people.add(&anna, &Password::parse(PASSWORD).unwrap(), &permissions, &roles, 1).await.unwrap();
    (file, auth, anna)
}

async fn sign_in(auth: &Auth, name: &str, password: &str, now: Ms) -> Result<Secret, SignInError> {
    auth.sign_in.with_password(name, password, HERE, "a browser", now).await
}

async fn actor(auth: &Auth, secret: &Secret, now: Ms) -> Option<Actor> {
    auth.sessions.identify(&secret.hashed(), now).await.unwrap().map(|identity| identity.actor)
}

#[tokio::test]
async fn the_right_password_opens_a_session_with_the_persons_permissions() {
    let (_file, auth, _) = with_anna().await;
    let secret = sign_in(&auth, " Anna", PASSWORD, 0).await.unwrap();
    let actor = actor(&auth, &secret, 1).await.unwrap();
    assert_eq!(actor.name, "anna");
    assert!(actor.may(Permission::Operator) && !actor.may(Permission::Approver) && !actor.console);
    assert_eq!(actor.sign_off_roles, BTreeSet::from([Id::parse("dba").unwrap()]));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let (_file, auth, _) = with_anna().await;
    for (name, password) in [("anna", "wrong"), ("nobody", PASSWORD), ("the console", PASSWORD), ("", "")] {
        let refusal = sign_in(&auth, name, password, 0).await.unwrap_err();
        assert_eq!(refusal.to_string(), "Name or password is wrong.", "{name}");
    }
}

#[tokio::test]
async fn the_sixth_wrong_attempt_is_told_when_to_come_back_and_a_colleague_is_not_locked_out() {
    let (_file, auth, _) = with_anna().await;
    for _ in 0..5 {
        assert!(matches!(sign_in(&auth, "anna", "wrong", 0).await, Err(SignInError::Wrong)));
    }
    let refusal = sign_in(&auth, "anna", PASSWORD, 0).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Too many attempts from here. Try again in 30 s.");
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    assert!(auth.sign_in.with_password("anna", PASSWORD, elsewhere, "", 0).await.is_ok());
    assert!(sign_in(&auth, "anna", PASSWORD, 30_000).await.is_ok());
}

#[tokio::test]
async fn a_session_slides_and_ends_after_twelve_idle_hours() {
    let (_file, auth, _) = with_anna().await;
    let secret = sign_in(&auth, "anna", PASSWORD, 0).await.unwrap();
    assert!(actor(&auth, &secret, 11 * HOUR).await.is_some());
    assert!(actor(&auth, &secret, 22 * HOUR).await.is_some());
    assert!(actor(&auth, &secret, 34 * HOUR).await.is_none());
}

#[tokio::test]
async fn sessions_are_listed_and_each_can_be_ended() {
    let (_file, auth, anna) = with_anna().await;
    let (first, second) = (
        sign_in(&auth, "anna", PASSWORD, 0).await.unwrap(),
        sign_in(&auth, "anna", PASSWORD, 1).await.unwrap(),
    );
    let listed = auth.sessions.list(&anna, 2).await.unwrap();
    let seen: Vec<_> = listed.iter().map(|s| (s.address.as_str(), s.agent.as_str(), s.seen_at)).collect();
    assert_eq!(seen, [("127.0.0.1", "a browser", 1), ("127.0.0.1", "a browser", 0)]);
    let mut bell = auth.sessions.bell();
    auth.sessions.revoke(&first.hashed()).await.unwrap();
    assert!(bell.has_changed().unwrap());
    bell.mark_unchanged();
    assert!(actor(&auth, &first, 2).await.is_none());
    assert!(actor(&auth, &second, 2).await.is_some());
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_with_sessions_and_tokens() {
    let (_file, auth, anna) = with_anna().await;
    let secret = sign_in(&auth, "anna", PASSWORD, 0).await.unwrap();
    let token = auth.tokens.add(&anna, "ci", Scope::Operate, HOUR, 0).await.unwrap();
    auth.people.disable(&anna, 1).await.unwrap();
    assert!(actor(&auth, &secret, 2).await.is_none());
    assert!(auth.tokens.identify(token.reveal(), 2).await.unwrap().is_none());
    assert!(matches!(sign_in(&auth, "anna", PASSWORD, 2).await, Err(SignInError::Wrong)));
    auth.people.enable(&anna).await.unwrap();
    assert!(actor(&auth, &secret, 3).await.is_none());
    assert!(sign_in(&auth, "anna", PASSWORD, 3).await.is_ok());
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_who_knew_the_old_one() {
    let (_file, auth, anna) = with_anna().await;
    let secret = sign_in(&auth, "anna", PASSWORD, 0).await.unwrap();
    auth.people.set_password(&anna, &Password::parse("another long one").unwrap()).await.unwrap();
    assert!(actor(&auth, &secret, 1).await.is_none());
    assert!(matches!(sign_in(&auth, "anna", PASSWORD, 1).await, Err(SignInError::Wrong)));
}

#[tokio::test]
async fn a_token_gives_its_scope_and_no_more_and_ends() {
    let (_file, auth, anna) = with_anna().await;
    let read = auth.tokens.add(&anna, "read", Scope::Read, HOUR, 0).await.unwrap();
    let operate = auth.tokens.add(&anna, "operate", Scope::Operate, HOUR, 0).await.unwrap();
    assert!(read.reveal().starts_with("kb_") && read.reveal().len() == 46);
    let of = async |secret: &Secret, now| auth.tokens.identify(secret.reveal(), now).await.unwrap();
    let reader = of(&read, 1).await.unwrap().actor;
    assert_eq!(reader.permissions, BTreeSet::from([Permission::Viewer]));
    assert!(reader.sign_off_roles.is_empty());
    let operator = of(&operate, 1).await.unwrap().actor;
    assert_eq!(operator.permissions, BTreeSet::from([Permission::Viewer, Permission::Operator]));
    assert!(of(&operate, HOUR).await.is_none());
    auth.tokens.revoke(&anna, "read").await.unwrap();
    assert!(of(&read, 1).await.is_none());
}

#[tokio::test]
async fn the_state_holds_no_secret_that_lets_anybody_in() {
    let (file, auth, anna) = with_anna().await;
    let session = sign_in(&auth, "anna", PASSWORD, 0).await.unwrap();
    let token = auth.tokens.add(&anna, "ci", Scope::Read, HOUR, 0).await.unwrap();
    let state = std::fs::read(file.path()).unwrap();
    for secret in [PASSWORD, session.reveal(), token.reveal()] {
        assert!(memchr::memmem::find(&state, secret.as_bytes()).is_none());
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_sentence() {
    let (_file, auth, anna) = with_anna().await;
    let again = auth.people.add(&anna, &Password::parse(PASSWORD).unwrap(), &[].into(), &[].into(), 1).await;
    assert!(again.unwrap_err().to_string().starts_with("there is a person `anna` already"));
    let nobody = PersonName::parse("nobody").unwrap();
    assert!(matches!(auth.people.disable(&nobody, 1).await, Err(AuthError::NoSuchPerson(_))));
    assert!(matches!(
        auth.tokens.add(&nobody, "x", Scope::Read, 1, 0).await,
        Err(AuthError::NoSuchPerson(_))
    ));
    assert!(matches!(auth.tokens.revoke(&anna, "x").await, Err(AuthError::NoSuchToken(_))));
    assert!(matches!(auth.tokens.add(&anna, "a b", Scope::Read, 1, 0).await, Err(AuthError::Word { .. })));
    for name in ["", "the console", "-rf", "a/b", "ünal", &"a".repeat(65)] {
        assert!(PersonName::parse(name).is_err(), "{name}");
    }
}

/// What anna's authenticator shows at a time.
fn code_at(factor: &NewFactor, now: Ms) -> String {
    let secret = totp_rs::Secret::try_from_base32(factor.secret()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(now.unsigned_abs() / 1000).to_string()
}

/// A time well within a step, in milliseconds.
const NOON: Ms = 1_800_000_010_000;

async fn with_factor() -> (NamedTempFile, Auth, PersonName, NewFactor, Secret) {
    let (file, auth, anna) = with_anna().await;
    let factor = auth.factors.begin(&anna, None, NOON).await.unwrap();
    auth.factors.confirm(&anna, None, &code_at(&factor, NOON), NOON).await.unwrap();
    let session = sign_in(&auth, "anna", PASSWORD, NOON).await.unwrap();
    (file, auth, anna, factor, session)
}

#[tokio::test]
async fn codes_are_those_of_rfc_6238() {
    let (file, auth, anna) = with_anna().await;
    auth.factors.begin(&anna, None, 0).await.unwrap();
    // Its appendix B has eight digits; authenticators show the last six of them.
    let pool = Store::open(&format!("sqlite://{}", file.path().display())).await.unwrap().pool().clone();
    let secret = totp_rs::Secret::new(b"12345678901234567890".to_vec().into()).to_base32();
    sqlx::query("UPDATE second_factors SET secret = $1").bind(secret).execute(&pool).await.unwrap();
    auth.factors.confirm(&anna, None, "287082", 59_000).await.unwrap();
    for (seconds, code) in [
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        auth.factors.show(&anna, &Hashed::of("any"), code, seconds * 1_000).await.unwrap();
    }
}

#[tokio::test]
async fn a_code_counts_once_for_its_session_and_one_step_early_or_late() {
    let (_file, auth, anna, factor, session) = with_factor().await;
    let used = code_at(&factor, NOON);
    let show = async |code: &str, now| auth.factors.show(&anna, &session.hashed(), code, now).await;
    assert!(matches!(show(&used, NOON).await, Err(FactorError::Wrong)), "it confirmed the secret");
    let next = code_at(&factor, NOON + 30_000);
    show(&format!("{} {}", &next[..3], &next[3..]), NOON).await.unwrap();
    assert!(matches!(show(&next, NOON + 30_000).await, Err(FactorError::Wrong)), "once");
    assert!(matches!(show(&code_at(&factor, NOON + 120_000), NOON).await, Err(FactorError::Wrong)));
    let proof = actor(&auth, &session, NOON).await.unwrap().proof;
    assert_eq!(proof, crate::run::Proof::Session { has_factor: true, shown: Some(NOON) });
    let other = sign_in(&auth, "anna", PASSWORD, NOON).await.unwrap();
    let proof = actor(&auth, &other, NOON).await.unwrap().proof;
    assert_eq!(proof, crate::run::Proof::Session { has_factor: true, shown: None }, "of one session");
}

#[tokio::test]
async fn of_many_who_show_the_same_code_at_once_one_is_taken() {
    let (_file, auth, anna, factor, session) = with_factor().await;
    let (code, hash) = (code_at(&factor, NOON + 30_000), session.hashed());
    let all = (0..4).map(|_| auth.factors.show(&anna, &hash, &code, NOON + 30_000));
    let taken = futures::future::join_all(all).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn wrong_codes_are_limited_for_the_person_whatever_the_session() {
    let (_file, auth, anna, factor, session) = with_factor().await;
    let other = sign_in(&auth, "anna", PASSWORD, NOON).await.unwrap();
    let now = NOON + 60_000;
    for guess in 0..5 {
        let of = if guess % 2 == 0 { &session } else { &other };
        let refused = auth.factors.show(&anna, &of.hashed(), "not one", now).await;
        assert!(matches!(refused, Err(FactorError::Wrong)));
    }
    let right = code_at(&factor, now);
    let refused = auth.factors.show(&anna, &session.hashed(), &right, now).await.unwrap_err();
    assert_eq!(refused.to_string(), "Too many wrong codes. Try again in 30 s.");
    auth.factors.show(&anna, &session.hashed(), &code_at(&factor, now + 30_000), now + 30_000).await.unwrap();
}

#[tokio::test]
async fn a_secret_counts_once_it_is_confirmed_and_goes_with_a_code_or_by_an_admin() {
    let (_file, auth, anna) = with_anna().await;
    let session = sign_in(&auth, "anna", PASSWORD, NOON).await.unwrap();
    let lost = auth.factors.begin(&anna, None, NOON).await.unwrap();
    let factor = auth.factors.begin(&anna, None, NOON).await.unwrap();
    assert_ne!(lost.secret(), factor.secret());
    assert!(factor.url().starts_with("otpauth://totp/Kneeboard:anna?secret="), "{}", factor.url());
    assert!(!format!("{factor:?}").contains(&factor.secret()));
    let hash = session.hashed();
    let early = auth.factors.show(&anna, &hash, &code_at(&factor, NOON), NOON).await;
    assert!(matches!(early, Err(FactorError::None)));
    assert!(matches!(
        auth.factors.confirm(&anna, None, &code_at(&lost, NOON), NOON).await,
        Err(FactorError::Wrong)
    ));
    auth.factors.confirm(&anna, None, &code_at(&factor, NOON), NOON).await.unwrap();
    assert!(matches!(auth.factors.begin(&anna, None, NOON).await, Err(FactorError::Exists)));
    assert!(auth.people.list().await.unwrap()[0].second_factor);
    let later = NOON + 60_000;
    assert!(matches!(auth.factors.remove(&anna, "000000", later).await, Err(FactorError::Wrong)));
    auth.factors.remove(&anna, &code_at(&factor, later), later).await.unwrap();
    assert!(actor(&auth, &session, later).await.is_some());
    let factor = auth.factors.begin(&anna, None, later).await.unwrap();
    auth.factors.confirm(&anna, None, &code_at(&factor, later), later).await.unwrap();
    auth.factors.reset(&anna).await.unwrap();
    assert!(actor(&auth, &session, later).await.is_none(), "a lost phone ends the sessions");
    assert!(!auth.people.list().await.unwrap()[0].second_factor);
}

#[tokio::test]
async fn a_secret_on_its_way_is_seen_and_confirmed_by_the_session_that_asked_for_it_alone() {
    let (_file, auth, anna) = with_anna().await;
    let (own, stolen) = (Hashed::of("own"), Hashed::of("stolen"));
    let factor = auth.factors.begin(&anna, Some(&own), NOON).await.unwrap();
    assert_eq!(auth.factors.begun(&anna, &own).await.unwrap().unwrap().secret(), factor.secret());
    assert!(auth.factors.begun(&anna, &stolen).await.unwrap().is_none());
    let code = code_at(&factor, NOON);
    for other in [Some(&stolen), None] {
        assert!(matches!(auth.factors.confirm(&anna, other, &code, NOON).await, Err(FactorError::None)));
    }
    auth.factors.confirm(&anna, Some(&own), &code, NOON).await.unwrap();
    assert!(auth.factors.begun(&anna, &own).await.unwrap().is_none(), "seen no more");
}

fn account(subject: &str) -> Account {
    Account { issuer: "https://login.example.com".to_owned(), subject: subject.to_owned() }
}

async fn by_account(auth: &Auth, subject: &str, name: Option<&str>) -> Result<Secret, AccountError> {
    let name = name.map(|name| PersonName::parse(name).unwrap());
    auth.sign_in.with_account(&account(subject), name.as_ref(), HERE, "a browser", 0).await
}

#[tokio::test]
async fn the_first_account_that_shows_a_name_becomes_the_persons_and_no_other_does() {
    let (_file, auth, anna) = with_anna().await;
    let secret = by_account(&auth, "1", Some("anna")).await.unwrap();
    assert_eq!(actor(&auth, &secret, 1).await.unwrap().name, "anna");
    assert!(by_account(&auth, "1", Some("somebody-else")).await.is_ok(), "whatever it is called now");
    assert!(by_account(&auth, "1", None).await.is_ok());
    let other = by_account(&auth, "2", Some("anna")).await.unwrap_err();
    assert!(matches!(other, AccountError::Taken(_)), "{other}");
    assert!(matches!(by_account(&auth, "2", Some("nobody")).await, Err(AccountError::Nobody(_))));
    assert!(matches!(by_account(&auth, "2", None).await, Err(AccountError::NoName)));
    assert_eq!(auth.people.list().await.unwrap()[0].account, Some(account("1")));

    auth.people.unlink(&anna).await.unwrap();
    assert!(self::actor(&auth, &secret, 1).await.is_none(), "what the account had opened has ended");
    assert!(matches!(auth.people.unlink(&anna).await, Err(AuthError::NotBound(_))));
    assert!(by_account(&auth, "2", Some("anna")).await.is_ok());
    let other = by_account(&auth, "1", Some("anna")).await.unwrap_err();
    assert!(matches!(other, AccountError::Taken(_)), "{other}");
}

#[tokio::test]
async fn an_account_of_a_disabled_person_lets_nobody_in_bound_or_not() {
    let (_file, auth, anna) = with_anna().await;
    auth.people.disable(&anna, 1).await.unwrap();
    assert!(matches!(by_account(&auth, "1", Some("anna")).await, Err(AccountError::Disabled(_))));
    assert_eq!(auth.people.list().await.unwrap()[0].account, None);
    auth.people.enable(&anna).await.unwrap();
    by_account(&auth, "1", Some("anna")).await.unwrap();
    auth.people.disable(&anna, 1).await.unwrap();
    assert!(matches!(by_account(&auth, "1", None).await, Err(AccountError::Disabled(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_accounts_at_once_one_is_bound_and_the_same_one_twice_is_no_harm() {
    let (_file, auth, _) = with_anna().await;
    let tries = (0..24).map(|at| {
        let auth = auth.clone();
        let subject = (at % 6).to_string();
        tokio::spawn(
            async move { (subject.clone(), by_account(&auth, &subject, Some("anna")).await.is_ok()) },
        )
    });
    let mut opened = BTreeSet::new();
    for tried in tries.collect::<Vec<_>>() {
        let (subject, ok) = tried.await.unwrap();
        if ok {
            opened.insert(subject);
        }
    }
    assert_eq!(opened.len(), 1, "{opened:?}");
    let bound = auth.people.list().await.unwrap()[0].account.clone().unwrap();
    assert!(opened.contains(&bound.subject));
}

#[tokio::test]
async fn one_account_never_becomes_two_people() {
    let (_file, auth, _) = with_anna().await;
    let ben = PersonName::parse("ben").unwrap();
    auth.people.add_without_password(&ben, &[Permission::Viewer].into(), &[].into(), 1).await.unwrap();
    let (as_anna, as_ben) =
        tokio::join!(by_account(&auth, "1", Some("anna")), by_account(&auth, "1", Some("ben")));
    let names = [actor(&auth, &as_anna.unwrap(), 1).await, actor(&auth, &as_ben.unwrap(), 1).await];
    let names: BTreeSet<_> = names.into_iter().map(|actor| actor.unwrap().name).collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[tokio::test]
async fn who_has_no_password_signs_in_by_none_and_is_told_what_everybody_is() {
    let (_file, auth, _) = with_anna().await;
    let ben = PersonName::parse("ben").unwrap();
    auth.people.add_without_password(&ben, &[Permission::Viewer].into(), &[].into(), 1).await.unwrap();
    for password in ["", "anything at all", PASSWORD] {
        assert!(matches!(sign_in(&auth, "ben", password, 0).await, Err(SignInError::Wrong)));
    }
    assert_eq!(auth.people.password_of(&ben).await.unwrap(), None, "so it is compared with nobody's hash");
    let of = |name: &str, people: &[Person]| people.iter().find(|one| one.name == name).unwrap().has_password;
    let people = auth.people.list().await.unwrap();
    assert!(of("anna", &people) && !of("ben", &people));
    auth.people.set_password(&ben, &Password::parse(PASSWORD).unwrap()).await.unwrap();
    assert!(sign_in(&auth, "ben", PASSWORD, 60_000).await.is_ok());
}
