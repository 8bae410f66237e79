//! A step's child: its output, its signals, its end.

use std::os::unix::fs::PermissionsExt;

use kneeboard::server::shim::format::{ENTRY, Entry, MAX_RECORD};
use kneeboard::server::shim::launch::{LaunchError, Launcher};
use kneeboard::server::shim::reach::signal;
use kneeboard::server::shim::{Cause, ExitRecord, MASK, Outcome, Rung, files};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Attempt, KNEEBOARD, script};

fn entries(attempt: &Attempt) -> Vec<Entry> {
    let index = std::fs::read(attempt.dir.file(files::INDEX)).unwrap();
    index.as_chunks::<ENTRY>().0.iter().map(|entry| Entry::decode(*entry)).collect()
}

fn rungs(record: &ExitRecord) -> Vec<(Rung, Cause)> {
    record.signals.iter().map(|sent| (sent.rung, sent.cause)).collect()
}

#[tokio::test]
async fn output_and_exit_code_are_on_disk_for_the_owner_only() {
    let attempt = Attempt::new();
    let record = attempt.run("echo one; echo two >&2; exit 3").await;
    assert_eq!(record.outcome, Outcome::Exited { code: 3 });
    assert_eq!((record.log_bytes, record.lost_bytes, record.left_behind), (8, 0, false));
    let mut lines: Vec<_> = String::from_utf8(attempt.out()).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["one", "two"]);
    let mode = |name: &str| std::fs::metadata(attempt.dir.file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    for name in [files::OUT, files::INDEX, files::EXIT, files::LOCK, files::SOCKET] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[tokio::test]
async fn two_hundred_thousand_lines_are_all_there() {
    let attempt = Attempt::new();
    let record = attempt.run("seq 1 200000").await;
    let expected: String = (1..=200_000).map(|n| format!("{n}\n")).collect();
    assert!(attempt.out() == expected.as_bytes());
    assert_eq!(record.log_bytes, expected.len() as u64);
    let out = attempt.out();
    assert!(
        entries(&attempt).iter().all(|e| out[e.end as usize - 1] == b'\n'),
        "records end where lines end"
    );
}

#[tokio::test]
async fn a_line_of_ten_megabytes_and_bytes_that_are_not_utf8_are_kept_as_they_are() {
    let attempt = Attempt::new();
    let text = r"head -c 10485760 /dev/zero | tr '\0' x; printf '\n\377\376 \303\050 \200\n\303'";
    attempt.run(text).await;
    let mut expected = vec![b'x'; 10 * 1024 * 1024];
    expected.extend_from_slice(b"\n\xFF\xFE \xC3\x28 \x80\n\xC3");
    assert!(attempt.out() == expected);
    let ends: Vec<u64> = entries(&attempt).iter().map(|entry| entry.end).collect();
    assert!(ends.windows(2).all(|pair| pair[1] - pair[0] <= MAX_RECORD as u64));
}

#[tokio::test]
async fn a_character_written_in_two_halves_is_one_record() {
    let attempt = Attempt::new();
    attempt.run(r"printf 'a\342\202'; sleep 0.1; printf '\254b\n'").await;
    assert_eq!(attempt.out(), "a€b\n".as_bytes());
    let whole = |e: &Entry| std::str::from_utf8(&attempt.out()[..e.end as usize]).is_ok();
    assert!(entries(&attempt).iter().all(whole));
}

#[tokio::test]
async fn a_secret_written_in_two_halves_never_reaches_the_disk() {
    let attempt = Attempt::new();
    let mut spec = script(&attempt, "printf 'key=hun'; sleep 0.1; echo ter2; echo hunter2 >&2");
    spec.secrets = vec!["hunter2".into()];
    attempt.launch(&spec).await;
    attempt.ended().await;
    let text = String::from_utf8(attempt.out()).unwrap();
    assert_eq!((text.matches(MASK).count(), text.contains("hun"), text.contains("ter2")), (2, false, false));
}

#[tokio::test]
async fn a_prompt_is_shown_while_its_writer_waits() {
    let attempt = Attempt::new();
    attempt
        .launch(&script(&attempt, "printf 'name: '; until [ -e $HERE/go ]; do sleep 0.02; done; echo x"))
        .await;
    attempt.shows("name: ").await;
    attempt.touch("go");
    attempt.ended().await;
    assert_eq!(attempt.out(), b"name: x\n");
}

#[tokio::test]
async fn the_child_gets_the_environment_as_given_and_no_signal_of_ours() {
    let attempt = Attempt::new();
    let mut spec = script(&attempt, "");
    spec.argv = vec!["env".into()];
    attempt.launch(&spec).await;
    attempt.ended().await;
    let text = String::from_utf8(attempt.out()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [&format!("HERE={}", attempt.here()), "PATH=/usr/bin:/bin"]);

    let attempt = Attempt::new();
    attempt.run("exec grep -E 'Sig(Blk|Ign)' /proc/self/status").await;
    let text = String::from_utf8(attempt.out()).unwrap();
    // The standard signals, 1 to 31; who runs the tests may ignore others.
    let mask = |line: &str| u64::from_str_radix(line.split('\t').nth(1).unwrap(), 16).unwrap() & 0x7FFF_FFFF;
    assert!(text.lines().all(|line| mask(line) == 0), "{text}");
}

#[tokio::test]
async fn time_that_is_up_climbs_the_ladder_until_the_child_is_gone() {
    let attempt = Attempt::new();
    let mut spec = script(&attempt, "trap '' INT TERM; while :; do sleep 0.05; done");
    (spec.timeout_ms, spec.grace_ms) = (Some(100), 100);
    attempt.launch(&spec).await;
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::TimedOut { code: None, signal: Some("SIGKILL".into()) });
    let ladder = [Rung::Interrupt, Rung::Terminate, Rung::Kill].map(|rung| (rung, Cause::Timeout));
    assert_eq!(rungs(&record), ladder);
}

#[tokio::test]
async fn a_child_that_heeds_the_first_rung_is_not_sent_the_second() {
    let attempt = Attempt::new();
    let mut spec = script(&attempt, "trap 'exit 7' INT; while :; do sleep 0.05; done");
    (spec.timeout_ms, spec.grace_ms) = (Some(300), 60_000);
    attempt.launch(&spec).await;
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::TimedOut { code: Some(7), signal: None });
    assert_eq!(rungs(&record), [(Rung::Interrupt, Cause::Timeout)]);
}

#[tokio::test]
async fn a_signal_asked_for_reaches_the_whole_group_and_is_recorded() {
    let attempt = Attempt::new();
    attempt.launch(&script(&attempt, "echo ready; sleep 600 | sleep 600")).await;
    attempt.shows("ready").await;
    signal(attempt.path(), Rung::Terminate).await.unwrap();
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::Signalled { signal: "SIGTERM".into() });
    assert_eq!(rungs(&record), [(Rung::Terminate, Cause::Console)]);
    assert!(!record.left_behind);
    assert!(signal(attempt.path(), Rung::Kill).await.is_err(), "an ended attempt cannot be signalled");
}

#[tokio::test]
async fn sigterm_to_the_shim_is_passed_on_to_the_child() {
    let attempt = Attempt::new();
    attempt
        .launch(&script(&attempt, "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done"))
        .await;
    attempt.shows("ready").await;
    kill(Pid::from_raw(attempt.shim_pid()), Signal::SIGHUP).unwrap();
    kill(Pid::from_raw(attempt.shim_pid()), Signal::SIGTERM).unwrap();
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::Exited { code: 5 });
    assert_eq!(rungs(&record), [(Rung::Terminate, Cause::Passed)]);
    // The shell adds a word of its own about the `sleep` that the signal ended too.
    assert!(String::from_utf8(attempt.out()).unwrap().contains("bye\n"));
}

#[tokio::test]
async fn a_background_process_that_holds_the_output_does_not_hold_the_step() {
    let attempt = Attempt::new();
    let record = attempt.run("sleep 600 & echo $!").await;
    assert_eq!(record.outcome, Outcome::Exited { code: 0 });
    assert!(record.left_behind);
    let pid = String::from_utf8(attempt.out()).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it was left alone");
}

#[tokio::test]
async fn a_cancelled_step_leaves_nothing_behind_that_holds_its_output() {
    let attempt = Attempt::new();
    attempt.launch(&script(&attempt, "(trap '' INT; echo ready; sleep 600) & exec sleep 600")).await;
    attempt.shows("ready").await;
    signal(attempt.path(), Rung::Interrupt).await.unwrap();
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::Signalled { signal: "SIGINT".into() });
    assert_eq!(rungs(&record), [(Rung::Interrupt, Cause::Console), (Rung::Kill, Cause::Leftover)]);
    assert!(!record.left_behind);
}

#[tokio::test]
async fn a_child_that_cannot_start_is_recorded_in_a_sentence() {
    let cases: [(&[&str], Option<&str>, &str); 5] = [
        (&["pg_dumpp"], None, "`pg_dumpp` was not found in the step's PATH, which is /usr/bin:/bin"),
        (&["/no/such/tool"], None, "the program /no/such/tool does not exist"),
        (&["true"], Some("/no/such/place"), "the working directory /no/such/place does not exist"),
        (&["/etc/passwd"], None, "`/etc/passwd` cannot be started: Permission denied (os error 13)"),
        (&[], None, "the step has an empty argv: it names no program"),
    ];
    for (argv, cwd, sentence) in cases {
        let attempt = Attempt::new();
        let mut spec = script(&attempt, "");
        spec.argv = argv.iter().map(|arg| arg.to_string()).collect();
        spec.cwd = cwd.map(Into::into);
        attempt.launch(&spec).await;
        assert_eq!(attempt.ended().await.outcome, Outcome::NotStarted { error: sentence.into() });
    }
}

#[tokio::test]
async fn an_attempt_runs_once() {
    let attempt = Attempt::new();
    attempt.run("echo once").await;
    let again =
        Launcher::of(KNEEBOARD.into()).launch(attempt.path(), &script(&attempt, "echo twice"), &[]).await;
    assert!(matches!(again, Err(LaunchError::Exists(_))));
    let by_hand = std::process::Command::new(KNEEBOARD).arg("shim").arg(attempt.path()).output().unwrap();
    assert!(!by_hand.status.success());
    assert!(String::from_utf8(by_hand.stderr).unwrap().contains("an attempt runs once only"));
    assert_eq!(attempt.out(), b"once\n");
}
