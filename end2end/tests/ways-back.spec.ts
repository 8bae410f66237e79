// What the page says of each way back: whether it is open, what it would lose, what runs, and what the target said last when it is gone.

import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { ask, databaseOf } from "../support/postgres.ts";
import { heard, RunPage } from "../support/run-page.ts";

const MAKE = `
CREATE SCHEMA stock;
CREATE TABLE stock.parts (n int);
CREATE TABLE stock.version (v text);
INSERT INTO stock.version VALUES ('old')`;

const RESTORE = "Restore the backup";
const DROP = "Drop the index again";

async function changed(run: RunPage): Promise<void> {
  for (const title of ["Dump", "Prove", "Build the index"]) await run.walk(title);
}

test("each way back says whether it is open, and that changes with the database", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const operator = await as("operator");
  const run = await RunPage.start(operator, "stock", "orders");
  await run.isLive();
  const way = (title: string) => run.wayBack.getByRole("group").filter({ hasText: title });
  await expect(way(RESTORE)).toContainText("closed");
  await changed(run);
  await expect(way(RESTORE)).toContainText("open");
  await expect(run.wayBack).toContainText(/The window: \d\d:\d\d:\d\d UTC to \d\d:\d\d:\d\d UTC/);

  // Somebody who has it open sees it close, and what they have written stays.
  const press = await run.prepareWayBack(DROP, "Writes got too dear.", databaseOf(databases.orders));
  await expect(way(DROP)).toContainText("DROP INDEX CONCURRENTLY stock.ix_parts_n");
  await ask(databases.orders, "INSERT INTO stock.version VALUES ('old')");
  await expect(way(DROP)).toContainText("Closed: 2 revisions are stored", { timeout: 20_000 });
  await expect(way(DROP).getByLabel("Why")).toHaveValue("Writes got too dear.");
  await expect(press).toHaveAttribute("aria-disabled", "true");
  await look(operator, "way-back-closed");
  await expect(run.events("read the database")).not.toHaveCount(0);

  await ask(databases.orders, "DELETE FROM stock.version; INSERT INTO stock.version VALUES ('new')");
  await expect(way(DROP)).not.toContainText("Closed", { timeout: 20_000 });
  await press.click();
  await run.stepIs("Drop the index", "succeeded");
  await expect(run.database.getByRole("list", { name: "1 indexes: 0 ok, 1 missing" })).toBeVisible();
});

test("a target that is gone is said to be, with what it said last", async ({ as, databases }) => {
  await ask(databases.orders, MAKE);
  const operator = await as("operator");
  const run = await RunPage.start(operator, "stock", "orders");
  await run.isLive();
  await changed(run);
  const name = databaseOf(databases.orders);
  const server = new URL(databases.orders);
  server.pathname = "/postgres";
  await ask(server.href, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
  await ask(server.href, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  await expect(run.database).toContainText("could not be read", { timeout: 20_000 });
  await expect(run.database).toContainText(/What it said last, .* before:/);
  await expect(run.database.getByRole("list", { name: "1 indexes: 1 ok" })).toBeVisible();
  await expect(run.wayBack).toContainText("cannot see");
  await look(operator, "target-gone");
  await ask(server.href, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
  await expect(run.database).not.toContainText("could not be read", { timeout: 20_000 });
});

test("with scripts off, who gives up rows types how many", async ({ as, databases }) => {
  await ask(databases.orders, MAKE);
  const run = await RunPage.start(await as("operator", { javaScriptEnabled: false }), "stock", "orders");
  for (const title of ["Dump", "Prove", "Build the index"]) {
    await run.startButton(title).click();
    await expect(async () => {
      await run.page.goto(`/runs/${run.id}`);
      await expect(run.steps.getByRole("link", { name: heard(title, "succeeded") })).toBeVisible({
        timeout: 1_000,
      });
    }).toPass();
  }
  await ask(databases.orders, "INSERT INTO stock.parts SELECT generate_series(1, 1250)");
  const written = run.wayBack.getByText("1,250 rows were written since the backup");
  await expect(async () => {
    await run.page.goto(`/runs/${run.id}`);
    await expect(written).toBeAttached({ timeout: 1_000 });
  }).toPass();
  const press = await run.prepareWayBack(RESTORE, "It is beyond repair.", databaseOf(databases.orders));
  const rows = run.wayBack.getByLabel(/^Type how many rows are given up: 1250/);
  await rows.fill("100");
  await press.click();
  await expect(run.refusal).toContainText("sight: 1250. Type that number.");
  await expect(run.wayBack.getByLabel("Why").last()).toHaveValue("It is beyond repair.");
  await rows.fill("1,250");
  await press.click();
  await expect(async () => {
    await run.page.goto(`/runs/${run.id}`);
    await expect(run.events("giving up 1,250 rows written since the backup")).toHaveCount(1);
  }).toPass();
});
