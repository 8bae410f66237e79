// How the runbook `drill` is walked up to its steps.
import { expect, type Page } from "@playwright/test";
import { RunPage } from "./run-page.ts";

/** Answers, probes and accepts all lines of the first phase. `approver` overrides what has failed. */
export async function makeReady(run: RunPage, approver: Page): Promise<void> {
  await run.answer("Everybody is ready");
  await run.answer("Everybody is informed");
  await run.probe("The database answers");
  await run.lineIs("The weather is good", "inconclusive");
  await run.lineIs("There is a table of answers", "failed");
  await accept(run, "The weather is good", "Accept");
  const second = await RunPage.follow(approver, run);
  await accept(second, "There is a table of answers", "Override");
}

/** Takes a line that the console could not settle, with a note. After the last one the page goes on to the next phase. */
export async function accept(run: RunPage, title: string, word: "Accept" | "Override"): Promise<void> {
  const line = run.line(title);
  await line.getByText(`${word}…`).click();
  await line.getByLabel("Why it is good enough").fill("It is a drill.");
  await line.getByRole("button", { name: word, exact: true }).click();
  await expect(run.events(`accepted: ${title}`)).toHaveCount(1);
}
