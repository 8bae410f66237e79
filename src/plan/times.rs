//! Where the time went: a node's time over all its loops, and the part of it that is no child's.
//!
//! PostgreSQL reports an average per loop, a loop counts in every process, and a CTE or InitPlan is timed in the
//! node that first needs it, not in the one that it hangs under. Modelled on PEV2's plan service and on depesz.

use super::node::{Node, Plan};

/// Milliseconds of wall time over all loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// With everything below.
    pub inclusive_ms: f64,
    /// Without. At least 0: averages rounded to a microsecond may miss that by a hair.
    pub exclusive_ms: f64,
}

/// One entry a node of the plan; `None` where nothing was measured.
pub fn times(plan: &Plan) -> Vec<Option<Time>> {
    let (inclusive, own) = balance(plan);
    let time = |(inclusive, own): (Option<f64>, f64)| {
        Some(Time { inclusive_ms: inclusive?, exclusive_ms: own.max(0.0) })
    };
    inclusive.into_iter().zip(own).map(time).collect()
}

/// Inclusive times, and what is left of them to each node: below 0 by no more than averages are rounded.
pub(super) fn balance(plan: &Plan) -> (Vec<Option<f64>>, Vec<f64>) {
    let processes = processes(plan);
    let inclusive: Vec<Option<f64>> = plan
        .nodes
        .iter()
        .map(|node| Some(node.total_ms? * node.loops? / processes[node.id]).filter(|ms| ms.is_finite()))
        .collect();
    let mut own: Vec<f64> = inclusive.iter().map(|ms| ms.unwrap_or(0.0)).collect();
    for node in &plan.nodes {
        if let (Some(parent), Some(ms), false) = (node.parent, inclusive[node.id], node.is_init_plan()) {
            own[parent] -= ms;
        }
    }
    for node in plan.nodes.iter().filter(|node| node.is_init_plan()) {
        if let (Some(parent), Some(ms)) = (node.parent, inclusive[node.id]) {
            charge(plan, node, parent, ms, &inclusive, &mut own);
        }
    }
    (inclusive, own)
}

/// The share of all measured time that is the node's own, 0 to 1.
pub fn shares(times: &[Option<Time>]) -> Vec<Option<f64>> {
    let total: f64 = times.iter().flatten().map(|time| time.exclusive_ms).sum();
    let share = |time: &Time| if total > 0.0 { time.exclusive_ms / total } else { 0.0 };
    times.iter().map(|time| time.as_ref().map(share)).collect()
}

/// How many processes each node's loops are spread over, so that their sum becomes wall time. Below a Gather
/// each process runs the plan once a loop of the Gather; whether the leader took part shows in that count.
fn processes(plan: &Plan) -> Vec<f64> {
    let mut processes: Vec<f64> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let parent = node.parent.map(|id| &plan.nodes[id]);
        let inherited = node.parent.map_or(1.0, |id| processes[id]);
        processes.push(match parent {
            Some(gather) if is_gather(gather) && runs_in_workers(node) => match (node.loops, gather.loops) {
                (Some(loops), Some(outer)) if outer > 0.0 => (loops / outer).max(1.0),
                _ => gather.number("Workers Launched").unwrap_or(0.0) + 1.0,
            },
            _ => inherited,
        });
    }
    processes
}

fn is_gather(node: &Node) -> bool {
    matches!(node.node_type.as_str(), "Gather" | "Gather Merge")
}

/// SubPlans and InitPlans that hang at a Gather are evaluated by the leader alone.
fn runs_in_workers(node: &Node) -> bool {
    !matches!(node.relationship.as_deref(), Some("SubPlan" | "InitPlan"))
}

/// Takes the time of an InitPlan or CTE from the nodes that it was spent in, never more than they have.
fn charge(plan: &Plan, init: &Node, parent: usize, ms: f64, inclusive: &[Option<f64>], own: &mut [f64]) {
    let mut left = ms;
    if let Some(name) = init.subplan.as_deref().and_then(|name| name.strip_prefix("CTE ")) {
        let scans = scans_of_cte(plan, init, parent, name);
        let total: f64 = scans.iter().filter_map(|id| inclusive[*id]).sum();
        for id in &scans {
            let share = inclusive[*id].unwrap_or(0.0) / total.max(f64::MIN_POSITIVE);
            take(&mut own[*id], ms * share, &mut left);
        }
        // A data-modifying CTE is run to its end after all else, outside of every other node's time.
        if scans.is_empty() || init.node_type == "ModifyTable" {
            return;
        }
    } else {
        let users = users_of_value(plan, init, parent);
        let able = users.iter().find(|id| own[**id] >= ms).copied();
        for id in able.into_iter().chain(users) {
            take(&mut own[id], ms, &mut left);
        }
    }
    // What is left was timed where no name tells, such as the shutdown of workers: first where it hangs.
    take(&mut own[parent], ms, &mut left);
    let inside = plan.range(init.id);
    let mut others: Vec<usize> = plan.range(parent).filter(|id| !inside.contains(id)).collect();
    others.sort_by(|a, b| own[*b].total_cmp(&own[*a]));
    for id in others {
        take(&mut own[id], ms, &mut left);
    }
}

fn take(own: &mut f64, amount: f64, left: &mut f64) {
    let taken = amount.min(*left).min(*own).max(0.0);
    *own -= taken;
    *left -= taken;
}

/// The CTE Scans that read this very CTE: a nearer one of the same name hides it.
fn scans_of_cte(plan: &Plan, cte: &Node, parent: usize, name: &str) -> Vec<usize> {
    let defines = |at: &Node, scan: &Node| {
        plan.children(at.id).find(|child| is_cte(child, name) && !plan.range(child.id).contains(&scan.id))
    };
    let reads = |scan: &&Node| {
        let mut outward = std::iter::once(*scan).chain(plan.ancestors(scan.id));
        scan.node_type == "CTE Scan"
            && scan.cte.as_deref() == Some(name)
            && outward.find_map(|at| defines(at, scan)).is_some_and(|defined| defined.id == cte.id)
    };
    plan.subtree(parent).iter().filter(reads).map(|scan| scan.id).collect()
}

fn is_cte(node: &Node, name: &str) -> bool {
    node.subplan.as_deref().and_then(|subplan| subplan.strip_prefix("CTE ")) == Some(name)
}

/// The nodes whose expressions name the InitPlan's value, deepest first. Below a Gather it is the Gather that
/// evaluates it, before its workers start.
fn users_of_value(plan: &Plan, init: &Node, parent: usize) -> Vec<usize> {
    let Some(subplan) = init.subplan.as_deref() else { return Vec::new() };
    // Up to 16 `InitPlan 1 (returns $0,$1)` and then `$0`; from 17 `InitPlan 1` and then `(InitPlan 1).col1`.
    let names: Vec<&str> = match subplan.split_once("(returns ") {
        Some((_, params)) => params.trim_end_matches(')').split(',').map(str::trim).collect(),
        None => vec![subplan],
    };
    let inside = plan.range(init.id);
    let mut users: Vec<&Node> = plan
        .subtree(parent)
        .iter()
        .filter(|node| !inside.contains(&node.id) && names.iter().any(|name| mentions(node, name)))
        .map(|node| {
            let above =
                plan.ancestors(node.id).take_while(|ancestor| ancestor.depth >= plan.nodes[parent].depth);
            above.filter(|ancestor| is_gather(ancestor)).last().unwrap_or(node)
        })
        .collect();
    users.sort_by_key(|node| std::cmp::Reverse(node.depth));
    let mut users: Vec<usize> = users.iter().map(|node| node.id).collect();
    users.dedup();
    users
}

fn mentions(node: &Node, name: &str) -> bool {
    let text_mentions = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            // `$1` is not in `$10`, nor `InitPlan 1` in `InitPlan 10`.
            !text[at + name.len()..].starts_with(|c: char| c.is_ascii_digit())
        })
    };
    node.fields.iter().any(|(_, value)| match value {
        serde_json::Value::String(text) => text_mentions(text),
        serde_json::Value::Array(texts) => texts.iter().filter_map(|text| text.as_str()).any(text_mentions),
        _ => false,
    })
}
