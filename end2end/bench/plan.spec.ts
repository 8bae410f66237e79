// How long the browser takes for a plan of 1,000 nodes: from the markup that the server sent to the next frame that is painted.
import { expect, test } from "../support/fixtures.ts";
import { large, show } from "../support/plans.ts";
import { print } from "./figure.ts";

const NODES = 1_000;
const TIMES = 15;
const AIM = 100;

test.use({ targets: {} });

test("a plan of 1,000 nodes", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 1440, height: 900 } });
  await show(page, large(NODES));
  await expect(page.getByRole("rowheader")).toHaveCount(NODES);
  const times = await page.evaluate(draw, TIMES);
  print(`a plan of ${NODES} nodes drawn`, times, AIM);
});

/** Parses, styles, lays out and paints the plan anew, so often; the milliseconds of each. */
async function draw(times: number): Promise<number[]> {
  const plan = document.querySelector("section.plan");
  const place = plan?.parentElement;
  if (!plan || !place) throw new Error("no plan is on the page");
  const markup = place.innerHTML;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  // A task behind a frame's callbacks runs once that frame is painted.
  const painted = async () => {
    await frame();
    await new Promise((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(null);
    });
  };
  const measured: number[] = [];
  for (let time = 0; time < times; time++) {
    place.replaceChildren();
    await painted();
    await painted();
    const start = performance.now();
    place.innerHTML = markup;
    await painted();
    measured.push(performance.now() - start);
  }
  return measured;
}
