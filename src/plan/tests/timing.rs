//! Where the time went: sums, parallel workers, CTEs, InitPlans, what never ran.

use super::{every_plan, plan};
use crate::plan::times::{Time, balance, shares, times};
use crate::plan::{Node, Plan, parse};

/// What the averages of a node may be off by: half a microsecond a loop.
fn rounding(node: &Node) -> f64 {
    0.0005 * node.loops.unwrap_or(0.0) + 1e-6
}

fn tolerance(plan: &Plan) -> f64 {
    plan.nodes.iter().map(rounding).sum()
}

/// Data-modifying CTEs are run to their end after the root is done.
fn outlasts_the_root(node: &Node) -> bool {
    node.is_init_plan() && node.node_type == "ModifyTable"
}

fn time(plan: &Plan, id: usize) -> Time {
    times(plan)[id].unwrap()
}

#[test]
fn exclusive_times_add_up_to_the_total() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap();
        let times = times(&plan);
        let Some(total) = times[0].map(|time| time.inclusive_ms) else { continue };
        let sum: f64 = times.iter().flatten().map(|time| time.exclusive_ms).sum();
        if plan.nodes.iter().any(outlasts_the_root) {
            assert!(sum >= total - tolerance(&plan), "{name}: {sum} for {total}");
            assert!(sum <= plan.execution_ms.unwrap() + tolerance(&plan), "{name}: {sum}");
        } else {
            assert!((sum - total).abs() <= tolerance(&plan), "{name}: {sum} for {total}");
        }
        let shares: f64 = shares(&times).into_iter().flatten().sum();
        assert!((shares - 1.0).abs() < 1e-6 || sum == 0.0, "{name}: {shares}");
    }
}

/// Not floored: each node for itself, against what its own figure and those of its children are rounded by.
#[test]
fn nothing_is_taken_from_a_node_that_it_did_not_have() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap();
        let (_, own) = balance(&plan);
        for node in &plan.nodes {
            let rounded = rounding(node) + plan.children(node.id).map(rounding).sum::<f64>();
            assert!(own[node.id] >= -rounded, "{name}: {} of node {}, {rounded}", own[node.id], node.id);
        }
    }
}

#[test]
fn no_node_took_longer_than_its_parent() {
    for (name, text) in every_plan() {
        let plan = parse(&text).unwrap();
        let times = times(&plan);
        for node in plan.nodes.iter().filter(|node| !node.is_init_plan()) {
            let (Some(parent), Some(own)) = (node.parent, times[node.id]) else { continue };
            let above = times[parent].unwrap().inclusive_ms;
            assert!(own.inclusive_ms <= above + tolerance(&plan), "{name}: node {} in {parent}", node.id);
        }
    }
}

#[test]
fn loops_of_parallel_processes_are_spread_over_them() {
    let plan = plan("pg15/04-parallel");
    // Two processes ran the hash join, one of them did all of the scan.
    let (join, scan) = (&plan.nodes[3], &plan.nodes[4]);
    assert_eq!((join.loops, scan.loops), (Some(2.0), Some(1.0)));
    assert_eq!(time(&plan, 3).inclusive_ms, join.total_ms.unwrap());
    assert_eq!(time(&plan, 4).inclusive_ms, scan.total_ms.unwrap() / 2.0);
}

#[test]
fn a_leader_that_takes_no_part_is_not_counted() {
    let plan = plan("pg18/leader-off");
    let sort = plan.nodes.iter().rfind(|node| node.node_type == "Sort").unwrap();
    assert_eq!(sort.loops, Some(2.0));
    assert_eq!(time(&plan, sort.id).inclusive_ms, sort.total_ms.unwrap());
}

#[test]
fn what_a_gather_evaluates_itself_is_the_leaders_alone() {
    let plan = plan("pg18/subplan-gather");
    let subplan = plan.nodes.iter().find(|node| node.relationship.as_deref() == Some("SubPlan")).unwrap();
    assert_eq!(plan.nodes[subplan.parent.unwrap()].node_type, "Gather");
    let inclusive = time(&plan, subplan.id).inclusive_ms;
    assert!((inclusive - subplan.total_ms.unwrap() * subplan.loops.unwrap()).abs() < 1e-9);
}

#[test]
fn a_cte_is_taken_from_the_scans_that_read_it() {
    let plan = plan("pg18/cte-shadowed");
    for scan in plan.nodes.iter().filter(|node| node.node_type == "CTE Scan") {
        let time = time(&plan, scan.id);
        assert!(time.exclusive_ms < 0.8 * time.inclusive_ms, "{:?} of {}: {time:?}", scan.alias, scan.id);
    }
}

#[test]
fn an_init_plan_is_taken_from_the_node_that_uses_its_value() {
    let plan = plan("pg15/initplan-below");
    let used = plan.nodes.iter().find(|node| node.node_type == "Bitmap Index Scan").unwrap();
    let init = &plan.nodes[1];
    assert_eq!(init.subplan.as_deref(), Some("InitPlan 1 (returns $0)"));
    let (used, init) = (time(&plan, used.id), time(&plan, init.id));
    assert!((used.inclusive_ms - used.exclusive_ms - init.inclusive_ms).abs() < 1e-9);
}

#[test]
fn the_tenth_init_plan_and_later_ones_count_too() {
    for name in ["pg15/initplan-12", "pg18/initplan-12"] {
        let plan = plan(name);
        let inits: Vec<&Node> = plan.nodes.iter().filter(|node| node.is_init_plan()).collect();
        assert_eq!(inits.len(), 12);
        let root = time(&plan, 0);
        let taken: f64 = inits.iter().map(|init| time(&plan, init.id).inclusive_ms).sum();
        assert!((root.inclusive_ms - root.exclusive_ms - taken).abs() < 1e-9, "{name}: {root:?}, {taken}");
    }
}

#[test]
fn below_a_gather_the_gather_pays_for_an_init_plan() {
    let plan = plan("pg15/initplan-gather");
    let gather = plan.nodes.iter().rfind(|node| node.node_type == "Gather").unwrap();
    let below = gather.id + 1;
    let init = plan.nodes.iter().find(|node| node.is_init_plan()).unwrap();
    let (gather, below, init) = (time(&plan, gather.id), time(&plan, below), time(&plan, init.id));
    assert!(
        (gather.inclusive_ms - below.inclusive_ms - init.inclusive_ms - gather.exclusive_ms).abs() < 1e-9
    );
}

#[test]
fn what_was_never_executed_took_no_time() {
    let plan = plan("pg18/never");
    let never: Vec<&Node> = plan.nodes.iter().filter(|node| node.never_executed()).collect();
    assert_eq!(never.len(), 5);
    assert!(never.iter().all(|node| time(&plan, node.id).inclusive_ms == 0.0));
}

#[test]
fn without_timing_rows_are_known_and_times_are_not() {
    let plan = plan("pg15/timing-off");
    assert!(plan.is_measured());
    assert_eq!(times(&plan), vec![None; plan.nodes.len()]);
}

#[test]
fn a_limit_is_no_misestimate_and_a_wrong_guess_is() {
    let limited = plan("pg12/02-parallel");
    let gather = limited.nodes.iter().find(|node| node.node_type == "Gather").unwrap();
    assert_eq!((gather.plan_rows, gather.rows), (Some(2186.0), Some(1.0)));
    assert_eq!(limited.misestimate(gather.id), None);
    let wrong = parse(r#"{"Node Type": "Seq Scan", "Plan Rows": 10, "Actual Rows": 500, "Actual Loops": 1}"#);
    assert_eq!(wrong.unwrap().misestimate(0), Some((50.0, true)));
}
