// How long it takes until the last of 200,000 lines is in sight when a finished step is looked at: from the address to the line.
import { expect, test } from "../support/fixtures.ts";
import { RunPage } from "../support/run-page.ts";
import { print } from "./figure.ts";

const TIMES = 15;
const AIM = 300;

test("the last line of a finished log of 200,000 lines", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.walk("Count to 200,000");
  await run.lookBack("Count to 200,000");
  await expect(run.lines.last()).toHaveText("200000");
  const address = run.page.url();
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    await run.page.goto("about:blank");
    await run.page.goto(address, { waitUntil: "commit" });
    const shown = await run.page.waitForFunction(inSight, undefined, { polling: "raf" });
    times.push(await shown.evaluate((ms) => ms as number));
  }
  print("the last line of a finished log of 200,000 lines in sight", times, AIM);
});

/** Milliseconds since the browser was sent to the page, once the last line is inside the screen. */
function inSight(): number | false {
  const lines = document.querySelectorAll('[role="log"] .line');
  const last = lines[lines.length - 1];
  if (!last?.textContent?.includes("200000")) return false;
  const { top, bottom } = last.getBoundingClientRect();
  const box = last.closest('[role="log"]')?.getBoundingClientRect();
  const edge = Math.min(innerHeight, box?.bottom ?? 0);
  return bottom > top && top >= 0 && bottom <= edge + 1 ? performance.now() : false;
}
