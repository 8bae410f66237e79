// A second factor on production: set up on a phone or at a desk, shown with Go and a way back, remembered for five minutes.

import type { Page } from "@playwright/test";
import { code } from "../support/authenticator.ts";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { PASSWORD } from "../support/people.ts";
import { ask } from "../support/postgres.ts";
import { heard, RunPage } from "../support/run-page.ts";

test.use({ targets: { orders: "production" }, stepUp: true });

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const MAKE = `
CREATE SCHEMA desk;
CREATE TABLE desk.version (v text);
INSERT INTO desk.version VALUES ('old')`;
const MOVE = "Move to the new revision";
const CODE = "Code of your second factor";

/** Sets one up through the page; the secret. */
async function enrol(page: Page, see?: () => Promise<void>): Promise<string> {
  await page.goto("/sessions");
  await page.getByRole("link", { name: "Your second factor" }).click();
  await page.getByLabel("Your password, once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByRole("img", { name: "QR code of the secret below" })).toBeVisible();
  const secret = await page.locator("code.secret").innerText();
  await see?.();
  await page.getByLabel("The code that it shows now").fill(code(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Yours is set up.")).toBeVisible();
  return secret;
}

/** A signed run, up to its Go. */
async function signed(operator: Page, approver: Page): Promise<RunPage> {
  const run = await RunPage.start(operator, "signed", "orders");
  await run.isLive();
  await run.answer("Everybody is informed");
  const second = await RunPage.follow(approver, run);
  await expect(approver.getByText("What exactly is signed")).toBeVisible();
  await second.sign("dba");
  return run;
}

test("Go is refused without a second factor, then takes a code, and the way back remembers it", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const [operator, approver] = [await as("operator"), await as("approver", PHONE)];
  const run = await signed(operator, approver);
  const address = `/runs/${run.id}`;
  const go = operator.locator("form", { has: run.startButton(MOVE) });
  await expect(go).toContainText("This takes a second factor here, and you have none");
  await look(operator, "factor-none-run");
  await run.startButton(MOVE).click();
  await expect(run.refusal).toContainText("you have none yet");

  await operator.goto("/second-factor");
  await look(operator, "factor-none");
  const secret = await enrol(operator, () => look(operator, "factor-begun"));
  await look(operator, "factor-set");
  await operator.goto(address);
  await run.isLive();
  const field = go.getByLabel(CODE);
  await field.fill("000000");
  await run.startButton(MOVE).click();
  await expect(run.refusal).toContainText("The code is wrong");
  await look(operator, "factor-go");
  await field.fill(code(secret, 1));
  await run.walk(MOVE);

  const name = /"orders_\d+"|orders_\d+/.exec(await operator.locator("body").innerText())?.[0] ?? "";
  const back = await run.prepareWayBack("Back to the old revision", "It is slow.", name);
  await look(operator, "factor-back");
  await back.click();
  await run.stepIs("Move back", "succeeded");
});

test("with scripts off the code stands in the same form, and a wrong one costs nothing that was written", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const operator = await as("operator", { ...PHONE, javaScriptEnabled: false });
  const secret = await enrol(operator);
  const desk = await as("operator");
  const run = await signed(desk, await as("approver", PHONE));
  await operator.goto(`/runs/${run.id}`);
  const start = operator.getByRole("button", { name: heard("Start", MOVE) });
  const field = () => operator.locator("form", { has: start }).getByLabel(CODE);
  await field().fill("123 456");
  await start.tap();
  await expect(operator.getByRole("alert")).toContainText("The code is wrong");
  await expect(field()).toHaveValue("");
  await field().fill(code(secret, 1));
  await start.tap();
  await run.stepIs(MOVE, "succeeded");

  // The desk is another browser: it has shown none.
  const name = /orders_\d+/.exec(await desk.locator("body").innerText())?.[0] ?? "";
  const back = await run.prepareWayBack("Back to the old revision", "It is slow.", name);
  await back.click();
  await expect(run.refusal).toContainText("This takes the code of your second factor");
  await expect(run.events("chose the way back")).toHaveCount(0);
});
