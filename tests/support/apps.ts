import { Database } from "bun:sqlite";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runUsher } from "./server.ts";
import type { AppCredentials } from "./sign.ts";

/** A data directory of the caller's own; whoever asks for it removes it. */
export function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), "usher-test-"));
}

/**
 * Adds an app to the store of a server that runs or is yet to start.
 *
 * @param env for a store that is not in the data directory.
 */
export async function createApp(
  dataDir: string,
  app: AppCredentials,
  settings: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<void> {
  const args = ["apps", "create", "--id", app.id, "--key", app.key, "--secret", app.secret];
  const all = [...args, "--settings", JSON.stringify(settings)];
  const { code, stderr } = await runUsher(all, { dataDir, env });
  if (code !== 0) throw new Error(`usher apps create ended with ${code}: ${stderr}`);
}

/** Switches an app off or on, as an operator's tool would; a running server notices by itself. */
export function setEnabled(dataDir: string, appId: string, isEnabled: boolean): void {
  const database = new Database(join(dataDir, "usher.db"));
  try {
    database.run("pragma busy_timeout = 5000");
    database.transaction(() => {
      database.run("update apps set enabled = ? where id = ?", [isEnabled ? 1 : 0, appId]);
      database.run("update revision set value = value + 1");
    })();
  } finally {
    database.close();
  }
}
