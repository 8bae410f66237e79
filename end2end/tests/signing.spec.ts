// Two people and one decision: the operator at a desk, the approver on a phone.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { ask } from "../support/postgres.ts";
import { RunPage } from "../support/run-page.ts";

const MAKE = `
CREATE SCHEMA desk;
CREATE TABLE desk.version (v text);
INSERT INTO desk.version VALUES ('old')`;

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, javaScriptEnabled: true };

const MOVE = "Move to the new revision";

/** The page of the decision, until what is signed has been looked at. */
async function decision(page: Page, run: RunPage): Promise<Locator> {
  const sign = page.getByRole("button", { name: "Sign as dba" });
  await expect(async () => {
    await page.goto(`/sign/${run.id}`);
    await expect(sign).not.toHaveAttribute("aria-disabled", "true", { timeout: 1_000 });
  }).toPass();
  return sign;
}

test("an approver finds what waits on the first page, reads it on a phone and signs", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const [operator, approver] = [await as("operator"), await as("approver", PHONE)];
  const run = await RunPage.start(operator, "signed", "orders");
  await run.isLive();
  await approver.goto(`/sign/${run.id}`);
  await expect(approver.getByRole("heading", { name: "There is nothing to sign" })).toBeVisible();
  await look(approver, "sign-nothing");
  await run.answer("Everybody is informed");

  // What waits for a person stands on their first page.
  await decision(approver, run);
  await approver.goto("/");
  await approver.getByRole("link", { name: "Waits for you: sign" }).tap();
  await expect(approver.getByRole("heading", { name: 'Sign "Ready"' })).toBeVisible();
  const main = approver.getByRole("main");
  for (const told of ["The change may be made tonight.", "Back to the old revision", "Everybody is informed"])
    await expect(main).toContainText(told);
  const exactly = approver.getByText("What exactly is signed");
  await exactly.tap();
  await expect(main).toContainText("UPDATE desk.version SET v = 'new'");
  // The button stands at the thumb, wherever the page is scrolled to.
  await expect(approver.getByRole("button", { name: "Sign as dba" })).toBeInViewport();
  await look(approver, "sign");
  await approver.getByRole("button", { name: "Sign as dba" }).tap();
  await expect(run.events('signed "Ready" as dba')).toHaveCount(1);
});

test("with scripts off one refuses with a reason, takes it back, and signs", async ({ as, databases }) => {
  await ask(databases.orders, MAKE);
  const operator = await as("operator");
  const approver = await as("approver", { ...PHONE, javaScriptEnabled: false });
  const run = await RunPage.start(operator, "signed", "orders");
  await run.isLive();
  await run.answer("Everybody is informed");
  await decision(approver, run);
  await approver.getByText("Refuse…").tap();
  await approver.getByLabel("Why you refuse").fill("Not on a Friday.");
  await approver.getByRole("button", { name: "Refuse to sign" }).tap();
  await expect(approver.getByRole("heading", { name: 'You refused "Ready"' })).toBeVisible();
  await expect(approver.getByRole("main")).toContainText("Not on a Friday.");
  await expect(run.events('refused to sign "Ready" as dba')).toContainText("Not on a Friday.");
  await approver.getByText("Take it back…").tap();
  await approver.getByRole("button", { name: "Take the refusal back" }).tap();
  await (await decision(approver, run)).tap();
  await expect(run.events('signed "Ready" as dba')).toHaveCount(1);
  await run.walk(MOVE);
});

test("who may not sign is told why, and nobody signs their own run", async ({ as, databases }) => {
  await ask(databases.orders, MAKE);
  const chief = await as("chief");
  const run = await RunPage.start(chief, "signed", "orders");
  await run.isLive();
  await run.answer("Everybody is informed");
  for (const [person, why] of [
    [chief, "nobody approves their own"],
    [await as("viewer", PHONE), "approver with the role dba"],
  ] as const) {
    await person.goto(`/sign/${run.id}`);
    await expect(person.getByRole("heading", { name: "This is not yours to sign" })).toBeVisible();
    await expect(person.getByRole("main")).toContainText(why);
    await expect(person.getByRole("button", { name: "Sign as dba" })).toHaveCount(0);
  }
  await look(chief, "sign-not-yours");
});

test("what moves after the signature voids it, before both who signed and who goes", async ({
  as,
  databases,
}) => {
  await ask(databases.orders, MAKE);
  const [operator, approver] = [await as("operator"), await as("approver", PHONE)];
  const run = await RunPage.start(operator, "signed", "orders");
  await run.isLive();
  await run.answer("Everybody is informed");
  await (await decision(approver, run)).tap();
  await expect(run.startButton(MOVE)).not.toHaveAttribute("aria-disabled", "true");

  // Somebody else is at the database meanwhile.
  await ask(databases.orders, "UPDATE desk.version SET v = 'elsewhere'");
  await run.startButton(MOVE).click();
  await expect(run.refusal).toContainText('was "old" and is "elsewhere"');
  await expect(operator.getByText("What was signed has moved")).toBeVisible();
  await expect(run.events("signatures")).not.toHaveCount(0);
  await look(operator, "sign-moved-operator");
  await approver.goto("/");
  await approver.getByRole("link", { name: "Waits for you: sign" }).tap();
  await expect(approver.getByRole("main")).toContainText("What was signed has moved");
  await expect(approver.getByRole("main")).toContainText("elsewhere");
  await look(approver, "sign-moved");

  await ask(databases.orders, "UPDATE desk.version SET v = 'old'");
  // It moved once more behind the page: nobody signs what they have not seen.
  await (await decision(approver, run)).tap();
  await expect(approver.getByRole("alert")).toBeVisible();
  await approver.getByRole("button", { name: "Sign as dba" }).tap();
  await expect(run.events('signed "Ready" as dba')).toHaveCount(2);
  await run.walk(MOVE);
});
