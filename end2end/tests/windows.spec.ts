// A change that cannot wait for its window: two people, one of them on a phone.
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { RunPage } from "../support/run-page.ts";

test.use({
  runbooks: "end2end/windows",
  calendar: `[[targets.freezes]]
from = "2020-01-01"
to = "2120-01-01"
zone = "Europe/Berlin"
why = "The weeks of the sale."
`,
});

test("outside the window the change waits, and the glass takes two", async ({ as }) => {
  const operator = await as("operator");
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, javaScriptEnabled: false };
  const approver = await as("approver", phone);
  const run = await RunPage.start(operator, "urgent", "orders");
  await run.isLive();
  await run.walk("Look around");
  await expect(operator.locator(".wanted")).toHaveText(/"Mend it" waits for the window/);
  await expect(run.startButton("Mend it")).toHaveAttribute("aria-disabled", "true");
  await look(operator, "window-closed");

  await operator.getByText("It cannot wait…").click();
  await operator.getByLabel("Why it cannot wait").fill("Orders are lost.");
  await operator.getByRole("button", { name: "Ask to break the glass" }).click();
  await expect(run.events("asked to break the glass")).toHaveCount(1);
  await expect(run.startButton("Mend it")).toHaveAttribute("aria-disabled", "true");

  await approver.goto(`/runs/${run.id}`);
  await expect(approver.getByRole("main")).toContainText("Orders are lost.");
  await approver.getByLabel("Why it cannot wait").fill("Seen on the dashboard.");
  await approver.getByRole("button", { name: "Break the glass" }).tap();
  await expect(approver.getByRole("main")).toContainText("The glass is broken");

  await expect(operator.getByText("The glass is broken: this run changes the target")).toBeVisible();
  await run.isLive();
  await look(operator, "window-glass");
  await run.walk("Mend it");
  await operator.goto(`/runs/${run.id}/report`);
  await expect(operator.getByRole("main")).toContainText("1 broken glass");
});
