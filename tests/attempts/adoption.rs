//! What a console that has just started makes of attempts it did not see begin.

use std::process::{Command, Stdio};

use kneeboard::server::logs::End;
use kneeboard::server::shim::adopt::{Found, adopt, look};
use kneeboard::server::shim::{Outcome, files};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Attempt, KNEEBOARD, Viewer, script};

#[tokio::test]
async fn a_step_outlives_the_console_and_ends_as_it_would_have() {
    let attempt = Attempt::new();
    std::fs::create_dir_all(attempt.path()).unwrap();
    let spec =
        script(&attempt, "seq 1 1000; until [ -e $HERE/go ]; do sleep 0.02; done; seq 1001 2000; exit 4");
    let input = format!("{}/spec", attempt.here());
    std::fs::write(&input, serde_json::to_vec(&spec).unwrap()).unwrap();
    // A process that starts the shim and is killed while the step runs stands for the console.
    let mut console = Command::new("sh")
        .args(["-c", "\"$1\" shim \"$2\" < \"$3\"; exit", "sh", KNEEBOARD])
        .arg(attempt.path())
        .arg(&input)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    attempt.shows("1000\n").await;
    console.kill().unwrap();
    console.wait().unwrap();
    assert_eq!(adopt(attempt.path()).unwrap(), Found::Running);
    attempt.touch("go");
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::Exited { code: 4 });
    let expected: String = (1..=2000).map(|n| format!("{n}\n")).collect();
    assert_eq!(attempt.out(), expected.as_bytes());
    assert_eq!(adopt(attempt.path()).unwrap(), Found::Ended(record));
}

#[tokio::test]
async fn a_killed_shim_leaves_an_unknown_attempt_that_nobody_runs_again() {
    let attempt = Attempt::new();
    attempt.launch(&script(&attempt, "echo run >> $HERE/times; echo $$; sleep 600")).await;
    attempt.shows("\n").await;
    let url = attempt.serve().await;
    let log = attempt.hub.open(&attempt.dir).await.unwrap();
    kill(Pid::from_raw(attempt.shim_pid()), Signal::SIGKILL).unwrap();

    let child: i32 = String::from_utf8(attempt.out()).unwrap().trim().parse().unwrap();
    assert_eq!(log.ended().await, End::Lost { child: Some(child) });
    assert_eq!(adopt(attempt.path()).unwrap(), Found::Lost { child: Some(child) });
    let mut viewer = Viewer::default();
    viewer.watch(&url, usize::MAX).await;
    assert_eq!((viewer.text.as_bytes(), viewer.end.unwrap().name), (&attempt.out()[..], "lost-log".into()));

    let again =
        Command::new(KNEEBOARD).arg("shim").arg(attempt.path()).stdin(Stdio::null()).output().unwrap();
    assert!(!again.status.success());
    assert_eq!(std::fs::read_to_string(format!("{}/times", attempt.here())).unwrap(), "run\n");
    kill(Pid::from_raw(child), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn a_shim_that_is_late_cannot_begin_in_an_attempt_that_was_given_up() {
    let attempt = Attempt::new();
    assert_eq!(adopt(attempt.path()).unwrap(), Found::NotStarted);
    std::fs::create_dir_all(attempt.path()).unwrap();
    assert_eq!(look(attempt.path()).unwrap(), Found::NotStarted);
    assert_eq!(adopt(attempt.path()).unwrap(), Found::Lost { child: None });
    let late = Command::new(KNEEBOARD).arg("shim").arg(attempt.path()).stdin(Stdio::null()).output().unwrap();
    assert!(!late.status.success());
    assert!(!attempt.dir.file(files::OUT).exists());
}

#[tokio::test]
async fn a_console_that_died_before_it_said_what_to_run_started_nothing() {
    let attempt = Attempt::new();
    std::fs::create_dir_all(attempt.path()).unwrap();
    let shim = Command::new(KNEEBOARD).arg("shim").arg(attempt.path()).stdin(Stdio::null()).output().unwrap();
    assert!(shim.status.success());
    let Found::Ended(record) = adopt(attempt.path()).unwrap() else { panic!("no exit record") };
    assert!(
        matches!(record.outcome, Outcome::NotStarted { error } if error.contains("did not arrive whole"))
    );
}
