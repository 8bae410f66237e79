//! How many bytes a page is in all: itself and the files of ours that it names, compressed as a browser gets them.

use crate::console::Console;
use crate::figure::Figure;
use crate::http::Http;
use crate::run::{Run, step};
use anyhow::ensure;
use std::collections::BTreeSet;

pub fn first_pages(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    // The server may have been started only just now.
    let mut http = loop {
        if let Ok(http) = Http::open(console.address, &console.token) {
            break http;
        }
    };
    let (bytes, _) = with_files(&mut http, "/login")?;
    figures.push(Figure::new("the first page, to sign in, with all its files", "kB", bytes).aim(400.0));
    let (bytes, files) = with_files(&mut http, "/")?;
    ensure!(files.iter().any(|file| file.contains(".wasm")), "the page names no .wasm file: {files:?}");
    figures.push(Figure::new("the page behind it, with all its files", "kB", bytes).aim(400.0));
    Ok(())
}

pub fn run_page(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let mut run = Run::begin(console, "page", &[step("echo", &["echo", "hello"])])?;
    run.start("echo")?;
    run.ended()?;
    let mut http = Http::open(console.address, &console.token)?;
    let (bytes, _) = with_files(&mut http, &format!("/runs/{}", run.id))?;
    figures.push(Figure::new("a run's page, with all its files", "kB", bytes));
    run.abandon()
}

/// Its size in kB and the files that it names.
fn with_files(http: &mut Http, path: &str) -> anyhow::Result<(f64, BTreeSet<String>)> {
    const PAGE: &str = "accept: text/html\r\n";
    let page = http.get(path, PAGE)?;
    ensure!(page.status == 200, "{path} answered {}", page.status);
    let files = files(&String::from_utf8(page.body)?);
    let mut bytes = http.get(path, &format!("{PAGE}accept-encoding: br\r\n"))?.body.len();
    for file in &files {
        let answer = http.get(file, "accept-encoding: br\r\n")?;
        ensure!(answer.status == 200, "{file} answered {}", answer.status);
        bytes += answer.body.len();
    }
    Ok((bytes as f64 / 1e3, files))
}

/// Addresses in quotes that lead to files of ours.
fn files(html: &str) -> BTreeSet<String> {
    let quoted = html.split(['"', '\'', '`']).map(|text| text.replace("&amp;", "&"));
    quoted.filter(|text| text.starts_with("/pkg/") || text == "/favicon.svg").collect()
}
