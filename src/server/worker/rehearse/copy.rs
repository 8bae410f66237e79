//! The copy that is rehearsed on: there as long as the program that makes it, which removes it when its standard input ends. So it goes
//! also when this process is killed.

use super::program::{Program, file, unfit};
use crate::run::reading::Says;
use crate::runbook::Database;
use crate::server::target::reading;
use crate::server::target::settings::{Settings, Variables};
use crate::server::worker::stop::Stopping;
use crate::server::worker::{Failed, connect, say};
use crate::text::duration;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, ChildStdin, Command};

/// Between two looks for the file that says how to reach the copy.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Copy {
    keeper: Child,
    input: Option<ChildStdin>,
    /// libpq's variables that lead to it, and those of the target that would lead elsewhere.
    set: Variables,
    unset: Vec<String>,
}

impl Copy {
    /// # Errors
    /// The program ended instead, said something else than where the copy is, or what it made is the target itself.
    pub(super) async fn make(program: &Program, folder: &Path, stopping: &Stopping) -> Result<Self, Failed> {
        stopping.check()?;
        let path = folder.join("copy.json");
        say(&format!("=== making a copy: {}", program.argv.join(" ")));
        let begun = Instant::now();
        let mut command = program.command()?;
        let name = std::env::var("PGAPPNAME").unwrap_or_default();
        command.env("KNEEBOARD_COPY", &path).env_remove("KNEEBOARD_RESULT");
        // Sessions of the step are cancelled by their name, and these must still remove the copy.
        command.env("PGAPPNAME", format!("{name} copy"));
        // In a group of its own, for the same reason.
        command.stdin(Stdio::piped()).process_group(0);
        let mut keeper =
            command.spawn().map_err(|error| file("cannot start", Path::new(&program.argv[0]), error))?;
        let input = keeper.stdin.take();
        let mut copy = Self { keeper, input, set: Variables::new(), unset: Vec::new() };
        match copy.reach(&path, stopping).await {
            Ok(()) => {
                say(&format!(
                    "=== the copy was made in {}",
                    duration::exact(begun.elapsed().as_secs_f64() * 1e3)
                ));
                Ok(copy)
            }
            Err(error) => {
                copy.give_up().await;
                Err(error)
            }
        }
    }

    async fn reach(&mut self, path: &Path, stopping: &Stopping) -> Result<(), Failed> {
        let answer = loop {
            tokio::select! {
                ended = self.keeper.wait() => {
                    let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                    return Err(unfit(format!("the copy was not made: its program ended with {how}")));
                }
                () = stopping.told() => return Err(Failed::Stopped),
                () = tokio::time::sleep(PAUSE) => {}
            }
            if path.exists() {
                break std::fs::read(path).map_err(|error| file("cannot read", path, error))?;
            }
        };
        // It may hold a password.
        std::fs::remove_file(path).map_err(|error| file("cannot remove", path, error))?;
        let said: Variables = serde_json::from_slice(&answer).map_err(|error| {
            unfit(format!("expected libpq's variables of the copy as a JSON object, came {error}"))
        })?;
        self.take(said)?;
        self.is_not_the_target().await
    }

    fn take(&mut self, said: Variables) -> Result<(), Failed> {
        let odd =
            |name: &&String| !name.starts_with("PG") || matches!(name.as_str(), "PGAPPNAME" | "PGOPTIONS");
        if let Some(name) = said.keys().find(odd) {
            return Err(unfit(format!("expected libpq's variables that lead to the copy, came {name}")));
        }
        let elsewhere = ["PGHOST", "PGHOSTADDR", "PGSERVICE"].iter().any(|name| said.contains_key(*name));
        if !elsewhere && !said.contains_key("PGDATABASE") {
            return Err(unfit("expected PGDATABASE of the copy, came none"));
        }
        if elsewhere {
            let own = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("PG"));
            self.unset = own.filter(|name| name != "PGAPPNAME" && name != "PGOPTIONS").collect();
        }
        self.set = said;
        Ok(())
    }

    /// That the two are the same is what must never be, whatever they are called: a lock that is held in one is free in another.
    async fn is_not_the_target(&self) -> Result<(), Failed> {
        let key: i64 = rand::random();
        let mut target = connect(&crate::server::worker::options()?).await?;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(key).execute(&mut target).await?;
        let mut copy = self.session().await?;
        let free: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(&mut copy).await?;
        copy.close().await?;
        target.close().await?;
        if free { Ok(()) } else { Err(unfit("the copy is the target itself: nothing was rehearsed")) }
    }

    /// Leads a program to the copy.
    pub(super) fn lead(&self, command: &mut Command) {
        self.unset.iter().for_each(|name| _ = command.env_remove(name));
        command.envs(&self.set);
    }

    fn options(&self) -> Result<PgConnectOptions, Failed> {
        let kept = std::env::vars().filter(|(name, _)| !self.unset.contains(name));
        let variables: Variables = kept.chain(self.set.clone()).collect();
        let settings = Settings::resolve(&[], &variables).map_err(unfit)?;
        settings.options().map_err(unfit)
    }

    /// A session of the worker's own.
    pub(super) async fn session(&self) -> Result<PgConnection, Failed> {
        use sqlx::ConnectOptions;
        let options = self.options()?.application_name("kneeboard rehearsal").disable_statement_logging();
        let mut session = connect(&options).await?;
        // Definitions are compared as text, and names in them depend on the search path.
        sqlx::raw_sql("SET search_path = pg_catalog").execute(&mut session).await?;
        Ok(session)
    }

    /// What the copy says of what the runbook changes.
    pub(super) async fn says(&self, database: Option<&Database>) -> Result<Option<Says>, Failed> {
        let Some(database) = database else { return Ok(None) };
        let mut session = self.session().await?;
        let says = reading::look(&mut session, database).await?;
        session.close().await?;
        Ok(Some(says))
    }

    /// # Errors
    /// What its program says when it cannot: then the copy may still be there.
    pub(super) async fn remove(&mut self) -> Result<(), Failed> {
        say("");
        say("=== removing the copy");
        drop(self.input.take());
        let ended = self
            .keeper
            .wait()
            .await
            .map_err(|error| file("cannot wait for", Path::new("the copy's program"), error))?;
        if ended.success() {
            return Ok(());
        }
        Err(unfit(format!("the copy may still be there: its program ended with {ended}")))
    }

    /// It may be in the middle of a restore, and not listening.
    async fn give_up(&mut self) {
        drop(self.input.take());
        let group = self.keeper.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(group) = group {
            let _gone = killpg(Pid::from_raw(group), Signal::SIGINT);
        }
        let _ended = self.keeper.wait().await;
    }
}
