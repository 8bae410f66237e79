//! The expected indexes and revisions against those that are there.

use super::query::tell;
use super::{Failed, say, uses};
use crate::run::reading::{IndexState, Says};
use crate::run::result::{Body, IndexUse, StepResult};
use crate::runbook::{Database, Leaves};
use crate::server::target::reading;
use crate::text::{grid, size};
use crate::verdict::{Finding, Verdict};
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the run knows of the indexes.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// How often each was read when the verification had ended.
    pub counted: Option<&'a BTreeMap<String, i64>>,
    /// Results of the run's explain steps, the earliest first.
    pub plans: &'a [PathBuf],
}

pub(super) async fn carry_out(
    session: &mut PgConnection,
    database: &Database,
    expect: Leaves,
    known: Known<'_>,
) -> Result<StepResult, Failed> {
    // Definitions are compared as text, and names in them depend on the search path.
    sqlx::raw_sql("SET search_path = pg_catalog").execute(&mut *session).await?;
    let says = reading::look(session, database).await?;
    let uses = uses::of(session, database, &says, known).await?;
    table(&says, &uses).iter().for_each(|line| say(line));
    for (index, expected) in says.indexes.iter().zip(&database.indexes) {
        if index.state == IndexState::Different {
            say(&format!("{} expected: {}", index.name, expected.definition));
            say(&format!("{} is:       {}", index.name, index.definition.as_deref().unwrap_or_default()));
        }
    }
    for index in &uses {
        say(&format!("dropping {} would lose {}", index.name, index.loses));
    }
    let findings = findings(database, &says, expect);
    tell(&findings);
    Ok(StepResult { findings, body: Body::Inventory { says, uses } })
}

fn table(says: &Says, uses: &[IndexUse]) -> Vec<String> {
    let headings =
        [("index", false), ("table", false), ("state", false), ("size", true), ("scans since", true)];
    let headings = headings.map(|(text, right)| grid::Heading { text, right });
    let size = |bytes: i64| size::bytes(bytes.unsigned_abs());
    let sizes: Vec<Option<String>> = says.indexes.iter().map(|index| index.bytes.map(size)).collect();
    let since = |name: &str| uses.iter().find(|index| index.name == name)?.scans_since;
    let scans: Vec<Option<String>> =
        says.indexes.iter().map(|index| since(&index.name).map(|n| n.to_string())).collect();
    let rows = says.indexes.iter().zip(sizes.iter().zip(&scans)).map(|(index, (size, scans))| {
        let (size, scans) = (size.as_deref(), scans.as_deref());
        vec![Some(&*index.name), Some(&*index.table), Some(index.state.word()), size, scans]
    });
    grid::lines(&headings, rows, 63)
}

/// The whole in one sentence, then every index that is not as expected. What is still being built may yet become right.
fn findings(database: &Database, says: &Says, expect: Leaves) -> Vec<Finding> {
    let wanted = match expect {
        Leaves::Applied => IndexState::Ok,
        Leaves::Reverted => IndexState::Missing,
    };
    let verdict = |state: IndexState| match state {
        IndexState::Building => Verdict::Inconclusive,
        state if state == wanted => Verdict::Pass,
        _ => Verdict::Fail,
    };
    let worst = says.indexes.iter().map(|index| verdict(index.state)).max().unwrap_or(Verdict::Pass);
    let (fits, reason) = says.compare(database, expect);
    let whole = match worst {
        _ if fits => Verdict::Pass,
        Verdict::Inconclusive => Verdict::Inconclusive,
        _ => Verdict::Fail,
    };
    let whole = Finding { subject: "database".to_owned(), verdict: whole, reason };
    let others = says.indexes.iter().filter(|index| index.state != wanted).map(|index| Finding {
        subject: index.name.clone(),
        verdict: verdict(index.state),
        reason: format!("{} instead of {}", index.state.word(), wanted.word()),
    });
    let strays = says.strays.iter().map(|stray| Finding {
        subject: stray.name.clone(),
        verdict: Verdict::Inconclusive,
        reason: if stray.is_left_by_rebuild(database) {
            format!("invalid on {}, left behind by a rebuild that was stopped", stray.table)
        } else {
            format!("invalid on {}, and no index of this runbook", stray.table)
        },
    });
    [whole].into_iter().chain(others).chain(strays).collect()
}
