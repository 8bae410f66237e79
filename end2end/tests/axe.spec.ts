// Every page and every state of a run, as axe and a phone see it.
import { makeReady } from "../support/drill.ts";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { databaseOf } from "../support/postgres.ts";
import { RunPage } from "../support/run-page.ts";

test.use({ targets: { orders: "staging", ledger: "production" } });

test("pages beside a run", async ({ as, console, browser }) => {
  const stranger = await (await browser.newContext({ baseURL: console.url })).newPage();
  await stranger.goto("/login");
  await look(stranger, "login");
  await stranger.context().close();

  const page = await as("operator");
  await look(page, "home-empty");
  await RunPage.start(page, "drill", "orders");
  await RunPage.start(page, "drill", "ledger");
  const abandon = page.getByRole("group").filter({ hasText: "Abandon this run…" });
  await abandon.getByText("Abandon this run…").click();
  await abandon.getByLabel("Why").fill("Only to see it in the list.");
  await abandon.getByRole("button", { name: "Abandon the run" }).click();
  await expect(page.getByText("This run has ended: abandoned.")).toBeVisible();
  await look(page, "run-abandoned");

  for (const [name, path, heading] of [
    ["home", "/", "Runs and runbooks"],
    ["runbook", "/runbooks/drill", "Drill"],
    ["preflight", "/runbooks/drill/preflight?target=ledger", "Preflight: Drill"],
    ["targets", "/targets", "Targets"],
    ["sessions", "/sessions", "Sessions"],
    ["notifications", "/notifications", "Notifications"],
    ["second-factor", "/second-factor", "Second factor"],
    ["nothing", "/nowhere", /./],
  ] as const) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await look(page, name);
  }
});

test("a run in each of its states", async ({ as, console, databases }) => {
  const operator = await as("operator");
  const approver = await as("approver");
  const run = await RunPage.start(operator, "drill", "ledger");
  await run.isLive();
  await look(operator, "run-checklist");
  await makeReady(run, approver);
  await look(operator, "run-ready");

  await run.startButton("Wait for a sign").click();
  await expect(run.output).toContainText("it has begun");
  await look(operator, "run-running");
  await console.sign(run.id, "sign");
  await run.stepIs("Wait for a sign", "succeeded");

  await run.walk("Fail until it is mended", "failed");
  await expect(run.output).toContainText("it is missing");
  await look(operator, "run-failed");
  await console.sign(run.id, "mended");
  await operator.getByRole("button", { name: /^Retry ?: Fail until it is mended/ }).click();
  await run.stepIs("Fail until it is mended", "succeeded");

  await look(approver, "run-gate");
  await operator.getByRole("button", { name: "Sign as dba" }).press("Enter");
  await expect(run.refusal).toBeVisible();
  await look(operator, "run-refused");
  const second = new RunPage(approver);
  await second.sign("dba");

  await run.walk("Read some settings");
  await operator.goto(`/runs/${run.id}?step=settings`);
  await expect(operator.getByRole("region", { name: "Rows" })).toBeVisible();
  await look(operator, "run-rows");
  await operator.goto(`/runs/${run.id}`);
  await run.isLive();
  await run.walk("Ask for the weather", "inconclusive");
  await look(operator, "run-inconclusive");

  await (await run.prepareWayBack("Put it back", "It was a drill.", databaseOf(databases.ledger))).click();
  await run.stepIs("Put everything back", "succeeded");
  await look(operator, "run-rolled-back");
  await operator.getByRole("button", { name: "End the run" }).click();
  await expect(operator.getByText("This run has ended: rolled back.")).toBeVisible();
  await look(operator, "run-ended");
});
