import { pino } from "pino";
import type { ServerConfig } from "../config/server-config.ts";
import { EvidenceStore } from "../evidence/evidence-store.ts";
import { UseEvidence } from "../evidence/use-evidence.ts";
import { operatorsUrl } from "../server-url.ts";
import { openStore } from "../store/open-store.ts";
import { type AdminApiOptions, adminApi } from "./admin-api.ts";
import { ADMIN_BASE_PATH } from "./base-path.ts";
import { routesAt } from "./methods-at.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/** The admin API on a store that no server of this process runs on. */
export interface InProcessAdmin {
  /** Answers a request of whoever may open the store; its path is below the base path. */
  ask(path: string, request: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Opens the store that a configuration names and puts the admin API on it, without what only a running server has. Servers
 * on the same store take up changes by themselves. Throws a `StoreError`.
 *
 * @param create make the store when it is missing?
 */
export async function openInProcessAdmin(
  config: ServerConfig,
  { create, lockWaitMs }: { readonly create: boolean; readonly lockWaitMs: number },
): Promise<InProcessAdmin> {
  const { dataDir, masterKey, databaseUrl } = config;
  const store = await openStore({ dataDir, masterKey, databaseUrl, create, lockWaitMs });
  // Results go to standard output; faults of ours are told beside them.
  const log = pino({ level: "error", base: null }, pino.destination({ dest: 2, sync: true }));
  const now = Date.now;
  const options: AdminApiOptions = {
    store,
    evidence: new UseEvidence({ store: new EvidenceStore(store.database), log, now }),
    live: undefined,
    log,
    now,
    pathPrefix: "",
    url: () => operatorsUrl(config, config),
    publicHosts: [],
    localToken: null,
    ownAddress: null,
    oidc: null,
  };
  return {
    ask: (path, init) => {
      const request = new Request(`http://127.0.0.1${ADMIN_BASE_PATH}${path}`, init);
      // To put all routes up takes longer than most commands run.
      const { pathname } = new URL(request.url);
      const api = adminApi(options, routesAt(ADMIN_ROUTES, pathname.slice(ADMIN_BASE_PATH.length)));
      return api(request, { address: null, isTls: false, isInProcess: true });
    },
    close: () => store.close(),
  };
}
