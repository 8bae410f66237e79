//! A start and the preflight before it: refused where it fails, and started all the same for a reason that stays.

use crate::console::{Console, refused, succeeded};
use crate::runbooks::{sql, work};
use kneeboard::run::RunId;
use kneeboard::run::event::{Body, Known};
use kneeboard::verdict::Verdict;
use serde_json::{Value, json};

const LOOK: &str = "/runbooks/test/preflight?target=shop";

async fn looked(console: &Console) -> Value {
    console.get(LOOK).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_start_whose_preflight_fails_takes_a_reason_that_is_kept() {
    let console = Console::open(&work(&[sql("mend", "UPDATE no_such_table SET n = 1")])).await;
    assert_eq!(looked(&console).await, json!({ "report": null, "outdated": false, "since": null }));

    let (status, answer) = console.ask_for_run("olga").await;
    assert_eq!((status.as_u16(), &answer["code"]), (409, &json!("not_now")), "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("The preflight of Test on shop fails: 1 failure"), "{message}");
    assert!(message.contains("relation \"no_such_table\" does not exist"), "{message}");
    let report = looked(&console).await["report"].clone();
    assert_eq!(report["remarks"][0]["rule"], "statement-refused", "{report}");

    let body = json!({ "runbook": "test", "target": "shop", "despite": "The table comes tonight." });
    let (status, answer) = console.post("olga", "/runs", &body).await;
    assert_eq!(status, 201, "{answer}");
    let run: RunId = serde_json::from_value(answer["id"].clone()).unwrap();
    let first = console.events(&run).await.remove(0);
    let Body::Known(Known::RunStarted { preflight: Some(preflight), .. }) = first.body else {
        panic!("{first:?}")
    };
    assert_eq!(preflight.verdict, Verdict::Fail);
    assert_eq!(preflight.despite.as_deref(), Some("The table comes tonight."));
}

#[tokio::test]
async fn the_command_line_says_the_same_and_ends_with_1() {
    let console = Console::open(&work(&[sql("mend", "ANALYZE orders")])).await;
    let file = "runbooks/test.toml";
    let told = refused(console.kneeboard(&["preflight", file, "--target", "shop"]));
    assert!(told.contains("the preflight fails: 1 failure"), "{told}");
    console.database.run("CREATE TABLE orders (n int); ALTER TABLE orders OWNER TO owner").await;
    let told = succeeded(console.kneeboard(&["preflight", file, "--target", "shop"]));
    assert!(told.contains("SHARE UPDATE EXCLUSIVE on public.orders; blocks no reads or writes"), "{told}");
    assert!(told.contains("Test on shop (PostgreSQL "), "{told}");
    let json = succeeded(console.kneeboard(&["preflight", file, "--target", "shop", "--json"]));
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["target"], &report["remarks"]), (&json!("shop"), &json!([])));
}

#[tokio::test]
async fn what_was_seen_is_kept_for_all_and_told_when_the_file_has_changed() {
    let console = Console::open(&work(&[sql("look", "SELECT 1")])).await;
    let (status, made) = console.post("olga", LOOK, &Value::Null).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!((&made["report"]["remarks"], &made["outdated"]), (&json!([]), &json!(false)));
    let file = console.path("runbooks/test.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("SELECT 1", "SELECT 2")).unwrap();
    assert_eq!(looked(&console).await["outdated"], true);
    let (status, missing) =
        console.post("olga", "/runbooks/test/preflight?target=nowhere", &Value::Null).await;
    assert_eq!(status, 404, "{missing}");
}
