// Plans for the page of plans: PostgreSQL's own from tests/plans, and made ones of any size and depth.
import { readFile } from "node:fs/promises";
import { expect, type Page } from "@playwright/test";
import { inRepository } from "./repository.ts";

interface Node {
  "Node Type": string;
  [key: string]: unknown;
}

/** A real one: `pg18/never`. */
export async function saved(name: string): Promise<string> {
  return readFile(inRepository(`tests/plans/${name}.json`), "utf8");
}

/** Joins of index scans, `nodes` in all, no deeper than planners make them, with what ANALYZE, BUFFERS and VERBOSE say of each. */
export function large(nodes: number): string {
  const scans: Node[] = [];
  for (let at = 0; at < Math.ceil(nodes / 2); at++) scans.push(scan(at));
  let level = scans;
  while (level.length > 1) {
    const joined: Node[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [outer, inner] = level.slice(at, at + 2);
      joined.push(inner ? join(outer, inner) : outer);
    }
    level = joined;
  }
  const [root] = level;
  const most = count(root) < nodes ? { ...measured("Limit", total(root)), Plans: [root] } : root;
  return JSON.stringify([{ Plan: most, "Planning Time": 12.5, "Execution Time": total(root) + 0.1 }]);
}

/** One node below the other, a scan at the bottom. */
export function deep(levels: number): string {
  let plan = scan(levels);
  for (let at = 1; at < levels; at++) plan = { ...measured("Nested Loop", total(plan)), Plans: [plan] };
  return JSON.stringify([{ Plan: plan, "Execution Time": total(plan) }]);
}

const count = (node: Node): number =>
  ((node.Plans as Node[]) ?? []).reduce((sum, child) => sum + count(child), 1);

const total = (node: Node): number => node["Actual Total Time"] as number;

function measured(type: string, below: number): Node {
  return {
    "Node Type": type,
    "Startup Cost": 0.43,
    "Total Cost": 1234.5,
    "Plan Rows": 10,
    "Plan Width": 72,
    "Actual Startup Time": 0.01,
    "Actual Total Time": Number((below + 0.25).toFixed(3)),
    "Actual Rows": 10,
    "Actual Loops": 1,
    Output: ["o.id", "o.customer_id", "o.created_at", "o.state"],
    "Shared Hit Blocks": 1234,
    "Shared Read Blocks": 56,
  };
}

function scan(at: number): Node {
  return {
    ...measured("Index Scan", at % 7),
    "Parent Relationship": "Outer",
    "Relation Name": `orders_of_month_${at}`,
    Schema: "public",
    Alias: `o_${at}`,
    "Index Name": `orders_of_month_${at}_customer_id_created_at_idx`,
    "Index Cond": `((o_${at}.customer_id = $1) AND (o_${at}.created_at >= '2026-01-01'::date))`,
    Filter: `(o_${at}.state = ANY ('{open,paid}'::text[]))`,
    "Rows Removed by Filter": at % 300,
  };
}

function join(outer: Node, inner: Node): Node {
  const below = total(outer) + total(inner);
  const type = { ...measured("Hash Join", below), "Parent Relationship": "Outer", "Join Type": "Inner" };
  return { ...type, "Hash Cond": "(a.customer_id = b.customer_id)", Plans: [outer, inner] };
}

/** Shows a plan on the page of plans, beside an earlier one where one is given. */
export async function show(page: Page, plan: string, earlier = ""): Promise<void> {
  await page.goto("/plans");
  await page.getByLabel("Plan", { exact: true }).fill(plan);
  await page.getByLabel("Earlier plan of the same statement").fill(earlier);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator("section.plan, .notice").first()).toBeVisible();
}
