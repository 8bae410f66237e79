//! Whether a query takes longer than before the change. Times scatter, and on a busy machine they scatter upwards: only the fastest of
//! several executions is near to what a plan costs. So the fastest are compared, the scatter of before counts as no difference, and the
//! work that was done (nodes and pages, which do not scatter) has the last word.

use super::judge::{Judgement, fail, inconclusive, pass};
use super::node::Plan;
use crate::text::duration;
use crate::text::number::{rows, short};

/// The same statement with the same parameters before the change.
#[derive(Debug, Clone, Copy)]
pub struct Baseline<'a> {
    pub plan: &'a Plan,
    /// Execution times in ms, in whatever order.
    pub times_ms: &'a [f64],
}

/// A difference counts from both on: the same plan differs by less from one time to the next.
const NOISE_RATIO: f64 = 1.1;
const NOISE_MS: f64 = 0.1;

/// None: not slower. Pass: slower than the fastest of before, but no slower than it was then at times.
pub fn slower(plan: &Plan, times_ms: &[f64], before: Baseline<'_>) -> Option<Judgement> {
    let (now, _) = extremes(times_ms)?;
    let (fastest, slowest) = extremes(before.times_ms)?;
    if !beyond(now, fastest) {
        return None;
    }
    let work = Work::compare(plan, before.plan);
    if beyond(now, slowest) {
        let times =
            if fastest > 0.0 { format!(", {} times as long", short(now / fastest)) } else { String::new() };
        let told = format!(
            "Slower than before: {} at best, {} then at worst and {} at best{times}",
            duration::exact(now),
            duration::exact(slowest),
            duration::exact(fastest)
        );
        return Some(match work {
            Work::Same => inconclusive(format!(
                "{told}; yet it is the same plan and reads no more pages, so look whether the machine is busier."
            )),
            Work::More(pages) => fail(format!("{told}; {pages}.")),
            Work::Other => fail(format!("{told}.")),
        });
    }
    let told = format!(
        "{} at best, where it took {} to {} before",
        duration::exact(now),
        duration::exact(fastest),
        duration::exact(slowest)
    );
    Some(match work {
        Work::More(pages) => inconclusive(format!("Perhaps slower than before: {told}; {pages}.")),
        Work::Same | Work::Other => pass(format!("{told}.")),
    })
}

/// The shortest and the longest.
fn extremes(times_ms: &[f64]) -> Option<(f64, f64)> {
    let least = times_ms.iter().copied().reduce(f64::min)?;
    let most = times_ms.iter().copied().reduce(f64::max)?;
    Some((least, most))
}

/// Is the first longer than the second by more than the same plan differs from one time to the next?
pub(super) fn beyond(now: f64, before: f64) -> bool {
    now > before * NOISE_RATIO && now - before > NOISE_MS
}

/// What a plan did, against what the one before did.
enum Work {
    /// The same nodes, and no more pages.
    Same,
    /// More pages; says how many.
    More(String),
    /// Another plan, which reads no more pages, or nobody knows how many.
    Other,
}

impl Work {
    fn compare(now: &Plan, before: &Plan) -> Self {
        match (now.buffers(), before.buffers()) {
            (Some(now), Some(before)) if now > before * NOISE_RATIO => {
                Self::More(format!("it reads {} pages instead of {}", rows(now), rows(before)))
            }
            (Some(_), Some(_)) if nodes(now).eq(nodes(before)) => Self::Same,
            _ => Self::Other,
        }
    }
}

fn nodes(plan: &Plan) -> impl Iterator<Item = (usize, &str, Option<&str>, Option<&str>)> {
    plan.nodes
        .iter()
        .map(|node| (node.depth, node.node_type.as_str(), node.relation.as_deref(), node.index.as_deref()))
}
