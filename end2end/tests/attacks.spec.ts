// Markup in everything that somebody else may write: none of it becomes part of a page. That no script ran, nothing was asked for and
// the security policy had nothing to forbid is looked at behind every test (support/faults.ts); here it must also be read as text.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { show } from "../support/plans.ts";
import { heard, RunPage } from "../support/run-page.ts";

test.use({ runbooks: "end2end/evil" });

const MARKUP = "<img src=x onerror=alert(1)><script>alert(1)</script>";

/** No element of the attacker's stands in the page, and the text is there to be read. */
async function harmless(page: Page, text = "onerror=alert(1)"): Promise<void> {
  await expect(page.getByRole("main")).toContainText(text);
  await expect(page.locator("img[src='x'], svg[onload], iframe, a[href^='javascript:']")).toHaveCount(0);
  await expect(page.locator("script").filter({ hasText: /^alert\(1\)$/ })).toHaveCount(0);
}

for (const scripts of [true, false]) {
  test(`what runbooks, output, rows, notes and reasons hold is text, with scripts ${scripts ? "on" : "off"}`, async ({
    as,
  }) => {
    const options = { javaScriptEnabled: scripts };
    const operator = await as("operator");
    const [approver, reader] = [await as("approver"), await as("viewer", options)];
    for (const path of ["/", "/runbooks/evil", "/runbooks/evil/preflight?target=orders"]) {
      await reader.goto(path);
      await harmless(reader);
    }
    const run = await RunPage.start(operator, "evil", "orders");
    await run.isLive();
    await operator.getByLabel("Note").last().fill(`note ${MARKUP}`);
    await operator.getByRole("button", { name: "Leave a note" }).click();
    await expect(run.events(`note ${MARKUP}`)).toHaveCount(1);
    await run.answer("Informed <script>alert(1)</script>");
    await run.walk("Shout <img src=x onerror=alert(1)>");
    await run.lookBack("Shout <img src=x onerror=alert(1)>");
    await expect(run.output).toContainText("</pre><script>alert(1)</script>");
    await run.find("<script>");
    await expect(run.found).toContainText("<script>alert(1)</script>");
    await operator.goto(`/runs/${run.id}`);
    await run.isLive();
    await run.walk("Rows <img src=x onerror=alert(1)>");
    await harmless(operator);

    await expect(async () => {
      await approver.goto(`/sign/${run.id}`);
      const sign = approver.getByRole("button", { name: "Sign as dba" });
      await expect(sign).not.toHaveAttribute("aria-disabled", "true", { timeout: 1_000 });
    }).toPass();
    await harmless(approver);
    await approver.getByText("Refuse…").click();
    await approver.getByLabel("Why you refuse").fill(`reason ${MARKUP}`);
    await approver.getByRole("button", { name: "Refuse" }).click();
    await expect(run.events(`reason ${MARKUP}`)).toHaveCount(1);
    await harmless(approver);

    for (const path of ["", "?step=shout", "?step=rows", "/report"]) {
      await reader.goto(`/runs/${run.id}${path}`);
      await harmless(reader);
      await expect(reader.getByRole("main")).toContainText(`reason ${MARKUP}`);
    }
    await reader.goto(`/sign/${run.id}`);
    await harmless(reader);
    // A refused form comes back as it was written.
    await operator.goto(`/runs/${run.id}`);
    await run.isLive();
    const press = await run.prepareWayBack(
      "Back <img src=x onerror=alert(1)>",
      `why ${MARKUP}`,
      `"><${MARKUP}`,
    );
    await press.click();
    await expect(run.refusal).toBeVisible();
    await harmless(operator);
  });
}

test("what an address or a form holds is never reflected", async ({ as }) => {
  const page = await as("operator");
  const evil = encodeURIComponent(`"><${MARKUP}`);
  const run = await RunPage.start(page, "evil", "orders");
  for (const path of [
    `/runs/${run.id}?step=${evil}&find=${evil}&attempt=${evil}`,
    `/runs/${evil}`,
    `/runs/${run.id}/${evil}`,
    `/runbooks/${evil}`,
    `/runbooks/evil/preflight?target=${evil}`,
    `/sign/${evil}`,
    `/${evil}?${evil}`,
    `/targets?${evil}`,
    `/login?next=${evil}`,
    `/login?next=${encodeURIComponent("javascript:alert(1)")}`,
    `/login?next=${encodeURIComponent("//example.invalid/")}`,
  ]) {
    await page.goto(path);
    await expect(page.locator("img[src='x'], svg[onload], iframe, [href^='javascript:']")).toHaveCount(0);
    await expect(page.locator("script").filter({ hasText: "alert(1)" })).toHaveCount(0);
    expect(new URL(page.url()).host).toBe(new URL(await page.evaluate(() => location.origin)).host);
  }
  // A plan is pasted by anybody, and its names are its author's.
  const plan = [{ Plan: { "Node Type": MARKUP, "Relation Name": MARKUP, Filter: MARKUP, "Total Cost": 1 } }];
  await show(page, JSON.stringify(plan));
  await harmless(page);
  await show(page, MARKUP);
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.locator("img[src='x']")).toHaveCount(0);
});

/** What another site can make a browser send that is logged in here. */
test("another site gets nothing done and nothing shown", async ({ as, console, faults }) => {
  const operator = await as("operator");
  const run = await RunPage.start(operator, "evil", "orders");
  await run.isLive();
  const other = await operator.context().newPage();
  await other.route("http://attacker.invalid/**", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<iframe src="${console.url}/runs/${run.id}"></iframe>
        <form method="post" action="${console.url}/runs/${run.id}"><input name="kind" value="abandon"><input name="reason" value="x">
        <button>Win a prize</button></form>`,
    }),
  );
  await other.goto("http://attacker.invalid/");
  await expect(other.frameLocator("iframe").getByText("Evil")).toHaveCount(0);
  const answered = other.waitForResponse((response) => response.request().method() === "POST");
  await other.getByRole("button", { name: "Win a prize" }).click();
  expect((await answered).status()).toBe(403);
  await expect(
    operator.getByRole("button", { name: heard("Start", "Shout <img src=x onerror=alert(1)>") }),
  ).toBeVisible();
  // The browser says that it shows no page of the console in a frame, and that is all it says.
  for (const seen of faults.seen.splice(0)) expect(seen).toContain("frame-ancestors");
});
