// The real console: the binary on a port of its own, with a folder of its own. It can be killed and started again.
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type People, stateIn } from "./people.ts";
import { end, freePort, output, startTied } from "./processes.ts";
import { kneeboard } from "./repository.ts";

export interface Target {
  name: string;
  environment: string;
  /** Address of its database. */
  url: string;
  /** Whether what changes it takes a second factor. */
  stepUp: boolean;
  /** Its windows and freezes, as TOML. */
  calendar: string;
}

export class Console {
  private server: ChildProcess | undefined;

  private constructor(
    /** Folder of the state and of the runs. */
    readonly dir: string,
    private readonly port: number,
    private readonly runbooks: string,
    private readonly options: string[],
  ) {}

  static async start(
    people: People,
    runbooks: string,
    targets: Target[],
    options: string[],
  ): Promise<Console> {
    const dir = await mkdtemp(join(tmpdir(), "kneeboard-console-"));
    await people.copyTo(dir);
    const table = targets.map(
      ({ name, environment, url, stepUp, calendar }) =>
        `[[targets]]\nname = "${name}"\nenvironment = "${environment}"\nurl = "${url}"\nstep_up = ${stepUp}\n${calendar}`,
    );
    await writeFile(join(dir, "targets.toml"), table.join("\n"), { mode: 0o600 });
    const console = new Console(dir, await freePort(), runbooks, options);
    await console.go();
    return console;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the server, also again, and waits until it answers. */
  async go(): Promise<void> {
    const log = openSync(this.log, "a");
    const places = ["--state", stateIn(this.dir), "--data", this.dir, "--runbooks", this.runbooks];
    const listen = ["--targets", join(this.dir, "targets.toml"), "--listen", `127.0.0.1:${this.port}`];
    const command = [kneeboard, "serve", ...places, ...listen, ...this.options];
    this.server = startTied("KILL", command, { stdio: ["ignore", log, log] });
    closeSync(log);
    while (!(await this.answers())) {
      if (this.server.exitCode !== null) {
        throw new Error(`kneeboard serve ended:\n${await readFile(this.log, "utf8")}`);
      }
      await sleep(50);
    }
  }

  private async answers(): Promise<boolean> {
    return fetch(`${this.url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** As a crash ends it. What runs goes on. */
  async kill(): Promise<void> {
    if (this.server) await end(this.server, "SIGKILL");
  }

  /** Ends it. Steps that wait for a sign see their folder gone and end too. */
  async stop(): Promise<void> {
    if (this.server) await end(this.server, "SIGTERM");
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Gives a sign to a step of a run that waits for it: a file in the run's folder. */
  async sign(run: string, name: string): Promise<void> {
    await writeFile(join(this.dir, "runs", run, "artifacts", name), "");
  }

  /** A token for the API. */
  async token(person: string): Promise<string> {
    const add = ["token", "--state", stateIn(this.dir), "add", person, "tests", "--scope", "operate"];
    return (await output(kneeboard, add)).trim();
  }

  /** What the server has printed. */
  get log(): string {
    return join(this.dir, "console.log");
  }
}
