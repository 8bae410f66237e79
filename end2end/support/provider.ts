// Another provider by which people sign in: OpenID-certified, as a process of its own on a port of its own.
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { end, freePort, startTied } from "./processes.ts";
import { inRepository } from "./repository.ts";

export class Provider {
  private server: ChildProcess | undefined;

  private constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly secret: string,
  ) {}

  /** One that has a port and does not serve yet: a console must start without it. */
  static async prepare(): Promise<Provider> {
    const dir = await mkdtemp(join(tmpdir(), "kneeboard-provider-"));
    const provider = new Provider(dir, await freePort(), randomBytes(24).toString("base64url"));
    await writeFile(join(dir, "secret"), `${provider.secret}\n`, { mode: 0o600 });
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Options of `kneeboard serve`. */
  get options(): string[] {
    const client = ["--oidc-client-id", "kneeboard", "--oidc-client-secret-file", join(this.dir, "secret")];
    return ["--oidc-issuer", this.issuer, "--oidc-name", "Example Corp", ...client];
  }

  /** Serves the console at this address. */
  async go(console: string): Promise<void> {
    const log = openSync(join(this.dir, "log"), "a");
    const program = inRepository("end2end/provider/provider.mjs");
    const env = { ...process.env, CLIENT_SECRET: this.secret };
    const command = [process.execPath, program, String(this.port), `${console}/login/oidc/callback`];
    this.server = startTied("KILL", command, { stdio: ["ignore", log, log], env });
    closeSync(log);
    while (!(await this.answers())) {
      if (this.server.exitCode !== null) throw new Error(await readFile(join(this.dir, "log"), "utf8"));
      await sleep(50);
    }
  }

  private async answers(): Promise<boolean> {
    return fetch(`${this.issuer}/.well-known/openid-configuration`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  async stop(): Promise<void> {
    if (this.server) await end(this.server, "SIGTERM");
    this.server = undefined;
  }

  async forget(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Goes from the console's login page to the provider's and signs in there. */
export async function signIn(page: Page, login: string): Promise<void> {
  await page.getByRole("link", { name: "Sign in with Example Corp" }).click();
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}
