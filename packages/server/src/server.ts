import type { Logger } from "pino";
import { CONFIG, SYSTEM } from "./actor.ts";
import { makeLocalToken, writeLocalAccess } from "./admin/local-access.ts";
import { OperatorStore } from "./admin/operators/operator-store.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { listenForOps } from "./edges/bun/bun-ops.ts";
import { opsEdge } from "./edges/ops/ops-edge.ts";
import { openLog } from "./log.ts";
import { metricsRegistry } from "./metrics/registry.ts";
import { type Realtime, startRealtime } from "./realtime.ts";
import { localOperatorsUrl, operatorsUrl, type Ports } from "./server-url.ts";
import { listenError } from "./start-error.ts";
import { ensureFirstApp, type FirstApp } from "./store/first-app.ts";
import { openStore, type Store } from "./store/open-store.ts";
import { VERSION } from "./version.ts";
import { EndpointStore } from "./webhooks/endpoint-store.ts";

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
}

const LOCK_WAIT_MS = 2_000;

/**
 * Starts the server that a configuration describes.
 *
 * @throws StoreError or StartError when something that it needs is not to be had; nothing is left open then.
 */
export async function startServer(
  config: ServerConfig,
  { dashboardFolder = null }: ServerParts = {},
): Promise<RunningServer> {
  const log = openLog({ level: config.logLevel, format: config.logFormat });
  const store = await openStore({
    dataDir: config.dataDir,
    create: true,
    lockWaitMs: LOCK_WAIT_MS,
    masterKey: config.masterKey,
    databaseUrl: config.databaseUrl,
  });
  try {
    return await startFrom(store, config, dashboardFolder, log);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function startFrom(
  store: Store,
  config: ServerConfig,
  dashboardFolder: string | null,
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

  const setupUrl = await prepareSetup(config, store);
  const localToken = makeLocalToken();
  const { realtime, ops } = await listen(config, store, firstApp, dashboardFolder, localToken, log);
  const ports: Ports = { port: realtime.port, opsPort: ops.port };
  const removeLocalAccess = leaveLocalAccess(config, ports, localToken, log);
  log.info(
    { host: config.host, port: realtime.port, opsHost: config.opsHost, opsPort: ops.port, version: VERSION },
    "listening",
  );
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
  log: Logger,
) {
  let ops: Ops | undefined;
  const opsPort = () => ops?.port ?? config.opsPort;
  const { id } = firstApp.app;
  try {
    const realtime = await startRealtime(config, store, log, id, dashboardFolder, localToken, opsPort);
    ops = await listenOps(config, realtime);
    return { realtime, ops };
  } catch (cause) {
    if (firstApp.secretShownOnce) await store.apps.delete(firstApp.app.id, SYSTEM);
    throw cause;
  }
}

/**
 * Without the file the command line on this machine needs a token like any other; nothing else misses it. Without an admin
 * API it leads nowhere, and the command line goes to the database itself.
 */
function leaveLocalAccess(config: ServerConfig, ports: Ports, token: string, log: Logger): () => void {
  if (config.admin === "off") return () => {};
  try {
    const url = localOperatorsUrl(config, ports);
    return writeLocalAccess(config.dataDir, { url, token, pid: process.pid });
  } catch (error) {
    log.warn({ err: error }, "cannot leave local.json in data_dir for the command line on this machine");
    return () => {};
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
