//! Writing an evidence pack.

use super::stored::{self, Stored};
use super::{Key, KeyError, comment, digest, names};
use crate::evidence::Checked;
use crate::evidence::files::{self, Left};
use crate::evidence::signatures::signatures;
use crate::evidence::sums::{self, Sums};
use crate::run::result::{Body as ResultBody, StepResult};
use crate::run::{Event, RunId, RunState};
use crate::server::clock::now_ms;
use crate::server::store::Store;
use crate::server::worker::RESULT;
use crate::text::clock;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tokio::sync::Semaphore;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("There is no run {0}.")]
    NoRun(RunId),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the console's state cannot be read: {0}")]
    State(#[from] sqlx::Error),
    #[error("the pack cannot be written into the data folder: {0}")]
    File(#[from] io::Error),
    #[error("the pack cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("the pack cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Each reads all logs of its run and writes them a second time.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// The run as it is now: a file without a name in the data folder, at its beginning, gone when it is closed.
///
/// # Errors
/// No such run, a key that cannot be used, or no room.
pub async fn pack(store: &Store, data: &Path, run: &RunId) -> Result<File, PackError> {
    let stored = Stored::read(store, run).await?.ok_or_else(|| PackError::NoRun(run.clone()))?;
    let data = data.to_owned();
    let turn = ONE_AT_A_TIME.acquire().await.map_err(io::Error::other)?;
    let work = move || {
        let _turn = turn;
        write(&stored, &data)
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn write(stored: &Stored, data: &Path) -> Result<File, PackError> {
    let key = Key::of(data)?;
    let (checked, events) = stored::check(stored, data);
    let mut pack = Pack::new(tempfile::tempfile_in(data)?);
    pack.add(names::README, readme(stored, &checked, &key).as_bytes())?;
    let lines: String = stored.texts.iter().flat_map(|(_, text)| [text, "\n"]).collect();
    pack.add(names::EVENTS, lines.as_bytes())?;
    pack.add(names::CHECKED, &serde_json::to_vec_pretty(&checked)?)?;
    if let Some(state) = RunState::fold(&events) {
        pack.add(names::SIGNATURES, &serde_json::to_vec_pretty(&signatures(&state))?)?;
    }
    let folder = stored.folder(data);
    match fs::read(folder.join(names::RUNBOOK)) {
        Ok(text) => pack.add(names::RUNBOOK, &text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    pack.attempts(&events, &folder)?;
    pack.finish(&key)
}

struct Pack {
    zip: ZipWriter<File>,
    sums: Sums,
}

impl Pack {
    fn new(file: File) -> Self {
        Self { zip: ZipWriter::new(file), sums: Sums::new() }
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), PackError> {
        self.copy(name, &mut &*bytes)
    }

    fn copy(&mut self, name: &str, from: &mut impl Read) -> Result<(), PackError> {
        // The fastest compression: somebody waits. A log can be larger than the 4 GB that a zip's first form knows.
        let options = SimpleFileOptions::default().compression_level(Some(1)).large_file(true);
        self.zip.start_file(name, options)?;
        let sealed = digest::copy(from, &mut self.zip)?;
        self.sums.insert(name.to_owned(), sealed.sha256);
        Ok(())
    }

    /// What the attempts have left, as far as it is known that nothing writes to it any more.
    fn attempts(&mut self, events: &[Event], folder: &Path) -> Result<(), PackError> {
        for attempt in files::attempts(events).iter().filter(|attempt| matches!(attempt.left, Left::Files(_)))
        {
            let (place, dir) = (attempt.folder(), folder.join(attempt.folder()));
            for name in digest::names(&dir)? {
                self.copy(&names::of_attempt(&place, &name), &mut File::open(dir.join(&name))?)?;
                if name == RESULT {
                    self.plans(&format!("plans/{}-{}", attempt.step, attempt.number), &dir.join(&name))?;
                }
            }
        }
        Ok(())
    }

    /// The plans of a result, each as the server answered to EXPLAIN (FORMAT JSON), for any tool that reads those.
    fn plans(&mut self, folder: &str, result: &Path) -> Result<(), PackError> {
        let Ok(result) = serde_json::from_slice::<StepResult>(&fs::read(result)?) else { return Ok(()) };
        let ResultBody::Explain { queries, .. } = result.body else { return Ok(()) };
        for query in queries {
            self.add(&format!("{folder}/{}.json", query.id), &serde_json::to_vec_pretty(&query.plan)?)?;
        }
        Ok(())
    }

    fn finish(mut self, key: &Key) -> Result<File, PackError> {
        self.add(names::KEY, key.public().pem().as_bytes())?;
        let sums = sums::write(&self.sums);
        self.add(names::SUMS_SIGNATURE, &key.sign(sums.as_bytes()))?;
        self.add(names::SUMS, sums.as_bytes())?;
        // The comment's place, for the signature over all that stands before it.
        self.zip.set_raw_comment(vec![b' '; comment::LENGTH].into())?;
        let mut file = self.zip.finish()?;
        comment::sign(&mut file, key)?;
        file.flush()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

fn readme(stored: &Stored, checked: &Checked, key: &Key) -> String {
    let Stored { run, listed, .. } = stored;
    let found = match checked.findings.as_slice() {
        [] => "nothing was wrong".to_owned(),
        findings => findings.iter().map(|f| format!("\n    {}: {}", f.place, f.what)).collect(),
    };
    let remarks: String = checked.remarks.iter().map(|remark| format!("\n    {remark}")).collect();
    format!(
        "Evidence of the run {run}
{} on {} ({}), started by {} at {}
packed at {} by kneeboard {}

    events.jsonl     what happened: one event a line, each with the hash of the one before it
    signatures.json  who signed what
    runbook.toml     the runbook as it was when the run was started
    attempts/        of each execution of a step: `out` is its output, `out.idx` the time of each piece of
                     it, `exit.json` how it ended, `result.json` what it found
    plans/           the answers to EXPLAIN, one file a query
    checked.json     what the console found when it packed this: {found}{remarks}
    SHA256SUMS       the checksum of every other file

Check it with      kneeboard verify PACK.zip --key {}
or without         sha256sum -c SHA256SUMS
                   openssl pkeyutl -verify -pubin -inkey console.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
The key is only worth something if you have it from the people who run the console, not from this file:
`kneeboard evidence key` shows it there.

The hash of an event is the SHA-256 of the hash of the event before it (64 zeros for the first), followed by the
JSON array [seq, at, actor, command_id, body] without spaces, each as it stands in its line; command_id is null where it is missing.
",
        listed.title,
        listed.target,
        listed.environment,
        listed.started_by,
        clock::date_and_time(listed.started_at),
        clock::date_and_time(now_ms()),
        env!("CARGO_PKG_VERSION"),
        key.public(),
    )
}
