// Who works with the console in the tests, and the state that knows them.
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { feed } from "./processes.ts";
import { kneeboard } from "./repository.ts";

/** What each may do. `chief` has every permission, and still may not approve an own run; `deputy` signs in nobody's role but by delegation. */
const PERMISSIONS = {
  operator: ["viewer", "operator"],
  "operator-2": ["viewer", "operator"],
  approver: ["viewer", "approver"],
  deputy: ["viewer", "approver"],
  chief: ["viewer", "operator", "approver"],
  viewer: ["viewer"],
};

export type Person = keyof typeof PERMISSIONS;

const ROLES = ["dba", "product-owner"];

export const PASSWORD = "correct horse battery staple";

/** A console's state that holds the people and nothing else. It is made once and copied for each console. */
export class People {
  private constructor(private readonly dir: string) {}

  static async add(): Promise<People> {
    const dir = await mkdtemp(join(tmpdir(), "kneeboard-people-"));
    for (const [name, permissions] of Object.entries(PERMISSIONS)) {
      const roles = permissions.includes("approver") && name !== "deputy" ? ROLES : [];
      const may = permissions.map((permission) => `--permission=${permission}`);
      const signs = roles.map((role) => `--role=${role}`);
      const user = ["user", "--state", stateIn(dir), "add", name, ...may, ...signs, "--password-stdin"];
      await feed(kneeboard, user, `${PASSWORD}\n`);
    }
    return new People(dir);
  }

  /** Lays a copy into a folder, which is made. */
  async copyTo(dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    await cp(this.dir, dir, { recursive: true });
  }

  async forget(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The address of the state that lives in a folder. */
export const stateIn = (dir: string): string => `sqlite://${join(dir, "state.sqlite")}`;
