//! The TextLoom runbook against TextLoom's schema with data in it: what each of its parts says, and the console's own questions on
//! each major version that it is held to.
#![cfg(feature = "ssr")]

mod majors;
mod preflight;
mod sampler;
mod statements;
#[allow(dead_code, reason = "each test program uses its own part of it")]
#[path = "../support/mod.rs"]
mod support;

use kneeboard::runbook::parse::parse;
use kneeboard::runbook::{Id, Runbook, Value};
use kneeboard::server::target::{self, Target};
use std::collections::BTreeMap;
use std::path::Path;
use support::{Database, OWNER};

fn runbook_text() -> String {
    text("textloom")
}

fn runbook() -> Runbook {
    load("textloom")
}

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("runbooks/{name}.toml"));
    std::fs::read_to_string(path).unwrap()
}

fn load(name: &str) -> Runbook {
    parse(&text(name)).unwrap().runbook
}

/// TextLoom with so many tasks, on the tests' server of that major version or on the newest one that is installed.
async fn textloom(major: Option<u32>, tasks: u32) -> (Database, Target) {
    let database = match major {
        Some(major) => Database::on_major(major).await,
        None => Database::new().await,
    };
    database.run("GRANT pg_monitor TO owner").await;
    database.psql(&["runbooks/textloom/sql/schema.sql", "runbooks/textloom/sql/data.sql"], tasks);
    let target = database.target(OWNER);
    (database, target)
}

async fn parameters(target: &Target, runbook: &Runbook) -> BTreeMap<Id, Value> {
    let mut values = BTreeMap::new();
    for (name, parameter) in &runbook.parameters {
        let sampled = match &parameter.sample {
            Some(sample) => {
                let value = target::sample(target, parameter.kind, sample).await;
                value.unwrap_or_else(|error| panic!("{name}: {error}"))
            }
            None => None,
        };
        let value = sampled.or_else(|| parameter.default.clone());
        values.insert(name.clone(), value.unwrap_or_else(|| panic!("no value of {name}")));
    }
    values
}
