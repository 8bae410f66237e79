//! What a node is, in the words of EXPLAIN's text format (PostgreSQL's `explain.c`).

use super::node::Node;

/// `Index Scan Backward using idx on tasks t`, `Hash Left Join`, `Partial HashAggregate`.
pub fn title(node: &Node) -> String {
    let mut title = operation(node);
    if let Some(index) = &node.index {
        title.push_str(if object(node).is_some() { " using " } else { " on " });
        title.push_str(index);
    }
    if let Some(object) = object(node) {
        title.push_str(" on ");
        title.push_str(&object);
    }
    title
}

/// What it does, without what it does it to.
pub fn operation(node: &Node) -> String {
    let mut words = Vec::new();
    if let Some(mode @ ("Partial" | "Finalize")) = node.string("Partial Mode") {
        words.push(mode);
    }
    if node.flag("Async Capable") {
        words.push("Async");
    }
    if node.flag("Parallel Aware") {
        words.push("Parallel");
    }
    let strategy = node.string("Strategy");
    let join = node.string("Join Type").filter(|join| *join != "Inner");
    let name = match (node.node_type.as_str(), strategy) {
        ("Aggregate", Some("Sorted")) => "GroupAggregate",
        ("Aggregate", Some("Hashed")) => "HashAggregate",
        ("Aggregate", Some("Mixed")) => "MixedAggregate",
        ("SetOp", Some("Hashed")) => "HashSetOp",
        ("ModifyTable" | "Foreign Scan", _) if node.string("Operation").is_some_and(|op| op != "Select") => {
            node.string("Operation").unwrap_or_default()
        }
        ("", _) => "Node without a type",
        (name, _) => name,
    };
    match (name, join) {
        ("Nested Loop", Some(join)) => words.extend(["Nested Loop", join, "Join"]),
        (name @ ("Hash Join" | "Merge Join"), Some(join)) => {
            words.extend([name.trim_end_matches(" Join"), join, "Join"]);
        }
        (name, _) => words.push(name),
    }
    if let Some(command) = node.string("Command").filter(|_| node.node_type == "SetOp") {
        words.push(command);
    }
    if node.string("Scan Direction") == Some("Backward") {
        words.push("Backward");
    }
    words.join(" ")
}

/// What is read or written, with its alias where that differs: `tasks t`.
pub fn object(node: &Node) -> Option<String> {
    let name = [node.relation.as_deref(), node.cte.as_deref()]
        .into_iter()
        .chain(["Function Name", "Table Function Name", "Tuplestore Name"].map(|name| node.string(name)))
        .flatten()
        .next();
    match (name, node.alias.as_deref()) {
        (Some(name), Some(alias)) if alias != name => Some(format!("{name} {alias}")),
        (Some(name), _) => Some(name.to_owned()),
        (None, alias) => alias.map(str::to_owned),
    }
}

/// True for the nodes that find rows through an index, in either direction.
pub fn reads_index(node: &Node) -> bool {
    matches!(node.node_type.as_str(), "Index Scan" | "Index Only Scan" | "Bitmap Index Scan")
}

/// True for the nodes that sort.
pub fn sorts(node: &Node) -> bool {
    matches!(node.node_type.as_str(), "Sort" | "Incremental Sort")
}
