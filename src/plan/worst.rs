//! The node that the time goes into, and why, in one or two sentences.

use super::describe;
use super::node::{Node, Plan};
use super::times::{shares, times};
use crate::text::duration;
use crate::text::number::{factor, rows};

/// The node with the greatest share of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    pub id: usize,
    /// 0 to 1.
    pub share: f64,
    pub sentence: String,
}

impl Worst {
    /// How the node is marked: in a large plan the greatest share may be a small one.
    pub fn word(&self) -> &'static str {
        if self.share >= MOST { "most of the time" } else { "largest share" }
    }
}

const MOST: f64 = 0.5;

/// An estimate is called wrong from this factor on, as PEV2 and pgAdmin do.
const MISESTIMATE: f64 = 10.0;

/// None where nothing was measured.
pub fn worst(plan: &Plan) -> Option<Worst> {
    let shares = shares(&times(plan));
    let measured = shares.into_iter().enumerate().filter_map(|(id, share)| Some((id, share?)));
    let (id, share) = measured.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    let node = &plan.nodes[id];
    let outside = outside(plan);
    let time = if outside.is_some() { "the nodes' time" } else { "the time" };
    let work = work(plan, node);
    let mut sentence = match share {
        MOST.. => format!("{:.0} % of {time} goes into {work}.", share * 100.0),
        _ => format!(
            "No node takes most of {time}; the largest share, {:.0} %, goes into {work}.",
            share * 100.0
        ),
    };
    if let Some((off, more)) = plan.misestimate(id).filter(|(off, _)| *off >= MISESTIMATE) {
        let way = if more { "more" } else { "fewer" };
        sentence.push_str(&format!(" It gave {} times {way} rows than were expected.", factor(off)));
    }
    if let Some((nodes, whole)) = outside {
        let (nodes, whole) = (duration::exact(nodes), duration::exact(whole));
        let said = format!(
            " The nodes took {nodes} of the {whole}: the rest went into starting, ending, JIT compilation and triggers."
        );
        sentence.push_str(&said);
    }
    Some(Worst { id, share, sentence })
}

/// The time of all nodes and of the whole in ms, where much passed outside of the nodes: more than a fifth, and more than any statement
/// takes to start and end.
fn outside(plan: &Plan) -> Option<(f64, f64)> {
    let nodes = times(plan).first()?.as_ref()?.inclusive_ms;
    let whole = plan.execution_ms?;
    (whole - nodes > f64::max(whole / 5.0, 1.0)).then_some((nodes, whole))
}

/// What the node did, to follow "the time goes into".
fn work(plan: &Plan, node: &Node) -> String {
    let object =
        node.relation.clone().or_else(|| describe::object(node)).unwrap_or_else(|| "its input".to_owned());
    let count = node.all_rows().map_or_else(|| "its".to_owned(), rows);
    let input: f64 =
        plan.children(node.id).filter(|child| !child.is_init_plan()).filter_map(Node::all_rows).sum();
    match node.node_type.as_str() {
        "Seq Scan" | "Sample Scan" | "Bitmap Heap Scan" | "Foreign Scan" => reading(node, &object),
        "Index Scan" | "Index Only Scan" => lookups(node, &object),
        "Bitmap Index Scan" => {
            format!("finding {count} rows in {}", node.index.as_deref().unwrap_or("an index"))
        }
        _ if describe::sorts(node) => match node.string("Sort Space Type") {
            Some("Disk") => format!(
                "sorting {} rows on disk ({} kB there): they do not fit into work_mem",
                rows(input),
                rows(node.number("Sort Space Used").unwrap_or(0.0))
            ),
            _ => format!("sorting {} rows", rows(input)),
        },
        "Hash" => match node.number("Hash Batches") {
            Some(batches) if batches > 1.0 => {
                format!(
                    "building a hash table of {count} rows, in {} batches because it does not fit into memory",
                    rows(batches)
                )
            }
            _ => format!("building a hash table of {count} rows"),
        },
        "Nested Loop" | "Hash Join" | "Merge Join" => {
            format!("joining {} rows from below into {count} ({})", rows(input), describe::operation(node))
        }
        "Aggregate" | "WindowAgg" | "Group" | "Unique" => {
            let spilled = node.number("Disk Usage").is_some_and(|kb| kb > 0.0);
            let spill = if spilled { ", spilling to disk because they do not fit into work_mem" } else { "" };
            format!("{} over {} rows{spill}", describe::operation(node), rows(input))
        }
        "Gather" | "Gather Merge" => "starting workers and collecting their rows".to_owned(),
        "CTE Scan" | "Function Scan" | "WorkTable Scan" => format!("reading {count} rows of {object}"),
        "ModifyTable" => format!("writing {} rows ({})", rows(input), describe::title(node)),
        _ => describe::title(node),
    }
}

fn reading(node: &Node, object: &str) -> String {
    let Some(kept) = node.all_rows() else { return format!("reading {object}") };
    let removed = ["Rows Removed by Filter", "Rows Removed by Index Recheck"]
        .into_iter()
        .filter_map(|name| node.over_loops(name))
        .sum::<f64>();
    if removed > 0.0 && kept == 0.0 {
        format!("reading {} rows of {object} to throw all of them away", rows(removed))
    } else if removed > kept {
        format!("reading {} rows of {object} to throw {} of them away", rows(kept + removed), rows(removed))
    } else {
        format!("reading {} rows of {object}", rows(kept + removed))
    }
}

fn lookups(node: &Node, object: &str) -> String {
    let (count, index) = (node.all_rows().unwrap_or(0.0), node.index.as_deref().unwrap_or("an index"));
    let times = match node.loops {
        Some(loops) if loops > 1.0 => {
            format!("{} look-ups in {index} for {} rows of {object}", rows(loops), rows(count))
        }
        _ => format!("reading {} rows of {object} through {index}", rows(count)),
    };
    match node.over_loops("Rows Removed by Filter") {
        Some(removed) if removed > count => format!("{times}, with {} others thrown away", rows(removed)),
        _ => match node.number("Heap Fetches").filter(|_| node.node_type == "Index Only Scan") {
            Some(fetches) if fetches > 0.0 => {
                format!(
                    "{times}, {} of them fetched from the table (VACUUM makes that needless)",
                    rows(fetches)
                )
            }
            _ => times,
        },
    }
}
