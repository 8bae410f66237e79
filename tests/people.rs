//! People, sessions and tokens: one suite for the state in SQLite and in PostgreSQL.

#![cfg(feature = "ssr")]

#[allow(dead_code, reason = "each test program uses its own part of it")]
mod support;

use kneeboard::run::{Permission, Place};
use kneeboard::runbook::Id;
use kneeboard::server::auth::{Auth, AuthError, Password, PersonName, Scope, SignInError};
use kneeboard::server::store::Store;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use support::{Database, OWNER};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn keeps_people(store: &Store) {
    let auth = Auth::new(store.pool());
    let anna = PersonName::parse("anna").unwrap();
    let password = Password::parse("it's \"quoted\" ünïcode").unwrap();
    let permissions = BTreeSet::from([Permission::Viewer, Permission::Approver]);
    let roles = BTreeSet::from([Id::parse("dba").unwrap(), Id::parse("product-owner").unwrap()]);
    auth.people.add(&anna, &password, &permissions, &roles, 1_000).await.unwrap();
    let twice = auth.people.add(&anna, &password, &permissions, &roles, 1_000).await;
    assert!(matches!(twice, Err(AuthError::PersonExists(_))), "{twice:?}");

    let listed = auth.people.list().await.unwrap();
    assert_eq!((listed[0].name.as_str(), listed[0].created_at, listed[0].disabled_at), ("anna", 1_000, None));
    assert_eq!((&listed[0].permissions, &listed[0].sign_off_roles), (&permissions, &roles));

    let sign_in = async |now| auth.sign_in.with_password("anna", password.reveal(), HERE, "b", now).await;
    let session = sign_in(2_000).await.unwrap().hashed();
    let identity = auth.sessions.identify(&session, 100_000).await.unwrap().unwrap();
    assert_eq!((&identity.actor.permissions, &identity.actor.sign_off_roles), (&permissions, &roles));
    assert_eq!(auth.sessions.list(&anna, 100_000).await.unwrap()[0].seen_at, 100_000);

    let on_shop = Some(Place::Target(Id::parse("shop").unwrap()));
    auth.people.grant(&anna, Permission::Operator, on_shop.clone()).await.unwrap();
    let refused = auth.people.grant(&anna, Permission::Admin, on_shop.clone()).await;
    assert!(matches!(refused, Err(AuthError::EverywhereOnly("admin"))), "{refused:?}");
    let actor = auth.people.actor(&anna).await.unwrap().unwrap();
    assert!(!actor.may(Permission::Operator) && actor.may_somewhere(Permission::Operator));
    assert!(actor.at(&Id::parse("shop").unwrap(), "production").may(Permission::Operator));
    assert!(!actor.at(&Id::parse("stock").unwrap(), "production").may(Permission::Operator));
    auth.people.revoke(&anna, Permission::Operator, on_shop.clone()).await.unwrap();
    let again = auth.people.revoke(&anna, Permission::Operator, on_shop).await;
    assert!(matches!(again, Err(AuthError::NotGranted(..))), "{again:?}");

    let token = auth.tokens.add(&anna, "ci", Scope::Operate, 500_000, 2_000).await.unwrap();
    let twice = auth.tokens.add(&anna, "ci", Scope::Read, 500_000, 2_000).await;
    assert!(matches!(twice, Err(AuthError::TokenExists(..))), "{twice:?}");
    assert!(auth.tokens.identify(token.reveal(), 3_000).await.unwrap().is_some());
    assert_eq!(auth.tokens.list().await.unwrap()[0].expires_at, 500_000);

    auth.people.disable(&anna, 4_000).await.unwrap();
    assert!(auth.sessions.identify(&session, 5_000).await.unwrap().is_none());
    assert!(auth.tokens.identify(token.reveal(), 5_000).await.unwrap().is_none());
    assert!(matches!(sign_in(5_000).await, Err(SignInError::Wrong)));
    assert_eq!(auth.people.list().await.unwrap()[0].disabled_at, Some(4_000));
    auth.people.enable(&anna).await.unwrap();
    assert_eq!(auth.people.list().await.unwrap()[0].disabled_at, None);
    assert!(auth.tokens.identify(token.reveal(), 5_000).await.unwrap().is_some());
    auth.tokens.revoke(&anna, "ci").await.unwrap();
    assert!(auth.tokens.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn sqlite_keeps_people() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite://{}/state.sqlite", dir.path().display())).await.unwrap();
    keeps_people(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_people() {
    let database = Database::new().await;
    keeps_people(&Store::open(&database.url(OWNER)).await.unwrap()).await;
}
