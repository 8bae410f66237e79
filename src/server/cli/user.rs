//! `kneeboard user`: the people who may sign in.

use super::print;
use crate::run::{Grant, Permission, Place};
use crate::runbook::Id;
use crate::server::auth::{Auth, AuthError, FactorError, Password, Person, PersonName, Session};
use crate::server::clock::now_ms;
use crate::text::clock;
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, IsTerminal};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person
    Add(Add),
    /// List people with their permissions and sign-off roles
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a permission: everywhere, on one target or in one environment
    Grant(Given),
    /// Take a permission back where it was given
    Revoke(Given),
    /// Lock a person out, at once and with all sessions and tokens
    Disable { name: String },
    /// Let a disabled person in again
    Enable { name: String },
    /// Give a new password and end the person's sessions
    Password {
        name: String,
        #[command(flatten)]
        source: PasswordSource,
    },
    /// Set up the person's second factor at this terminal, or take away one that is lost
    SecondFactor {
        name: String,
        /// Take it away, and end the person's sessions
        #[arg(long)]
        reset: bool,
    },
    /// Let another account of the provider become the person's at the next sign-in, and end the person's sessions
    Unlink { name: String },
    /// List the person's open sessions
    Sessions {
        name: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// End the person's sessions
    SignOut { name: String },
}

#[derive(Debug, Args)]
pub struct Given {
    name: String,
    /// viewer, operator, approver or admin
    #[arg(value_parser = permission)]
    permission: Permission,
    /// Only on this target; for operator and approver
    #[arg(long, conflicts_with = "environment")]
    target: Option<Id>,
    /// Only on targets of this environment, as the targets file says it, for instance staging
    #[arg(long)]
    environment: Option<String>,
}

#[derive(Debug, Args)]
pub struct Add {
    /// 1 to 64 letters, digits and . _ - @
    name: String,
    /// What the person may do; give it once for each: viewer, operator, approver, admin
    #[arg(long = "permission", value_name = "PERMISSION", required = true, value_parser = permission)]
    permissions: Vec<Permission>,
    /// A role in which an approver may sign off, such as dba; give it once for each
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Id>,
    /// Without a password: the person signs in by the other provider only
    #[arg(long, conflicts_with = "password_stdin")]
    sso: bool,
    #[command(flatten)]
    source: PasswordSource,
}

#[derive(Debug, Args)]
pub struct PasswordSource {
    /// Read the password from the first line of standard input instead of asking
    #[arg(long)]
    password_stdin: bool,
}

/// # Errors
/// A sentence for standard error.
pub async fn run(command: UserCommand, auth: &Auth) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(add) => self::add(add, auth).await,
        UserCommand::List { json } => list(&auth.people.list().await?, json),
        UserCommand::Grant(given) => {
            let (name, said_as, place) = (PersonName::parse(&given.name)?, given.to_string(), given.place());
            auth.people.grant(&name, given.permission, place).await?;
            said(format_args!("{name} is {said_as}."))
        }
        UserCommand::Revoke(given) => {
            let (name, said_as, place) = (PersonName::parse(&given.name)?, given.to_string(), given.place());
            auth.people.revoke(&name, given.permission, place).await?;
            said(format_args!("{name} is no longer {said_as}."))
        }
        UserCommand::Sessions { name, json } => {
            sessions(&auth.sessions.list(&PersonName::parse(&name)?, now_ms()).await?, json)
        }
        UserCommand::Disable { name } => {
            auth.people.disable(&PersonName::parse(&name)?, now_ms()).await?;
            said(format_args!("{name} is locked out."))
        }
        UserCommand::Enable { name } => {
            auth.people.enable(&PersonName::parse(&name)?).await?;
            said(format_args!("{name} may sign in again."))
        }
        UserCommand::Password { name, source } => {
            auth.people.set_password(&PersonName::parse(&name)?, &source.read()?).await?;
            said(format_args!("{name} has a new password and is signed out everywhere."))
        }
        UserCommand::SecondFactor { name, reset: true } => {
            auth.factors.reset(&PersonName::parse(&name)?).await?;
            said(format_args!("{name} has no second factor any more and is signed out everywhere."))
        }
        UserCommand::SecondFactor { name, reset: false } => {
            second_factor(&PersonName::parse(&name)?, auth).await
        }
        UserCommand::Unlink { name } => {
            auth.people.unlink(&PersonName::parse(&name)?).await?;
            said(format_args!(
                "{name} is bound to no account any more and is signed out everywhere. The next account that shows the name is bound."
            ))
        }
        UserCommand::SignOut { name } => {
            auth.sessions.revoke_all(&PersonName::parse(&name)?).await?;
            said(format_args!("{name} is signed out everywhere."))
        }
    }
}

/// For those who hand it over in person: nobody has to trust the first one who knows the password.
async fn second_factor(name: &PersonName, auth: &Auth) -> anyhow::Result<()> {
    ensure!(auth.people.actor(name).await?.is_some(), AuthError::NoSuchPerson(name.to_string()));
    let factor = match auth.factors.begin(name, None, now_ms()).await {
        Err(FactorError::Exists) => bail!("{name} has a second factor: take it away with --reset first"),
        begun => begun?,
    };
    eprintln!("For the authenticator of {name}, and for nobody else:");
    println!("{}\n{}", factor.url(), factor.secret());
    eprint!("The code that it shows now: ");
    let mut code = String::new();
    io::stdin().lock().read_line(&mut code).context("the code could not be read")?;
    auth.factors.confirm(name, None, &code, now_ms()).await?;
    said(format_args!("{name} has a second factor."))
}

async fn add(add: Add, auth: &Auth) -> anyhow::Result<()> {
    let name = PersonName::parse(&add.name)?;
    let permissions: BTreeSet<Permission> = add.permissions.into_iter().collect();
    let roles: BTreeSet<Id> = add.roles.into_iter().collect();
    ensure!(
        roles.is_empty() || permissions.contains(&Permission::Approver),
        "a sign-off role needs the permission approver: add `--permission approver`"
    );
    if add.sso {
        auth.people.add_without_password(&name, &permissions, &roles, now_ms()).await?;
        return said(format_args!("{name} may sign in by the provider as {}.", words(&permissions)));
    }
    let password = add.source.read()?;
    auth.people.add(&name, &password, &permissions, &roles, now_ms()).await?;
    said(format_args!("{name} may sign in as {}.", words(&permissions)))
}

fn list(people: &[Person], json: bool) -> anyhow::Result<()> {
    if json {
        return print::json(&people);
    }
    let rows: Vec<_> = people
        .iter()
        .map(|person| {
            let state = person.disabled_at.map(|at| format!("disabled {}", clock::date(at)));
            let everywhere = person.permissions.iter().map(|permission| permission.word().to_owned());
            let permissions: Vec<_> =
                everywhere.chain(person.grants.iter().map(ToString::to_string)).collect();
            let roles = person.sign_off_roles.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
            let account = person.account.as_ref().map(|account| account.issuer.clone());
            let ways = match (person.has_password, account) {
                (true, None) => "password".to_owned(),
                (true, Some(issuer)) => format!("password, {issuer}"),
                (false, None) => "provider, not bound yet".to_owned(),
                (false, Some(issuer)) => issuer,
            };
            let factor = if person.second_factor { "yes" } else { "" };
            let (permissions, factor, state) =
                (permissions.join(", "), factor.to_owned(), state.unwrap_or_default());
            [person.name.clone(), permissions, roles, ways, factor, state]
        })
        .collect();
    print::table(["NAME", "PERMISSIONS", "SIGNS AS", "SIGNS IN BY", "SECOND FACTOR", ""], &rows);
    Ok(())
}

fn sessions(sessions: &[Session], json: bool) -> anyhow::Result<()> {
    if json {
        return print::json(&sessions);
    }
    let row = |session: &Session| {
        let (opened, seen) =
            (clock::date_and_time(session.created_at), clock::date_and_time(session.seen_at));
        [opened, seen, session.address.clone(), session.agent.clone()]
    };
    print::table(["OPENED", "LAST SEEN", "FROM", "BROWSER"], &sessions.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

impl Given {
    fn place(&self) -> Option<Place> {
        let environment = self.environment.clone().map(Place::Environment);
        self.target.clone().map(Place::Target).or(environment)
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(f, "{}", Grant { permission: self.permission, place }),
            None => f.write_str(self.permission.word()),
        }
    }
}

impl PasswordSource {
    fn read(&self) -> anyhow::Result<Password> {
        if self.password_stdin {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("the password could not be read")?;
            return Ok(Password::parse(line.trim_end_matches(['\n', '\r']))?);
        }
        ensure!(
            io::stdin().is_terminal(),
            "there is no terminal to ask for the password: use --password-stdin"
        );
        let password = Password::parse(&rpassword::prompt_password("Password: ")?)?;
        if rpassword::prompt_password("Again: ")? != password.reveal() {
            bail!("the two passwords differ: nothing was changed");
        }
        Ok(password)
    }
}

fn permission(word: &str) -> Result<Permission, String> {
    Permission::parse(word).ok_or_else(|| {
        let words = Permission::ALL.map(Permission::word).join(", ");
        format!("expected one of {words}, came {word}")
    })
}

fn words(permissions: &BTreeSet<Permission>) -> String {
    permissions.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(", ")
}

/// On standard error: standard output is for what scripts read.
fn said(what: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    eprintln!("{what}");
    Ok(())
}
