//! Runbooks of these tests, as TOML.

use serde_json::json;

/// A table with one index, for runbooks about it.
pub const ORDERS: &str = r#"
[database]
schema = "public"
indexes = [{ name = "ix_orders_n", table = "orders", definition = "CREATE INDEX ix_orders_n ON public.orders USING btree (n)" }]

"#;

/// The step that builds it.
pub fn build() -> String {
    let run = "leaves = \"applied\"\nrun.sql.statements = [\"CREATE INDEX CONCURRENTLY ix_orders_n ON orders (n)\"]";
    step("build", run)
}

/// One phase with these steps.
pub fn work(steps: &[String]) -> String {
    phase("work", "migrate", steps)
}

pub fn phase(id: &str, kind: &str, steps: &[String]) -> String {
    let steps: String = steps.iter().map(|step| format!("[[phases.steps]]\n{step}\n")).collect();
    format!("[[phases]]\nid = \"{id}\"\ntitle = \"{id}\"\nkind = \"{kind}\"\n\n{steps}")
}

/// A step of any kind; `run` is the rest of its definition.
pub fn step(id: &str, run: &str) -> String {
    format!("id = \"{id}\"\ntitle = \"{id}\"\ntimeout = \"10m\"\n{run}\n")
}

pub fn command(id: &str, argv: &[&str]) -> String {
    // An array of JSON strings is one of TOML too.
    step(id, &format!("run.command.argv = {}", json!(argv)))
}

pub fn shell(id: &str, script: &str) -> String {
    command(id, &["sh", "-c", script])
}

pub fn sql(id: &str, statement: &str) -> String {
    step(id, &format!("run.sql.statements = {}", json!([statement])))
}

/// A script that writes `line 1` to `line N`, one each 50 ms.
pub fn chatter(lines: u32) -> String {
    format!("i=0; while [ $i -lt {lines} ]; do i=$((i + 1)); echo \"line $i\"; sleep 0.05; done")
}

/// What it writes.
pub fn lines(lines: u32) -> String {
    (1..=lines).map(|n| format!("line {n}\n")).collect()
}
