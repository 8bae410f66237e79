// How the browser tests run: Debian's Chromium, one test at a time, no second tries. Each test file starts the
// console that it needs, on a port of its own.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  // The tests time what they see and the machine may have two cores: a second browser would spoil the figures.
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  globalTimeout: 40 * 60_000,
  forbidOnly: !!process.env.CI,
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  use: {
    browserName: "chromium",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // No look at the outside: nothing that Chromium would ask for there is part of a test.
      args: [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
