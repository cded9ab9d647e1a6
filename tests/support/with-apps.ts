import type { AppStore } from "../../packages/server/src/store/app-store.ts";
import { openStore } from "../../packages/server/src/store/open-store.ts";

/** Uses the apps of a server that runs or is yet to start, as a command in another process would. */
export async function withApps<T>(dataDir: string, use: (apps: AppStore) => Promise<T>): Promise<T> {
  const store = await openStore({
    dataDir,
    create: false,
    lockWaitMs: 5_000,
    masterKey: null,
    databaseUrl: null,
  });
  try {
    return await use(store.apps);
  } finally {
    await store.close();
  }
}
