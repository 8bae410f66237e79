//! Starting and ending the server: one console for a data folder, one for a port, and steps that go on without it.

use crate::console::{Console, refused};
use crate::runbooks::{chatter, lines, shell, work};
use crate::sse::Stream;
use kneeboard::run::view::StepStatus;
use nix::sys::signal::Signal;
use std::net::{TcpListener, TcpStream};

fn port_is_free(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_console_on_the_same_folder_is_refused_in_one_sentence() {
    let console = Console::open(&work(&[shell("one", "true")])).await;
    let sentence = refused(console.kneeboard(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(
        sentence.contains("another console drives the runs in") && sentence.contains("end it first"),
        "{sentence}"
    );
    let health = console.client.get(format!("{}/healthz", console.url())).send().await.unwrap();
    assert_eq!(health.status(), 200, "the first one goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_refused_in_one_sentence() {
    let mut console = Console::open(&work(&[shell("one", "true")])).await;
    console.kill();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let sentence = refused(console.kneeboard(&["serve", "--listen", &address.to_string()]));
    assert!(
        sentence.contains(&format!("port {} is in use", address.port())) && sentence.contains("--listen"),
        "{sentence}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_can_reach_is_refused_in_one_sentence() {
    let mut console = Console::open(&work(&[shell("one", "true")])).await;
    console.kill();
    let sentence = refused(console.kneeboard(&["serve", "--listen", "0.0.0.0:0"]));
    assert!(sentence.contains("is not loopback") && sentence.contains("TLS proxy"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_is_told_to_end_leaves_the_step_running_and_no_port() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut console = Console::open(&work(&[shell("write", &chatter(60))])).await;
        let run = console.start_run().await;
        console.start_step(&run, "write").await;
        console.running(&run, "write").await;
        // A viewer who stays must not hold the end up.
        let watching = console.get(&format!("/runs/{run}/events")).send().await.unwrap();
        let mut watching = Stream::of(watching);
        watching.next().await.unwrap();
        let url = console.url().to_owned();
        assert!(console.end(signal).success(), "{signal}");
        assert!(port_is_free(&url), "{signal}");
        let so_far = console.out(&run, "write");
        console.shows(&run, "write", "line 60\n").await;
        assert!(so_far.len() < console.out(&run, "write").len(), "the step ran when the console ended");
        console.serve();
        assert_eq!(console.settled(&run, "write").await, StepStatus::Succeeded);
        assert_eq!(console.download(&run, "write").await, lines(60));
        console.events(&run).await;
    }
}
