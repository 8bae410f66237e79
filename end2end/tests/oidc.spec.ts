// Signing in by another provider, a real one: there, back, and who is not let in.
import type { Page } from "@playwright/test";
import { test as base, expect } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { stateIn } from "../support/people.ts";
import { output } from "../support/processes.ts";
import { Provider, signIn } from "../support/provider.ts";
import { kneeboard } from "../support/repository.ts";

const test = base.extend<{ provider: Provider; stranger: () => Promise<Page> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs.
  provider: async ({}, use) => {
    const provider = await Provider.prepare();
    await use(provider);
    await provider.forget();
  },
  serve: async ({ provider }, use) => use(provider.options),
  // A browser that is signed in nowhere.
  stranger: async ({ browser, console, faults }, use) => {
    const opened: Page[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL: console.url });
      await faults.watch(context);
      opened.push(await context.newPage());
      return opened[opened.length - 1];
    });
    for (const page of opened) await page.context().close();
  },
});

const ANN = "ann@example.com";

test("a person without a password signs in by the provider, and no other account becomes them", async ({
  console,
  provider,
  stranger,
}) => {
  const user = (...words: string[]) => output(kneeboard, ["user", "--state", stateIn(console.dir), ...words]);
  await user("add", ANN, "--sso", "--permission", "viewer");
  await provider.go(console.url);

  const ann = await stranger();
  await ann.goto("/targets");
  await look(ann, "login-provider");
  await signIn(ann, "ann");
  await expect(ann.getByRole("heading", { level: 1, name: "Targets" })).toBeVisible();
  await ann.goto("/sessions");
  await expect(ann.getByRole("main")).toContainText(ANN);
  expect(await user("list")).toContain(provider.issuer);

  // The console's session ends, the provider's does not.
  await ann.goto("/");
  await ann.getByRole("button", { name: "Log out" }).click();
  await ann.getByRole("link", { name: "Sign in with Example Corp" }).click();
  await expect(ann.getByRole("heading", { name: "Running now" })).toBeVisible();

  const other = await stranger();
  await other.goto("/login");
  await signIn(other, "another-ann");
  await expect(other.getByRole("alert")).toContainText(`${ANN} is bound to another account of a provider`);
  await expect(other.getByRole("alert")).toContainText(`kneeboard user unlink ${ANN}`);
  await look(other, "login-provider-refused");
  await other.goto("/targets");
  await expect(other.getByRole("button", { name: "Log in" })).toBeVisible();

  await user("unlink", ANN);
  await ann.reload();
  await expect(ann.getByRole("button", { name: "Log in" })).toBeVisible();
  await other.getByRole("link", { name: "Sign in with Example Corp" }).click();
  await expect(other.getByRole("heading", { level: 1, name: "Targets" })).toBeVisible();
});

test("whom the console does not know, and who turns back, is told so and stays outside", async ({
  console,
  provider,
  stranger,
}) => {
  await provider.go(console.url);
  const mallory = await stranger();
  await mallory.goto("/login");
  await signIn(mallory, "mallory");
  await expect(mallory.getByRole("alert")).toContainText("There is nobody called mallory@example.com");
  await mallory.goto("/");
  await expect(mallory.getByRole("button", { name: "Log in" })).toBeVisible();

  const doubter = await stranger();
  await doubter.goto("/login");
  await doubter.getByRole("link", { name: "Sign in with Example Corp" }).click();
  await doubter.getByRole("link", { name: "Cancel" }).click();
  await expect(doubter.getByRole("alert")).toContainText("Example Corp did not let you in.");
});

test("while the provider is down a password lets in", async ({ as, stranger, provider, console }) => {
  const page = await stranger();
  await page.goto("/login");
  await page.getByRole("link", { name: "Sign in with Example Corp" }).click();
  await expect(page.getByRole("alert")).toContainText("Example Corp cannot be reached at the moment.");
  await as("viewer");

  // It comes up without the console being started again.
  await provider.go(console.url);
  await expect(async () => {
    await page.goto("/login");
    await page.getByRole("link", { name: "Sign in with Example Corp" }).click();
    await expect(page.getByPlaceholder("Enter any login")).toBeVisible({ timeout: 2_000 });
  }).toPass();
});
