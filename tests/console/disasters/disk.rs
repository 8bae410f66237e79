//! The disk of the logs is full: a file system of three megabytes, in a mount namespace of the console's own.

use super::textloom::{
    console, end, fill, nothing_is_left, page, reason, roll_back, says_what_the_database_says, step,
};
use super::writer::{Writer, nothing_is_lost};
use crate::api::id;
use crate::console::Console;
use crate::killed::waits_for_lock;
use crate::migrations::old_transaction;
use crate::runbooks::{phase, shell};
use crate::support::{Database, execute};
use kneeboard::run::view::StepStatus;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What puts a program into namespaces in which it may mount: an ordinary user needs a user namespace for that, and root may be where
/// there are none.
fn unshare() -> Vec<&'static str> {
    let ways = [vec!["unshare", "--user", "--map-root-user", "--mount"], vec!["unshare", "--mount"]];
    let works = |way: &Vec<&str>| {
        let mut tried = Command::new(way[0]);
        tried
            .args(&way[1..])
            .args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])
            .output()
            .unwrap()
            .status
            .success()
    };
    let found = ways.into_iter().find(works);
    found.expect("neither root nor this user may mount anything: allow user namespaces (kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0)")
}

impl Console {
    /// The server starts again where `runs` is a small file system. Gives that, as it is seen from outside.
    fn serve_with_small_disk(&mut self) -> PathBuf {
        self.kill();
        std::fs::create_dir_all(self.path("runs")).unwrap();
        let mut within: Vec<String> = unshare().into_iter().map(str::to_owned).collect();
        let mount = "mount -t tmpfs -o size=3m tmpfs \"$0\" && exec \"$@\"";
        within.extend(["sh", "-c", mount].map(str::to_owned));
        within.push(self.path("runs").to_str().unwrap().to_owned());
        self.serve_within(&within);
        PathBuf::from(format!("/proc/{}/root{}", self.server_pid(), self.path("runs").display()))
    }
}

/// What takes the last byte of a file system.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(disk: &Path) -> Self {
        let path = disk.join("ballast");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        Self(path)
    }

    fn remove(self) {
        std::fs::remove_file(self.0).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_the_logs_disturbs_no_step_and_is_told() {
    let database = Database::new().await;
    fill(&database, false).await;
    // More than there is room for.
    let loud = "seq 1 600000; echo end";
    let phases =
        phase("migrate", "migrate", &[shell("loud", loud), step("upgrade"), shell("next", "echo room")]);
    let mut console = console(database, &phases);
    let small = console.serve_with_small_disk();
    let run = console.start_run().await;
    let writer = Writer::start(&console).await;
    console.start_step(&run, "loud").await;
    assert_eq!(console.settled(&run, "loud").await, StepStatus::Succeeded);
    let attempt = console.state(&run).await.last_attempt(&id("loud")).unwrap().clone();
    let said: u64 = (1..=600_000_u32).map(|n| n.to_string().len() as u64 + 1).sum::<u64>() + 4;
    assert!(attempt.lost_bytes > 0 && attempt.lost_bytes < said, "{attempt:?}");
    assert!(page(&console, &run).await.contains("bytes of output were lost: the disk was full"));

    // Not a byte more: what cannot be kept a record of is not begun.
    let ballast = Ballast::fill(&small);
    console.start_step(&run, "upgrade").await;
    assert_eq!(console.settled(&run, "upgrade").await, StepStatus::Failed);
    let told = reason(&console, &run, "upgrade").await;
    assert!(told.starts_with("command said not started: ") && told.contains("No space left"), "{told}");
    assert_eq!(says_what_the_database_says(&console, &run).await, [("missing", 20)].into());

    // Begun, it comes to its end on a disk that is full again.
    std::fs::write(small.join(run.as_str()).join("loud/1/out"), "").unwrap();
    ballast.remove();
    let mut old = old_transaction(&console).await;
    console.start_step(&run, "upgrade").await;
    waits_for_lock(&console, "upgrade").await;
    let ballast = Ballast::fill(&small);
    execute(&mut old, "COMMIT").await;
    assert_eq!(console.settled(&run, "upgrade").await, StepStatus::Succeeded);
    assert_eq!(says_what_the_database_says(&console, &run).await, [("ok", 20)].into());
    ballast.remove();
    console.start_step(&run, "next").await;
    assert_eq!(console.settled(&run, "next").await, StepStatus::Succeeded);
    assert!(console.download(&run, "next").await.contains("room"));
    roll_back(&console, &run).await;
    assert_eq!(console.settled(&run, "inventory-back").await, StepStatus::Succeeded);
    assert_eq!(says_what_the_database_says(&console, &run).await, [("missing", 20)].into());
    end(&console, &run).await;
    let confirmed = writer.end(&console).await;
    nothing_is_left(&console, &run).await;
    nothing_is_lost(&console, confirmed, 1).await;
}
