// What goes wrong in a page without anybody seeing it: exceptions, errors in the console, breaches of its security policy.
import type { BrowserContext, ConsoleMessage } from "@playwright/test";

// Chromium's own note on an answer that is no success. Which answers are right is the tests' matter, and a server that is
// killed leaves some.
const UNANSWERED = /^Failed to load resource: /;

export class Faults {
  readonly seen: string[] = [];

  /** Watches every page of a browser. */
  async watch(context: BrowserContext): Promise<void> {
    context.on("weberror", (fault) => this.seen.push(`exception: ${fault.error().stack}`));
    context.on("console", (message) => this.hear(message));
    context.on("dialog", async (dialog) => {
      this.seen.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
        console.error(`security policy: ${violatedDirective} forbids ${blockedURI} ${sample}`),
      );
    });
  }

  private hear(message: ConsoleMessage): void {
    const bad = message.type() === "error" || message.text().includes("Content Security Policy");
    if (bad && !UNANSWERED.test(message.text()))
      this.seen.push(`${message.text()} (${message.page()?.url()})`);
  }
}
