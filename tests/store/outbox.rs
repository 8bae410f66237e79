//! What is to be sent, in either engine: noticed once, in order, by one console at a time.

use crate::hook::Hook;
use crate::support::eventually;
use crate::{begin, end, id, note};
use kneeboard::run::notification::{Kind, Notification};
use kneeboard::run::{Event, RunId};
use kneeboard::server::console::{Console, Runbooks};
use kneeboard::server::notify::{Letter, Noticed, Notify, Outbox, Receivers, Status};
use kneeboard::server::store::Store;
use kneeboard::server::target::Targets;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn letter(event: &Event, run: &RunId) -> Letter {
    let told = Notification {
        kind: Kind::Failed,
        title: "it's \"quoted\" — ünïcode".to_owned(),
        note: String::new(),
        who: event.actor.clone(),
        at: event.at,
        run: run.clone(),
        seq: event.seq,
        runbook: "Hello".to_owned(),
        target: id("outbox"),
        environment: "staging".to_owned(),
        named: Vec::new(),
        page: format!("/runs/{run}"),
    };
    Letter { told, url: "http://127.0.0.1/".to_owned() }
}

pub async fn keeps_what_is_to_be_sent(store: &Store) {
    let (one, two) = (Outbox::new(store.pool()), Outbox::new(store.pool()));
    assert!(one.begin(1_000).await.expect("begins"));
    assert!(!two.begin(2_000).await.expect("begins"), "it was begun");
    one.make_known([id("chat")].iter(), 1_000).await.expect("known");
    two.make_known([id("chat"), id("mail")].iter(), 2_000).await.expect("known");
    let since = async || {
        let figures = two.figures().await.expect("figures");
        figures.into_iter().map(|f| (f.receiver, f.since.expect("a time"))).collect::<Vec<_>>()
    };
    assert_eq!(since().await, [("chat".to_owned(), 1_000), ("mail".to_owned(), 2_000)]);
    let behind = one.behind().await.expect("runs");
    assert!(behind.iter().all(|run| run.noticed == Some(run.head)), "what was before is noticed: {behind:?}");

    let run = RunId::random();
    let first = begin(&run, "outbox", 3_000);
    let second = note(&first, "hello");
    store.append(&run, &[first.clone(), second.clone()]).await.expect("a run");
    let found = one.behind().await.expect("runs").into_iter().find(|behind| behind.run == run);
    assert_eq!(found.map(|behind| (behind.noticed, behind.head)), Some((None, 2)));

    // Whoever moves the cursor writes; all others write nothing.
    let letters = [(id("chat"), letter(&first, &run)), (id("mail"), letter(&first, &run))];
    let tries = (0..10).map(|n| {
        let (outbox, run, letters) =
            (if n % 2 == 0 { one.clone() } else { two.clone() }, run.clone(), letters.clone());
        tokio::spawn(async move {
            let noticed = Noticed { run: &run, from: None, to: 1, ended: false, letters: &letters };
            outbox.put(&noticed, 3_000).await.expect("asked")
        })
    });
    let mut won = 0;
    for tried in tries.collect::<Vec<_>>() {
        won += usize::from(tried.await.expect("no panic"));
    }
    assert_eq!((won, one.of_run(&run).await.expect("letters").len()), (1, 2));
    let letters = [(id("chat"), letter(&second, &run))];
    let noticed = |from| Noticed { run: &run, from: Some(from), to: 2, ended: false, letters: &letters };
    assert!(!two.put(&noticed(7), 3_000).await.expect("asked"));
    assert!(two.put(&noticed(1), 3_000).await.expect("asked"));

    // One sends it at a time, until its time is over or lies beyond any that could be: of a clock that was set back.
    let next = async || one.next(&id("chat")).await.expect("asked").expect("one that waits");
    let queued = next().await;
    assert_eq!((queued.seq, queued.letter.as_ref()), (1, Some(&letter(&first, &run))));
    assert!(one.claim(&queued.id, 5_000, 6_000).await.expect("asked"));
    assert!(!two.claim(&queued.id, 5_500, 6_500).await.expect("asked"));
    assert!(
        !two.claim(&queued.id, 4_999, 5_999).await.expect("asked"),
        "who looked at the clock first and came second"
    );
    assert!(two.claim(&queued.id, 6_000, 7_000).await.expect("asked"), "its time is over");
    assert!(!one.claim(&queued.id, 6_500, 7_500).await.expect("asked"));
    assert!(one.claim(&queued.id, 1_000, 2_000).await.expect("asked"), "the clock was set back");
    one.failed(&queued.id, "HTTP 503", 11_000).await.expect("written");
    let again = next().await;
    assert_eq!(
        (&again.id, again.tries, again.next_at, again.error.as_str()),
        (&queued.id, 1, 11_000, "HTTP 503")
    );
    assert!(two.claim(&queued.id, 5_000, 6_000).await.expect("asked"), "nobody has it");
    two.delivered(&queued.id, 5_500).await.expect("written");
    two.give_up(&queued.id, "late", 5_600).await.expect("written");
    let told = one.of_run(&run).await.expect("letters");
    let told: Vec<_> = told.iter().map(|q| (q.seq, q.receiver.as_str(), q.status, q.settled_at)).collect();
    use Status::{Delivered, Waiting};
    let delivered = (1, "chat", Delivered, Some(5_500));
    assert_eq!(told, [delivered, (1, "mail", Waiting, None), (2, "chat", Waiting, None)], "settled once");
    assert_eq!(next().await.seq, 2);

    assert_eq!(one.give_up_old(2_999 + DAY).await.expect("written"), 0);
    assert_eq!(one.give_up_old(3_000 + DAY).await.expect("written"), 2, "also of those whom nobody serves");
    assert!(one.next(&id("chat")).await.expect("asked").is_none());
    let figures = one.figures().await.expect("figures");
    let figures: Vec<_> = figures.iter().map(|f| (f.delivered, f.waiting, f.failing, f.given_up)).collect();
    assert_eq!(figures, [(1, 0, 0, 1), (0, 0, 0, 1)]);

    // A day old when it is noticed: it is kept, and nobody is woken by it.
    let third = note(&second, "late");
    store.append(&run, std::slice::from_ref(&third)).await.expect("a note");
    let letters = [(id("chat"), letter(&third, &run))];
    let noticed = Noticed { run: &run, from: Some(2), to: 3, ended: false, letters: &letters };
    assert!(one.put(&noticed, third.at + DAY).await.expect("asked"));
    assert!(one.next(&id("chat")).await.expect("asked").is_none());
    assert_eq!(one.given_up(1).await.expect("asked")[0].seq, 3);
    store.append(&run, &[end(&third)]).await.expect("the end");
    let noticed = Noticed { run: &run, from: Some(3), to: 4, ended: true, letters: &[] };
    assert!(one.put(&noticed, third.at).await.expect("asked"));
    assert!(
        one.behind().await.expect("runs").iter().all(|behind| behind.run != run),
        "nothing comes after it"
    );
}

/// Two that share a state, each with its followers and couriers, and runs that others write.
pub async fn two_consoles_deliver_once(store: &Store) {
    let (hook, folder) = (Hook::open().await, TempDir::new().expect("a folder"));
    let file = folder.path().join("notify.toml");
    std::fs::write(&file, format!("[[receivers]]\nname = \"both\"\nwebhook = \"{}\"\n", hook.url))
        .expect("a file");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode");
    let receivers = Receivers::load(&file, &[].into()).expect("receivers");
    let runbooks = Runbooks::new(folder.path().to_owned());
    let (console, _) = Console::new(store.clone(), folder.path().to_owned(), runbooks, Targets::default());
    let consoles: Vec<_> = (0..2).map(|_| Notify::new(store, receivers.clone())).collect();
    let tasks = consoles.iter().flat_map(|notify| notify.begin(&console, "http://here"));
    let tasks: Vec<_> = tasks.collect();
    let figures = async || {
        let figures = consoles[0].outbox().figures().await.expect("figures");
        figures.into_iter().find(|figures| figures.receiver == "both")
    };
    eventually("it is known", async || figures().await.is_some()).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    let now = i64::try_from(now.as_millis()).expect("a time");
    for n in 0..10 {
        let run = RunId::random();
        let first = begin(&run, &format!("target-{n}"), now);
        store.append(&run, std::slice::from_ref(&first)).await.expect("a run");
        store.append(&run, &[end(&first)]).await.expect("its end");
    }
    eventually("all are delivered", async || figures().await.is_some_and(|f| f.delivered == 10)).await;
    let ids: BTreeSet<_> = hook.heard().into_iter().map(|heard| heard.id).collect();
    assert_eq!((ids.len(), hook.heard().len()), (10, 10));
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}
