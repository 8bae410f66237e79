//! What concerns the whole database: old transactions, the write-ahead log, replicas, the size.

use crate::text::{duration, size};
use crate::watch::{Prepared, Replica, Session, Sighting};
use leptos::prelude::*;

pub fn background(sighting: &Sighting) -> AnyView {
    let blind = sighting.unseen.is_some();
    let old = |session: &Option<Session>| match session {
        Some(session) => aged(session),
        None if blind => "cannot see".to_owned(),
        None => "none".to_owned(),
    };
    let prepared = listed(sighting.prepared.iter().map(prepared), "none");
    let replicas = listed(sighting.replicas.iter().map(replica), "none");
    let wal = sighting
        .wal_rate
        .map_or_else(|| "–".to_owned(), |rate| format!("{} a second", size::bytes(rate as u64)));
    let bytes = sighting.database_bytes.and_then(|bytes| u64::try_from(bytes).ok());
    let bytes = bytes.map_or_else(|| "cannot see".to_owned(), size::bytes);
    let lines = [
        ("Oldest transaction", old(&sighting.oldest_transaction)),
        ("Oldest snapshot", old(&sighting.oldest_snapshot)),
        ("Prepared transactions", prepared),
        ("Write-ahead log", wal),
        ("Replicas", replicas),
        ("Size of the database", bytes),
    ];
    let line = |(label, value): (&'static str, String)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let unseen = sighting.unseen.clone().map(|unseen| {
        view! { <p class="unseen-part"><b>"Cannot see everything. "</b>{unseen.why}" "<code>{unseen.remedy}</code></p> }
    });
    view! {
        <dl class="around">{lines.map(line).into_iter().collect_view()}</dl>
        {unseen}
    }
    .into_any()
}

fn aged(session: &Session) -> String {
    let age = session.transaction_ms.map(duration::clock);
    let state = session.state.clone().map(|state| format!(", {state}")).unwrap_or_default();
    match age {
        Some(age) => format!("{age}: {}{state}", session.who()),
        None => format!("{}{state}", session.who()),
    }
}

fn prepared(prepared: &Prepared) -> String {
    format!("{} of {}, {} old", prepared.gid, prepared.owner, duration::clock(prepared.age_ms))
}

fn replica(replica: &Replica) -> String {
    let Some(state) = &replica.state else { return format!("{}: cannot see", replica.name) };
    let behind = replica.behind_bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(size::bytes);
    let behind = behind.map(|behind| format!(", {behind} behind")).unwrap_or_default();
    let lag = replica.lag_ms.map(|ms| format!(", {} late", duration::words(ms))).unwrap_or_default();
    format!("{}: {state}{behind}{lag}", replica.name)
}

fn listed(all: impl Iterator<Item = String>, none: &str) -> String {
    let all: Vec<String> = all.collect();
    if all.is_empty() { none.to_owned() } else { all.join("; ") }
}
