//! libpq's password file, read as <https://www.postgresql.org/docs/current/libpq-pgpass.html> says: `host:port:database:user:password`,
//! `*` for anything, `\` before a colon or a backslash, the first line that fits.

use super::secret::Secret;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// # Errors
/// One sentence where the file cannot be read or others may read it (libpq does not use such a file either).
pub fn look_up(path: &Path, wanted: [&str; 4]) -> Result<Option<Secret>, String> {
    let shown = path.display();
    let mut file =
        File::open(path).map_err(|error| format!("the password file {shown} cannot be read: {error}"))?;
    let mode = file.metadata().map(|data| data.permissions().mode()).unwrap_or_default();
    if mode & 0o077 != 0 {
        return Err(format!("the password file {shown} may be read by others: chmod 600 {shown}"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|error| format!("the password file {shown} cannot be read: {error}"))?;
    Ok(text.lines().find_map(|line| password(line, wanted)))
}

fn password(line: &str, wanted: [&str; 4]) -> Option<Secret> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![(String::new(), false)];
    let mut chars = line.trim_end_matches('\r').chars();
    while let Some(c) = chars.next() {
        let begins_next = c == ':' && fields.len() <= wanted.len();
        let last = fields.last_mut()?;
        match c {
            '\\' => {
                last.0.push(chars.next().unwrap_or('\\'));
                last.1 = true;
            }
            // The password is the rest of the line.
            _ if begins_next => fields.push((String::new(), false)),
            c => last.0.push(c),
        }
    }
    let fits =
        |((text, escaped), wanted): (&(String, bool), &str)| text == wanted || (text == "*" && !escaped);
    let (found, fields) = fields.split_last()?;
    (fields.len() == wanted.len() && fields.iter().zip(wanted).all(fits))
        .then(|| Secret::new(found.0.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let me = ["db", "5432", "shop", "me"];
        let found = |line| password(line, me).map(|secret| secret.reveal().to_owned());
        assert_eq!(found("db:5432:shop:me:a:b\\:c\\\\").as_deref(), Some("a:b:c\\"));
        assert_eq!(found("*:*:*:me:x").as_deref(), Some("x"));
        for other in ["db:5432:shop:you:x", "# db:5432:shop:me:x", "db:5432:shop:me", "", "\\*:*:*:me:x"] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        std::fs::write(&path, "*:*:*:*:x\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        assert!(look_up(&path, ["a", "1", "b", "c"]).unwrap_err().contains("chmod 600"));
        mode(0o600);
        assert!(look_up(&path, ["a", "1", "b", "c"]).unwrap().is_some());
    }
}
