//! What anybody can check afterwards: a run as it was written is good, and one changed byte of an event, a file or a pack is named.

use crate::console::{Console, refused, succeeded};
use crate::runbooks::{shell, sql, step, work};
use kneeboard::evidence::Checked;
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use kneeboard::server::evidence::{Stored, check_pack, check_stored};
use kneeboard::server::store::Store;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes that are changed of each thing, one at a time.
const TRIES: usize = 150;

const EXPLAIN: &str = "run.explain.queries = [{ id = \"all\", title = \"All\", sql = \"SELECT oid FROM pg_class WHERE oid = 1\" }]";

/// A run with steps of several kinds, ended.
async fn ended(console: &Console) -> RunId {
    let run = console.start_run().await;
    for step in ["write", "table", "explain"] {
        console.start_step(&run, step).await;
        assert_eq!(console.settled(&run, step).await, StepStatus::Succeeded);
    }
    let note = json!({ "kind": "note", "text": "für € <b>\"quoted\"</b>\n\u{1b}[31m" });
    assert_eq!(console.command(&run, note).await.0, 200);
    assert_eq!(console.command(&run, json!({ "kind": "end_run" })).await.0, 200);
    run
}

async fn console() -> Console {
    let steps = [
        shell("write", "echo out; echo err >&2; seq 1000"),
        sql("table", "CREATE TABLE written (n int)"),
        step("explain", EXPLAIN),
    ];
    Console::open(&work(&steps)).await
}

fn pack(console: &Console, run: &RunId) -> PathBuf {
    let to = console.path(&format!("{run}.zip"));
    succeeded(console.kneeboard(&["evidence", "pack", run.as_str(), "--to", to.to_str().unwrap()]));
    to
}

async fn stored(console: &Console, run: &RunId) -> Stored {
    let url = format!("sqlite://{}", console.path("state.sqlite").display());
    Stored::read(&Store::open(&url).await.unwrap(), run).await.unwrap().unwrap()
}

fn checked_in_state(console: &Console, stored: &Stored) -> Checked {
    check_stored(stored, console.path("state.sqlite").parent().unwrap()).0
}

fn names(checked: &Checked, place: &str) -> bool {
    checked.findings.iter().any(|finding| finding.place == place)
}

/// Another byte at this place, which leaves text text.
fn change(bytes: &mut [u8], at: usize) {
    bytes[at] ^= 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_good_in_the_state_and_as_a_pack_on_another_machine() {
    let console = console().await;
    let run = ended(&console).await;
    let said = succeeded(console.kneeboard(&["verify"]));
    assert!(said.contains(&format!("run {run}: good")), "{said}");
    let events = console.events(&run).await;
    let head = &events.last().unwrap().hash;
    assert!(said.contains(&**head), "{said}");

    let pack = pack(&console, &run);
    let key = succeeded(console.kneeboard(&["evidence", "key"]));
    // Another machine: neither state nor runbooks nor targets.
    let elsewhere = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
        command.arg("verify").arg(&pack).args(arguments).env_clear().current_dir("/");
        command
    };
    let said = succeeded(elsewhere(&["--key", key.trim()]));
    assert!(said.contains("good") && said.contains(&**head) && said.contains("the key you gave"), "{said}");
    let pem = console.path("console.pem");
    fs::write(&pem, succeeded(console.kneeboard(&["evidence", "key", "--pem"]))).unwrap();
    succeeded(elsewhere(&["--key", pem.to_str().unwrap()]));
    let said: Value = serde_json::from_str(&succeeded(elsewhere(&["--json"]))).unwrap();
    assert_eq!(said[0]["key"], key.trim());
    assert_eq!(said[0]["events"], events.len());
    assert!(
        said[0]["files"].as_u64().unwrap() >= 3 * 3,
        "output, index and exit record of each step: {said}"
    );

    let sentence = refused_and_said(elsewhere(&["--key", &"0".repeat(64)]));
    assert!(sentence.contains("not signed with the key 0000"), "{sentence}");
    assert!(refused(elsewhere(&["--key", "x"])).contains("64 hexadecimal digits"));
}

/// What a command prints that must fail.
fn refused_and_said(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The README of the pack holds: `sha256sum`, `openssl` and thirty lines of Python come to the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_pack_can_be_checked_without_kneeboard() {
    const BY_HAND: &str = r#"
import hashlib, json, sys, zipfile
zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])
before, compact = "0" * 64, dict(separators=(",", ":"), ensure_ascii=False)
for line in open(sys.argv[2] + "/events.jsonl", encoding="utf-8"):
    event = json.loads(line)
    body = line[line.index('"body":') + 7 : line.rindex(',"hash":')]
    head = [event["seq"], event["at"], event["actor"], event.get("command_id")]
    content = json.dumps(head, **compact)[:-1] + "," + body + "]"
    before = hashlib.sha256((before + content).encode()).hexdigest()
    assert before == event["hash"], event["seq"]
print(before)
"#;
    let console = console().await;
    let run = ended(&console).await;
    let (pack, folder) = (pack(&console, &run), console.path("extracted"));
    let run_in = |folder: &Path, program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder);
        succeeded(command)
    };
    let by_hand = ["-c", BY_HAND, pack.to_str().unwrap(), folder.to_str().unwrap()];
    let head = run_in(&console.path("."), "python3", &by_hand);
    assert_eq!(head.trim(), console.events(&run).await.last().unwrap().hash);
    run_in(&folder, "sha256sum", &["--check", "--strict", "SHA256SUMS"]);
    let openssl = "pkeyutl -verify -pubin -inkey console.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig";
    run_in(&folder, "openssl", &openssl.split(' ').collect::<Vec<_>>());
    assert_eq!(fs::read_to_string(folder.join("attempts/write/1/out")).unwrap(), console.out(&run, "write"));
    let plan = fs::read_to_string(folder.join("plans/explain-1/all.json")).unwrap();
    assert!(kneeboard::plan::parse(&plan).is_ok(), "{plan}");
    let runbook = fs::read_to_string(folder.join("runbook.toml")).unwrap();
    assert!(kneeboard::runbook::parse::parse(&runbook).is_ok());
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    assert!(readme.contains("nothing was wrong"), "{readme}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_any_event_is_named() {
    let console = console().await;
    let run = ended(&console).await;
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut stored = stored(&console, &run).await;
    assert_eq!(checked_in_state(&console, &stored).findings, []);
    for at in 0..stored.texts.len() {
        let (seq, good) = stored.texts[at].clone();
        for _ in 0..TRIES / 10 {
            let mut bytes = good.clone().into_bytes();
            let place = random.random_range(0..bytes.len());
            change(&mut bytes, place);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            stored.texts[at].1 = text;
            let checked = checked_in_state(&console, &stored);
            assert!(
                names(&checked, &format!("event {seq}")),
                "byte {place} of {good}: {:?}",
                checked.findings
            );
            let others = |place: &str| place.starts_with("event ") && place != format!("event {seq}");
            assert!(!checked.findings.iter().any(|f| others(&f.place)), "{:?}", checked.findings);
        }
        // What changes no meaning is a change.
        stored.texts[at].1 = good.replacen(":", ": ", 1);
        assert!(names(&checked_in_state(&console, &stored), &format!("event {seq}")));
        stored.texts[at].1 = good;
    }
    let without = stored.texts.remove(2);
    assert!(names(&checked_in_state(&console, &stored), "event 4"));
    stored.texts.insert(2, without);
    stored.texts.pop();
    assert!(
        names(&checked_in_state(&console, &stored), "the list of runs"),
        "the end of an ended run is missed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_in_the_state_or_among_the_files_is_named_and_a_pack_tells_of_it() {
    let console = console().await;
    let run = ended(&console).await;
    let stored = stored(&console, &run).await;
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for step in ["write", "table", "explain"] {
        let folder = console.attempt_dir(&run, step, 1);
        for name in ["out", "out.idx", "exit.json", "result.json", "task.json"] {
            let Ok(good) = fs::read(folder.join(name)) else { continue };
            let place = format!("runs/{run}/{step}/1/{name}");
            for _ in 0..good.len().min(TRIES / 15) {
                let mut bytes = good.clone();
                change(&mut bytes, random.random_range(0..good.len()));
                fs::write(folder.join(name), bytes).unwrap();
                assert!(names(&checked_in_state(&console, &stored), &place), "{place}");
            }
            fs::remove_file(folder.join(name)).unwrap();
            assert!(names(&checked_in_state(&console, &stored), &place), "{place}");
            fs::write(folder.join(name), good).unwrap();
        }
    }
    assert_eq!(checked_in_state(&console, &stored).findings, []);
    fs::write(console.attempt_dir(&run, "write", 1).join("added"), "").unwrap();
    let runbook = console.path("runs").join(run.as_str()).join("runbook.toml");
    fs::write(&runbook, fs::read_to_string(&runbook).unwrap() + "\n").unwrap();
    let store = Store::open(&format!("sqlite://{}", console.path("state.sqlite").display())).await.unwrap();
    let update = "UPDATE events SET event = REPLACE(event, 'für €', 'für $') WHERE event LIKE '%noted%'";
    assert_eq!(sqlx::query(update).execute(store.pool()).await.unwrap().rows_affected(), 1);

    let said = refused_and_said(console.kneeboard(&["verify", run.as_str()]));
    for place in [&format!("runs/{run}/write/1/added"), "runbook.toml", "event "] {
        assert!(said.contains(&format!("\n  {place}")), "{said}");
    }
    let pack = pack(&console, &run);
    let (checked, key) = check_pack(&pack, None).unwrap();
    assert!(key.is_some() && names(&checked, "runbook.toml"), "{checked:?}");
    assert!(names(&checked, "attempts/write/1/added"), "{checked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_a_pack_is_named() {
    let console = console().await;
    let run = ended(&console).await;
    let pack = pack(&console, &run);
    let good = fs::read(&pack).unwrap();
    assert_eq!(check_pack(&pack, None).unwrap().0.findings, []);
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let anywhere = (0..TRIES).map(|_| random.random_range(0..good.len())).collect::<Vec<_>>();
    // The directory of the zip, its end and the signature.
    let at_the_end = (good.len().saturating_sub(600)..good.len()).step_by(7);
    for at in anywhere.into_iter().chain(at_the_end) {
        let mut bytes = good.clone();
        change(&mut bytes, at);
        fs::write(&pack, bytes).unwrap();
        let (checked, _) = check_pack(&pack, None).unwrap();
        assert!(names(&checked, "the pack"), "byte {at} of {}: {checked:?}", good.len());
    }
    fs::write(&pack, &good[..good.len() - 1]).unwrap();
    assert!(!check_pack(&pack, None).unwrap().0.good(), "cut off");
    fs::write(&pack, "no zip").unwrap();
    let said = refused_and_said(console.kneeboard(&["verify", pack.to_str().unwrap()]));
    assert!(said.contains("it does not end with a console's signature"), "{said}");
    assert!(refused(console.kneeboard(&["verify", "/nowhere.zip"])).contains("no file that can be read"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_run_can_be_packed_and_a_key_that_others_may_read_is_not_used() {
    let console = Console::open(&work(&[shell("write", "echo here"), shell("wait", "exec sleep 600")])).await;
    let run = console.start_run().await;
    console.start_step(&run, "write").await;
    assert_eq!(console.settled(&run, "write").await, StepStatus::Succeeded);
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;

    let url = format!("{}/runs/{run}/evidence.zip", console.url());
    let answer = console.client.get(&url).bearer_auth(console.token("oscar")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let pack = console.path("downloaded.zip");
    fs::write(&pack, answer.bytes().await.unwrap()).unwrap();
    let (checked, _) = check_pack(&pack, None).unwrap();
    assert_eq!(checked.findings, []);
    assert_eq!(checked.remarks, ["attempts/wait/1: not covered, for it has not ended"]);
    assert_eq!(console.client.get(&url).send().await.unwrap().status(), 401);
    let nowhere = url.replace(run.as_str(), RunId::random().as_str());
    let answer = console.client.get(nowhere).bearer_auth(console.token("oscar")).send().await.unwrap();
    assert_eq!(answer.status(), 404);

    let key = console.path("evidence-key.pem");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let to = console.path("no.zip");
    let sentence =
        refused(console.kneeboard(&["evidence", "pack", run.as_str(), "--to", to.to_str().unwrap()]));
    assert!(sentence.contains("chmod 600"), "{sentence}");
    assert!(!to.exists());
}
