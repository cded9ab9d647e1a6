import type { Logger } from "pino";
import { CONFIG, SYSTEM } from "./actor.ts";
import { makeLocalToken } from "./admin/local-access.ts";
import { OperatorStore } from "./admin/operators/operator-store.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { listenForOps } from "./edges/bun/bun-ops.ts";
import { opsEdge } from "./edges/ops/ops-edge.ts";
import { leaveLocalAccess } from "./leave-local-access.ts";
import { openLog } from "./log.ts";
import { metricsRegistry } from "./metrics/registry.ts";
import { type Realtime, startRealtime } from "./realtime.ts";
import { operatorsUrl, type Ports } from "./server-url.ts";
import { listenError } from "./start-error.ts";
import { ensureFirstApp, type FirstApp } from "./store/first-app.ts";
import { openStore, type Store } from "./store/open-store.ts";
import { VERSION } from "./version.ts";
import { EndpointStore } from "./webhooks/endpoint-store.ts";
import type { WorkerRole } from "./workers/worker-messages.ts";

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly opsPort: number;
  /** What became of the first app at this start. */
  readonly firstApp: FirstApp;
  /** The one-time link that makes somebody the first owner; `null` once there is one, or without an admin API. */
  readonly setupUrl: string | null;
  readonly log: Logger;
  /** Sends all clients away, ends, and resolves when nothing is open any more. Every call gets the same end. */
  stop(): Promise<void>;
}

/** What a server is started with besides its configuration. */
export interface ServerParts {
  /** Where the built dashboard is; `null` leaves it out. */
  readonly dashboardFolder?: string | null;
  /** Of one of several processes that share the port; its parent leaves the way in for the command line. */
  readonly worker?: WorkerRole | null;
}

const LOCK_WAIT_MS = 2_000;

/**
 * Starts the server that a configuration describes.
 *
 * @throws StoreError or StartError when something that it needs is not to be had; nothing is left open then.
 */
export async function startServer(
  config: ServerConfig,
  { dashboardFolder = null, worker = null }: ServerParts = {},
): Promise<RunningServer> {
  const logOfAll = openLog({ level: config.logLevel, format: config.logFormat });
  const log = worker ? logOfAll.child({ worker: worker.index }) : logOfAll;
  const store = await openStore({
    dataDir: config.dataDir,
    create: true,
    lockWaitMs: LOCK_WAIT_MS,
    masterKey: config.masterKey,
    databaseUrl: config.databaseUrl,
  });
  try {
    return await startFrom(store, config, dashboardFolder, worker, log);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function startFrom(
  store: Store,
  config: ServerConfig,
  dashboardFolder: string | null,
  worker: WorkerRole | null,
  log: Logger,
): Promise<RunningServer> {
  const isDevelopment = config.mode === "development";
  const firstApp = await ensureFirstApp(
    store.apps,
    config.firstApp,
    isDevelopment ? SHOWN_ON_FIRST_PAGE : {},
  );
  for (const notice of firstApp.notices) log.warn(notice);
  await new EndpointStore(store.database, store.vault).configure(firstApp.app.id, config.webhookUrl, CONFIG);

  // A second link would take the place of the one that was shown.
  const setupUrl = worker?.isAnnouncing === false ? undefined : await prepareSetup(config, store);
  const localToken = worker?.localToken ?? makeLocalToken();
  const { realtime, ops } = await listen(config, store, firstApp, dashboardFolder, localToken, worker, log);
  const ports: Ports = { port: realtime.port, opsPort: ops.port };
  const removeLocalAccess = worker ? () => {} : leaveLocalAccess(config, ports, localToken, log);
  const where = { host: config.host, port: realtime.port, opsHost: config.opsHost, opsPort: ops.port };
  // Its parent has others, and whoever wants to end this one alone has to know which it is.
  log.info({ ...where, version: VERSION, ...(worker && { pid: process.pid }) }, "listening");
  let ending: Promise<void> | undefined;
  return {
    host: config.host,
    ...ports,
    firstApp,
    setupUrl: setupUrl?.(ports) ?? null,
    log,
    stop: () => {
      removeLocalAccess();
      ending ??= end(realtime, ops, store, log);
      return ending;
    },
  };
}

/** The link of the first run, once it is known where the server listens; undefined where there is none to be used. */
async function prepareSetup(
  config: ServerConfig,
  store: Store,
): Promise<((ports: Ports) => string) | undefined> {
  if (config.admin === "off" || !config.dashboard) return undefined;
  const link = await new OperatorStore(store.database, Date.now).makeSetupLink();
  return link && ((ports) => `${operatorsUrl(config, ports)}/dashboard/setup#token=${link.token}`);
}

/** An app that was generated for a start that failed goes again: its secret was never shown. */
async function listen(
  config: ServerConfig,
  store: Store,
  firstApp: FirstApp,
  dashboardFolder: string | null,
  localToken: string,
  worker: WorkerRole | null,
  log: Logger,
) {
  let ops: Ops | undefined;
  const opsPort = () => ops?.port ?? config.opsPort;
  try {
    const realtime = await startRealtime({
      config,
      store,
      log,
      demoAppId: firstApp.app.id,
      dashboardFolder,
      localToken,
      opsPort,
      worker,
    });
    ops = await listenOps(config, realtime);
    return { realtime, ops };
  } catch (cause) {
    if (firstApp.secretShownOnce) await store.apps.delete(firstApp.app.id, SYSTEM);
    throw cause;
  }
}

/** What the first page has to show, for an app that is generated in development and given no settings. */
const SHOWN_ON_FIRST_PAGE = { clientEvents: true, subscriptionCounting: true } as const;

type Ops = ReturnType<typeof listenForOps>;

async function listenOps(config: ServerConfig, realtime: Realtime): Promise<Ops> {
  const registry = metricsRegistry({ ...realtime, version: VERSION });
  const notReadyBecause = () => (realtime.isDraining() ? "draining" : undefined);
  const { opsHost: host, opsPort: port, trustProxy } = config;
  const answer = opsEdge({ registry, notReadyBecause, operators: realtime.operatorsOnOps });
  try {
    return listenForOps({ host, port, trustProxy }, answer);
  } catch (cause) {
    await realtime.stop();
    throw listenError(cause, config.opsHost, config.opsPort, "USHER_OPS_PORT");
  }
}

/** The ops port goes last, so that a drain can be watched to its end. */
async function end(realtime: Realtime, ops: Ops, store: Store, log: Logger): Promise<void> {
  const startedAtMs = performance.now();
  const closed = await realtime.stop();
  await ops.stop();
  await store.close();
  log.info({ closedConnections: closed, seconds: (performance.now() - startedAtMs) / 1000 }, "stopped");
}
