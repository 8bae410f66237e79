// What pages show without being asked: each other's changes, output as it comes, however much and of whatever kind, and whether
// what they show is still true.
import { expect, test } from "../support/fixtures.ts";
import { RunPage } from "../support/run-page.ts";

test("two browsers see each other's changes and the output as it comes", async ({ as, console }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  const second = await RunPage.follow(await as("approver"), run);
  await run.skipTo("Print on a sign");
  await run.startButton("Print on a sign").click();

  await second.stepIs("Print on a sign", "running");
  for (const word of ["one", "two"]) {
    await expect(second.output.getByText(`line ${word}`)).toHaveCount(0);
    await console.sign(run.id, word);
    for (const page of [run, second]) await expect(page.output.getByText(`line ${word}`)).toBeVisible();
  }
  // With its last line the step ends, and the page goes on to the next one.
  await console.sign(run.id, "three");
  await second.stepIs("Print on a sign", "succeeded");
  await second.lookBack("Print on a sign");
  await expect(second.lines).toHaveText(["line one", "line two", "line three"]);

  await second.page.getByLabel("Note", { exact: true }).fill("Seen by the approver.");
  await second.page.getByRole("button", { name: "Leave a note" }).click();
  await expect(run.events("Seen by the approver.")).toHaveCount(1);
});

test("a console that is killed is missed, and taken up again where it was", async ({ as, console }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.skipTo("Print on a sign");
  await run.startButton("Print on a sign").click();
  await run.stepIs("Print on a sign", "running");
  await console.sign(run.id, "one");
  await expect(run.output.getByText("line one")).toBeVisible();

  await console.kill();
  await expect(run.connection).toHaveText(/^(reconnecting|stale since \d\d:\d\d:\d\d UTC)$/);
  await expect(run.connection).toHaveText(/^stale since \d\d:\d\d:\d\d UTC$/);
  // The step goes on without a console.
  await console.sign(run.id, "two");
  await console.go();
  await run.isLive();
  await expect(run.output.getByText("line two")).toBeVisible();
  await console.sign(run.id, "three");
  await run.stepIs("Print on a sign", "succeeded");
  await run.lookBack("Print on a sign");
  await expect(run.lines).toHaveText(["line one", "line two", "line three"]);
  await expect(run.events('started "Print on a sign"')).toHaveCount(1);
});
