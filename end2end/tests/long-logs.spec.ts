// Output that is hard to show: long, growing, wide, coloured, no text at all.
import { readFile } from "node:fs/promises";
import { expect, test } from "../support/fixtures.ts";
import { RunPage } from "../support/run-page.ts";

test("a long log shows its end, pages back, is searched, and is downloaded whole", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.walk("Count to 200,000");
  await run.lookBack("Count to 200,000");
  await run.page.reload();
  await expect(run.lines.last()).toHaveText("200000");
  await expect(run.lines.last()).toBeInViewport();

  const first = await run.lines.first().textContent();
  await run.page.getByRole("link", { name: "Older lines" }).click();
  await expect(run.lines.first()).not.toHaveText(first ?? "");
  // Not the inner texts: what is out of sight is not laid out, and has none.
  const shown = (await run.lines.allTextContents()).map(Number);
  expect(shown).toEqual(Array.from({ length: shown.length }, (_, i) => 200_001 - shown.length + i));

  const download = run.page.waitForEvent("download");
  await run.page.getByRole("link", { name: /^Download/ }).click();
  const whole = await readFile(await (await download).path(), "utf8");
  expect(whole).toBe(`${Array.from({ length: 200_000 }, (_, i) => i + 1).join("\n")}\n`);

  await run.find("19999");
  await expect(run.page.getByText("12 lines.")).toBeVisible();
  for (const line of ["19999", "119999", "199990", "199999"]) await expect(run.found).toContainText(line);
  await expect(run.page.getByRole("link", { name: "Search on from there" })).toHaveCount(0);

  await run.find("99");
  await expect(run.page.getByText(/^200 lines between 0 B and .* of 1.3 MB\./)).toBeVisible();
  await run.page.getByRole("link", { name: "Search on from there" }).click();
  await expect(run.page.getByText(/^200 lines between [1-9].* and .* of 1.3 MB\./)).toBeVisible();
});

test("output that grows is followed only at its end", async ({ as, console }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.skipTo("Go on counting on a sign");
  await run.startButton("Go on counting on a sign").click();
  const line = (n: number) => run.output.getByText(String(n), { exact: true });
  await expect(line(1000)).toBeInViewport();
  await console.sign(run.id, "more");
  await expect(line(1100)).toBeInViewport();

  await line(980).scrollIntoViewIfNeeded();
  await expect(run.page.getByRole("button", { name: "To the end" })).toBeVisible();
  await console.sign(run.id, "rest");
  await expect(line(1200)).toBeAttached();
  await expect(line(980)).toBeInViewport();
  await expect(line(1200)).not.toBeInViewport();
  await run.page.getByRole("button", { name: "To the end" }).click();
  await expect(line(1200)).toBeInViewport();
});

test("a line of 10 MB, bytes that are no text, and colours do no harm", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.skipTo("Print a line of 10 MB");
  await run.walk("Print a line of 10 MB");
  await run.lookBack("Print a line of 10 MB");
  await expect(run.lines.last()).toHaveText("behind");
  await run.page.getByRole("link", { name: "Older lines" }).click();
  await expect(run.output).toContainText("the line is 10.0 MB long; the download has all of it");
  await run.page.getByRole("link", { name: "Older lines" }).click();
  await expect(run.lines.first()).toHaveText("before");
  await expect(run.lines).toHaveCount(3);

  await run.page.goto(`/runs/${run.id}`);
  await run.isLive();
  await run.walk("Print bytes that are no text");
  await run.lookBack("Print bytes that are no text");
  await expect(run.lines.first()).toContainText("café");
  await expect(run.lines.first()).toContainText("\uFFFD\uFFFD");
  await expect(run.lines.first()).toContainText("<b>bold</b> &amp;");
  const download = await run.page.request.get(`/runs/${run.id}/steps/bytes/attempts/1/log.txt`);
  expect((await download.body()).subarray(0, 11)).toEqual(Buffer.from("636166c3a920fffe200020", "hex"));

  await run.page.goto(`/runs/${run.id}`);
  await run.isLive();
  await run.walk("Print colours and a progress bar");
  await run.lookBack("Print colours and a progress bar");
  await expect(run.output.getByText("red", { exact: true })).toHaveClass(/\S/);
  await expect(run.output.getByText("plain")).not.toHaveClass(/\S/);
  await expect(run.output).not.toContainText("50 %");
  await expect(run.lines.nth(1)).toHaveText("100 %");
});
