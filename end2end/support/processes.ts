// Processes that tests start. Each is ended by its own id, and by the kernel when the tests themselves are killed.
import { type ChildProcess, execFile, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a program to its end and gives what it printed. Fails with its error output where the exit code is not 0. */
export async function output(program: string, args: string[], env = process.env): Promise<string> {
  const { stdout } = await run(program, args, { env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Runs a program to its end with this text on its standard input. */
export async function feed(program: string, args: string[], input: string): Promise<void> {
  const running = run(program, args);
  running.child.stdin?.end(input);
  await running;
}

/** Starts a program that gets the signal when this process dies, however that comes. */
export function startTied(signal: "INT" | "KILL", command: string[], options: SpawnOptions): ChildProcess {
  return spawn("setpriv", [`--pdeathsig=${signal}`, "--", ...command], options);
}

/** Signals a process that was started here and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** A port on which nobody listens at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
