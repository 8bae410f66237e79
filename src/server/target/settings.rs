//! Where a target is and as whom it is entered: layers of libpq keywords with libpq's own variables as the last one. The console
//! and the tools that it starts connect with the same settings, each in its own form.

use super::keywords::{KNOWN, Keywords};
use super::passfile;
use super::secret::Secret;
use nix::unistd::{Uid, User};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Environment variables by name.
pub type Variables = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub struct Settings {
    /// A name, an address, or the directory of a Unix socket (then it starts with `/`).
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    password: Option<Secret>,
    passfile: Option<PathBuf>,
    ssl_mode: PgSslMode,
    /// The certificate files that are given: libpq's variable and the path.
    certificates: BTreeMap<&'static str, String>,
}

const CERTIFICATES: [(&str, &str); 3] =
    [("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")];

impl Settings {
    /// Layers from the strongest to the weakest; what none has comes from libpq's variables in `environment`, then from
    /// libpq's defaults.
    ///
    /// # Errors
    /// One sentence on the first value that does not fit.
    pub fn resolve(layers: &[Keywords], environment: &Variables) -> Result<Self, String> {
        let mut all = Keywords::new();
        for layer in layers.iter().chain([&from_variables(environment)]) {
            for (key, value) in layer {
                all.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        let mut take = |key: &str| all.remove(key);
        let port = take("port").unwrap_or_else(|| "5432".to_owned());
        let port = port.parse().map_err(|_| format!("expected a port from 1 to 65535, came `{port}`"))?;
        let ssl_mode = take("sslmode").unwrap_or_else(|| "prefer".to_owned());
        let ssl_mode = ssl_mode.parse().map_err(|_| {
            format!("expected disable, allow, prefer, require, verify-ca or verify-full as sslmode, came `{ssl_mode}`")
        })?;
        let user = take("user").or_else(system_user).ok_or("expected a user, came none")?;
        let home = environment.get("HOME").map(|home| Path::new(home).join(".pgpass"));
        let passfile = take("passfile").map(PathBuf::from).or_else(|| home.filter(|path| path.exists()));
        let certificates =
            CERTIFICATES.iter().filter_map(|(key, variable)| Some((*variable, take(key)?))).collect();
        Ok(Self {
            host: take("host").unwrap_or_else(default_host),
            port,
            database: take("dbname").unwrap_or_else(|| user.clone()),
            password: take("password").map(Secret::new),
            passfile,
            ssl_mode,
            certificates,
            user,
        })
    }

    /// `db.example:5432/textloom as console`, without the password.
    pub fn place(&self) -> String {
        format!("{}:{}/{} as {}", self.host, self.port, self.database, self.user)
    }

    /// For the console's own sessions.
    ///
    /// # Errors
    /// One sentence where the password file cannot be used.
    pub fn options(&self) -> Result<PgConnectOptions, String> {
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .database(&self.database)
            .username(&self.user)
            .ssl_mode(self.ssl_mode);
        if let Some(password) = self.password()? {
            options = options.password(password.reveal());
        }
        for (variable, path) in &self.certificates {
            options = match *variable {
                "PGSSLROOTCERT" => options.ssl_root_cert(path),
                "PGSSLCERT" => options.ssl_client_cert(path),
                _ => options.ssl_client_key(path),
            };
        }
        Ok(options)
    }

    /// For the tools that the console starts.
    pub fn variables(&self) -> Variables {
        let mut variables = Variables::new();
        let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
        set("PGHOST", self.host.clone());
        set("PGPORT", self.port.to_string());
        set("PGDATABASE", self.database.clone());
        set("PGUSER", self.user.clone());
        set("PGSSLMODE", word(self.ssl_mode).to_owned());
        for (variable, path) in &self.certificates {
            set(variable, path.clone());
        }
        match (&self.password, &self.passfile) {
            (Some(password), _) => _ = set("PGPASSWORD", password.reveal().to_owned()),
            (None, Some(path)) => _ = set("PGPASSFILE", path.to_string_lossy().into_owned()),
            (None, None) => {}
        }
        variables
    }

    /// A password file that cannot be read has no secret to mask; the connection says what is wrong with it.
    pub fn secrets(&self) -> Vec<String> {
        let password = self.password().ok().flatten();
        password.into_iter().map(|secret| secret.reveal().to_owned()).collect()
    }

    /// Read anew each time, so that a password that was changed in the file is used.
    fn password(&self) -> Result<Option<Secret>, String> {
        let (None, Some(path)) = (&self.password, &self.passfile) else { return Ok(self.password.clone()) };
        let port = self.port.to_string();
        let by = |host| passfile::look_up(path, [host, &port, &self.database, &self.user]);
        match by(&self.host)? {
            None if self.host.starts_with('/') => by("localhost"),
            found => Ok(found),
        }
    }
}

fn from_variables(environment: &Variables) -> Keywords {
    let variable = |key: &str| match key {
        "dbname" => "PGDATABASE".to_owned(),
        key => format!("PG{}", key.to_ascii_uppercase()),
    };
    let set = |key: &&str| Some(((*key).to_owned(), environment.get(&variable(key))?.clone()));
    KNOWN.iter().filter_map(set).collect()
}

fn system_user() -> Option<String> {
    User::from_uid(Uid::effective()).ok().flatten().map(|user| user.name)
}

/// Debian's socket directory where it is there, else libpq's fallback for a machine without one.
fn default_host() -> String {
    let sockets = "/var/run/postgresql";
    if Path::new(sockets).is_dir() { sockets.to_owned() } else { "localhost".to_owned() }
}

fn word(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Keywords {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_stronger_layer_wins_and_libpqs_variables_fill_the_rest() {
        let url = map(&[("host", "db"), ("user", "me")]);
        let service = map(&[("host", "other"), ("dbname", "shop"), ("sslmode", "require")]);
        let environment = map(&[("PGPORT", "5433"), ("PGPASSWORD", "hunter2"), ("PGUSER", "you")]);
        let settings = Settings::resolve(&[url, service], &environment).unwrap();
        assert_eq!(settings.place(), "db:5433/shop as me");
        assert_eq!(settings.variables()["PGSSLMODE"], "require");
        assert_eq!(settings.variables()["PGPASSWORD"], "hunter2");
        assert_eq!(settings.secrets(), ["hunter2"]);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn a_value_that_does_not_fit_is_named() {
        let wrong = |key, value| Settings::resolve(&[map(&[(key, value)])], &map(&[])).unwrap_err();
        assert_eq!(wrong("port", "many"), "expected a port from 1 to 65535, came `many`");
        assert!(wrong("sslmode", "off").ends_with("came `off`"));
    }
}
