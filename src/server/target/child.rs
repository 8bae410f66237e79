//! The environment of a program that a runbook starts against a target.

use super::connect::Target;
use super::settings::Variables;
use crate::runbook::parse::parameter_variable;
use crate::runbook::{Id, Value};
use std::collections::BTreeMap;

/// What is inherited of the console's own environment; nothing else.
const INHERITED: [&str; 17] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TERM",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "UV_CACHE_DIR",
    "UV_PYTHON_INSTALL_DIR",
];

/// Inherited variables, the target by libpq's variables, and each parameter as `KNEEBOARD_PARAM_<NAME>`.
pub fn environment(target: &Target, parameters: &BTreeMap<Id, Value>) -> Variables {
    let inherited = INHERITED.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    let mut variables: Variables = inherited.collect();
    variables.extend(target.environment());
    variables.extend(self::parameters(parameters));
    variables
}

/// Each as `KNEEBOARD_PARAM_<NAME>`.
pub fn parameters(parameters: &BTreeMap<Id, Value>) -> Variables {
    parameters.iter().map(|(name, value)| (parameter_variable(name), value.to_string())).collect()
}
