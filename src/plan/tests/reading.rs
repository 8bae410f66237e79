//! What is read from a plan, and in what words it is given again.

use serde_json::{Value, json};

use super::{every_plan, plan};
use crate::plan::{ParseError, compare, describe, fields, json as entries, parse, text as terminal, worst};

fn count_nodes(value: &Value) -> usize {
    match value {
        Value::Object(map) => {
            usize::from(map.contains_key("Node Type")) + map.values().map(count_nodes).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(count_nodes).sum(),
        _ => 0,
    }
}

#[test]
fn every_plan_is_read_with_all_of_its_nodes() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(plan.nodes.len(), count_nodes(&json), "{name}");
        let cost_only = json.get("kind").is_some_and(|kind| kind == "cost");
        assert_eq!(plan.is_measured(), !cost_only, "{name}");
        assert!(
            plan.nodes.iter().all(|node| !node.node_type.is_empty() && node.plan_rows.is_some()),
            "{name}"
        );
    }
}

#[test]
fn nodes_stand_in_pre_order_under_their_parents() {
    for (name, text) in every_plan() {
        for (id, node) in parse(&text).unwrap().nodes.iter().enumerate() {
            assert_eq!(node.id, id, "{name}");
            assert_eq!(node.parent.is_none(), id == 0, "{name}");
            assert!(node.parent.is_none_or(|parent| parent < id), "{name}");
        }
    }
}

#[test]
fn a_plan_is_found_in_whatever_it_was_saved_in() {
    let json = r#"[{"Plan": {"Node Type": "Result", "Plan Rows": 1}, "Planning Time": 0.1}]"#;
    let node = r#"{"Node Type": "Result", "Plan Rows": 1}"#;
    let framed = format!(
        "              QUERY PLAN\n-----------------------\n {}\n(1 row)\n",
        json.replace(", ", ",  +\n  ")
    );
    let wrapped = json!({ "QUERY PLAN": json }).to_string();
    let log = r#"{"Query Text": "select 1", "Plan": {"Node Type": "Result", "Plan Rows": 1}}"#;
    for text in [json, node, &framed, &wrapped, &format!("[{wrapped}]"), &format!("\u{feff}\n{json}\n"), log]
    {
        let plan = parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(plan.nodes[0].node_type, "Result", "{text}");
        assert_eq!(plan.nodes[0].plan_rows, Some(1.0), "{text}");
    }
}

#[test]
fn what_is_no_plan_is_refused_with_what_to_do() {
    let refused = |text: &str| parse(text).unwrap_err().to_string();
    assert_eq!(
        refused("Seq Scan on tasks  (cost=0.00..1.00 rows=1 width=4)"),
        "expected the output of EXPLAIN (FORMAT JSON), got text that starts with \
         `Seq Scan on tasks  (cost=0.00..1.00 rows`; run EXPLAIN again with FORMAT JSON"
    );
    assert!(matches!(parse(r#"["Utility Statement"]"#), Err(ParseError::NoPlan)));
    assert!(matches!(parse("[]"), Err(ParseError::NoPlan)));
    assert!(matches!(parse("[{"), Err(ParseError::NotJson(_))));
    assert!(matches!(parse(""), Err(ParseError::NotExplain(_))));
}

#[test]
fn a_deep_plan_is_read_and_a_bottomless_one_is_refused() {
    let nested = |depth: usize| {
        format!("{}{{}}{}", r#"{"Node Type":"Limit","Plans":["#.repeat(depth), "]}".repeat(depth))
    };
    assert_eq!(parse(&nested(900)).unwrap().nodes.len(), 901);
    assert!(matches!(parse(&nested(1_100)), Err(ParseError::TooDeep)));
}

#[test]
fn unknown_nodes_and_fields_are_kept_and_shown() {
    let plan = parse(
        r#"[{"Plan": {"Node Type": "Quantum Scan", "Qubits": 7, "Actual Rows": "many"}, "Mood": "good"}]"#,
    );
    let shown = terminal::render(&plan.unwrap());
    for expected in ["Quantum Scan", "Qubits: 7", "Actual Rows: many", "Mood: good"] {
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
}

#[test]
fn nodes_are_named_as_explain_names_them() {
    let title = |name: &str, id: usize| describe::title(&plan(name).nodes[id]);
    assert_eq!(title("pg15/01-plain", 1), "Index Scan Backward using idx_tasks_status_created_at on tasks");
    assert_eq!(title("pg15/04-parallel", 0), "Finalize Aggregate");
    assert_eq!(
        title("pg15/04-parallel", 4),
        "Parallel Index Only Scan using idx_media_items_task_id on media_items m"
    );
    assert_eq!(title("pg15/02-bitmap", 3), "Bitmap Index Scan on idx_media_items_task_id_media_type");
    assert_eq!(title("pg15/14-plain", 0), "Update on tasks");
    assert_eq!(title("pg15/21-bitmap", 0), "MixedAggregate");
    let join = parse(r#"{"Node Type": "Hash Join", "Join Type": "Anti"}"#).unwrap();
    assert_eq!(describe::title(&join.nodes[0]), "Hash Anti Join");
}

#[test]
fn facts_are_lines_to_read() {
    let facts = |name: &str, id: usize| -> Vec<String> {
        let facts = fields::facts(&plan(name).nodes[id].fields);
        facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect()
    };
    assert_eq!(
        facts("pg18/17-spill", 0)[..3],
        [
            "Sort Key: tasks.description, tasks.title",
            "Sort Method: external merge, 1,960 kB on disk",
            "Buffers: shared 273 hit; temp 728 read, 775 written"
        ]
    );
    assert_eq!(
        facts("pg15/15-plain", 0)[..3],
        ["Conflict Resolution: NOTHING", "Conflict Arbiter Indexes: personas_pkey", "Tuples Inserted: 1"]
    );
}

#[test]
fn the_worst_node_is_named_in_words() {
    let sentence = |name: &str| worst::worst(&plan(name)).map(|worst| worst.sentence);
    assert_eq!(
        sentence("pg18/17-spill").as_deref(),
        Some(
            "95 % of the time goes into sorting 2,000 rows on disk (1,960 kB there): they do not fit into work_mem."
        )
    );
    assert_eq!(
        sentence("pg15/19-plain").as_deref(),
        Some("100 % of the time goes into reading 50 rows of personas to throw 42 of them away.")
    );
    assert_eq!(
        sentence("pg15/01-plain").as_deref(),
        Some("100 % of the time goes into reading 5 rows of tasks through idx_tasks_status_created_at.")
    );
    assert_eq!(sentence("pg18/01-plain-cost"), None);
}

#[test]
fn the_terminal_shows_the_tree() {
    let shown = terminal::render(&plan("pg15/02-bitmap"));
    let tree: Vec<&str> =
        shown.lines().filter(|line| line.contains("(cost")).map(|line| &line[55..]).collect();
    assert_eq!(
        tree,
        [
            "Bitmap Heap Scan on media_items  (cost 10,000,000,016)",
            "├─ InitPlan 1 (returns $0): Limit  (cost 10,000,000,000)",
            "│  └─ Seq Scan on tasks  (cost 10,000,001,680)",
            "└─ Bitmap Index Scan on idx_media_items_task_id_media_type  (cost 4.31)",
        ]
    );
}

#[test]
fn scripts_get_null_where_nothing_was_measured() {
    let nodes = serde_json::to_value(entries::nodes(&plan("pg18/01-plain-cost"))).unwrap();
    assert_eq!(
        nodes["nodes"][1],
        json!({
            "id": 1, "parent": 0, "node_type": "Index Scan", "relation": "tasks",
            "index": "idx_tasks_status_created_at", "inclusive_ms": null, "exclusive_ms": null,
            "rows": null, "plan_rows": 14.0, "loops": null
        })
    );
}

#[test]
fn reading_one_table_is_the_same_work_whatever_the_way() {
    let before = parse(
        r#"{"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "tasks"}]}]}"#,
    );
    let after = parse(
        r#"{"Node Type": "Limit", "Plans": [
            {"Node Type": "Bitmap Heap Scan", "Relation Name": "tasks", "Plans": [
                {"Node Type": "Bitmap Index Scan", "Index Name": "idx"}]}]}"#,
    );
    let compared = compare::compare(&before.unwrap(), &after.unwrap());
    let rows: Vec<_> = compared.rows.iter().map(|row| (row.before, row.after)).collect();
    assert_eq!(rows, [(Some(0), Some(0)), (Some(1), None), (Some(2), Some(1)), (None, Some(2))]);
    assert_eq!(compared.ratio, None);
}

#[test]
fn a_plan_beside_itself_matches_node_for_node() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap();
        let compared = compare::compare(&plan, &plan);
        assert!(compared.rows.iter().all(|row| row.before == row.after), "{name}");
        assert_eq!(compared.rows.len(), plan.nodes.len(), "{name}");
    }
}

#[test]
fn a_plan_survives_its_way_to_the_browser() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap();
        let there: crate::plan::Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(there, plan, "{name}");
    }
}
