//! Another provider by which people may sign in: what may be asked for.

use crate::server::modes::{Closed, check};
use crate::server::oidc::{ClientSecret, Oidc, Settings};
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// In the environment, never in an argument, which everybody on the machine may read.
const SECRET: &str = "KNEEBOARD_OIDC_CLIENT_SECRET";

#[derive(Args, Clone, Debug, Default)]
pub struct Provider {
    /// An OpenID Connect provider by which people may sign in too, for instance https://login.example.com
    #[arg(long, env = "KNEEBOARD_OIDC_ISSUER", value_name = "URL", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,
    /// What the provider calls this console
    #[arg(long, env = "KNEEBOARD_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,
    /// File with the secret that the provider gave for it, which nobody else may read; or KNEEBOARD_OIDC_CLIENT_SECRET. None for a
    /// public client
    #[arg(long, env = "KNEEBOARD_OIDC_CLIENT_SECRET_FILE", value_name = "FILE", requires = "oidc_issuer")]
    oidc_client_secret_file: Option<PathBuf>,
    /// The claim that is the person's name here, at the first sign-in; `email` must be verified by the provider [default: email]
    #[arg(long, env = "KNEEBOARD_OIDC_CLAIM", value_name = "CLAIM", requires = "oidc_issuer")]
    oidc_claim: Option<String>,
    /// What people call the provider [default: its host]
    #[arg(long, env = "KNEEBOARD_OIDC_NAME", value_name = "NAME", requires = "oidc_issuer")]
    oidc_name: Option<String>,
}

impl Provider {
    /// None where no provider is named.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn read(self) -> anyhow::Result<Option<Oidc>> {
        let Some((issuer, client_id)) = self.oidc_issuer.zip(self.oidc_client_id) else { return Ok(None) };
        let secret = secret(self.oidc_client_secret_file.as_deref(), std::env::var(SECRET).ok())?;
        let claim = self.oidc_claim.as_deref().unwrap_or("email");
        let settings = Settings::parse(&issuer, &client_id, secret, claim, self.oidc_name.as_deref())?;
        Ok(Some(Oidc::new(settings)?))
    }
}

fn secret(file: Option<&Path>, variable: Option<String>) -> anyhow::Result<Option<ClientSecret>> {
    let text = match (file, variable) {
        (Some(_), Some(_)) => {
            bail!("the client secret is given twice: by --oidc-client-secret-file and by {SECRET}")
        }
        (Some(file), None) => {
            check(file, Closed::Secret)?;
            std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        (None, Some(variable)) => variable,
        (None, None) => return Ok(None),
    };
    Ok(Some(ClientSecret::parse(&text)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_secret_comes_from_a_closed_file_or_from_the_environment_and_not_from_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "s3cret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let refused = |file: Option<&Path>, variable: Option<&str>| {
            secret(file, variable.map(str::to_owned)).unwrap_err().to_string()
        };
        mode(0o644);
        assert!(refused(Some(&file), None).contains("chmod 600"));
        mode(0o600);
        assert!(secret(Some(&file), None).unwrap().is_some());
        assert!(secret(None, Some("x".to_owned())).unwrap().is_some());
        assert!(secret(None, None).unwrap().is_none(), "a public client");
        assert!(refused(Some(&file), Some("x")).contains("twice"));
        assert!(refused(Some(&folder.path().join("none")), None).contains("cannot be read"));
        assert!(refused(None, Some("")).contains("empty"));
    }
}
