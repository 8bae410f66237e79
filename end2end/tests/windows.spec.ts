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

test.describe("on production", () => {
  test.use({ targets: { orders: "production" } });

  test("the second person types what only their own screen shows", async ({ as }) => {
    const [operator, approver] = [await as("operator"), await as("approver")];
    const run = await RunPage.start(operator, "urgent", "orders");
    await run.isLive();
    await run.walk("Look around");
    await operator.getByText("It cannot wait…").click();
    await operator.getByLabel("Why it cannot wait").fill("Orders are lost.");
    await operator.getByRole("button", { name: "Ask to break the glass" }).click();
    await expect(run.events("asked to break the glass")).toHaveCount(1);
    await expect(operator.getByText("what only your screen shows")).toHaveCount(0);

    const second = await RunPage.follow(approver, run);
    await second.isLive();
    const field = approver.getByLabel("what only your screen shows");
    const value = /shows: (\S{3}-\S{3})$/.exec(
      (await approver.locator("label", { has: field }).innerText()).trim(),
    )?.[1];
    await approver.getByLabel("Why it cannot wait").fill("Seen on the dashboard.");
    await field.fill("000-000");
    await approver.getByRole("button", { name: "Break the glass" }).click();
    await expect(second.refusal).toContainText("the value that your own screen shows");
    await look(approver, "window-second-person");
    await field.fill(value ?? "");
    await approver.getByRole("button", { name: "Break the glass" }).click();
    await expect(second.events("broke the glass")).toHaveCount(1);
    await run.walk("Mend it");
  });
});
