// The browser's own build folds events to the very state that the server has.
import { expect, test } from "../support/fixtures.ts";
import { RunPage } from "../support/run-page.ts";

test("events fold to the same state in the browser and on the server", async ({ as }) => {
  const run = await RunPage.start(await as("operator"), "noise", "orders");
  await run.isLive();
  await run.walk("Count to 200,000");
  await run.page.getByLabel("Note", { exact: true }).fill('It\'s "done" — ünïcode 🛫');
  await run.page.getByRole("button", { name: "Leave a note" }).click();
  await expect(run.events("It's")).toHaveCount(1);

  const [browser, server] = await run.page.evaluate(async (id) => {
    const send = (path: string, body: unknown) =>
      fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const state = async () => (await (await fetch(`/api/v1/runs/${id}`)).json()).state;
    const command = { kind: "abandon", reason: "all was seen" };
    const expected_seq = (await state()).seq;
    await send(`/api/v1/runs/${id}/commands`, { command_id: "fold", expected_seq, command });

    // The stream of an ended run ends by itself.
    const stream = await (await fetch(`/runs/${id}/events`)).text();
    const messages = stream.split("\n\n").filter((message) => /^event: run$/m.test(message));
    const events = messages.map((message) => /^data: ?(.*)$/m.exec(message)?.[1]).filter(Boolean);
    const script = document.querySelector<HTMLLinkElement>('link[rel="modulepreload"]');
    const module = await import(script?.href ?? "/pkg/kneeboard.js");
    return [JSON.parse(module.fold(`[${events.join(",")}]`)), await state()];
  }, run.id);

  expect(server.ended.ending).toBe("abandoned");
  expect(server.seq).toBeGreaterThan(5);
  expect(browser).toEqual(server);
});
