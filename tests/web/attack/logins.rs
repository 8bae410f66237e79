//! Ten thousand wrong logins.

use crate::house::{House, PASSWORD};
use kneeboard::server::auth::SignInError;
use std::net::IpAddr;

/// They cost fifty hashes, and then next to nothing; a colleague's own way in stays open from any other network.
#[tokio::test]
async fn ten_thousand_wrong_logins_lock_nobody_else_out() {
    let house = House::open().await;
    let now = 1_000_000;
    let evil: IpAddr = "203.0.113.7".parse().unwrap();
    let (mut wrong, mut refused) = (0, 0);
    for at in 0..10_000 {
        let name = format!("guess{}", at % 500);
        match house.auth.sign_in.with_password(&name, "wrong password", evil, "", now).await {
            Err(SignInError::Wrong) => wrong += 1,
            Err(SignInError::TooMany { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((wrong, refused), (50, 9_950));
    let home: IpAddr = "198.51.100.4".parse().unwrap();
    let olga = house.auth.sign_in.with_password("olga", PASSWORD, home, "", now).await;
    assert!(olga.is_ok(), "{olga:?}");
    let from_there = house.auth.sign_in.with_password("olga", PASSWORD, evil, "", now).await;
    assert!(matches!(from_there, Err(SignInError::TooMany { .. })), "the attacker's network waits");
}
