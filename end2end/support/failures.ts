// The last words of a browser run: why each test failed, in a few lines. Whoever sees only the end of a long log sees this.
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

const LINES = 12;

export default class Failures implements Reporter {
  private readonly failed: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const reasons = result.errors.map(
      (error) => `${error.message ?? error.value ?? ""}${where(error.location)}`,
    );
    const text = stripVTControlCharacters(reasons.join("\n"));
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    this.failed.push([`${test.title}: ${result.status}`, ...lines.slice(0, LINES)].join("\n    "));
  }

  // After the other reporters have said theirs.
  async onExit(): Promise<void> {
    for (const failure of this.failed) console.log(`\n${failure}`);
  }

  printsToStdio(): boolean {
    return false;
  }
}

function where(location?: { file: string; line: number }): string {
  return location ? `\nat ${location.file.split("/").slice(-2).join("/")}:${location.line}` : "";
}
