//! A disk that is full while a step writes its log.

use std::path::Path;
use std::process::Command;

use kneeboard::server::logs::{AttemptDir, LogHub};
use kneeboard::server::shim::{Outcome, files};

use crate::support::{Attempt, script};

/// A file system of three megabytes, unmounted in the end.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let arguments = ["-t", "tmpfs", "-o", "size=3m", "tmpfs"];
        let mounted = Command::new("mount").args(arguments).arg(at).output().ok()?;
        mounted.status.success().then_some(Self(at))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_stops_neither_the_child_nor_its_exit_record() {
    let outside = Attempt::new();
    let small = tempfile::tempdir().unwrap();
    let Some(_mounted) = Small::mount(small.path()) else {
        println!("skipped: only root may mount a small file system to fill");
        return;
    };
    std::fs::write(small.path().join("ballast"), vec![0; 2_500_000]).unwrap();
    let dir = AttemptDir::new(small.path(), "run", "step", 1).unwrap();
    // Two megabytes: a pipe holds one, so when the child gets to `rm`, more was read than the disk had room for; and
    // what the pipe still holds fits into the room that `rm` makes.
    let mut spec = script(&outside, "seq 1 300000; rm $BALLAST; echo room; exit 3");
    spec.env.insert("BALLAST".into(), small.path().join("ballast").to_str().unwrap().into());
    let attempt = Attempt { dir, ..outside };
    attempt.launch(&spec).await;
    let record = attempt.ended().await;
    assert_eq!(record.outcome, Outcome::Exited { code: 3 });

    let text = String::from_utf8(attempt.out()).unwrap();
    let said: usize = (1..=300_000).map(|n: u32| n.to_string().len() + 1).sum::<usize>() + "room\n".len();
    let marks: Vec<&str> = text.lines().filter(|line| line.starts_with("kneeboard: ")).collect();
    let marked: usize = marks.iter().map(|line| line.len() + "\n\n".len()).sum();
    assert!(record.lost_bytes > 0 && !marks.is_empty());
    assert_eq!(text.len() - marked + record.lost_bytes as usize, said, "every byte is there or counted");
    assert!(text.ends_with("room\n"));
    assert_eq!(record.log_bytes as usize, text.len());
    assert!(attempt.dir.file(files::EXIT).exists());
    let log = LogHub::new().open(&attempt.dir).await.unwrap();
    assert_eq!(log.status().committed, record.log_bytes);
}
