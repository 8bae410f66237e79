//! Executions made up with known times, told as EXPLAIN would: from what it tells, the times must be found again.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::plan::parse;
use crate::plan::times::times;

/// One node. The vectors have an entry for each process that may run it.
#[derive(Debug, Clone)]
struct Work {
    own_us: Vec<u32>,
    loops: Vec<u32>,
    /// Of a Gather: workers, and whether the leader takes part.
    gather: Option<(usize, bool)>,
    below: Vec<Work>,
}

const MOST_PROCESSES: usize = 4;

fn work() -> impl Strategy<Value = Work> {
    let figures = || {
        let own = prop::collection::vec(0u32..50_000, MOST_PROCESSES);
        (own, prop::collection::vec(1u32..40, MOST_PROCESSES))
    };
    let leaf = figures().prop_map(|(own_us, loops)| Work { own_us, loops, gather: None, below: Vec::new() });
    leaf.prop_recursive(6, 30, 3, move |below| {
        let gather = prop::option::weighted(0.3, (0..MOST_PROCESSES, any::<bool>()));
        (figures(), gather, prop::collection::vec(below, 1..4))
            .prop_map(|((own_us, loops), gather, below)| Work { own_us, loops, gather, below })
    })
}

/// What was told of a node, and what was true.
struct Told {
    json: Value,
    /// With all below, in each process.
    inclusive_ms: Vec<f64>,
    /// By how much the average that is told may miss the wall time.
    rounded_ms: f64,
    /// Own wall time of the node and of all below it, in pre-order, and how exactly each can be found.
    own_ms: Vec<f64>,
    exact_to_ms: Vec<f64>,
}

/// As `processes` run it, or as often as `again` says in each of them. `init_ms` is the time of an InitPlan that this
/// node is the first to need.
fn run(work: &Work, processes: usize, again: Option<u32>, init_ms: f64) -> Told {
    let loops: Vec<u32> = (0..processes).map(|p| again.unwrap_or(work.loops[p])).collect();
    let own: Vec<f64> = (0..processes).map(|p| f64::from(work.own_us[p]) / 1_000.0).collect();
    // Workers have no workers.
    let gather = work.gather.filter(|_| processes == 1);
    let below: Vec<Told> = match gather {
        Some((workers, leader)) => {
            // With nobody else, the leader does it all, whatever the setting says.
            let crew = (workers + usize::from(leader)).clamp(1, MOST_PROCESSES);
            vec![run(&work.below[0], crew, Some(loops[0]), 0.0)]
        }
        None => work.below.iter().map(|child| run(child, processes, None, 0.0)).collect(),
    };
    let mean = |ms: &[f64]| ms.iter().sum::<f64>() / ms.len() as f64;
    let inclusive_ms: Vec<f64> = (0..processes)
        .map(|p| {
            let of = |child: &Told| {
                if gather.is_some() { mean(&child.inclusive_ms) } else { child.inclusive_ms[p] }
            };
            own[p] + init_ms + below.iter().map(of).sum::<f64>()
        })
        .collect();
    let all_loops = f64::from(loops.iter().sum::<u32>());
    let average = (inclusive_ms.iter().sum::<f64>() / all_loops * 1_000.0).round() / 1_000.0;
    let mut filter = json!(null);
    let mut children: Vec<Value> = below.iter().map(|child| child.json.clone()).collect();
    if init_ms > 0.0 {
        // What workers need, the Gather has got ready for them.
        match gather {
            Some(_) => children[0]["Filter"] = json!("(x = $0)"),
            None => filter = json!("(x = $0)"),
        }
    }
    let rounded_ms = 0.000_5 * all_loops / processes as f64 + 1e-9;
    let exact_to = rounded_ms + below.iter().map(|child| child.rounded_ms).sum::<f64>();
    let own_below = below.iter().flat_map(|child| child.own_ms.clone());
    let exact_below = below.iter().flat_map(|child| child.exact_to_ms.clone());
    Told {
        json: json!({
            "Node Type": if gather.is_some() { "Gather" } else { "Append" }, "Parent Relationship": "Outer",
            "Actual Total Time": average, "Actual Loops": all_loops, "Filter": filter, "Plans": children,
        }),
        inclusive_ms,
        rounded_ms,
        own_ms: std::iter::once(mean(&own)).chain(own_below).collect(),
        exact_to_ms: std::iter::once(exact_to).chain(exact_below).collect(),
    }
}

proptest! {
    #[test]
    fn own_times_are_found_again(work in work()) {
        let told = run(&work, 1, Some(1), 0.0);
        let plan = parse(&told.json.to_string()).unwrap();
        let found = times(&plan);
        let mut sum = 0.0;
        for (id, (own, exact_to)) in told.own_ms.iter().zip(&told.exact_to_ms).enumerate() {
            let exclusive = found[id].unwrap().exclusive_ms;
            sum += exclusive;
            prop_assert!((exclusive - own).abs() <= *exact_to, "node {id}: {exclusive} for {own}, {exact_to}");
        }
        let total = found[0].unwrap().inclusive_ms;
        prop_assert!((sum - total).abs() <= told.exact_to_ms.iter().sum(), "{sum} for {total}");
    }

    #[test]
    fn an_init_plan_is_no_time_of_the_node_that_needs_it(work in work(), init_us in 1_000u32..50_000) {
        let init_ms = f64::from(init_us) / 1_000.0;
        let told = run(&work, 1, Some(1), init_ms);
        let mut json = told.json;
        let init = json!({
            "Node Type": "Result", "Parent Relationship": "InitPlan", "Subplan Name": "InitPlan 1 (returns $0)",
            "Actual Total Time": init_ms, "Actual Loops": 1,
        });
        json["Plans"].as_array_mut().unwrap().insert(0, init);
        let plan = parse(&json.to_string()).unwrap();
        let found = times(&plan);
        let own = found[0].unwrap().exclusive_ms;
        prop_assert!((own - told.own_ms[0]).abs() <= told.exact_to_ms[0], "{own} for {}", told.own_ms[0]);
    }
}
