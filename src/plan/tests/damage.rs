//! A damaged plan is an error or a plan with holes, never a panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::every_plan;
use crate::plan::judge::{Evidence, judge};
use crate::plan::{compare, json as entries, parse, text, times, worst};
use crate::runbook::PlanExpect;

static PLANS: LazyLock<Vec<String>> =
    LazyLock::new(|| every_plan().into_iter().map(|(_, text)| text).collect());

fn look_at(damaged: &str) {
    let Ok(plan) = parse(damaged) else { return };
    text::render(&plan);
    entries::nodes(&plan);
    worst::worst(&plan);
    compare::compare(&plan, &plan);
    let expectation = PlanExpect { indexes: vec!["idx_tasks_created_at".into()], ..PlanExpect::default() };
    judge(&expectation, &Evidence::of(&plan));
    for time in times::times(&plan).into_iter().flatten() {
        assert!(time.exclusive_ms >= 0.0, "{time:?}");
    }
}

/// Replaces the nth value of the document, counted in its own order.
fn replace(value: &mut Value, n: &mut usize, by: &Value) {
    if *n == 0 {
        *value = by.clone();
    }
    *n = n.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, n, by)),
        Value::Object(map) => map.values_mut().for_each(|item| replace(item, n, by)),
        _ => {}
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(u64::MAX),
        json!("InitPlan 1"),
        json!("CTE x"),
        json!("Gather"),
        json!("\u{20ac}"),
        json!([]),
        json!({}),
        json!([{ "Node Type": "CTE Scan", "CTE Name": "x", "Actual Total Time": 1, "Actual Loops": 0 }]),
    ])
}

proptest! {
    #[test]
    fn replaced_values_do_no_harm(which in any::<prop::sample::Index>(), at in prop::collection::vec((0usize..400, any_value()), 1..6)) {
        let mut json: Value = serde_json::from_str(&PLANS[which.index(PLANS.len())]).unwrap();
        for (n, by) in at {
            replace(&mut json, &mut n.clone(), &by);
        }
        look_at(&json.to_string());
    }

    #[test]
    fn replaced_bytes_do_no_harm(which in any::<prop::sample::Index>(), at in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..6)) {
        let mut text: Vec<char> = PLANS[which.index(PLANS.len())].chars().collect();
        for (n, by) in at {
            let n = n.index(text.len());
            text[n] = by;
        }
        look_at(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        look_at(&text);
    }
}
