//! Further fields as lines to read: conditions, what was removed, memory and disk, buffers. What is not
//! known here is shown as it came.

use serde_json::Value;

use super::marks::{REMOVED, percent, removed_share};
use super::node::{Fields, Node};
use crate::text::{duration, number};

/// One line under a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// Said already by the node's title.
const IN_TITLE: [&str; 11] = [
    "Parallel Aware",
    "Async Capable",
    "Partial Mode",
    "Strategy",
    "Join Type",
    "Scan Direction",
    "Operation",
    "Command",
    "Function Name",
    "Table Function Name",
    "Tuplestore Name",
];

/// Gathered into one line each, by [`buffers`], [`io_times`], [`wal`], [`sort`], [`workers`].
const GATHERED: [&str; 9] = [
    "Sort Method",
    "Sort Space Used",
    "Sort Space Type",
    "Inner Unique",
    "Single Copy",
    "Output",
    "Workers",
    "Workers Planned",
    "Workers Launched",
];

/// Counters and flags that say nothing while they are 0 or false.
const QUIET_AT_ZERO: [&str; 19] = [
    "Rows Removed by Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Join Filter",
    "Lossy Heap Blocks",
    "Exact Heap Blocks",
    "Planned Partitions",
    "HashAgg Batches",
    "Disk Usage",
    "Cache Hits",
    "Cache Misses",
    "Cache Evictions",
    "Cache Overflows",
    "Subplans Removed",
    "Conflicting Tuples",
    "Tuples Skipped",
    "Disabled",
    "Original Hash Batches",
    "Original Hash Buckets",
    "Async Capable",
];

/// Milliseconds whose names do not end in Time: JIT's, and that of serialization.
const TIMES: [&str; 7] = ["Time", "Generation", "Deforming", "Inlining", "Optimization", "Emission", "Total"];

/// In PostgreSQL's kB of 1,024 bytes, the unit of `work_mem`.
const IN_KB: [&str; 8] = [
    "Peak Memory Usage",
    "Disk Usage",
    "Average Sort Space Used",
    "Peak Sort Space Used",
    "Maximum Storage",
    "Memory Used",
    "Memory Allocated",
    "Output Volume",
];

/// Everything of a node worth a line, with shares where a counter alone says little. The columns that it puts out
/// are not among it: see [`output`].
pub fn of_node(node: &Node) -> Vec<Fact> {
    let mut facts = facts(&node.fields);
    for fact in &mut facts {
        let counter = fact.label.as_str();
        if REMOVED.contains(&counter) {
            fact.value.push_str(&removed(node, counter));
        } else if counter == "Heap Fetches"
            && let Some(all) = node.all_rows().filter(|all| *all > 0.0 && node.number(counter) <= Some(*all))
        {
            fact.value.push_str(&format!(" for {} rows", number::rows(all)));
        }
    }
    facts
}

/// ` (40,000 in all), 99 % of what was looked at`: the counter itself is an average per loop.
fn removed(node: &Node, counter: &str) -> String {
    let all = match node.loops {
        Some(loops) if loops > 1.0 => {
            let all = node.over_loops(counter).unwrap_or(0.0);
            format!(" a loop ({} in all)", number::rows(all))
        }
        _ => String::new(),
    };
    let share =
        removed_share(node, counter).map(|share| format!(", {} of what was looked at", percent(share)));
    all + &share.unwrap_or_default()
}

/// Everything worth a line, conditions first as the server orders them.
fn facts(fields: &Fields) -> Vec<Fact> {
    let mut facts: Vec<Fact> = fields
        .iter()
        .filter(|(name, value)| !is_gathered(name) && !is_quiet(name, value))
        .map(|(name, value)| fact(name, show(name, value)))
        .collect();
    facts.extend([sort(fields), buffers(fields), io_times(fields), wal(fields)].into_iter().flatten());
    facts.extend(workers(fields));
    facts
}

/// The columns a node puts out (option VERBOSE).
pub fn output(node: &Node) -> Option<String> {
    node.field("Output").map(|value| show("Output", value))
}

/// A field's value as text.
pub fn show(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => show_number(name, value),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Array(items) => {
            let apart = if items.iter().any(Value::is_object) { " | " } else { ", " };
            items.iter().map(|item| show(name, item)).collect::<Vec<_>>().join(apart)
        }
        Value::Object(map) => {
            let fields: Fields = map.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let facts = facts(&fields).into_iter().map(|Fact { label, value }| {
                if map.get(&label).is_some_and(Value::is_object) {
                    format!("{label} ({value})")
                } else {
                    format!("{label} {value}")
                }
            });
            facts.collect::<Vec<_>>().join("; ")
        }
    }
}

fn show_number(name: &str, value: &Value) -> String {
    let n = value.as_f64().unwrap_or(f64::NAN);
    match name {
        _ if name.ends_with(" Time") || TIMES.contains(&name) => duration::exact(n),
        _ if IN_KB.contains(&name) => format!("{} kB", number::rows(n)),
        _ if n < 0.0 || name.ends_with("Identifier") => value.to_string(),
        _ => number::rows(n),
    }
}

/// `shared 1,633 hit, 12 read; temp 5 written`: pages, of 8 kB unless PostgreSQL was built otherwise.
fn buffers(fields: &Fields) -> Option<Fact> {
    let kinds = ["Shared", "Local", "Temp"].into_iter().filter_map(|kind| {
        let counts: Vec<String> = ["Hit", "Read", "Dirtied", "Written"]
            .into_iter()
            .filter_map(|what| {
                let pages =
                    number_of(fields, &format!("{kind} {what} Blocks")).filter(|pages| *pages > 0.0)?;
                Some(format!("{} {}", number::rows(pages), what.to_lowercase()))
            })
            .collect();
        (!counts.is_empty()).then(|| format!("{} {}", kind.to_lowercase(), counts.join(", ")))
    });
    let kinds: Vec<String> = kinds.collect();
    (!kinds.is_empty()).then(|| fact("Buffers", kinds.join("; ")))
}

fn io_times(fields: &Fields) -> Option<Fact> {
    let times: Vec<String> = fields
        .iter()
        .filter(|(name, _)| is_io_time(name))
        .filter_map(|(name, value)| {
            let ms = value.as_f64().filter(|ms| *ms > 0.0)?;
            Some(format!(
                "{} {}",
                name.replace("I/O ", "").replace(" Time", "").to_lowercase(),
                duration::exact(ms)
            ))
        })
        .collect();
    (!times.is_empty()).then(|| fact("I/O", times.join(", ")))
}

fn wal(fields: &Fields) -> Option<Fact> {
    let records = number_of(fields, "WAL Records").filter(|n| *n > 0.0)?;
    let rest =
        [("WAL FPI", "full page images"), ("WAL Bytes", "bytes"), ("WAL Buffers Full", "times buffers full")];
    let mut counts = vec![format!("{} records", number::rows(records))];
    counts.extend(rest.into_iter().filter_map(|(name, words)| {
        let n = number_of(fields, name).filter(|n| *n > 0.0)?;
        Some(format!("{} {words}", number::rows(n)))
    }));
    Some(fact("WAL", counts.join(", ")))
}

fn sort(fields: &Fields) -> Option<Fact> {
    let method = string_of(fields, "Sort Method")?;
    let space = number_of(fields, "Sort Space Used").map(|kb| {
        let place =
            if string_of(fields, "Sort Space Type") == Some("Disk") { "on disk" } else { "in memory" };
        format!(", {} kB {place}", number::rows(kb))
    });
    Some(fact("Sort Method", format!("{method}{}", space.unwrap_or_default())))
}

/// How many came, and what each of them did (option VERBOSE).
fn workers(fields: &Fields) -> Vec<Fact> {
    let count = |name: &str| number_of(fields, name).map(number::rows);
    let came = match (count("Workers Planned"), count("Workers Launched")) {
        (Some(planned), Some(launched)) => Some(format!("{launched} launched of {planned} planned")),
        (Some(planned), None) => Some(format!("{planned} planned")),
        (None, launched) => launched.map(|launched| format!("{launched} launched")),
    };
    let lists = fields.iter().filter(|(name, _)| name == "Workers");
    let each = lists.flat_map(|(_, list)| match list {
        Value::Array(workers) => workers.iter().map(worker).collect(),
        other => vec![fact("Workers", show("Workers", other))],
    });
    came.map(|came| fact("Workers", came)).into_iter().chain(each).collect()
}

/// `Worker 0: 813 rows, 0.69 ms; Buffers shared 124 hit`
fn worker(worker: &Value) -> Fact {
    const SHOWN: [&str; 5] =
        ["Worker Number", "Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops"];
    let Value::Object(map) = worker else { return fact("Worker", show("Workers", worker)) };
    let number = |name: &str| map.get(name).and_then(Value::as_f64);
    let times = number("Actual Loops").filter(|loops| *loops != 1.0);
    let said = [
        number("Actual Rows").map(|rows| format!("{} rows", number::rows(rows))),
        number("Actual Total Time").map(duration::exact),
        times.map(|loops| format!("{} loops", number::rows(loops))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let known = |name: &str| SHOWN.contains(&name) && number(name).is_some();
    let rest = map.iter().filter(|(name, _)| !known(name));
    let rest: Fields = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    let rest = facts(&rest).into_iter().map(|Fact { label, value }| format!("{label} {value}"));
    let said = Some(said.join(", ")).filter(|said| !said.is_empty()).into_iter().chain(rest);
    let name = number("Worker Number").map_or_else(String::new, |n| format!(" {}", number::rows(n)));
    fact(&format!("Worker{name}"), said.collect::<Vec<_>>().join("; "))
}

fn number_of(fields: &Fields, name: &str) -> Option<f64> {
    value_of(fields, name)?.as_f64()
}

fn string_of<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    value_of(fields, name)?.as_str()
}

fn value_of<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn is_gathered(name: &str) -> bool {
    let blocks =
        name.ends_with(" Blocks") && ["Shared ", "Local ", "Temp "].iter().any(|kind| name.starts_with(kind));
    blocks
        || is_io_time(name)
        || name.starts_with("WAL ")
        || GATHERED.contains(&name)
        || IN_TITLE.contains(&name)
}

fn is_io_time(name: &str) -> bool {
    name.contains("I/O ") && name.ends_with(" Time")
}

fn is_quiet(name: &str, value: &Value) -> bool {
    let nothing = match value {
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::Bool(on) => !on,
        Value::Array(items) => return items.is_empty(),
        _ => false,
    };
    nothing && QUIET_AT_ZERO.contains(&name)
}

fn fact(label: &str, value: String) -> Fact {
    Fact { label: label.to_owned(), value }
}
