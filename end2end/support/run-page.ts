// The page of a run, as people use it: by the names of its buttons and regions.
import { expect, type Locator, type Page } from "@playwright/test";

/**
 * The name of something whose second part is only heard, such as "Done: Everybody is ready". That part is a box of its own, before
 * which a browser puts a space.
 */
export function heard(first: string, second: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal(first)} ?: ${literal(second)}`);
}

/** How long a step of a runbook may take before a test gives up on it. */
const STEP = 180_000;

export class RunPage {
  readonly checklist: Locator;
  readonly signOffs: Locator;
  readonly steps: Locator;
  readonly database: Locator;
  readonly wayBack: Locator;
  readonly timeline: Locator;
  readonly connection: Locator;
  readonly output: Locator;
  /** The lines of the output, without their times. They have no role: thousands of items would be of no use to anybody. */
  readonly lines: Locator;
  readonly found: Locator;
  readonly justEnded: Locator;
  readonly refusal: Locator;

  constructor(readonly page: Page) {
    this.checklist = page.getByRole("region", { name: /: checklist$/ });
    this.signOffs = page.getByRole("region", { name: /: sign-off$/ });
    this.steps = page.getByRole("navigation", { name: "Steps" });
    this.database = page.getByRole("region", { name: "The database says" });
    this.wayBack = page.getByRole("region", { name: "The way back" });
    this.timeline = page.getByRole("region", { name: "What happened" });
    this.connection = page.getByRole("region", { name: "Target and connection" }).getByRole("status");
    this.output = page.getByRole("log", { name: "Output" });
    this.lines = this.output.locator(".line > span");
    this.found = page.getByRole("region", { name: "Lines that were found" });
    this.justEnded = page.getByRole("status").filter({ hasText: "Just ended" });
    this.refusal = page.getByRole("alert");
  }

  /** Starts a run by the form on its runbook's page. `fields` are those of its parameters, by label. */
  static async start(
    page: Page,
    runbook: string,
    target: string,
    fields: Record<string, string> = {},
    pace = "One step at a time",
  ): Promise<RunPage> {
    await page.goto(`/runbooks/${runbook}`);
    const form = page.getByRole("region", { name: "Start a run" });
    await form.getByRole("radio", { name: new RegExp(`^${target} `) }).check();
    await form.getByRole("radio", { name: new RegExp(`^${pace}`) }).check();
    for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
    await form.getByRole("button", { name: "Start the run" }).click();
    await page.waitForURL("**/runs/*");
    return new RunPage(page);
  }

  /** Opens the run that another page shows. */
  static async follow(page: Page, other: RunPage): Promise<RunPage> {
    await page.goto(`/runs/${other.id}`);
    const run = new RunPage(page);
    await run.isLive();
    return run;
  }

  get id(): string {
    return new URL(this.page.url()).pathname.split("/")[2];
  }

  async isLive(): Promise<void> {
    await expect(this.connection).toHaveText("live");
  }

  line(title: string): Locator {
    return this.checklist.getByRole("listitem").filter({ hasText: title });
  }

  async lineIs(title: string, word: string): Promise<void> {
    await expect(this.line(title).getByText(`${title}: ${word}`, { exact: true })).toBeVisible();
  }

  async answer(title: string): Promise<void> {
    await this.line(title)
      .getByRole("button", { name: heard("Done", title) })
      .click();
    await this.lineIs(title, "done");
  }

  /** Asks all open probes of the phase and waits until each of these lines has passed. */
  async probe(...titles: string[]): Promise<void> {
    await this.checklist.getByRole("button", { name: /^Ask \d+ probes$/ }).click();
    for (const title of titles) await this.lineIs(title, "passed");
  }

  startButton(title: string): Locator {
    return this.page.getByRole("button", { name: heard("Start", title) });
  }

  /** Starts a step and waits for its end. */
  async walk(title: string, word = "succeeded"): Promise<void> {
    await this.startButton(title).click();
    await this.stepIs(title, word);
  }

  /** Skips steps until this one is the next. */
  async skipTo(title: string): Promise<void> {
    const next = this.page.getByRole("button", { name: /^Start ?: / });
    while (!(await this.startButton(title).isVisible())) {
      const before = (await next.textContent()) ?? "";
      await this.page.getByText("Skip…").click();
      await this.page.getByLabel("Why it is skipped").fill("It is looked at elsewhere.");
      await this.page.getByRole("button", { name: "Skip this step" }).click();
      await expect(next).not.toHaveText(before);
    }
  }

  /** Follows the line that says what has just ended, and sees its output. */
  async lookBack(title: string): Promise<void> {
    await this.justEnded.getByRole("link", { name: title }).click();
    await expect(this.lines.last()).toBeInViewport();
  }

  /** Filters the output that is looked at. */
  async find(text: string): Promise<void> {
    await this.page.getByRole("searchbox", { name: "Filter the output by text" }).fill(text);
    await this.page.getByRole("button", { name: "Filter" }).click();
  }

  /** Starts a step whose verdict may be left to a person, and accepts it where it is. */
  async settle(title: string): Promise<void> {
    await this.startButton(title).click();
    const link = (word: string) => this.steps.getByRole("link", { name: heard(title, word) });
    const unsettled = link("inconclusive");
    await expect(link("succeeded").or(unsettled)).toBeVisible({ timeout: STEP });
    if (!(await unsettled.isVisible())) return;
    await this.page.getByLabel("How you know").first().fill("Looked at it.");
    await this.page.getByRole("button", { name: "Accept: it is good" }).click();
    await this.stepIs(title, "succeeded");
  }

  /** Waits until a step stands like this. */
  async stepIs(title: string, word: string): Promise<void> {
    const name = heard(title, word);
    await expect(this.steps.getByRole("link", { name })).toBeVisible({ timeout: STEP });
  }

  /** Signs the present phase. The page then goes on to the next one. */
  async sign(role: string): Promise<void> {
    const signed = this.events(/ signed ".*" as /);
    const before = await signed.count();
    await this.signOffs.getByRole("button", { name: `Sign as ${role}` }).click();
    await expect(signed).toHaveCount(before + 1);
  }

  /** Opens a way back and fills its form, up to the button. */
  async prepareWayBack(title: string, reason: string, typed: string): Promise<Locator> {
    const way = this.wayBack.getByRole("group").filter({ hasText: title });
    const isOpen = await way.evaluate((details) => details.hasAttribute("open"));
    if (!isOpen) await way.getByText(title, { exact: true }).first().click();
    await way.getByLabel("Why").fill(reason);
    await way.getByLabel(/^Type the database's name/).fill(typed);
    return way.getByRole("button", { name: heard("Roll back", title) });
  }

  /** The events of the timeline that say this, also those that are folded away. */
  events(text: string | RegExp): Locator {
    return this.timeline.getByRole("listitem", { includeHidden: true }).filter({ hasText: text });
  }
}
