import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeOpaqueToken } from "./operators/opaque-token.ts";

/** What a running server leaves in its data folder for the command line on the same machine. */
export interface LocalAccess {
  /** Where the server listens, with its path prefix and without a slash at the end. */
  readonly url: string;
  /** Good for everything, from this machine, for as long as the server runs. */
  readonly token: string;
  /** The server's process. */
  readonly pid: number;
}

const FILE = "local.json";
const schema = z.object({ url: z.string(), token: z.string().min(1), pid: z.int().positive() });

export function makeLocalToken(): string {
  return makeOpaqueToken("usher_local_");
}

/**
 * Writes the file, for its owner's eyes only, over that of whoever was here before.
 *
 * @returns takes it away again, unless another server has put its own there since.
 */
export function writeLocalAccess(dataDir: string, access: LocalAccess): () => void {
  const path = join(dataDir, FILE);
  // With PostgreSQL and a configured master key nothing else needs the folder.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Written aside and moved into place: a reader sees the former file or this one, never a half.
  const draft = `${path}.${access.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(access)}\n`, { mode: 0o600, flag: "wx" });
  // The mode above is cut by the umask, which could take away the owner's own rights.
  chmodSync(draft, 0o600);
  renameSync(draft, path);
  return () => {
    if (readFile(dataDir)?.token === access.token) rmSync(path, { force: true });
  };
}

/** The way into a server that runs on this data folder; `undefined` without one, or with the file of one that died. */
export function readLocalAccess(dataDir: string): LocalAccess | undefined {
  const access = readFile(dataDir);
  return access && isRunning(access.pid) ? access : undefined;
}

/** Is this the address of the machine itself? */
export function isLoopback(address: string | null): boolean {
  if (address === null) return false;
  return /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address) || address === "::1";
}

/** A file that cannot be read or understood is as good as none: the next start replaces it. */
function readFile(dataDir: string): LocalAccess | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(dataDir, FILE), "utf8")));
  } catch {
    return undefined;
  }
}

/** Another process may have got the number since; then the server behind the url does not know the token, and says so. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
