//! The console is killed while a step runs. The step ends as it would have, every line stands in its log once, the run goes on.

use crate::api::id;
use crate::console::Console;
use crate::runbooks::{chatter, command, lines, shell, work};
use crate::sse::Stream;
use crate::support::{eventually, execute};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use sqlx::postgres::PgConnection;

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_writes_all_the_time_loses_and_doubles_no_line() {
    let mut console =
        Console::open(&work(&[shell("write", &chatter(120)), shell("next", "echo done")])).await;
    let run = console.start_run().await;
    console.start_step(&run, "write").await;
    console.running(&run, "write").await;
    console.shows(&run, "write", "line 20\n").await;
    console.kill();
    console.shows(&run, "write", "line 40\n").await;
    console.serve();
    console.shows(&run, "write", "line 60\n").await;
    console.kill_and_serve_again();
    assert_eq!(console.settled(&run, "write").await, StepStatus::Succeeded);
    assert_eq!(console.download(&run, "write").await, lines(120));
    assert_eq!(console.times_queued(&run, "write").await, 1);
    goes_on(&console, &run, "next").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_ends_while_no_console_is_there_is_found_ended() {
    let wait = "until [ -e $KNEEBOARD_ARTIFACTS/go ]; do sleep 0.02; done; echo bye; exit 3";
    let mut console = Console::open(&work(&[shell("wait", wait)])).await;
    let run = console.start_run().await;
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    console.kill();
    console.touch(&run, "go");
    let record = console.attempt_dir(&run, "wait", 1).join("exit.json");
    eventually("the step ends", async || record.exists()).await;
    console.serve();
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Failed);
    let state = console.state(&run).await;
    let reason = &state.last_attempt(&id("wait")).unwrap().judged.as_ref().unwrap().reason;
    assert_eq!(reason, "command said exit code 3");
    assert_eq!(console.download(&run, "wait").await, "bye\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_dump_goes_on_and_its_dump_is_whole() {
    let dump = ["pg_dump", "--verbose", "--format=custom", "--file={artifacts}/dump"];
    let list = ["pg_restore", "--list", "{artifacts}/dump"];
    let mut console = Console::open(&work(&[command("dump", &dump), command("list", &list)])).await;
    let mut session = console.database.owner().await;
    execute(&mut session, "CREATE TABLE orders AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
        .await;
    // pg_dump waits for its lock on the table, as it would behind a migration.
    execute(&mut session, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await;
    let run = console.start_run().await;
    console.start_step(&run, "dump").await;
    waits_for_lock(&console, "dump").await;
    console.kill();
    execute(&mut session, "COMMIT").await;
    console.serve();
    assert_eq!(console.settled(&run, "dump").await, StepStatus::Succeeded);
    let log = console.download(&run, "dump").await;
    assert_eq!(log, console.out(&run, "dump"));
    assert_eq!(log.matches("dumping contents of table \"public.orders\"").count(), 1, "{log}");
    goes_on(&console, &run, "list").await;
    assert!(console.download(&run, "list").await.contains("TABLE DATA public orders"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_who_comes_back_goes_on_where_the_killed_console_left_off() {
    let mut console = Console::open(&work(&[shell("write", &chatter(60))])).await;
    let run = console.start_run().await;
    console.start_step(&run, "write").await;
    console.running(&run, "write").await;
    let path = format!("/runs/{run}/steps/write/attempts/1/log");
    let (mut text, mut last) = (String::new(), "0".to_owned());
    for round in 0..2 {
        let answer = console.get(&path).header("last-event-id", &last).send().await.unwrap();
        let mut stream = Stream::of(answer);
        while let Some(frame) = stream.next().await.filter(|frame| frame.name != "end-log") {
            if frame.name == "log" {
                assert_eq!(frame.data["from"].to_string(), last);
                let records = frame.data["records"].as_array().unwrap();
                records.iter().for_each(|record| text.push_str(record[2].as_str().unwrap()));
                last = frame.id;
            }
            if round == 0 && text.contains("line 20\n") {
                console.kill();
            }
        }
        if round == 0 {
            console.serve();
        }
    }
    assert_eq!(text, lines(60));
}

/// A step of the test waits for a lock in the database.
pub async fn waits_for_lock(console: &Console, step: &str) {
    let waiting = format!(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
         WHERE application_name LIKE 'kneeboard %/{step}' AND wait_event_type = 'Lock')"
    );
    eventually("the step waits for a lock", async || {
        says(&mut console.database.admin().await, &waiting).await
    })
    .await;
}

/// Asks the database a question that it answers with true or false.
pub async fn says(session: &mut PgConnection, question: &str) -> bool {
    sqlx::query_scalar(sqlx::AssertSqlSafe(question)).fetch_one(session).await.unwrap()
}

/// The next step can be started, and succeeds.
pub async fn goes_on(console: &Console, run: &RunId, step: &str) {
    console.start_step(run, step).await;
    assert_eq!(console.settled(run, step).await, StepStatus::Succeeded);
    console.events(run).await;
}
