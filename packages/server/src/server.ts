import type { Logger } from "pino";
import type { ServerConfig } from "./config/server-config.ts";
import { listenForOps } from "./edges/bun/bun-ops.ts";
import { opsEdge } from "./edges/ops/ops-edge.ts";
import { openLog } from "./log.ts";
import { metricsRegistry } from "./metrics/registry.ts";
import { type Realtime, startRealtime } from "./realtime.ts";
import { listenError } from "./start-error.ts";
import type { AppStore } from "./store/app-store.ts";
import { ensureFirstApp, type FirstApp } from "./store/first-app.ts";
import { openSqliteAppStore } from "./store/sqlite-app-store.ts";
import { VERSION } from "./version.ts";

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly opsPort: number;
  /** What became of the first app at this start. */
  readonly firstApp: FirstApp;
  readonly log: Logger;
  /** Sends all clients away, ends, and resolves when nothing is open any more. Every call gets the same end. */
  stop(): Promise<void>;
}

const LOCK_WAIT_MS = 2_000;

/**
 * Starts the server that a configuration describes.
 *
 * @throws StoreError or StartError when something that it needs is not to be had; nothing is left open then.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const log = openLog({ level: config.logLevel, format: config.logFormat });
  const store = await openSqliteAppStore({
    dataDir: config.dataDir,
    create: true,
    lockWaitMs: LOCK_WAIT_MS,
  });
  try {
    return await startFrom(store, config, log);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function startFrom(store: AppStore, config: ServerConfig, log: Logger): Promise<RunningServer> {
  const isDevelopment = config.mode === "development";
  const firstApp = await ensureFirstApp(store, config.firstApp, isDevelopment ? SHOWN_ON_FIRST_PAGE : {});
  for (const notice of firstApp.notices) log.warn(notice);

  const { realtime, ops } = await listen(config, store, firstApp, log);
  log.info(
    { host: config.host, port: realtime.port, opsHost: config.opsHost, opsPort: ops.port, version: VERSION },
    "listening",
  );
  let ending: Promise<void> | undefined;
  return {
    host: config.host,
    port: realtime.port,
    opsPort: ops.port,
    firstApp,
    log,
    stop: () => {
      ending ??= end(realtime, ops, store, log);
      return ending;
    },
  };
}

/** An app that was generated for a start that failed goes again: its secret was never shown. */
async function listen(config: ServerConfig, store: AppStore, firstApp: FirstApp, log: Logger) {
  try {
    const realtime = await startRealtime(config, store, log, firstApp.app.id);
    return { realtime, ops: await listenOps(config, realtime) };
  } catch (cause) {
    if (firstApp.secretShownOnce) await store.delete(firstApp.app.id);
    throw cause;
  }
}

/** What the first page has to show, for an app that is generated in development and given no settings. */
const SHOWN_ON_FIRST_PAGE = { clientEvents: true, subscriptionCounting: true } as const;

type Ops = ReturnType<typeof listenForOps>;

async function listenOps(config: ServerConfig, realtime: Realtime): Promise<Ops> {
  const registry = metricsRegistry({ ...realtime, version: VERSION });
  const notReadyBecause = () => (realtime.isDraining() ? "draining" : undefined);
  try {
    return listenForOps(config.opsHost, config.opsPort, opsEdge({ registry, notReadyBecause }));
  } catch (cause) {
    await realtime.stop();
    throw listenError(cause, config.opsHost, config.opsPort, "USHER_OPS_PORT");
  }
}

/** The ops port goes last, so that a drain can be watched to its end. */
async function end(realtime: Realtime, ops: Ops, store: AppStore, log: Logger): Promise<void> {
  const startedAtMs = performance.now();
  const closed = await realtime.stop();
  await ops.stop();
  await store.close();
  log.info({ closedConnections: closed, seconds: (performance.now() - startedAtMs) / 1000 }, "stopped");
}
