//! The commands that need neither state nor server, as a shell sees them.

#![cfg(feature = "ssr")]

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn kneeboard(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_runbooks_that_ship_are_good() {
    let files = ["runbooks/hello.toml", "runbooks/textloom.toml", "runbooks/textloom-maintenance.toml"];
    let checked = kneeboard(&[&["check"], &files[..]].concat());
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert_eq!(text(&checked.stdout).matches(": good: ").count(), 3);
}

#[test]
fn a_mistake_is_told_at_its_place_and_the_exit_code_is_1() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wrong.toml");
    let hello = std::fs::read_to_string("runbooks/hello.toml").expect("the runbook");
    std::fs::write(&file, hello.replacen("timeout", "tiemout", 1)).expect("written");
    let file = file.to_str().expect("UTF-8");
    let checked = kneeboard(&["check", "runbooks/hello.toml", file]);
    assert_eq!(checked.status.code(), Some(1));
    let told = text(&checked.stderr);
    let place = told.strip_prefix(&format!("{file}:")).expect("file first");
    let mut parts = place.splitn(3, ':');
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok());
    assert!(number(parts.next()).is_some() && number(parts.next()).is_some(), "{told}");
    assert!(told.contains("expected one of") && told.contains("came `tiemout`"), "{told}");

    let json = kneeboard(&["check", "--json", file]);
    let answer: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert!(answer["mistakes"][0].as_str().expect("a mistake").contains("tiemout"));
}

#[test]
fn a_saved_plan_is_shown_as_a_tree_and_as_nodes() {
    let plans = Path::new("tests/plans/pg15");
    let file = std::fs::read_dir(plans).expect("plans").next().expect("one").expect("readable").path();
    let file = file.to_str().expect("UTF-8");
    let tree = kneeboard(&["plan", file]);
    assert!(tree.status.success() && !tree.stdout.is_empty(), "{}", text(&tree.stderr));
    let nodes: serde_json::Value =
        serde_json::from_slice(&kneeboard(&["plan", "--json", file]).stdout).expect("JSON");
    let first = &nodes["nodes"][0];
    assert!(first["node_type"].is_string() && first["parent"].is_null(), "{first}");
}

/// What `kneeboard plan -` makes of its standard input.
fn plan_of(input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
    command.args(["plan", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_plan_is_taken_from_a_pipe_as_psql_prints_it() {
    let framed = " QUERY PLAN \n------------\n [         +\n   {\"Plan\": {\"Node Type\": \"Result\"}} +\n ]\n(1 row)\n";
    let shown = plan_of(framed);
    assert!(shown.status.success() && text(&shown.stdout).contains("Result"), "{}", text(&shown.stderr));
    for (input, told) in [
        ("", "got nothing"),
        ("Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n", "got EXPLAIN's TEXT format"),
        ("[]", "got JSON without one"),
    ] {
        let refused = plan_of(input);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(told) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_port_in_use_and_a_missing_folder_are_one_sentence_each() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let refused = kneeboard(&["serve", "--listen", &address]);
    let told = text(&refused.stderr);
    assert!(!refused.status.success() && told.contains("is in use") && told.lines().count() == 1, "{told}");

    let folder = tempfile::tempdir().expect("a folder");
    let state = format!("sqlite://{}/state.sqlite", folder.path().display());
    let options = ["serve", "--listen", "127.0.0.1:0", "--state", &state, "--runbooks", "no-such-folder"];
    let told = text(&kneeboard(&options).stderr);
    assert!(told.contains("no folder no-such-folder") && told.lines().count() == 1, "{told}");

    let told = text(&kneeboard(&["serve", "--listen", "0.0.0.0:0"]).stderr);
    assert!(told.contains("is not loopback") && told.lines().count() == 1, "{told}");
}

#[test]
fn what_others_may_read_and_what_would_cross_the_network_in_the_clear_is_refused_with_the_way_out() {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state.sqlite");
    std::fs::write(&state, "").expect("written");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o644)).expect("opened");
    let url = format!("sqlite://{}", state.display());
    let refused = kneeboard(&["user", "--state", &url, "list"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(
        said.contains(&format!("may be read by others (mode 644): chmod 600 {}", state.display())),
        "{said}"
    );

    let open = folder.path().join("open");
    std::fs::DirBuilder::new().mode(0o777).create(&open).expect("made");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("opened");
    let url = format!("sqlite://{}/state.sqlite", open.display());
    let said = text(&kneeboard(&["user", "--state", &url, "list"]).stderr);
    assert!(said.contains(&format!("chmod go-w {}", open.display())), "{said}");

    let said = text(&kneeboard(&["serve", "--listen", "0.0.0.0:0"]).stderr);
    assert!(said.contains("--tls-cert") && said.contains("--behind-proxy"), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence");
}
