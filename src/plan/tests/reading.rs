//! What is read from a plan, and in what words it is given again.

use serde_json::{Value, json};

use super::{every_plan, plan};
use crate::plan::{
    ParseError, compare, describe, fields, json as entries, marks, parse, text as terminal, worst,
};

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
        refused("INSERT 0 1\n"),
        "expected the output of EXPLAIN (FORMAT JSON), got text that starts with `INSERT 0 1`; \
         run EXPLAIN again with FORMAT JSON"
    );
    assert!(matches!(parse(r#"["Utility Statement"]"#), Err(ParseError::NoPlan)));
    assert!(matches!(parse("[]"), Err(ParseError::NoPlan)));
    assert!(matches!(parse("[{"), Err(ParseError::NotJson(_))));
    assert_eq!(refused(" \n"), "expected the output of EXPLAIN (FORMAT JSON), got nothing");
    assert!(matches!(parse("hello"), Err(ParseError::NotExplain(_))));
    let psql =
        "     QUERY PLAN\n-----------\n Plan:                  +\n   Node Type: \"Result\" +\n(1 row)\n";
    for (text, format) in [
        ("Seq Scan on tasks  (cost=0.00..1.00 rows=1 width=4)", "TEXT"),
        ("Result (actual rows=1 loops=1)", "TEXT"),
        ("- Plan:\n    Node Type: \"Result\"\n", "YAML"),
        (psql, "YAML"),
        ("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n</explain>", "XML"),
    ] {
        assert_eq!(
            refused(text),
            format!(
                "expected the output of EXPLAIN (FORMAT JSON), got EXPLAIN's {format} format; \
                 run it again as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
            )
        );
    }
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
        let facts = fields::of_node(&plan(name).nodes[id]);
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

fn told(json: &str) -> Vec<String> {
    let plan = parse(json).unwrap();
    let facts = fields::of_node(&plan.nodes[0]);
    facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect()
}

#[test]
fn a_counter_says_its_share() {
    let scan = |loops: u32| {
        told(&format!(
            r#"{{"Node Type": "Seq Scan", "Actual Rows": 502, "Actual Loops": {loops}, "Rows Removed by Filter": 99498}}"#
        ))
    };
    assert_eq!(scan(1), ["Rows Removed by Filter: 99,498, 99.49 % of what was looked at"]);
    assert_eq!(
        scan(3),
        ["Rows Removed by Filter: 99,498 a loop (298,494 in all), 99.49 % of what was looked at"]
    );
    assert_eq!(
        told(r#"{"Node Type": "Index Only Scan", "Actual Rows": 10, "Actual Loops": 5, "Heap Fetches": 12}"#),
        ["Heap Fetches: 12 for 50 rows"]
    );
}

#[test]
fn workers_are_told_one_by_one_and_those_that_did_not_come() {
    let gather = |rest: &str| told(&format!(r#"{{"Node Type": "Gather", {rest}}}"#));
    assert_eq!(gather(r#""Workers Planned": 2"#), ["Workers: 2 planned"]);
    assert_eq!(
        gather(r#""Workers Planned": 2, "Workers Launched": 0"#),
        ["Workers: 0 launched of 2 planned"]
    );
    // PostgreSQL before 13 repeats the key; what a worker has that is not known here is kept.
    let workers = r#""Workers": [{"Worker Number": 0, "Actual Total Time": 0.685, "Actual Rows": 813, "Actual Loops": 1}],
        "Workers": [{"Worker Number": 1, "Sort Method": "quicksort", "Sort Space Used": 25, "Sort Space Type": "Memory", "Mood": "good"}]"#;
    assert_eq!(
        gather(workers),
        ["Worker 0: 813 rows, 0.69 ms", "Worker 1: Mood good; Sort Method quicksort, 25 kB in memory"]
    );
}

#[test]
fn what_deserves_a_second_look_is_marked() {
    let marked = |json: &str| marks::marks(&parse(json).unwrap().nodes[0]);
    let filter =
        r#"{"Node Type": "Seq Scan", "Actual Rows": 5, "Actual Loops": 1, "Rows Removed by Filter": 195}"#;
    assert_eq!(marked(filter), ["throws 98 % away"]);
    assert_eq!(marked(&filter.replace("195", "45")), Vec::<String>::new(), "too few to matter");
    assert_eq!(marked(&filter.replace("Actual Rows\": 5", "Actual Rows\": 0")), ["throws all away"]);
    let workers = r#"{"Node Type": "Sort", "Workers": [{"Worker Number": 0, "Sort Space Type": "Disk"}]}"#;
    assert_eq!(marked(workers), ["sorts on disk"]);
    assert_eq!(
        marked(r#"{"Node Type": "Aggregate", "HashAgg Batches": 5, "Disk Usage": 64}"#),
        ["spills to disk"]
    );
    assert_eq!(marked(r#"{"Node Type": "CTE Scan", "Storage": "Disk"}"#), ["spills to disk"]);
    assert_eq!(
        marked(r#"{"Node Type": "Gather", "Workers Planned": 2, "Workers Launched": 1}"#),
        ["1 of 2 workers"]
    );
    let fetches =
        r#"{"Node Type": "Index Only Scan", "Actual Rows": 200, "Actual Loops": 1, "Heap Fetches": 200}"#;
    assert_eq!(marked(fetches), ["reads the table all the same"]);
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
fn time_that_passed_outside_of_the_nodes_is_told() {
    let worst = worst::worst(&plan("pg15/02-bitmap")).unwrap();
    let said = "100 % of the nodes' time goes into finding 3 rows in idx_media_items_task_id_media_type. \
                The nodes took 56 ms of the 302 ms: the rest went into starting, ending, JIT compilation and triggers.";
    assert_eq!(worst.sentence, said);
}

#[test]
fn the_largest_share_of_many_small_ones_is_not_called_most_of_the_time() {
    let scan = |ms: u32| {
        format!(
            r#"{{ "Node Type": "Seq Scan", "Relation Name": "t", "Actual Total Time": {ms}, "Actual Rows": 9, "Actual Loops": 1 }}"#
        )
    };
    let scans: Vec<String> = [20, 40, 30].map(scan).into();
    let text = format!(
        r#"{{ "Node Type": "Append", "Actual Total Time": 100, "Actual Rows": 27, "Actual Loops": 1, "Plans": [{}] }}"#,
        scans.join(", ")
    );
    let plan = parse(&text).unwrap();
    let worst = worst::worst(&plan).unwrap();
    assert_eq!((worst.id, worst.word()), (2, "largest share"));
    assert_eq!(
        worst.sentence,
        "No node takes most of the time; the largest share, 40 %, goes into reading 9 rows of t."
    );
    assert!(terminal::render(&plan).contains("<- largest share"));
}

#[test]
fn the_terminal_shows_the_tree() {
    let shown = terminal::render(&plan("pg15/02-bitmap"));
    let tree: Vec<&str> =
        shown.lines().filter(|line| line.contains("(cost")).map(|line| &line[74..]).collect();
    assert_eq!(
        tree,
        [
            "Bitmap Heap Scan on media_items  (cost 10,000,000,016)",
            "├─ InitPlan 1 (returns $0): Limit  (cost 10,000,000,000)",
            "│  └─ Seq Scan on tasks  (cost 10,000,001,680)",
            "└─ Bitmap Index Scan on idx_media_items_task_id_media_type  (cost 4.31)  <- most of the time",
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
    assert_eq!(compared.change, None);
    assert!(compared.rows.iter().all(|row| row.change.is_none()), "nothing was measured");
}

#[test]
fn a_change_is_told_where_the_time_of_a_node_matters() {
    let measured = |limit: f64, scan: f64| {
        let json = format!(
            r#"{{"Node Type": "Limit", "Actual Total Time": {limit}, "Actual Loops": 1, "Plans": [
                {{"Node Type": "Seq Scan", "Relation Name": "t", "Actual Total Time": {scan}, "Actual Loops": 1}}]}}"#
        );
        parse(&json).unwrap()
    };
    let compared = compare::compare(&measured(50.001, 50.0), &measured(0.502, 0.5));
    let changes: Vec<_> = compared.rows.iter().map(|row| row.change.as_deref()).collect();
    assert_eq!(changes, [None, Some("100 × faster")]);
    assert_eq!(compared.change.as_deref(), Some("99.6 × faster"));
    assert_eq!(compare::change(1.0, 2.0), "2 × slower");
    assert_eq!(compare::change(100.0, 105.0), "about as fast as before");
    assert_eq!(compare::change(0.01, 0.05), "about as fast as before", "nobody measures so exactly");
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
