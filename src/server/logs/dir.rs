//! Where an attempt's directory is. Names from requests become paths here and nowhere else.

use std::path::{Path, PathBuf};

use super::error::LogError;

/// Longest name of a run or a step; a file system's limit is 255 bytes.
const LONGEST: usize = 128;

/// The directory of one attempt, `STATE_DIR/runs/RUN/STEP/N`, known to lie inside the state directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttemptDir {
    path: PathBuf,
    step: String,
    attempt: u32,
}

impl AttemptDir {
    /// The directory of an attempt, whether it exists or not.
    ///
    /// # Errors
    /// [`LogError::Name`] for a run or step that is not a plain name (letters, digits, `-`, `_` and `.`, beginning
    /// with a letter or digit), so that no path can lead out of the state directory.
    pub fn new(state_dir: &Path, run: &str, step: &str, attempt: u32) -> Result<Self, LogError> {
        let path = state_dir.join("runs").join(plain(run)?).join(plain(step)?).join(attempt.to_string());
        Ok(Self { path, step: step.to_owned(), attempt })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The step's name.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// The attempt's number within the step.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

fn plain(name: &str) -> Result<&str, LogError> {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    match begins_well && name.len() <= LONGEST && name.chars().all(letters) {
        true => Ok(name),
        false => Err(LogError::Name(name.chars().take(LONGEST).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_has_its_place() {
        let dir = AttemptDir::new(Path::new("/state"), "7f3a-1", "backup.dump", 2).unwrap();
        assert_eq!(dir.path(), Path::new("/state/runs/7f3a-1/backup.dump/2"));
    }

    #[test]
    fn no_name_leads_out_of_the_state_directory() {
        for name in ["", ".", "..", "../x", "a/b", "/etc", "a\0b", ".hidden", "-rf", "ü", &"a".repeat(129)] {
            assert!(AttemptDir::new(Path::new("/state"), name, "s", 1).is_err(), "{name:?} as a run");
            assert!(AttemptDir::new(Path::new("/state"), "r", name, 1).is_err(), "{name:?} as a step");
        }
    }
}
