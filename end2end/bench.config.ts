// What is measured in a browser: by `make bench` only, with the release build, and nothing else running.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

export default defineConfig({ ...tests, testDir: "bench", reporter: "line" });
