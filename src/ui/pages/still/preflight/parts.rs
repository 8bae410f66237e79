//! What will run, step by step: statements, the locks they take, and what those keep others from.

use crate::preflight::report::Statement;
use crate::preflight::{Lock, Part, Report};
use crate::ui::parts::Sign;
use crate::verdict::Verdict;
use leptos::prelude::*;
use std::collections::BTreeSet;

pub fn parts(report: &Report) -> Option<AnyView> {
    if report.parts.is_empty() {
        return None;
    }
    let of = |back: bool| report.parts.iter().filter(move |part| part.back == back).map(part).collect_view();
    let back = report.parts.iter().any(|part| part.back).then(|| {
        view! {
            <h3>"On the ways back"</h3>
            <ul class="parts">{of(true)}</ul>
        }
    });
    Some(
        view! {
            <section aria-labelledby="runs">
                <h2 id="runs">"What will run"</h2>
                <ul class="parts">{of(false)}</ul>
                {back}
            </section>
        }
        .into_any(),
    )
}

fn part(part: &Part) -> AnyView {
    let head = view! {
        <p><b>{part.title.clone()}</b>" "<span class="quiet">{part.phase.clone()}</span></p>
        <p><code>{part.runs.clone()}</code></p>
    };
    match &part.statements {
        None => view! {
            <li class="card">
                {head}
                <p class="quiet small">"A program of its own: what it sends to the database cannot be known beforehand."</p>
            </li>
        }
        .into_any(),
        Some(statements) => view! {
            <li class="card stack">
                <div>{head}</div>
                {in_short(statements)}
                <details>
                    <summary>{counted(statements.len())}</summary>
                    <ol class="statements">{statements.iter().map(statement).collect_view()}</ol>
                </details>
            </li>
        }
        .into_any(),
    }
}

fn counted(n: usize) -> String {
    if n == 1 { "1 statement".to_owned() } else { format!("{n} statements") }
}

/// The strongest lock of all, and where.
fn in_short(statements: &[Statement]) -> AnyView {
    let Some(lock) = statements.iter().filter_map(|statement| statement.lock).max() else {
        return view! { <p class="quiet">"Locks no table."</p> }.into_any();
    };
    let strongest = statements.iter().filter(|statement| statement.lock == Some(lock));
    let tables: BTreeSet<&str> =
        strongest.clone().flat_map(|statement| &statement.tables).map(String::as_str).collect();
    let kept = strongest.clone().any(|statement| statement.until_commit);
    let kept = kept.then_some(", and keeps it until the transaction ends");
    view! {
        <p>
            {Sign::from(weight(lock)).mark()}" Strongest lock: "<b>{lock.word()}</b>" on "{tables.into_iter().collect::<Vec<_>>().join(", ")}{kept}
            ". Others wait with: "<b>{lock.blocks()}</b>"."
        </p>
    }
    .into_any()
}

/// How much of the application's work waits for it.
fn weight(lock: Lock) -> Verdict {
    if lock.blocks_reads() {
        Verdict::Fail
    } else if lock.blocks_writes() {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

fn statement(statement: &Statement) -> AnyView {
    let lock = statement.lock.map(|lock| {
        let on = statement.tables.join(", ");
        let kept = statement.until_commit.then_some(" until the transaction ends");
        view! { <p class="small quiet">{lock.word()}" on "{on}{kept}" · blocks "{lock.blocks()}</p> }
    });
    view! { <li><pre class="cmd">{statement.sql.clone()}</pre>{lock}</li> }.into_any()
}
