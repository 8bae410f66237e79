// What the page says of the target while a step waits there, and what an operator does about it.

import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { ask } from "../support/postgres.ts";
import { end, startTied } from "../support/processes.ts";
import { heard, RunPage } from "../support/run-page.ts";

/** As a write does that is not committed. */
const HOLD = "BEGIN; LOCK TABLE textloom_core.tasks IN ROW EXCLUSIVE MODE; SELECT pg_sleep(3600)";

const HELD = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'textloom_core.tasks'::regclass AND granted";

/** Somebody stands in the way of the step meanwhile. */
async function blocked(address: string, walk: () => Promise<void>): Promise<void> {
  const blocker = startTied("KILL", ["psql", "-XqAt", "-d", address, "-c", HOLD], {
    stdio: "ignore",
    env: { ...process.env, PGAPPNAME: "report" },
  });
  try {
    await expect.poll(() => ask(address, HELD)).toBe("t");
    await walk();
  } finally {
    await end(blocker, "SIGKILL");
  }
}

test("who stands in a step's way is named while it waits, and stopped by an operator", async ({
  as,
  databases,
}) => {
  await blocked(databases.orders, async () => {
    const operator = await as("operator");
    const run = await RunPage.start(operator, "locked", "orders");
    await run.isLive();
    await run.startButton("Build an index").click();
    const now = operator.getByRole("region", { name: "In the database now" });
    await expect(now.getByText("Airbag armed")).toBeVisible();
    await expect(now.getByText(/^pid \d+ of \w+, report$/)).toBeVisible();

    // The lines change each second; what is being written stays.
    await operator.getByText(/^Stop pid \d+ of \w+, report…$/).click();
    const why = operator.getByLabel("Why", { exact: true }).and(operator.locator(".stops *"));
    await why.fill("It can be done again later.");
    const age = now.getByText(/in its transaction for/);
    const before = await age.textContent();
    await expect(age).not.toHaveText(before ?? "");
    await expect(why).toHaveValue("It can be done again later.");
    await expect(why).toBeFocused();
    await look(operator, "watch");

    await operator.getByRole("button", { name: /^Cancel its statement/ }).click();
    await run.stepIs("Build an index", "succeeded");
    await expect(now).toHaveCount(0);
    await expect(run.events("It can be done again later.")).toHaveCount(1);
  });
});

test("with scripts off, who stands in the way is named and stopped by a form", async ({ as, databases }) => {
  await blocked(databases.orders, async () => {
    const page = await as("operator", { javaScriptEnabled: false });
    const run = await RunPage.start(page, "locked", "orders");
    await run.startButton("Build an index").click();
    const stop = page.getByText(/^Stop pid \d+ of \w+, report…$/);
    await expect(async () => {
      await page.goto(`/runs/${run.id}`);
      await expect(stop).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await stop.click();
    const why = page.getByLabel("Why", { exact: true }).and(page.locator(".stops *"));
    await why.fill("It can be done again later.");
    await page.getByRole("button", { name: /^Cancel its statement/ }).click();
    await expect(async () => {
      await page.goto(`/runs/${run.id}`);
      const built = run.steps.getByRole("link", { name: heard("Build an index", "succeeded") });
      await expect(built).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await expect(run.events("It can be done again later.")).toHaveCount(1);
  });
});
