// Several people on one run: who has the controls, whose word somebody else gives, and what takes two.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { ask } from "../support/postgres.ts";
import { RunPage } from "../support/run-page.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const NO_SCRIPTS = { ...PHONE, javaScriptEnabled: false };

const MAKE = `
CREATE SCHEMA desk;
CREATE TABLE desk.version (v text);
INSERT INTO desk.version VALUES ('old')`;

const MOVE = "Move to the new revision";

const controls = (page: Page): Locator => page.locator("#controls");

test("the controls are asked for on a phone, handed over at a desk, and taken back loudly", async ({
  as,
}) => {
  const run = await RunPage.start(await as("operator"), "drill", "orders");
  await run.isLive();
  const desk = run.page;
  await expect(controls(desk)).toContainText("You have the controls");
  const second = await RunPage.follow(await as("operator-2", PHONE), run);
  const phone = second.page;
  await expect(controls(phone)).toContainText("operator has the controls");
  await expect(phone.getByRole("button", { name: "Let it go on by itself" })).toHaveAccessibleDescription(
    /operator has the controls since/,
  );
  await look(phone, "controls-monitor");

  await phone.getByRole("button", { name: "Ask for the controls" }).tap();
  await expect(controls(desk)).toContainText("operator-2 asks for the controls.");
  await look(desk, "controls-asked");
  await desk.getByRole("button", { name: "Hand over to operator-2" }).click();
  await expect(controls(phone)).toContainText("You have the controls");
  await expect(controls(desk)).toContainText("operator-2 has the controls");
  await phone.getByRole("button", { name: "Let it go on by itself" }).tap();
  await expect(run.events("set the pace")).toHaveCount(1);

  await desk.getByText("Take over…").click();
  await desk.getByLabel("Why you do not wait").fill("The phone has no battery.");
  await desk.getByRole("button", { name: "Take the controls" }).click();
  await expect(controls(phone)).toContainText("Taken over: The phone has no battery.");
  await look(phone, "controls-taken");
  await expect(run.events("took the controls over")).toContainText("The phone has no battery.");
});

test("with scripts off the pilot offers the controls, to nobody that there is not", async ({ as }) => {
  const desk = await as("operator", NO_SCRIPTS);
  const run = await RunPage.start(desk, "drill", "orders");
  const offer = async (name: string): Promise<void> => {
    await desk.getByText("Hand over…").click();
    await desk.getByLabel("To whom").fill(name);
    await desk.getByRole("button", { name: "Offer the controls" }).click();
  };
  await offer("operator-3");
  await expect(desk.getByRole("alert")).toContainText('There is nobody called "operator-3"');
  await expect(desk.getByLabel("To whom")).toHaveValue("operator-3");
  await desk.goto(`/runs/${run.id}`);
  await offer("operator-2");
  await expect(controls(desk)).toContainText("who has still to accept");
  const phone = await as("operator-2", NO_SCRIPTS);
  await phone.goto(`/runs/${run.id}`);
  await phone.getByRole("button", { name: "Accept the controls" }).tap();
  await expect(controls(phone)).toContainText("You have the controls");
});

test("a word is passed on from one phone to another, counts once, and is taken back", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const [operator, approver] = [await as("operator"), await as("approver", PHONE)];
  const deputy = await as("deputy", NO_SCRIPTS);
  const run = await RunPage.start(operator, "signed", "orders");
  await run.isLive();
  await run.answer("Everybody is informed");
  const signing = async (page: Page): Promise<void> => {
    await page.goto(`/sign/${run.id}`);
  };
  await expect(async () => {
    await signing(approver);
    await expect(approver.getByRole("heading", { name: 'Sign "Ready"' })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await signing(deputy);
  await expect(deputy.getByRole("heading", { name: "This is not yours to sign" })).toBeVisible();

  await approver.getByText("Pass it on…").tap();
  await approver.getByLabel("To whom").fill("deputy");
  await approver.getByLabel("Why you pass it on").fill("On a train without a net.");
  await look(approver, "sign-pass-on");
  await approver.getByRole("button", { name: "Pass on my word as dba" }).tap();
  await expect(approver.getByRole("main")).toContainText("You passed on your word as dba to deputy");
  await expect(approver.getByRole("button", { name: "Take my word back" })).toBeVisible();
  await look(approver, "sign-passed-on");

  const sign = deputy.getByRole("button", { name: "Sign as dba, in place of approver" });
  await expect(async () => {
    await signing(deputy);
    await expect(sign).not.toHaveAttribute("aria-disabled", "true", { timeout: 1_000 });
  }).toPass();
  await sign.tap();
  await expect(deputy.getByRole("main")).toContainText("in place of approver");
  await expect(run.events('signed "Ready" as dba, in place of approver')).toHaveCount(1);

  // It is still the approver's word.
  await signing(approver);
  await approver.getByText("Take it back…").tap();
  await approver.getByRole("button", { name: "Withdraw" }).tap();
  await expect(run.startButton(MOVE)).toHaveAttribute("aria-disabled", "true");
  await expect(run.events("took back the word")).toHaveCount(1);
});

test.describe("on production", () => {
  test.use({ targets: { orders: "production" } });

  test("what cannot be undone starts when a second person on a phone has typed their value", async ({
    as,
  }) => {
    const run = await RunPage.start(await as("operator"), "final", "orders");
    await run.isLive();
    const desk = run.page;
    await desk.getByRole("button", { name: /^Ask to start/ }).click();
    await expect(desk.locator(".wanted")).toContainText("cannot be undone: a second person confirms");
    await expect(run.events("asked to start")).toHaveCount(1);
    await look(desk, "irreversible-asked");

    const phone = (await RunPage.follow(await as("approver", PHONE), run)).page;
    const field = phone.getByLabel("what only your screen shows");
    const value = /shows: (\S{3}-\S{3})$/.exec(
      (await phone.locator("label", { has: field }).innerText()).trim(),
    )?.[1];
    await look(phone, "irreversible-confirm");
    await field.fill("000-000");
    await phone.getByRole("button", { name: /^Confirm the start/ }).tap();
    await expect(phone.getByRole("alert")).toContainText("the value that your own screen shows");
    await expect(run.events('started "Drop the old orders"')).toHaveCount(0);
    await field.fill(value ?? "");
    await phone.getByRole("button", { name: /^Confirm the start/ }).tap();
    await run.stepIs("Drop the old orders", "succeeded");
  });
});
