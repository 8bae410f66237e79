// Where things are that the tests use.
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** The absolute path of a file of the repository. */
export const inRepository = (path: string): string => resolve(root, path);

/** The console's binary: scripts/test.sh says which. */
export const kneeboard = resolve(process.env.KNEEBOARD_BIN ?? inRepository("target/debug/kneeboard"));
