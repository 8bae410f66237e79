// Late, twice, or not allowed: one event, and a polite no that says who was first. With scripts and without.

import { accept, makeReady } from "../support/drill.ts";
import { expect, test } from "../support/fixtures.ts";
import { databaseOf } from "../support/postgres.ts";
import { heard, RunPage } from "../support/run-page.ts";

const READY = "Everybody is ready";

test("a tab that missed something is refused, and shows what it missed", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "drill", "orders");
  await run.isLive();
  const tab = await run.page.context().newPage();
  await tab.route("**/live?*", (route) => route.abort());
  await tab.goto(`/runs/${run.id}`);
  const stale = new RunPage(tab);
  await expect(stale.connection).toHaveText(/^stale since \d\d:\d\d:\d\d UTC$/);

  await run.answer(READY);
  await stale
    .line(READY)
    .getByRole("button", { name: heard("Done", READY) })
    .click();
  await expect(stale.refusal).toContainText(
    /operator changed the run at \d\d:\d\d:\d\d UTC, after what you saw/,
  );
  await stale.lineIs(READY, "done");
  await expect(run.events("answered")).toHaveCount(1);
});

test("a double click is one event", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "drill", "orders");
  await run.isLive();
  await run
    .line(READY)
    .getByRole("button", { name: heard("Done", READY) })
    .dblclick();
  await run.lineIs(READY, "done");
  await run.page.reload();
  await expect(run.events("answered")).toHaveCount(1);
});

test("a double click starts one run, and a second person hears who was first", async ({ as }) => {
  const operator = await as("operator");
  const second = await as("operator-2");
  await second.goto("/runbooks/noise");
  await operator.goto("/runbooks/noise");
  await operator.getByRole("button", { name: "Start the run" }).dblclick();
  await operator.waitForURL("**/runs/*");
  const runs = await (await operator.request.get("/api/v1/runs")).json();
  expect(runs).toHaveLength(1);

  await second.getByRole("radio", { name: /^On by itself/ }).check();
  await second.getByRole("button", { name: "Start the run" }).click();
  await expect(second.getByRole("alert")).toContainText(
    /orders has a live run already: Noise \([0-9a-f]{8}\), started by operator at /,
  );
  await expect(second.getByRole("radio", { name: /^On by itself/ })).toBeChecked();
});

test("the same command sent twice at once is carried out once, and says so", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "drill", "orders");
  const command = { kind: "answer_item", item: "ready", answer: "done" };
  const data = { command_id: "sent-twice", expected_seq: 1, command };
  const send = () => run.page.request.post(`/api/v1/runs/${run.id}/commands`, { data });
  const answers = await Promise.all([send(), send()]);
  answers.sort((one, other) => one.status() - other.status());
  expect(answers.map((answer) => answer.status())).toEqual([200, 409]);
  const { message } = await answers[1].json();
  expect(message).toMatch(/^This was done already, by operator at \d\d:\d\d:\d\d UTC\.$/);
  await expect(run.events("answered")).toHaveCount(1);
});

test("of two operators who start the same step, the second hears who was first", async ({ as, console }) => {
  const run = await RunPage.start(await as("operator"), "drill", "orders");
  await run.isLive();
  await makeReady(run, await as("approver"));
  const second = await RunPage.follow(await as("operator-2"), run);

  // While the second one's press is on its way, the first one's is carried out.
  await second.page.route("**/commands", async (route) => {
    await run.startButton("Wait for a sign").click();
    await run.stepIs("Wait for a sign", "running");
    await route.continue();
  });
  // It monitors, so its button is marked as not to be pressed; it may be pressed all the same.
  await second.startButton("Wait for a sign").press("Enter");

  await expect(second.refusal).toContainText(/operator .*at \d\d:\d\d:\d\d/);
  await second.stepIs("Wait for a sign", "running");
  await expect(second.events('started "Wait for a sign"')).toHaveCount(1);
  await console.sign(run.id, "sign");
  await second.stepIs("Wait for a sign", "succeeded");
});

test("a second run on the same target is refused and leads to the first", async ({ as }) => {
  const second = await as("operator-2");
  await second.goto("/runbooks/drill");
  await second.getByRole("radio", { name: /^orders / }).check();
  const run = await RunPage.start(await as("operator"), "drill", "orders");

  await second.getByRole("button", { name: "Start the run" }).click();
  await expect(second.getByRole("alert")).toContainText("orders has a live run already: Drill");
  await expect(second.getByRole("alert")).toContainText("started by operator");
  await expect(second.getByRole("radio", { name: /^orders / })).toBeDisabled();
  await second.getByRole("link", { name: run.id.slice(0, 8) }).click();
  await expect(second.getByRole("heading", { name: "Drill" })).toBeVisible();
});

test("nobody approves their own run, and a viewer changes nothing", async ({ as, console }) => {
  const chief = await as("chief");
  const approver = await as("approver");
  const run = await RunPage.start(chief, "drill", "orders");
  await run.isLive();
  await makeReady(run, approver);
  await run.startButton("Wait for a sign").click();
  await run.stepIs("Wait for a sign", "running");
  await console.sign(run.id, "sign");
  await console.sign(run.id, "mended");
  await run.stepIs("Wait for a sign", "succeeded");
  await run.walk("Fail until it is mended");

  const press = run.signOffs.getByRole("button", { name: "Sign as dba" });
  const why = "You started this run, and nobody approves their own.";
  await expect(press).toHaveAccessibleDescription(why);
  // It may be pressed all the same: the refusal says what to do. Playwright would wait for it to be enabled.
  await press.press("Enter");
  await expect(run.refusal).toContainText(why);
  await expect(run.refusal).toContainText("Ask somebody else who has the role.");

  const viewer = await RunPage.follow(await as("viewer"), run);
  await viewer.signOffs.getByRole("button", { name: "Sign as dba" }).press("Enter");
  await expect(viewer.refusal).toContainText("viewer may not sign as dba");
  await expect(run.events("signed")).toHaveCount(0);

  const second = await RunPage.follow(approver, run);
  await second.sign("dba");
});

/** Without scripts a page shows what is new when it is loaded again. */
async function until(run: RunPage, done: () => Promise<boolean>): Promise<void> {
  await expect(async () => {
    await run.page.goto(`/runs/${run.id}`);
    expect(await done()).toBe(true);
  }).toPass();
}

test.describe("with scripts off", () => {
  const options = { javaScriptEnabled: false };

  test("a run is walked, cancelled and rolled back by forms alone", async ({ as, databases }) => {
    const run = await RunPage.start(await as("operator", options), "drill", "orders");
    await expect(run.connection).toHaveText(/^as of \d\d:\d\d:\d\d UTC$/);
    await run.answer(READY);
    await run.answer("Everybody is informed");
    await run.checklist.getByRole("button", { name: "Ask 3 probes" }).click();
    await until(run, () => run.checklist.getByText("There is a table of answers: failed").isVisible());
    await until(run, () => run.checklist.getByText("The weather is good: inconclusive").isVisible());
    await accept(run, "The weather is good", "Accept");
    const approver = new RunPage(await as("approver", options));
    await approver.page.goto(`/runs/${run.id}`);
    await accept(approver, "There is a table of answers", "Override");

    await run.page.reload();
    await run.startButton("Wait for a sign").click();
    await until(run, () => run.output.getByText("it has begun").isVisible());
    await run.page.getByLabel("Why (optional)").fill("Changed our minds.");
    await run.page.getByRole("button", { name: "Cancel this step" }).click();
    await until(run, () =>
      run.steps.getByRole("link", { name: heard("Wait for a sign", "cancelled") }).isVisible(),
    );
    await expect(run.events('cancelled "Wait for a sign"')).toContainText("Changed our minds.");

    const press = await run.prepareWayBack("Put it back", "It was a drill.", "wrong");
    const answer = run.page.waitForResponse((response) => response.request().method() === "POST");
    await press.click();
    expect((await answer).status()).toBe(409);
    await expect(run.refusal).toContainText("To confirm, type the name of the target's database: ");
    await expect(run.wayBack.getByLabel("Why")).toHaveValue("It was a drill.");
    const name = databaseOf(databases.orders);
    await (await run.prepareWayBack("Put it back", "It was a drill.", name)).click();
    await until(run, () =>
      run.steps.getByRole("link", { name: heard("Put everything back", "succeeded") }).isVisible(),
    );
    await run.page.getByRole("button", { name: "End the run" }).click();
    await expect(run.page.getByText("This run has ended: rolled back.")).toBeVisible();
  });

  test("a form from an old page is refused with the new state", async ({ as }) => {
    const operator = await as("operator", options);
    const run = await RunPage.start(operator, "drill", "orders");
    const old = new RunPage(await operator.context().newPage());
    await old.page.goto(`/runs/${run.id}`);
    await run.answer(READY);

    const answer = old.page.waitForResponse((response) => response.request().method() === "POST");
    await old
      .line(READY)
      .getByRole("button", { name: heard("Done", READY) })
      .click();
    expect((await answer).status()).toBe(409);
    await expect(old.refusal).toContainText("operator changed the run at");
    await old.lineIs(READY, "done");
    await expect(old.events("answered")).toHaveCount(1);
  });

  test("a wrong password is refused", async ({ console, browser }) => {
    const context = await browser.newContext({ baseURL: console.url, ...options });
    const page = await context.newPage();
    await page.goto("/targets");
    await expect(page).toHaveURL(/\/login\?next=/);
    await page.getByLabel("Name").fill("operator");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await context.close();
  });
});
