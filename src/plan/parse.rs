//! From text to a plan: the JSON itself, a file that wraps it, or psql's framed output of it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::node::{Node, Plan};

/// A plan is refused beyond this depth: PostgreSQL's own `max_stack_depth` ends sooner.
const MAX_DEPTH: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error("expected the output of EXPLAIN (FORMAT JSON), but it is no JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("expected the output of EXPLAIN (FORMAT JSON), got nothing")]
    Empty,
    #[error(
        "expected the output of EXPLAIN (FORMAT JSON), got EXPLAIN's {0} format; run it again as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
    )]
    OtherFormat(&'static str),
    #[error(
        "expected the output of EXPLAIN (FORMAT JSON), got text that starts with `{0}`; run EXPLAIN again with FORMAT JSON"
    )]
    NotExplain(String),
    #[error(
        "expected an object with a Plan, as EXPLAIN (FORMAT JSON) gives for a SELECT, INSERT, UPDATE, DELETE or MERGE; got JSON without one"
    )]
    NoPlan,
    #[error("expected a plan of at most {MAX_DEPTH} levels, got one that is deeper")]
    TooDeep,
}

/// Reads a plan. Unknown nodes and fields are kept.
pub fn parse(text: &str) -> Result<Plan, ParseError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    let unframed = if text.starts_with(['[', '{']) { Cow::Borrowed(text) } else { unframe(text)? };
    statement(unframed.trim(), 0)
}

/// psql's aligned output: a heading, a rule, lines that end in `+`, and a count of rows.
fn unframe(text: &str) -> Result<Cow<'_, str>, ParseError> {
    let lines: Vec<&str> =
        text.lines().map(|line| line.trim_end().trim_end_matches('+').trim_end()).collect();
    let starts = |line: &&str| matches!(line.trim(), "[" | "{") || line.trim_start().starts_with("[{");
    let ends = |line: &&str| line.trim_end().ends_with([']', '}']);
    match (lines.iter().position(starts), lines.iter().rposition(ends)) {
        (Some(first), Some(last)) if first <= last => Ok(Cow::Owned(lines[first..=last].join("\n"))),
        _ => Err(other_format(&lines).map_or_else(|| not_explain(text), ParseError::OtherFormat)),
    }
}

/// EXPLAIN's other formats, each known by what it cannot do without. psql's heading and rule may stand before it.
fn other_format(lines: &[&str]) -> Option<&'static str> {
    let any = |is: &dyn Fn(&str) -> bool| lines.iter().any(|line| is(line.trim()));
    match () {
        () if any(&|line| line.starts_with("<explain")) => Some("XML"),
        () if any(&|line| line.trim_start_matches("- ").starts_with("Node Type:")) => Some("YAML"),
        () if any(&|line| line.contains("(cost=") || line.contains("(actual ")) => Some("TEXT"),
        () => None,
    }
}

fn not_explain(text: &str) -> ParseError {
    ParseError::NotExplain(text.chars().take(40).collect::<String>().replace('\n', " "))
}

/// An object's entries in their order, duplicates and all (PostgreSQL before 13 repeats `Workers`).
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of EXPLAIN's JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// `[{"Plan": ...}]`, `{"Plan": ...}`, a node by itself, or one of these as a value (or as the text of one) of a
/// wrapping object.
fn statement(text: &str, wrapped: usize) -> Result<Plan, ParseError> {
    if text.starts_with('[') {
        let statements: Vec<&RawValue> = serde_json::from_str(text)?;
        let first = statements.first().ok_or(ParseError::NoPlan)?;
        let mut plan = statement(first.get(), wrapped)?;
        // Rewrite rules may turn one statement into several.
        for further in &statements[1..] {
            plan.extra.push(("Further Statement".to_owned(), serde_json::from_str(further.get())?));
        }
        return Ok(plan);
    }
    if !text.starts_with('{') {
        return Err(ParseError::NoPlan);
    }
    let Object(entries) = serde_json::from_str(text)?;
    let entry = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, raw)| raw.get());
    if entry("Plan").is_some_and(|raw| raw.starts_with('{')) {
        return whole(entries);
    }
    if entry("Node Type").is_some() {
        return Ok(Plan { nodes: tree(text)?, ..Plan::default() });
    }
    let inner = ["json", "QUERY PLAN", "plan"].into_iter().find_map(entry).filter(|_| wrapped < 3);
    match inner {
        Some(raw) if raw.starts_with('"') => {
            statement(serde_json::from_str::<String>(raw)?.trim(), wrapped + 1)
        }
        Some(raw) => statement(raw, wrapped + 1),
        None => Err(ParseError::NoPlan),
    }
}

fn whole(entries: Vec<(String, &RawValue)>) -> Result<Plan, ParseError> {
    let mut plan = Plan::default();
    for (key, raw) in entries {
        if key == "Plan" && plan.nodes.is_empty() {
            plan.nodes = tree(raw.get())?;
            continue;
        }
        match (key.as_str(), serde_json::from_str(raw.get())?) {
            ("Planning Time", Value::Number(ms)) => plan.planning_ms = ms.as_f64(),
            ("Execution Time", Value::Number(ms)) => plan.execution_ms = ms.as_f64(),
            ("Settings", Value::Object(settings)) => plan.settings.extend(settings),
            (_, value) => plan.extra.push((key, value)),
        }
    }
    Ok(plan)
}

/// The nodes in pre-order. Without recursion: a plan's depth is its author's choice, a thread's stack is not.
fn tree(root: &str) -> Result<Vec<Node>, ParseError> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut waiting = vec![(root, None)];
    while let Some((raw, parent)) = waiting.pop() {
        let depth = parent.map_or(0, |parent: usize| nodes[parent].depth + 1);
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let id = nodes.len();
        let mut node = Node { id, parent, depth, ..Node::default() };
        let Object(entries) = serde_json::from_str(raw)?;
        for (key, raw) in entries {
            if key == "Plans" && raw.get().starts_with('[') {
                let children: Vec<&RawValue> = serde_json::from_str(raw.get())?;
                waiting.extend(children.iter().rev().map(|child| (child.get(), Some(id))));
            } else {
                node.set(key, serde_json::from_str(raw.get())?);
            }
        }
        nodes.push(node);
    }
    Ok(nodes)
}

impl Node {
    fn set(&mut self, key: String, value: Value) {
        match (key.as_str(), value) {
            ("Node Type", Value::String(text)) => self.node_type = text,
            ("Parent Relationship", Value::String(text)) => self.relationship = Some(text),
            ("Subplan Name", Value::String(text)) => self.subplan = Some(text),
            ("Schema", Value::String(text)) => self.schema = Some(text),
            ("Relation Name", Value::String(text)) => self.relation = Some(text),
            ("Alias", Value::String(text)) => self.alias = Some(text),
            ("Index Name", Value::String(text)) => self.index = Some(text),
            ("CTE Name", Value::String(text)) => self.cte = Some(text),
            ("Startup Cost", Value::Number(n)) => self.startup_cost = n.as_f64(),
            ("Total Cost", Value::Number(n)) => self.total_cost = n.as_f64(),
            ("Plan Rows", Value::Number(n)) => self.plan_rows = n.as_f64(),
            ("Plan Width", Value::Number(n)) => self.plan_width = n.as_f64(),
            ("Actual Startup Time", Value::Number(n)) => self.startup_ms = n.as_f64(),
            ("Actual Total Time", Value::Number(n)) => self.total_ms = n.as_f64(),
            ("Actual Rows", Value::Number(n)) => self.rows = n.as_f64(),
            ("Actual Loops", Value::Number(n)) => self.loops = n.as_f64(),
            (_, value) => self.fields.push((key, value)),
        }
    }
}
