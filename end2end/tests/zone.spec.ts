// Times as people in their own zones see them: theirs first, UTC beside, and never without UTC.
import type { Locator } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { RunPage } from "../support/run-page.ts";

/** What the style sheet puts before a time, and after it. */
const beside = (time: Locator) =>
  time.evaluate((element) => {
    const shown = (part: string) => getComputedStyle(element, part).content.replace(/^none$|^normal$|"/g, "");
    return { before: shown("::before"), text: element.textContent, after: shown("::after") };
  });

/** The same moment as another part of the platform has it. */
const inZone = (iso: string, timeZone: string) =>
  new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" }).format(new Date(iso));

const isoOf = async (time: Locator) => (await time.getAttribute("datetime")) ?? "";

test("somebody in Berlin reads their own time, then UTC, also for what comes later", async ({ as }) => {
  const page = await as("operator", { timezoneId: "Europe/Berlin" });
  const run = await RunPage.start(page, "drill", "orders");
  await run.isLive();
  const { id } = run;
  const clock = page.locator(".strip time");
  await expect.poll(async () => (await beside(clock)).before).toMatch(/^\d\d:\d\d:\d\d CES?T \($/);
  // It goes on: the browser part changes it every second.
  const first = (await beside(clock)).before;
  await expect.poll(async () => (await beside(clock)).before).not.toBe(first);

  // What somebody does while the page is open.
  await run.answer("Everybody is informed");
  const latest = page.locator("#timeline li.person time").first();
  await expect(page.locator("#timeline li.person").first()).toContainText("Everybody is informed");
  const { before, text, after } = await beside(latest);
  const iso = await isoOf(latest);
  expect(before).toContain(inZone(iso, "Europe/Berlin"));
  expect(text + after).toBe(`${inZone(iso, "UTC")} UTC)`);
  await look(page, "zone-run");

  for (const [name, path] of [
    ["home", "/"],
    ["report", `/runs/${id}/report`],
    ["sessions", "/sessions"],
    ["preflight", "/runbooks/drill/preflight?target=orders"],
  ] as const) {
    await page.goto(path);
    const times = page.locator("time[datetime]");
    await expect(times.first()).toBeAttached();
    for (const time of await times.all()) {
      await expect(time).toHaveAttribute("data-local", / CES?T$/);
      const { text, after } = await beside(time);
      expect(text + after, `${name}: once`).toMatch(/\d UTC\)$/);
    }
    await expect(page.locator("body")).not.toContainText("UTC UTC");
    await look(page, `zone-${name}`);
  }

  // Paper goes to people in other zones.
  await page.goto(`/runs/${id}/report`);
  await page.emulateMedia({ media: "print" });
  expect((await beside(page.locator("time[datetime]").first())).before).toBe("");
});

test("where the date is another one, the day is said", async ({ as }) => {
  // One of them is always on another day than UTC: there are 26 hours between the two.
  for (const timezoneId of ["Pacific/Kiritimati", "Etc/GMT+12"]) {
    const page = await as("viewer", { timezoneId });
    await page.goto("/sessions");
    const time = page.locator("time[datetime]").first();
    const at = new Date(await isoOf(time));
    const part = (options: Intl.DateTimeFormatOptions, timeZone: string) =>
      new Intl.DateTimeFormat("en-CA", { ...options, timeZone }).format(at);
    const date = part({ dateStyle: "short" }, timezoneId);
    const other = date !== part({ dateStyle: "short" }, "UTC");
    const { before } = await beside(time);
    const day = other ? `${part({ weekday: "short" }, timezoneId).replace(".", "")} ${date} ` : "";
    expect(before).toContain(`${day}${inZone(at.toISOString(), timezoneId)}`);
    expect(before.startsWith(day)).toBe(true);
  }
});

test("in UTC nothing is added, and without scripts UTC stands", async ({ as }) => {
  for (const options of [
    { timezoneId: "UTC" },
    { timezoneId: "Africa/Abidjan" },
    { timezoneId: "Europe/Berlin", javaScriptEnabled: false },
  ]) {
    const page = await as("viewer", options);
    await page.goto("/sessions");
    const time = page.locator("time[datetime]").first();
    expect(await time.getAttribute("data-local")).toBeNull();
    await expect(time).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  }
});
