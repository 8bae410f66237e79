//! Which databases runs may be about: a strict TOML file and `KNEEBOARD_TARGET_<NAME>` variables. Mistakes carry their place.

use super::calendar::{Calendar, FreezeEntry, WindowEntry};
use super::connect::{Care, Target};
use super::keywords::{self, Keywords};
use super::settings::{Settings, Variables};
use crate::runbook::Id;
use crate::runbook::parse::{from_toml, place};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// All targets of a console, by name.
#[derive(Clone, Debug, Default)]
pub struct Targets(BTreeMap<Id, Target>);

/// Every mistake on a line of its own: `file:line:column: what was expected, what came`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    targets: Vec<Entry>,
}

/// `url`, `service` or single parameters; a single parameter wins over the URL, the URL over the service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<Id>,
    /// `production` is the word that pages make unmistakable.
    environment: Spanned<String>,
    url: Option<Spanned<String>>,
    /// A section of `service_file`, of `PGSERVICEFILE` or of `~/.pg_service.conf`.
    service: Option<Spanned<String>>,
    service_file: Option<PathBuf>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
    /// Relative to the targets file, as `service_file` is.
    passfile: Option<PathBuf>,
    /// Name of the environment variable that holds the password.
    password_env: Option<Spanned<String>>,
    sslmode: Option<String>,
    sslrootcert: Option<String>,
    sslcert: Option<String>,
    sslkey: Option<String>,
    /// When it may be changed; at any time where there are none.
    #[serde(default)]
    windows: Vec<WindowEntry>,
    /// When it may not be changed, whatever its windows.
    #[serde(default)]
    freezes: Vec<FreezeEntry>,
    /// Whether what changes it takes a second factor; without it, production does.
    step_up: Option<bool>,
}

/// A mistake with its byte offset in the file.
type Misplaced = (usize, String);

impl Targets {
    /// The file's targets, then those of the environment: `KNEEBOARD_TARGET_SHOP=postgres://...` makes a target `shop`, or gives
    /// the file's target of that name another connection. `KNEEBOARD_ENVIRONMENT_SHOP` names its environment; without one it
    /// is taken for production, the careful guess; `KNEEBOARD_STEP_UP_SHOP` is its `step_up`.
    ///
    /// # Errors
    /// All mistakes that were found.
    pub fn load(file: Option<&Path>, environment: &Variables) -> Result<Self, Mistakes> {
        let mut targets = Self::default();
        let mut mistakes = Vec::new();
        if let Some(path) = file {
            let shown = path.display();
            match std::fs::read_to_string(path) {
                Ok(text) => targets.read(path, &text, environment, &mut mistakes),
                Err(error) => {
                    mistakes.push(format!("{shown}: expected the targets file, came an error: {error}"))
                }
            }
        }
        targets.read_variables(environment, &mut mistakes);
        if mistakes.is_empty() { Ok(targets) } else { Err(Mistakes(mistakes)) }
    }

    pub fn get(&self, name: &Id) -> Option<&Target> {
        self.0.get(name)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.0.values()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read(&mut self, path: &Path, text: &str, environment: &Variables, mistakes: &mut Vec<String>) {
        let mut add = |offset: usize, message: &str| {
            let (line, column) = place(text, offset);
            mistakes.push(format!("{}:{line}:{column}: {message}", path.display()));
        };
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let mistake = from_toml(text, &error);
                mistakes.push(format!("{}:{mistake}", path.display()));
                return;
            }
        };
        let mode = std::fs::metadata(path).map(|data| data.permissions().mode()).unwrap_or_default();
        for mut entry in file.targets {
            let at = entry.name.span().start;
            let (windows, freezes) = (std::mem::take(&mut entry.windows), std::mem::take(&mut entry.freezes));
            let calendar = match Calendar::read(windows, freezes) {
                Ok(calendar) => calendar,
                Err(message) => {
                    add(at, &format!("the calendar of `{}`: {message}", entry.name.get_ref()));
                    continue;
                }
            };
            let name = entry.name.get_ref().clone();
            match entry.settings(path, mode, environment) {
                Ok(_) if self.0.contains_key(&name) => {
                    add(at, &format!("expected every target once, came `{name}` twice"));
                }
                Ok(settings) => {
                    let target = Target::new(name.clone(), entry.environment.into_inner(), settings);
                    let target = target.with_care(Care { calendar, step_up: entry.step_up });
                    self.0.insert(name, target);
                }
                Err((offset, message)) => add(offset, &message),
            }
        }
    }

    fn read_variables(&mut self, environment: &Variables, mistakes: &mut Vec<String>) {
        const PREFIX: &str = "KNEEBOARD_TARGET_";
        for (variable, url) in environment.iter().filter(|(variable, _)| variable.starts_with(PREFIX)) {
            let suffix = &variable[PREFIX.len()..];
            let same = |name: &&Id| name.as_str().to_ascii_uppercase().replace('-', "_") == suffix;
            let name =
                self.0.keys().find(same).cloned().map_or_else(|| Id::parse(&suffix.to_ascii_lowercase()), Ok);
            let settings = keywords::from_url(url).and_then(|url| Settings::resolve(&[url], environment));
            match (name, settings) {
                (Ok(name), Ok(settings)) => {
                    let said = environment.get(&format!("KNEEBOARD_ENVIRONMENT_{suffix}")).cloned();
                    let before = || self.0.get(&name).map(|target| target.environment_name().to_owned());
                    let word = said.or_else(before).unwrap_or_else(|| Target::PRODUCTION.to_owned());
                    let target = Target::new(name.clone(), word, settings);
                    // Another connection is no other target: its windows stay.
                    let mut care = self.0.get(&name).map(Target::care).cloned().unwrap_or_default();
                    let variable = format!("KNEEBOARD_STEP_UP_{suffix}");
                    match environment.get(&variable).map(|said| (said.parse::<bool>(), said)) {
                        Some((Ok(said), _)) => care.step_up = Some(said),
                        Some((Err(_), said)) => {
                            mistakes.push(format!("{variable}: expected true or false, came `{said}`"));
                        }
                        None => {}
                    }
                    self.0.insert(name, target.with_care(care));
                }
                (Err(error), _) => mistakes.push(format!("{variable}: {error}")),
                (_, Err(error)) => mistakes.push(format!("{variable}: {error}")),
            }
        }
    }
}

impl Entry {
    fn settings(&self, file: &Path, mode: u32, environment: &Variables) -> Result<Settings, Misplaced> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let word = self.environment.get_ref();
        if word.trim().is_empty() || word.chars().count() > 40 {
            let message = "expected the environment's name, for instance production or staging, in at most 40 characters";
            return Err((self.environment.span().start, format!("{message}, came `{word}`")));
        }
        let mut layers = vec![self.single(folder, environment)?];
        if let Some(url) = &self.url {
            let from_url =
                keywords::from_url(url.get_ref()).map_err(|message| (url.span().start, message))?;
            if from_url.contains_key("password") && mode & 0o077 != 0 {
                let message = format!(
                    "expected a file that only its owner can read, for this URL holds a password, came mode {:o}: chmod 600, or use password_env or passfile",
                    mode & 0o777
                );
                return Err((url.span().start, message));
            }
            layers.push(from_url);
        }
        if let Some(service) = &self.service {
            let found = self.service(service.get_ref(), folder, environment);
            layers.push(found.map_err(|message| (service.span().start, message))?);
        }
        Settings::resolve(&layers, environment).map_err(|message| (self.name.span().start, message))
    }

    fn single(&self, folder: &Path, environment: &Variables) -> Result<Keywords, Misplaced> {
        let passfile = self.passfile.as_ref().map(|path| folder.join(path).to_string_lossy().into_owned());
        let mut given = vec![
            ("host", self.host.clone()),
            ("port", self.port.map(|port| port.to_string())),
            ("dbname", self.database.clone()),
            ("user", self.user.clone()),
            ("passfile", passfile),
            ("sslmode", self.sslmode.clone()),
            ("sslrootcert", self.sslrootcert.clone()),
            ("sslcert", self.sslcert.clone()),
            ("sslkey", self.sslkey.clone()),
        ];
        if let Some(variable) = &self.password_env {
            let password = environment.get(variable.get_ref()).ok_or_else(|| {
                let message = format!(
                    "expected the environment variable {} to hold the password of `{}`, came none",
                    variable.get_ref(),
                    self.name.get_ref()
                );
                (variable.span().start, message)
            })?;
            given.push(("password", Some(password.clone())));
        }
        Ok(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
    }

    fn service(&self, name: &str, folder: &Path, environment: &Variables) -> Result<Keywords, String> {
        let given = self.service_file.as_ref().map(|path| folder.join(path));
        let variable = || environment.get("PGSERVICEFILE").map(PathBuf::from);
        let home = || environment.get("HOME").map(|home| Path::new(home).join(".pg_service.conf"));
        let path = given.or_else(variable).or_else(home);
        let path = path.ok_or("expected a service file, came none: set service_file or PGSERVICEFILE")?;
        let shown = path.display();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("expected the service file {shown}, came an error: {error}"))?;
        keywords::from_service(&text, name)
            .map_err(|message| format!("{shown}: {message}"))?
            .ok_or_else(|| format!("expected a section [{name}] in {shown}, came none"))
    }
}

#[cfg(test)]
mod tests;
