//! The rehearsal from the console: what it leaves for the steps behind it, and what a cancel leaves of it.

use crate::api::id;
use crate::console::{Console, succeeded};
use crate::killed::says;
use crate::runbooks::{ORDERS, build, phase, shell, sql, step};
use crate::support::{OWNER, PASSWORD, eventually};
use kneeboard::run::view::StepStatus;
use serde_json::{Value, json};

/// A dump of the target, restored beside it, for as long as somebody listens.
const COPY: &str = r#"
    name=${PGDATABASE}_copy
    trap 'dropdb --if-exists --force "$name"' EXIT
    trap 'exit 130' INT TERM
    dropdb --if-exists --force "$name"
    createdb "$name"
    pg_dump --format=custom | pg_restore --exit-on-error --no-owner --no-privileges --dbname="$name"
    printf '{"PGDATABASE": "%s"}' "$name" >"$KNEEBOARD_COPY.new"
    mv "$KNEEBOARD_COPY.new" "$KNEEBOARD_COPY"
    cat
"#;

const THERE: &str = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = current_database() || '_copy')";
const GONE: &str =
    "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = current_database() || '_copy')";

/// A table, the rehearsal of its index, the change with this step behind the build, and the way back.
async fn orders(behind: String) -> Console {
    let argv = json!(["bash", "-euc", COPY]);
    let rehearsal =
        step("rehearsal", &format!("run.rehearse.copy.argv = {argv}\nrun.rehearse.paths = [\"back\"]"));
    let phases = [
        ORDERS.to_owned(),
        phase("backup", "backup", &[rehearsal]),
        phase("work", "migrate", &[build(), behind]),
        phase("undo", "rollback", &[sql("drop", "DROP INDEX CONCURRENTLY ix_orders_n")]),
        "[[rollback]]\nid = \"back\"\ntitle = \"Back\"\nsummary = \"\"\nloses = \"Nothing.\"\nsteps = [\"drop\"]\n".to_owned(),
    ];
    let console = Console::open(&phases.concat()).await;
    console
        .database
        .run(&format!("ALTER ROLE {OWNER} CREATEDB; SET ROLE {OWNER}; CREATE TABLE orders (n int)"))
        .await;
    console
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rehearsed_is_what_a_running_step_is_held_against() {
    let wait = r#"case $PGDATABASE in *_copy) exit 0 ;; esac
        until [ -e "$KNEEBOARD_ARTIFACTS/go" ]; do sleep 0.05; done"#;
    let console = orders(shell("wait", wait)).await;
    let run = console.start_run().await;
    console.start_step(&run, "rehearsal").await;
    assert_eq!(
        console.settled(&run, "rehearsal").await,
        StepStatus::Succeeded,
        "{}",
        console.out(&run, "rehearsal")
    );
    assert!(says(&mut console.database.admin().await, GONE).await);
    // On the disk there is nothing that leads into the target.
    let task = std::fs::read_to_string(console.attempt_dir(&run, "rehearsal", 1).join("task.json")).unwrap();
    assert!(task.contains("CREATE INDEX CONCURRENTLY") && !task.contains(PASSWORD), "{task}");

    let state = console.state(&run).await;
    assert!(state.rehearsed(&id("build")).is_some() && state.rehearsed_path(&id("back")).is_some());
    console.start_step(&run, "build").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    eventually("longer than ever seen", async || {
        let answer = console.client.get(format!("{}/api/v1/runs/{run}", console.url()));
        let answer = answer.bearer_auth(console.token("olga")).send().await.unwrap();
        let document: Value = answer.json().await.unwrap();
        let budget = document["live_attempt"]["budget"].as_str().expect("a budget");
        budget.starts_with("longer than ever seen: rehearsed in ")
    })
    .await;
    let status = succeeded(console.kneeboard(&["run", "status", run.as_str()]));
    assert!(status.contains("running: longer than ever seen: rehearsed in "), "{status}");
    console.touch(&run, "go");
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_in_the_middle_it_leaves_no_copy_and_nothing_on_the_target() {
    let console = orders(sql("sleep", "SELECT pg_sleep(600)")).await;
    let run = console.start_run().await;
    console.start_step(&run, "rehearsal").await;
    let asleep = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() || '_copy'
        AND application_name LIKE 'kneeboard %/sleep' AND wait_event = 'PgSleep')";
    let mut admin = console.database.admin().await;
    eventually("the third step", async || says(&mut console.database.admin().await, asleep).await).await;
    assert!(says(&mut admin, THERE).await);
    let cancel = json!({ "kind": "cancel", "step": "rehearsal" });
    assert_eq!(console.command(&run, cancel).await.0, 200);
    assert_eq!(console.settled(&run, "rehearsal").await, StepStatus::Cancelled);
    // At once where it ended by itself; a little later where the ladder was quicker.
    eventually("no copy", async || says(&mut console.database.admin().await, GONE).await).await;
    assert!(says(&mut admin, "SELECT to_regclass('ix_orders_n') IS NULL").await);
    let state = console.state(&run).await;
    assert_eq!(state.rehearsed(&id("build")), None);
}
