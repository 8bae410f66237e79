//! The check of an evidence pack: by nothing but its bytes, and the key if the asker has it.

use super::{PublicKey, comment, digest, names, stored};
use crate::evidence::sums::{self, Sums};
use crate::evidence::{Checked, chain, files};
use crate::run::event::{Body, Known};
use crate::run::sealed::Sealed;
use crate::run::{Event, RunId, Seq};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zip::ZipArchive;

/// The most that one file of a pack that is read as a whole may have, in bytes: a pack comes from anywhere.
const MOST: u64 = 1 << 30;

/// All that is wrong with a pack, and the key that its zip is signed with.
///
/// # Errors
/// The file cannot be opened.
pub fn check(path: &Path, expected: Option<PublicKey>) -> io::Result<(Checked, Option<PublicKey>)> {
    let mut file = File::open(path)?;
    let mut checked = Checked::default();
    let signed = comment::check(&mut file);
    match inside(file, &mut checked) {
        Err(error) => checked.found("the pack", format!("it is no readable zip: {error}")),
        Ok(key) => {
            let same = |other: PublicKey| key == Some(other);
            if let Some(expected) = expected.filter(|expected| !same(*expected)) {
                checked.found("the pack", format!("it is not signed with the key {expected}"));
            } else if let Ok(signer) = &signed
                && !same(*signer)
            {
                checked.found(names::KEY, format!("it is not the key {signer} that has signed the pack"));
            }
        }
    }
    if let Err(why) = &signed {
        checked.found("the pack", why.clone());
    }
    Ok((checked, signed.ok()))
}

/// The files, each against the checksums, and the run that they hold. Gives the key that stands among them.
fn inside(file: File, checked: &mut Checked) -> Result<Option<PublicKey>, zip::result::ZipError> {
    let mut zip = ZipArchive::new(file)?;
    let (mut found, mut kept) = (BTreeMap::new(), BTreeMap::new());
    for at in 0..zip.len() {
        let mut file = zip.by_index(at)?;
        let name = file.name().to_owned();
        let read = if name.contains('/') {
            digest::copy(&mut file, &mut io::sink())
        } else {
            let mut bytes = Vec::new();
            let read = digest::copy(&mut file.take(MOST), &mut bytes);
            kept.insert(name.clone(), bytes);
            read
        };
        match read {
            Ok(sealed) => {
                if found.insert(name.clone(), sealed).is_some() {
                    checked.found(name, "it is there twice");
                }
            }
            Err(error) => checked.found(name, format!("it cannot be read: {error}")),
        }
    }
    let kept = |name: &str| kept.get(name).map(Vec::as_slice);
    let key = kept(names::KEY).and_then(|pem| PublicKey::from_pem(std::str::from_utf8(pem).ok()?));
    checksums(&kept, key, &found, checked);
    if let Some(text) = kept(names::EVENTS) {
        run(text, kept(names::RUNBOOK), &found, checked);
    }
    Ok(key)
}

fn checksums<'a>(
    kept: &impl Fn(&str) -> Option<&'a [u8]>,
    key: Option<PublicKey>,
    found: &BTreeMap<String, Sealed>,
    checked: &mut Checked,
) {
    let Some(key) = key else { return checked.found(names::KEY, "it is no public key in PEM") };
    let Some(text) = kept(names::SUMS) else { return checked.found(names::SUMS, "it is missing") };
    if !kept(names::SUMS_SIGNATURE).is_some_and(|signature| key.verifies(text, signature)) {
        checked.found(names::SUMS, format!("the key {key} has not signed it"));
    }
    let sums = match sums::read(&String::from_utf8_lossy(text)) {
        Ok(sums) => sums,
        Err(line) => return checked.found(names::SUMS, format!("line {line} is no checksum")),
    };
    let unsummed = |name: &&String| !matches!(name.as_str(), names::SUMS | names::SUMS_SIGNATURE);
    for name in found.keys().filter(unsummed).filter(|name| !sums.contains_key(*name)) {
        checked.found(name, "it has no checksum: it was added");
    }
    each(&sums, found, checked);
}

fn each(sums: &Sums, found: &BTreeMap<String, Sealed>, checked: &mut Checked) {
    for (name, sum) in sums {
        match found.get(name) {
            Some(sealed) if sealed.sha256 == *sum => {}
            Some(_) => checked.found(name, "its bytes are not those that were packed"),
            None if checked.findings.iter().any(|finding| finding.place == *name) => {}
            None => checked.found(name, "it is missing"),
        }
    }
}

/// What holds whoever packed it: the chain, the runbook, the files of attempts.
fn run(text: &[u8], runbook: Option<&[u8]>, found: &BTreeMap<String, Sealed>, checked: &mut Checked) {
    let text = String::from_utf8_lossy(text);
    let texts: Vec<(Seq, String)> = (1..).zip(text.lines().map(str::to_owned)).collect();
    let Some(run) = run_of(&texts) else { return checked.found("event 1", "it starts no run") };
    let events = chain::check(&run, &texts, checked);
    if let Some(text) = runbook {
        stored::runbook(&events, text, checked);
    }
    for attempt in files::attempts(&events) {
        let place = names::of_attempt(&attempt.folder(), "");
        let place = place.trim_end_matches('/');
        let inside = |name: &String| Some(name.strip_prefix(place)?.strip_prefix('/')?.to_owned());
        let found: BTreeMap<String, Sealed> =
            found.iter().filter_map(|(name, sealed)| Some((inside(name)?, sealed.clone()))).collect();
        files::compare(&attempt, place, &found, checked);
    }
}

fn run_of(texts: &[(Seq, String)]) -> Option<RunId> {
    let first: Event = serde_json::from_str(&texts.first()?.1).ok()?;
    match first.body {
        Body::Known(Known::RunStarted { run, .. }) => Some(run),
        _ => None,
    }
}
