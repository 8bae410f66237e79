// What every test is given: a console with its targets, people with browsers, and eyes on what a page does behind one's back.
import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { Console } from "./console.ts";
import { Faults } from "./faults.ts";
import { PASSWORD, People, type Person } from "./people.ts";
import { Postgres } from "./postgres.ts";
import { inRepository } from "./repository.ts";

interface Options {
  /** Folder of runbooks, from the root of the repository. */
  runbooks: string;
  /** Environment of each target, by name. Each is a new database of that name. */
  targets: Record<string, string>;
  /** Whether what changes a target takes a second factor. */
  stepUp: boolean;
  /** Windows and freezes of every target, as TOML. */
  calendar: string;
}

interface Given {
  /** The database behind each target: its address by name. */
  databases: Record<string, string>;
  /** More options of `kneeboard serve`. */
  serve: string[];
  console: Console;
  faults: Faults;
  /** A browser of this person's own, logged in. */
  as: (person: Person, options?: BrowserContextOptions) => Promise<Page>;
}

interface Shared {
  postgres: Postgres;
  people: People;
}

let databases = 0;

export const test = base.extend<Options & Given, Shared>({
  runbooks: ["end2end/runbooks", { option: true }],
  targets: [{ orders: "staging" }, { option: true }],
  stepUp: [false, { option: true }],
  calendar: ["", { option: true }],

  postgres: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs.
    async ({}, use) => {
      const postgres = await Postgres.start();
      await use(postgres);
      await postgres.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],

  people: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const people = await People.add();
      await use(people);
      await people.forget();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  databases: async ({ postgres, targets }, use) => {
    const made: Record<string, string> = {};
    for (const name of Object.keys(targets)) {
      databases += 1;
      made[name] = await postgres.database(`${name}_${databases}`);
    }
    await use(made);
  },

  // biome-ignore lint/correctness/noEmptyPattern: as above.
  serve: async ({}, use) => use([]),

  console: async ({ people, runbooks, targets, stepUp, calendar, databases, serve }, use, info) => {
    const table = Object.entries(targets).map(([name, environment]) => {
      return { name, environment, url: databases[name], stepUp, calendar };
    });
    const console = await Console.start(people, inRepository(runbooks), table, serve);
    await use(console);
    if (info.status !== info.expectedStatus) await info.attach("console.log", { path: console.log });
    await console.stop();
  },

  // Whatever a test is about: no page may fail behind its back.
  faults: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const faults = new Faults();
      await use(faults);
      expect(faults.seen).toEqual([]);
    },
    { auto: true },
  ],

  as: async ({ browser, console, faults }, use) => {
    const opened: Page[] = [];
    await use(async (person, options = {}) => {
      const context = await browser.newContext({ baseURL: console.url, ...options });
      await faults.watch(context);
      const page = await context.newPage();
      opened.push(page);
      await logIn(page, person);
      return page;
    });
    for (const page of opened) await page.context().close();
  },
});

export { expect };

/** Logs in by the form; ends on the first page. */
export async function logIn(page: Page, person: Person): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Name").fill(person);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Running now" })).toBeVisible();
}
