//! TextLoom's database with a console beside it, whose runbook has the steps that are named of the one that ships; and what the database
//! says to somebody else than the console.

use crate::api::id;
use crate::console::Console;
use crate::runbooks::phase;
use crate::support::{Database, OWNER, eventually};
use kneeboard::run::reading::Reading;
use kneeboard::run::{RunId, RunState};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use sqlx::Row;
use std::collections::BTreeMap;
use std::path::Path;

const SHIPPED: &str = include_str!("../../../runbooks/textloom.toml");

/// Rows whose text is long enough that a dump and a restore of it are seen at work.
const LONG: &str = "
    ALTER TABLE textloom_core.tasks ALTER script_narration SET STORAGE EXTERNAL;
    INSERT INTO textloom_core.tasks (title, task_type, script_narration)
    SELECT 'long', 'text_to_video', (SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, 300) AS i)
    FROM generate_series(1, 2000) AS n";

/// TextLoom at 3737e96ea445 for a role that may do what the runbook asks for.
pub async fn fill(database: &Database, long: bool) {
    database.run(&format!("ALTER ROLE {OWNER} CREATEDB; GRANT pg_monitor TO {OWNER}")).await;
    database.psql(&["runbooks/textloom/sql/schema.sql", "runbooks/textloom/sql/data.sql"], 200);
    if long {
        database.run(LONG).await;
    }
}

/// A console with these phases, each of steps of the shipped runbook or of the test, and the way back by downgrade.
pub fn console(database: Database, phases: &str) -> Console {
    let objects = between("[database]\n", "\n# --- What the analysis promises");
    let back = phase_of("back", "rollback", &["downgrade", "drop-rest", "inventory-back"]);
    let way = between("[[rollback]]\nid = \"downgrade\"", "\n[[rollback]]");
    let parameters = "[parameters.scratch]\ntype = \"text\"\ntitle = \"Scratch\"\ndefault = \"target\"\n";
    let airbag =
        if phases.contains("[airbag]") { "" } else { "[airbag]\nsessions = 1000\nafter = \"10m\"\n" };
    let console = Console::open_on(database, &format!("{airbag}{parameters}{objects}{phases}{back}{way}"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/textloom");
    std::os::unix::fs::symlink(&root, console.path("runbooks/textloom")).unwrap();
    console
}

fn between(from: &str, to: &str) -> String {
    let start = SHIPPED.find(from).unwrap_or_else(|| panic!("{from:?} is not in the runbook"));
    let length = SHIPPED[start..].find(to).unwrap_or_else(|| panic!("{to:?} is not behind {from:?}"));
    SHIPPED[start..start + length].to_owned()
}

/// A step as it ships; what it needs is not in the test's runbook.
pub fn step(id: &str) -> String {
    part("[[phases.steps]]\n", id)
}

/// A line of the checklist as it ships, for the phase that stands before it.
pub fn item(id: &str) -> String {
    format!("[[phases.items]]\n{}", part("[[phases.items]]\n", id))
}

fn part(header: &str, id: &str) -> String {
    let head = format!("{header}id = \"{id}\"");
    let start = SHIPPED.find(&head).unwrap_or_else(|| panic!("no {id}")) + header.len();
    let rest = &SHIPPED[start..];
    let length = ["\n[[phases", "\n[phases.gate]", "\n# ---"].iter().filter_map(|end| rest.find(end)).min();
    let lines = rest[..length.expect("an end")].lines().filter(|line| !line.starts_with("needs"));
    lines.map(|line| format!("{line}\n")).collect::<String>()
}

/// One phase with these steps of the shipped runbook.
pub fn phase_of(name: &str, kind: &str, steps: &[&str]) -> String {
    phase(name, kind, &steps.iter().map(|id| step(id)).collect::<Vec<_>>())
}

/// What the database says to a session that knows nothing of the console: its revisions, and each index that the runbook names.
async fn fresh_look(console: &Console, state: &RunState) -> (Vec<String>, BTreeMap<String, &'static str>) {
    let mut session = console.database.admin().await;
    let revisions = sqlx::query_scalar("SELECT version_num FROM textloom_core.alembic_version ORDER BY 1");
    let revisions = revisions.fetch_all(&mut session).await.unwrap();
    let indexes = "
        SELECT c.relname::text, i.indisvalid, i.indexrelid IN (SELECT index_relid FROM pg_stat_progress_create_index)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'textloom_core'";
    let found = sqlx::query(indexes).fetch_all(&mut session).await.unwrap();
    let found: BTreeMap<String, &str> = found
        .iter()
        .map(|row| match (row.get(1), row.get(2)) {
            (true, _) => (row.get(0), "ok"),
            (false, true) => (row.get(0), "building"),
            (false, false) => (row.get(0), "invalid"),
        })
        .collect();
    let named = &state.runbook.database.as_ref().unwrap().indexes;
    let says = |name: &String| found.get(name).copied().unwrap_or("missing");
    (revisions, named.iter().map(|index| (index.name.clone(), says(&index.name))).collect())
}

/// The console's last word is what the database says, and the page has it. How many of the indexes are in which state.
pub async fn says_what_the_database_says(console: &Console, run: &RunId) -> BTreeMap<&'static str, usize> {
    let agreed = tokio::sync::Mutex::new(BTreeMap::new());
    eventually("the console says what the database says", async || {
        let state = console.state(run).await;
        let Some(Reading::Says(says)) = &state.database else { return false };
        let (revisions, indexes) = fresh_look(console, &state).await;
        let told = says.indexes.iter().map(|index| (index.name.clone(), index.state.word())).collect();
        let same = says.revisions == revisions && indexes == told;
        if same && page(console, run).await.contains(&says.index_sentence()) {
            let mut counts = BTreeMap::new();
            indexes.values().for_each(|word| *counts.entry(*word).or_default() += 1);
            *agreed.lock().await = counts;
            return true;
        }
        false
    })
    .await;
    agreed.into_inner()
}

/// The page as somebody without scripts has it.
pub async fn page(console: &Console, run: &RunId) -> String {
    let page = console.client.get(format!("{}/runs/{run}", console.url())).bearer_auth(console.token("olga"));
    page.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

/// Why the last attempt of a step was judged as it was.
pub async fn reason(console: &Console, run: &RunId, step: &str) -> String {
    let judged =
        |state: &RunState| state.last_attempt(&id(step)).is_some_and(|attempt| attempt.judged.is_some());
    let state = console.until(run, "the step is judged", judged).await;
    state.last_attempt(&id(step)).unwrap().judged.as_ref().unwrap().reason.clone()
}

pub async fn roll_back(console: &Console, run: &RunId) {
    let database = &console.database.name;
    let chosen = json!({ "kind": "roll_back", "path": "downgrade", "reason": "enough for tonight", "confirm": database });
    let (status, answer) = console.command(run, chosen).await;
    assert_eq!(status, 200, "{answer}");
}

pub async fn end(console: &Console, run: &RunId) {
    let (status, answer) = console.command(run, json!({ "kind": "end_run" })).await;
    assert_eq!(status, 200, "{answer}");
    console.events(run).await;
}

/// Neither a process nor a session nor a scratch database of the run.
pub async fn nothing_is_left(console: &Console, run: &RunId) {
    eventually("no process of the run", async || processes(console, |_| true).is_empty()).await;
    let left = format!(
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'kneeboard {}/%')
            AND NOT EXISTS (SELECT FROM pg_database WHERE datname LIKE '%\\_kneeboard\\_scratch')",
        run.short()
    );
    eventually("no session and no scratch database of the run", async || {
        crate::killed::says(&mut console.database.admin().await, &left).await
    })
    .await;
}

/// Processes that steps of this console have started, told from others by their environment, of those whose command line is so.
pub fn processes(console: &Console, is: impl Fn(&str) -> bool) -> Vec<Pid> {
    let mark = format!("KNEEBOARD_ARTIFACTS={}", console.path("runs").display());
    let of_ours = |pid: i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let ours = environment.split(|byte| *byte == 0).any(|set| set.starts_with(mark.as_bytes()));
        let line =
            String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/cmdline")).ok()?).replace('\0', " ");
        (ours && is(&line)).then_some(Pid::from_raw(pid))
    };
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter_map(of_ours).collect()
}

pub fn signal(pids: &[Pid], signal: Signal) {
    for pid in pids {
        let _ = kill(*pid, signal);
    }
}
