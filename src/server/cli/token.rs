//! `kneeboard token`: API tokens for scripts.

use super::print;
use crate::server::auth::{Auth, PersonName, Scope, Token};
use crate::server::clock::now_ms;
use crate::text::clock;
use clap::Subcommand;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, this once
    Add {
        /// The person for whom it stands
        person: String,
        /// What it is for: 1 to 64 letters, digits and . _ -
        name: String,
        /// read: see runs, targets and logs; operate: all that the person may do, except what takes an admin
        #[arg(long, value_enum, default_value = "read")]
        scope: Scope,
        /// How long it is good, in days
        #[arg(long, default_value = "30", value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// List tokens, without their secrets
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// End a token
    Revoke { person: String, name: String },
}

/// # Errors
/// A sentence for standard error.
pub async fn run(command: TokenCommand, auth: &Auth) -> anyhow::Result<()> {
    match command {
        TokenCommand::Add { person, name, scope, days } => {
            let (person, now) = (PersonName::parse(&person)?, now_ms());
            let expires_at = now + i64::from(days) * DAY;
            let secret = auth.tokens.add(&person, &name, scope, expires_at, now).await?;
            eprintln!(
                "Good for {} until {}. It is not stored and cannot be shown again:",
                scope.word(),
                clock::date_and_time(expires_at)
            );
            println!("{}", secret.reveal());
        }
        TokenCommand::List { json } => list(&auth.tokens.list().await?, json)?,
        TokenCommand::Revoke { person, name } => {
            auth.tokens.revoke(&PersonName::parse(&person)?, &name).await?;
            eprintln!("The token {name} of {person} lets nobody in any more.");
        }
    }
    Ok(())
}

fn list(tokens: &[Token], json: bool) -> anyhow::Result<()> {
    if json {
        return print::json(&tokens);
    }
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| {
            let scope = token.scope.word().to_owned();
            [token.person.clone(), token.name.clone(), scope, clock::date_and_time(token.expires_at)]
        })
        .collect();
    print::table(["PERSON", "NAME", "SCOPE", "GOOD UNTIL"], &rows);
    Ok(())
}
