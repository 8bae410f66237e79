//! How somebody's second factor stands.

use crate::api::Trouble;
use crate::api::caller::{caller, problem};
use crate::api::refused::Refused;
use crate::run::{Actor, Proof};
use crate::server::auth::{Auth, AuthError, Identity, NewFactor, PersonName, Via};
use crate::server::console::Problem;
use leptos::prelude::use_context;
use qrcodegen::{QrCode, QrCodeEcc};

#[derive(Clone, Debug, PartialEq)]
pub struct SecondFactorPage {
    pub actor: Actor,
    pub stands: Stands,
    pub refused: Option<Refused>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Stands {
    None {
        has_password: bool,
    },
    /// A secret was made, and no code of it has come yet.
    Begun(Secret),
    Set,
    /// Who asks is no browser.
    NoBrowser,
}

/// A secret on its way into an authenticator. Not printed by `Debug`.
#[derive(Clone, PartialEq)]
pub struct Secret {
    /// Base 32, in groups of four.
    pub text: String,
    /// The dark modules of the QR code as an SVG path, one unit each.
    pub path: String,
    /// Its width in modules.
    pub size: i32,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

pub async fn read_second_factor() -> Result<SecondFactorPage, Trouble> {
    let (_, actor) = caller()?;
    let auth = use_context::<Auth>().ok_or(Trouble::NotLoggedIn)?;
    let refused = use_context();
    let stands = match actor.proof {
        Proof::Session { has_factor: true, .. } => Stands::Set,
        Proof::Session { has_factor: false, .. } => {
            let without = without(&auth, &actor.name, use_context()).await;
            without.map_err(|error| problem(Problem::Internal(error.to_string())))?
        }
        Proof::Token | Proof::Terminal => Stands::NoBrowser,
    };
    Ok(SecondFactorPage { actor, stands, refused })
}

/// How it stands with somebody who has none yet.
async fn without(auth: &Auth, name: &str, identity: Option<Identity>) -> Result<Stands, AuthError> {
    let Some(Via::Session(session)) = identity.map(|identity| identity.via) else {
        return Ok(Stands::NoBrowser);
    };
    let name = PersonName::parse(name)?;
    match auth.factors.begun(&name, &session).await? {
        Some(begun) => Ok(Stands::Begun(secret(&begun))),
        None => Ok(Stands::None { has_password: auth.people.has_password(&name).await? }),
    }
}

fn secret(factor: &NewFactor) -> Secret {
    let letters: Vec<char> = factor.secret().chars().collect();
    let text = letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ");
    // At most 200 characters, of which a QR code holds 2,000.
    let Ok(code) = QrCode::encode_text(&factor.url(), QrCodeEcc::Medium) else {
        return Secret { text, path: String::new(), size: 0 };
    };
    let size = code.size();
    let dark =
        (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path = dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
    Secret { text, path, size }
}
