//! The result on disk: whole or not there.

use super::{Failed, RESULT};
use crate::run::result::StepResult;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Beside the task; fsynced and renamed into place, so that who finds it finds all of it, also after a power cut.
pub(super) fn result(task: &Path, result: &StepResult) -> Result<(), Failed> {
    let folder = folder(task);
    write(folder, result).map_err(|error| Failed::File {
        what: "cannot write the result into",
        path: folder.display().to_string(),
        error,
    })
}

pub(super) fn folder(task: &Path) -> &Path {
    task.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write(folder: &Path, result: &StepResult) -> io::Result<()> {
    let aside = folder.join("result.json.new");
    let mut file = File::create(&aside)?;
    file.write_all(&serde_json::to_vec(result)?)?;
    file.sync_all()?;
    std::fs::rename(aside, folder.join(RESULT))?;
    File::open(folder)?.sync_all()
}
