import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../../deploy/executable/build.mjs", import.meta.url));

export interface Executable {
  readonly path: string;
  readonly bytes: number;
  readonly buildSeconds: number;
  remove(): Promise<void>;
}

/** Builds the single-file executable into a folder of its own, as `npm run build:executable` does. */
export async function buildExecutable(): Promise<Executable> {
  const folder = await mkdtemp(join(tmpdir(), "usher-executable-"));
  const path = join(folder, "usher");
  const startedAtMs = performance.now();
  const child = Bun.spawn([process.execPath, "--no-env-file", BUILD, path], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [errors, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  const remove = () => rm(folder, { recursive: true, force: true });
  if (code !== 0) {
    await remove();
    throw new Error(`the build ended with ${code}: ${errors}`);
  }
  return {
    path,
    bytes: Bun.file(path).size,
    buildSeconds: (performance.now() - startedAtMs) / 1000,
    remove,
  };
}
