// Query plans on their page: what they look like, and that they can be read by keyboard, by ear and without scripts.
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { deep, large, saved, show } from "../support/plans.ts";

test.use({ targets: {} });

test("plans of each kind on a phone and on a desk", async ({ as }) => {
  const page = await as("viewer");
  for (const name of ["pg15/04-parallel", "pg18/never"]) {
    await show(page, await saved(name));
    await look(page, `plan-${name.replace("/", "-")}`);
  }
  await show(page, deep(60));
  await look(page, "plan-deep");
  await show(page, await saved("pg15/01-plain"), await saved("pg18/17-spill"));
  await expect(page.getByText("× faster").first()).toBeVisible();
  await look(page, "plan-before-and-after");
  await show(page, "Seq Scan on tasks  (cost=0.00..1.00 rows=1 width=4)");
  await expect(page.getByRole("alert")).toContainText("FORMAT JSON");
  await look(page, "plan-refused");
});

test("the tree is walked by its keys and its text is copied", async ({ as }) => {
  const page = await as("viewer");
  await show(page, await saved("pg15/02-bitmap"));
  const rows = page
    .getByRole("treegrid", { name: "Nodes" })
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader") });
  await expect(rows).toHaveCount(4);
  const levels = rows.evaluateAll((found) => found.map((row) => row.getAttribute("aria-level")));
  expect(await levels).toEqual(["1", "2", "3", "2"]);

  // The text can be copied once scripts run, and then the keys walk too.
  await page.getByText("Plan as text", { exact: true }).click();
  await page.getByRole("button", { name: /^Copy/ }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  const copied = await page.evaluate(() => getSelection()?.toString() ?? "");
  expect(copied).toContain("Bitmap Heap Scan on media_items");

  await rows.nth(0).focus();
  for (const [key, at] of [
    ["ArrowDown", 1],
    ["ArrowRight", 2],
    ["ArrowRight", 2],
    ["ArrowLeft", 1],
    ["ArrowLeft", 0],
    ["End", 3],
    ["ArrowUp", 2],
    ["Home", 0],
    ["ArrowUp", 0],
  ] as const) {
    await page.keyboard.press(key);
    await expect(rows.nth(at), `after ${key}`).toBeFocused();
  }
  await page.keyboard.press("Enter");
  await expect(rows.nth(0).getByText(/Cost: /)).toBeVisible();
  // One stop for the whole tree, and it is where one was.
  await page.keyboard.press("ArrowDown");
  expect(await rows.evaluateAll((all) => all.map((row) => (row as HTMLElement).tabIndex))).toEqual([
    -1, 0, -1, -1,
  ]);
});

test("without scripts a plan is shown, whole and to copy by hand", async ({ as }) => {
  const page = await as("viewer", { javaScriptEnabled: false });
  await show(page, await saved("pg18/17-spill"), "");
  await expect(page.getByRole("rowheader").first()).toContainText("sorts on disk");
  await page.getByText("Plan as text", { exact: true }).click();
  await expect(page.getByRole("region", { name: "Plan as text" })).toContainText("Execution Time");
});

test("a plan of a thousand nodes, from a file", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/plans");
  const file = { name: "plan.json", mimeType: "application/json", buffer: Buffer.from(large(1_000)) };
  await page.locator("input[name=plan_file]").setInputFiles(file);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("rowheader")).toHaveCount(1_000);
});
