//! Real plans of PostgreSQL 12 to 18, and what could become of them on their way. `KNEEBOARD_PLANS=DIR` checks
//! every `*.json` below DIR as well.

mod damage;
mod judging;
mod reading;
mod simulated;
mod timing;

use std::path::{Path, PathBuf};

use super::Plan;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans")
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// Name and text of each.
fn every_plan() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files(&fixtures(), &mut paths);
    if let Ok(dir) = std::env::var("KNEEBOARD_PLANS") {
        files(Path::new(&dir), &mut paths);
    }
    paths.sort();
    assert!(paths.len() >= 40, "only {} plans found", paths.len());
    paths.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect()
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixtures().join(name).with_extension("json")).unwrap()
}

fn plan(name: &str) -> Plan {
    super::parse(&text(name)).unwrap()
}
