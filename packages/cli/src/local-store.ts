import type { AppStore } from "@usher/server";
import type { Cli } from "./cli.ts";
import { requireLocalConfig, type StoreFlags } from "./configuration.ts";
import { withProgress } from "./progress.ts";

const LOCK_WAIT_MS = 5_000;

/**
 * Runs with the store of the configured data folder, which a running server may have open at the same time.
 *
 * @param create make the store when it is missing? Commands that only look leave no trace.
 */
export function withStore<T>(
  cli: Cli,
  flags: StoreFlags,
  { create }: { readonly create: boolean },
  run: (store: AppStore) => Promise<T>,
): Promise<T> {
  const { dataDir, masterKey, databaseUrl } = requireLocalConfig(cli, flags).config;
  const work = async () => {
    const { openStore } = await import("@usher/server/store");
    const store = await openStore({ dataDir, masterKey, databaseUrl, create, lockWaitMs: LOCK_WAIT_MS });
    try {
      return await run(store.apps);
    } finally {
      await store.close();
    }
  };
  return withProgress(cli, `waiting for the database${databaseUrl === null ? ` in ${dataDir}` : ""}`, work());
}
