// How the browser tests run: Debian's Chromium, one test at a time, no second tries. Each test has a console and
// databases of its own.
import { defineConfig, type ReporterDescription } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  // A run has two or three browsers, a console, a PostgreSQL and the step's own work: enough for two cores.
  workers: 1,
  retries: 0,
  timeout: 300_000,
  // Nothing here is timed: these are for machines that are slow and busy.
  expect: { timeout: 60_000, toPass: { timeout: 60_000 } },
  globalTimeout: 40 * 60_000,
  forbidOnly: !!process.env.CI,
  reporter: [
    ["list"],
    ...(process.env.CI ? [] : ([["html", { open: "never" }]] as ReporterDescription[])),
    ["./support/failures.ts"],
  ],
  use: {
    browserName: "chromium",
    actionTimeout: 60_000,
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
