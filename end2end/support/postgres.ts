// A real PostgreSQL with TextLoom's schema in it, thrown away afterwards.
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, freePort, output, startTied } from "./processes.ts";
import { inRepository } from "./repository.ts";

const script = inRepository("scripts/demo-db.sh");

/** So many tasks that the planner takes the indexes. */
const ROWS = "10000";

export class Postgres {
  private constructor(
    private readonly server: ChildProcess,
    private readonly dir: string,
    private readonly template: URL,
  ) {}

  static async start(): Promise<Postgres> {
    const dir = await mkdtemp(join(tmpdir(), "kneeboard-postgres-"));
    const port = String(await freePort());
    const server = startTied("INT", [script, "run", dir, port], { stdio: "inherit" });
    try {
      await output(script, ["load", dir, port, ROWS]);
      return new Postgres(server, dir, new URL((await readFile(join(dir, "url"), "utf8")).trim()));
    } catch (error) {
      await end(server, "SIGINT");
      throw error;
    }
  }

  /** A new database with TextLoom as loaded; its address. */
  async database(name: string): Promise<string> {
    const address = new URL(this.template);
    address.pathname = "/postgres";
    await ask(address.href, `CREATE DATABASE "${name}" TEMPLATE textloom`);
    address.pathname = `/${name}`;
    return address.href;
  }

  async stop(): Promise<void> {
    await end(this.server, "SIGINT");
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** What a database answers, one row a line and columns apart by `|`: the tests' own look, past the console. */
export async function ask(address: string, sql: string): Promise<string> {
  const printed = await output("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]);
  return printed.trimEnd();
}

/** The name of the database at an address. */
export const databaseOf = (address: string): string => new URL(address).pathname.slice(1);
