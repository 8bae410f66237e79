// What pages show without being asked: each other's changes, output as it comes, however much and of whatever kind, and whether
// what they show is still true.
import { readFile } from "node:fs/promises";
import { expect, test } from "../support/fixtures.ts";
import { RunPage } from "../support/run-page.ts";

test("two browsers see each other's changes and the output as it comes", async ({ as, console }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  const second = await RunPage.follow(await as("approver"), run);
  await run.skipTo("Print on a sign");
  await run.startButton("Print on a sign").click();

  await second.stepIs("Print on a sign", "running");
  for (const word of ["one", "two", "three"]) {
    await expect(second.output.getByText(`line ${word}`)).toHaveCount(0);
    await console.sign(run.id, word);
    for (const page of [run, second]) await expect(page.output.getByText(`line ${word}`)).toBeVisible();
  }
  await second.stepIs("Print on a sign", "succeeded");

  await second.page.getByLabel("Note", { exact: true }).fill("Seen by the approver.");
  await second.page.getByRole("button", { name: "Leave a note" }).click();
  await expect(run.events("Seen by the approver.")).toHaveCount(1);
});

test("a long log shows its end, pages back, is searched, and is downloaded whole", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.walk("Count to 200,000");
  await run.lookAt("lines");
  await expect(run.lines.last()).toHaveText("200000");
  await expect(run.lines.last()).toBeInViewport();

  const first = Number(await run.lines.first().innerText());
  await run.page.getByRole("link", { name: "Older lines" }).click();
  await expect(run.lines.first()).not.toHaveText(String(first));
  const shown = (await run.lines.allInnerTexts()).map(Number);
  expect(shown).toEqual(Array.from({ length: shown.length }, (_, i) => 200_001 - shown.length + i));

  const download = run.page.waitForEvent("download");
  await run.page.getByRole("link", { name: /^Download/ }).click();
  const whole = await readFile(await (await download).path(), "utf8");
  expect(whole).toBe(`${Array.from({ length: 200_000 }, (_, i) => i + 1).join("\n")}\n`);

  await run.page.getByRole("searchbox", { name: "Filter the output by text" }).fill("19999");
  await run.page.getByRole("button", { name: "Filter" }).click();
  const found = run.page.getByRole("region", { name: "Lines that were found" });
  await expect(run.page.getByText("12 lines")).toBeVisible();
  for (const line of ["19999", "119999", "199990", "199999"]) await expect(found).toContainText(line);
});

test("a line of 10 MB, bytes that are no text, and colours do no harm", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.skipTo("Print a line of 10 MB");
  await run.walk("Print a line of 10 MB");
  await run.lookAt("wide");
  await expect(run.output).toContainText("the line is 10.0 MB long; the download has all of it");
  await expect(run.lines.last()).toHaveText("behind");

  await run.page.goto(`/runs/${run.id}`);
  await run.walk("Print bytes that are no text");
  await run.lookAt("bytes");
  await expect(run.lines.first()).toContainText("café");
  await expect(run.lines.first()).toContainText("\uFFFD\uFFFD");
  await expect(run.lines.first()).toContainText("<b>bold</b> &amp;");
  const download = await run.page.request.get(`/runs/${run.id}/steps/bytes/attempts/1/log.txt`);
  expect((await download.body()).subarray(0, 11)).toEqual(Buffer.from("636166c3a920fffe200020", "hex"));

  await run.page.goto(`/runs/${run.id}`);
  await run.walk("Print colours and a progress bar");
  await run.lookAt("colours");
  await expect(run.output.getByText("red", { exact: true })).toHaveClass(/\S/);
  await expect(run.output.getByText("plain")).not.toHaveClass(/\S/);
  await expect(run.output).not.toContainText("50 %");
  await expect(run.lines.nth(1)).toHaveText("100 %");
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
  await expect(run.connection).toHaveText(/^(reconnecting|stale since \d\d:\d\d:\d\d)$/);
  await expect(run.connection).toHaveText(/^stale since \d\d:\d\d:\d\d$/);
  // The step goes on without a console.
  await console.sign(run.id, "two");
  await console.go();
  await run.isLive();
  await expect(run.output.getByText("line two")).toBeVisible();
  await console.sign(run.id, "three");
  await run.stepIs("Print on a sign", "succeeded");
  await expect(run.lines).toHaveText(["line one", "line two", "line three"]);
  await expect(run.events('started "Print on a sign"')).toHaveCount(1);
});
