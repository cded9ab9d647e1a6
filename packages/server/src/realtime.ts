import { randomFillSync } from "node:crypto";
import { type App, type Connection, Hub } from "@usher/hub";
import type { Logger } from "pino";
import { type ApplyEffects, effectApplier } from "./apply-effects.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { drain } from "./drain.ts";
import { listenOnBun } from "./edges/bun/bun-engine.ts";
import { hmacSha256Hex } from "./edges/bun/bun-hmac.ts";
import type { Engine, EngineHandlers, Socket } from "./edges/engine.ts";
import { firstPage } from "./edges/first-page/first-page.ts";
import { httpApi } from "./edges/http-api/http-api.ts";
import { httpEdge } from "./edges/http-edge.ts";
import { slowConsumerScan } from "./edges/websocket/slow-consumers.ts";
import { webSocketEdge } from "./edges/websocket/websocket-edge.ts";
import { noteCounter } from "./metrics/count-notes.ts";
import { Meters } from "./metrics/meters.ts";
import type { NoteListener } from "./notes.ts";
import { candidateSecrets } from "./refusals/candidate-secrets.ts";
import { type DevelopmentHints, developmentHints } from "./refusals/development-hints.ts";
import { explainer } from "./refusals/explainer.ts";
import { RecentSockets, rememberSockets } from "./refusals/recent-sockets.ts";
import { RefusalLog } from "./refusals/refusal-log.ts";
import { Refusals } from "./refusals/refusals.ts";
import { listenError } from "./start-error.ts";
import { type AppChange, AppDirectory } from "./store/app-directory.ts";
import type { AppStore } from "./store/app-store.ts";
import { Sweeper } from "./sweeper.ts";

/** The part of the server that clients and apps' servers talk to: the hub, its edges and what feeds them. */
export interface Realtime {
  readonly port: number;
  readonly hub: Hub;
  readonly meters: Meters;
  isDraining(): boolean;
  loopLagSeconds(): number;
  /** Sends all clients away and stops listening. Resolves to how many connections were closed. */
  stop(): Promise<number>;
}

const POLL_INTERVAL_MS = 250;
/** The scan for slow consumers closes at the limit, with a code; the engine cuts off at this many times it, without. */
const HARD_LIMIT_FACTOR = 4;

/** Builds the parts and connects them; the only place where they meet. */
export async function startRealtime(
  config: ServerConfig,
  store: AppStore,
  log: Logger,
  demoAppId: string,
): Promise<Realtime> {
  const now = Date.now;
  const meters = new Meters();
  const sockets = new Map<Connection, Socket>();
  let isDraining = false;

  const directory: AppDirectory = await AppDirectory.open(store, {
    pollIntervalMs: POLL_INTERVAL_MS,
    onChange: (changes) => {
      appsChanged(changes, hub, apply, meters, log);
      for (const { before, after } of changes) if (before && !after) forget(before.id);
    },
    onError: (error) =>
      log.error({ err: error }, "cannot read the app store; going on with what was read before"),
  });
  const findAppByKey = (key: string): App | undefined => directory.byKey(key)?.app;
  const { maxConnections } = config;
  const hub = new Hub({ findAppByKey, hmacHex: hmacSha256Hex, random: secureRandom, maxConnections });

  const recentSockets = new RecentSockets();
  const secrets = candidateSecrets(() => directory.all());
  const { httpTimeWindowSeconds: timeWindowSeconds } = config;
  const explain = explainer({
    secrets,
    recentSockets,
    hmacHex: hmacSha256Hex,
    timeWindowSeconds,
    failed: (cause) => log.error({ err: cause }, "a refusal could not be explained"),
  });
  const refusals = new Refusals({ explain, log: new RefusalLog(log, secrets, now), meters, now, later });
  const hints = config.mode === "development" ? developmentHints(explain, now) : undefined;
  const forget = (appId: string) => {
    recentSockets.forget(appId);
    refusals.forget(appId);
  };

  const apply = makeApply(
    () => engine,
    hub,
    sockets,
    meters,
    refusals.onNote,
    hints,
    config.maxBufferedBytes,
  );
  const edge = webSocketEdge({
    hub,
    apply,
    meters,
    sockets,
    pathPrefix: config.pathPrefix,
    isDraining: () => isDraining,
    now,
  });
  const handlers: EngineHandlers = {
    ...rememberSockets(edge, recentSockets),
    request: httpEdge({
      api: httpApi({
        hub,
        apply,
        meters,
        findAppById: (id) => directory.byId(id),
        findAppByKey,
        pathPrefix: config.pathPrefix,
        maxRequestBytes: config.maxRequestBytes,
        timeWindowSeconds,
        hmacHex: hmacSha256Hex,
        isDrained: () => isDraining && hub.connectionCount === 0,
        now,
        onRefused: (refused) => refusals.onCall(refused),
        hintFor: hints?.forCall,
      }),
      firstPage:
        config.mode === "development"
          ? firstPage({
              demoApp: () => directory.byId(demoAppId),
              hub,
              apply,
              hostNames: hostNamesOf(config),
              pathPrefix: config.pathPrefix,
              now,
            })
          : undefined,
      pathPrefix: config.pathPrefix,
      corsOrigins: config.corsOrigins,
    }),
    failed: (cause) => log.error({ err: cause }, "a request failed for a reason of the server's own"),
  };
  const engine = await listen(config, handlers, directory);
  const sweeper = new Sweeper(() => apply(hub.sweep(now())));

  return {
    port: engine.address.port,
    hub,
    meters,
    isDraining: () => isDraining,
    loopLagSeconds: () => sweeper.lagSeconds,
    async stop() {
      isDraining = true;
      engine.stopListening();
      const closed = await drain({ hub, apply, maxMs: config.drainSeconds * 1000, wait });
      sweeper.stop();
      await directory.stop();
      await engine.stop();
      refusals.flush();
      return closed;
    },
  };
}

/** The one way effects are carried out, followed by a look for whoever does not keep up with them. */
function makeApply(
  engine: () => Engine,
  hub: Hub,
  sockets: ReadonlyMap<Connection, Socket>,
  meters: Meters,
  onRefusal: NoteListener,
  hints: DevelopmentHints | undefined,
  maxBufferedBytes: number,
): ApplyEffects {
  const count = noteCounter(meters);
  const applyAll = effectApplier({
    publish: (topic, text) => engine().publish(topic, text),
    socketOf: (connection) => sockets.get(connection),
    meters,
    onNote: (app, note, frame) => {
      count(app, note);
      onRefusal(app, note, frame);
    },
  });
  const monotonicNow = () => performance.now();
  const closeSlow = slowConsumerScan({
    hub,
    apply: applyAll,
    meters,
    sockets,
    maxBufferedBytes,
    monotonicNow,
  });
  return (effects, frame) => {
    applyAll(hints ? hints.inEffects(effects, frame) : effects, frame);
    closeSlow();
  };
}

async function listen(
  config: ServerConfig,
  handlers: EngineHandlers,
  directory: AppDirectory,
): Promise<Engine> {
  const { host, port, maxFrameBytes, maxRequestBytes, maxBufferedBytes, trustProxy } = config;
  const hardBufferLimitBytes = maxBufferedBytes * HARD_LIMIT_FACTOR;
  try {
    return listenOnBun(
      { host, port, maxFrameBytes, maxRequestBytes, hardBufferLimitBytes, trustProxy },
      handlers,
    );
  } catch (cause) {
    await directory.stop();
    throw listenError(cause, host, port, "USHER_PORT");
  }
}

/** The names that a browser may know the first page by, besides loopback's own. */
function hostNamesOf({ host, publicUrl }: ServerConfig): string[] {
  return publicUrl ? [host, new URL(publicUrl).hostname] : [host];
}

function appsChanged(
  changes: readonly AppChange[],
  hub: Hub,
  apply: ApplyEffects,
  meters: Meters,
  log: Logger,
): void {
  for (const { before, after } of changes) {
    log.info({ app: (after ?? before)?.id, exists: after !== undefined }, "app changed");
    if (!before) continue;
    apply(hub.appChanged(before, after));
    if (!after) meters.forget(before.id);
  }
}

const randomWords = new Uint32Array(256);
let randomWordsLeft = 0;

/** Uniform from 0 up to but not including 1, from the system's generator, which is asked for many at a time. */
function secureRandom(): number {
  if (randomWordsLeft === 0) {
    randomFillSync(randomWords);
    randomWordsLeft = randomWords.length;
  }
  randomWordsLeft--;
  return (randomWords[randomWordsLeft] ?? 0) / 0x1_0000_0000;
}

function later(callback: () => void, ms: number): void {
  setTimeout(callback, ms);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
