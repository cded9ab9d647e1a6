import { randomFillSync } from "node:crypto";
import { hostname } from "node:os";
import { type App, type Connection, Hub } from "@usher/hub";
import type { Logger } from "pino";
import type { AdminApi, AdminApiOptions } from "./admin/admin-api.ts";
import { hubLive } from "./admin/hub-live.ts";
import { type ApplyEffects, type EffectTargets, effectApplier } from "./apply-effects.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { Console } from "./console/console.ts";
import {
  attemptWatcher,
  clientEventWatcher,
  noteWatcher,
  refusalWatcher,
  triggerWatcher,
  watchSockets,
} from "./console/console-sources.ts";
import { Doctor } from "./doctor/doctor.ts";
import { drain } from "./drain.ts";
import { adminEdge } from "./edges/admin-edge.ts";
import { listenOnBun } from "./edges/bun/bun-engine.ts";
import { hmacSha256Hex } from "./edges/bun/bun-hmac.ts";
import { parseAddress } from "./edges/client-address.ts";
import { dashboardEdge } from "./edges/dashboard/dashboard-edge.ts";
import type { Engine, EngineHandlers, Socket } from "./edges/engine.ts";
import { firstPage } from "./edges/first-page/first-page.ts";
import { httpApi } from "./edges/http-api/http-api.ts";
import { httpEdge } from "./edges/http-edge.ts";
import { HttpFallback } from "./edges/http-fallback/http-fallback.ts";
import { SessionTopics } from "./edges/http-fallback/session-topics.ts";
import { type OperatorsEdge, operatorsEdge } from "./edges/operators-edge.ts";
import { slowConsumerScan } from "./edges/websocket/slow-consumers.ts";
import { webSocketEdge } from "./edges/websocket/websocket-edge.ts";
import { ApiCallers } from "./evidence/api-callers.ts";
import { EvidenceStore } from "./evidence/evidence-store.ts";
import { noteRecorder, requestRecorder } from "./evidence/record-uses.ts";
import { UseEvidence } from "./evidence/use-evidence.ts";
import { Grants } from "./grants/grants.ts";
import { PacedCloser } from "./grants/paced-closer.ts";
import { grantRevoker } from "./grants/revoke-grants.ts";
import { noteCounter } from "./metrics/count-notes.ts";
import { Meters } from "./metrics/meters.ts";
import { NodeHeartbeat } from "./nodes/node-heartbeat.ts";
import type { NoteListener } from "./notes.ts";
import { candidateSecrets } from "./refusals/candidate-secrets.ts";
import { type DevelopmentHints, developmentHints } from "./refusals/development-hints.ts";
import { explainer } from "./refusals/explainer.ts";
import { RecentRefusals } from "./refusals/recent-refusals.ts";
import { RecentSockets, rememberSockets } from "./refusals/recent-sockets.ts";
import { RefusalLog } from "./refusals/refusal-log.ts";
import { Refusals } from "./refusals/refusals.ts";
import { MarkStore } from "./rollups/mark-store.ts";
import { RollupRecorder } from "./rollups/rollup-recorder.ts";
import { RollupStore } from "./rollups/rollup-store.ts";
import { operatorsUrl } from "./server-url.ts";
import { listenError } from "./start-error.ts";
import { type AppChange, AppDirectory } from "./store/app-directory.ts";
import type { Store } from "./store/open-store.ts";
import { Retirements } from "./store/retirements.ts";
import { Sweeper } from "./sweeper.ts";
import { VERSION } from "./version.ts";
import { appSigner } from "./webhooks/app-signer.ts";
import { guardedRequest } from "./webhooks/guarded-request.ts";
import { systemResolver } from "./webhooks/resolver.ts";
import { Webhooks, webhookPost } from "./webhooks/webhooks.ts";

/** The part of the server that clients and apps' servers talk to: the hub, its edges and what feeds them. */
export interface Realtime {
  readonly port: number;
  readonly hub: Hub;
  readonly meters: Meters;
  readonly webhooks: Pick<Webhooks, "meters" | "queued" | "endpointsDown">;
  /** For the ops port; undefined where the admin API is not on it. */
  readonly operatorsOnOps: OperatorsEdge | undefined;
  /** Undefined where it is off. */
  readonly fallback: Pick<HttpFallback, "counts" | "opened"> | undefined;
  isDraining(): boolean;
  loopLagSeconds(): number;
  /** Sends all clients away and stops listening. Resolves to how many connections were closed. */
  stop(): Promise<number>;
}

const POLL_INTERVAL_MS = 250;
/** More clients than this over HTTP do not come to one server by themselves; a flood does. */
const MOST_HTTP_SESSIONS = 20_000;
/** How long clients over HTTP that do not ask right now may take to learn that the server stops. */
const FAREWELL_MS = 1_000;
/** The scan for slow consumers closes at the limit, with a code; the engine cuts off at this many times it, without. */
const HARD_LIMIT_FACTOR = 4;

/**
 * Builds the parts and connects them; the only place where they meet.
 *
 * @param opsPort the one that is listened on, once it is.
 */
export async function startRealtime(
  config: ServerConfig,
  store: Store,
  log: Logger,
  demoAppId: string,
  dashboardFolder: string | null,
  localToken: string,
  opsPort: () => number,
): Promise<Realtime> {
  const now = Date.now;
  const meters = new Meters();
  const sockets = new Map<Connection, Socket>();
  const sessionTopics = new SessionTopics();
  let isDraining = false;

  const directory: AppDirectory = await AppDirectory.open(store.apps, {
    pollIntervalMs: POLL_INTERVAL_MS,
    onChange: (changes) => {
      appsChanged(changes, hub, apply, grants, meters, log);
      for (const { before, after } of changes) if (before && !after) forget(before.id);
    },
    onApplied: async () => {
      retirements?.schedule();
      await heartbeat?.beat();
    },
    onError: (error) =>
      log.error({ err: error }, "cannot read the app store; going on with what was read before"),
  });
  let heartbeat: NodeHeartbeat | undefined;
  let retirements: Retirements | undefined;
  const findAppByKey = (key: string): App | undefined => directory.byKey(key)?.app;
  const { maxConnections } = config;
  const hub = new Hub({ findAppByKey, hmacHex: hmacSha256Hex, random: secureRandom, maxConnections });

  const console = new Console(now);
  const webhooks = await Webhooks.start({
    database: store.database,
    vault: store.vault,
    hub,
    post: webhookPost(config.webhookAllowPrivate),
    hmacHex: hmacSha256Hex,
    signerOf: (appId) => appSigner(directory.byId(appId)),
    onAttempt: attemptWatcher(console),
    log,
  });

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
  const recentRefusals = new RecentRefusals({ secrets, now, onAdded: refusalWatcher(console) });
  const refusals = new Refusals({
    explain,
    readers: [new RefusalLog(log, secrets, now), recentRefusals],
    meters,
    now,
    later,
  });
  const hints = config.mode === "development" ? developmentHints(explain, now) : undefined;
  const secretUses = new UseEvidence({ store: new EvidenceStore(store.database), log, now });
  const callers = new ApiCallers((request) => engine.addressOf(request), now());
  const forget = (appId: string) => {
    recentSockets.forget(appId);
    refusals.forget(appId);
    recentRefusals.forget(appId);
    webhooks.meters.forget(appId);
    void recorder.forget(appId);
  };

  const apply = makeApply(
    () => engine,
    sessionTopics,
    hub,
    sockets,
    meters,
    [refusals.onNote, noteRecorder(secretUses.uses, now), noteWatcher(console), webhooks.onNote],
    hints,
    config.maxBufferedBytes,
    (connection, error) => closer.add(connection, error),
  );
  const closer = new PacedCloser({
    close: (connection, error) => apply(hub.close(connection, error.code, error.details)),
    monotonicNow: () => performance.now(),
    random: secureRandom,
    later: cancellable,
  });
  const grants = new Grants({
    hub,
    apply,
    withinSeconds: () => closer.withinSeconds,
    now,
    onEnded: (app, { kind, id }, ended) => log.info({ app: app.id, kind, id, ...ended }, "grants ended"),
  });
  const revokeGrants = grantRevoker({
    grants,
    apps: store.apps,
    database: store.database,
    refresh: () => directory.refresh(),
    now,
  });
  const recorder = new RollupRecorder({
    hub,
    meters,
    webhooks: webhooks.meters,
    store: new RollupStore(store.database),
    marks: new MarkStore(store.database),
    node: () => ({ name: nodeName(), version: VERSION }),
    log,
    now,
  });
  const live = hubLive({
    hub,
    apply,
    sockets,
    findAppById: (id) => directory.byId(id),
    refresh: async () => {
      await directory.refresh();
      await webhooks.refresh();
    },
    grants,
    revokeGrants,
    console,
    startedAtMs: now(),
    recorderId: recorder.id,
    clientsAt: () => ({
      publicUrl: config.publicUrl && new URL(config.publicUrl).origin,
      port: engine.address.port,
      isAdminPort: config.admin !== "ops",
    }),
    doctor: new Doctor({
      secrets,
      recentSocketIds: (appId) => recentSockets.of(appId),
      send: guardedRequest({
        allowPrivate: config.webhookAllowPrivate || config.mode === "development",
        resolve: systemResolver(now),
      }),
    }),
    recentRefusals: (appId) => recentRefusals.of(appId),
    onTriggered: triggerWatcher(console, hub),
    onClientEvent: clientEventWatcher(console),
    testWebhook: (endpoint, type) => webhooks.test(endpoint, type),
    now,
  });
  const admin = adminOnDemand({
    store,
    evidence: secretUses,
    live,
    log,
    now,
    pathPrefix: config.pathPrefix,
    url: () => operatorsUrl(config, { port: engine.address.port, opsPort: opsPort() }),
    publicHosts: config.publicUrl ? [new URL(config.publicUrl).host] : [],
    localToken,
    ownAddress: parseAddress(config.admin === "ops" ? config.opsHost : config.host),
    oidc: config.oidc,
  });
  const operators = operatorsEdge(
    adminEdge({ api: admin, pathPrefix: config.pathPrefix, trustProxy: config.trustProxy }),
    dashboardEdge(config.dashboard ? dashboardFolder : null, config.pathPrefix),
  );
  const edge = webSocketEdge({
    hub,
    apply,
    meters,
    findAppByKey,
    sockets,
    pathPrefix: config.pathPrefix,
    isDraining: () => isDraining,
    now,
  });
  const socketHandlers = watchSockets(rememberSockets(edge, recentSockets), console);
  const fallback = config.httpFallback
    ? new HttpFallback({
        hub,
        apply,
        meters,
        sockets: socketHandlers,
        topics: sessionTopics,
        publishToWebSockets: (topic, text) => engine.publish(topic, text),
        addressOf: (request) => engine.addressOf(request),
        pathPrefix: config.pathPrefix,
        trustProxy: config.trustProxy,
        maxFrameBytes: config.maxFrameBytes,
        maxBufferedBytes: config.maxBufferedBytes,
        hardBufferLimitBytes: config.maxBufferedBytes * HARD_LIMIT_FACTOR,
        mostSessions: MOST_HTTP_SESSIONS,
        monotonicNow: () => performance.now(),
        wait,
      })
    : undefined;
  const handlers: EngineHandlers = {
    ...socketHandlers,
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
        revokeGrants,
        onTriggered: triggerWatcher(console, hub),
        addressOf: (request) => engine.addressOf(request),
        onRefused: (refused) => refusals.onCall(refused),
        onAuthenticated: requestRecorder(secretUses.uses, callers),
        hintFor: hints?.forCall,
      }),
      fallback,
      operators:
        config.admin === "main"
          ? (request) => operators(request, (asked) => engine.addressOf(asked))
          : undefined,
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
    failed: (cause) =>
      log.error({ err: cause }, "a request or a frame failed for a reason of the server's own"),
  };
  const engine = await listen(config, handlers, async () => {
    await directory.stop();
    await webhooks.stop();
  });
  const nodeName = () => `${hostname()}:${engine.address.port}`;
  const sweeper = new Sweeper(() => {
    apply(hub.sweep(now()));
    fallback?.sweep();
  });
  heartbeat = new NodeHeartbeat({
    nodes: store.nodes,
    name: nodeName(),
    version: VERSION,
    now,
    state: () => ({ appliedRevision: directory.revision, connections: hub.connectionCount, isDraining }),
    onError: (error) => log.warn({ err: error }, "cannot tell the other nodes of this one"),
  });
  retirements = new Retirements({
    store: store.apps,
    apps: () => directory.all(),
    now,
    onEnded: () => directory.refresh(),
    onError: (error) => log.error({ err: error }, "cannot revoke a secret whose retirement is over"),
  });
  secretUses.start();
  recorder.start();

  return {
    port: engine.address.port,
    hub,
    meters,
    webhooks,
    operatorsOnOps: config.admin === "ops" ? operators : undefined,
    fallback,
    isDraining: () => isDraining,
    loopLagSeconds: () => sweeper.lagSeconds,
    async stop() {
      isDraining = true;
      engine.stopListening();
      webhooks.drain();
      // The drain closes those who wait for their turn as well.
      closer.stop();
      const closed = await drain({ hub, apply, maxMs: config.drainSeconds * 1000, wait });
      await fallback?.settle(FAREWELL_MS);
      sweeper.stop();
      await retirements?.stop();
      await directory.stop();
      await heartbeat?.stop();
      await engine.stop();
      await webhooks.stop();
      await secretUses.stop();
      refusals.flush();
      // After all that counts.
      await recorder.stop();
      return closed;
    },
  };
}

/** The admin API, put up when it is first asked for: most servers serve clients for days before anybody looks in. */
function adminOnDemand(options: AdminApiOptions): AdminApi {
  let api: Promise<AdminApi> | undefined;
  return async (request, origin) => {
    api ??= import("./admin/admin-api.ts").then(({ adminApi }) => adminApi(options));
    return (await api)(request, origin);
  };
}

/** The one way effects are carried out, followed by a look for whoever does not keep up with them. */
function makeApply(
  engine: () => Engine,
  sessionTopics: SessionTopics,
  hub: Hub,
  sockets: ReadonlyMap<Connection, Socket>,
  meters: Meters,
  listeners: readonly NoteListener[],
  hints: DevelopmentHints | undefined,
  maxBufferedBytes: number,
  closeSoon: EffectTargets["closeSoon"],
): ApplyEffects {
  const count = noteCounter(meters);
  const applyAll = effectApplier({
    publish: (topic, text, except) => {
      if (except) except.publishToOthers(topic, text);
      else engine().publish(topic, text);
      if (sessionTopics.joined > 0) sessionTopics.publish(topic, text, except);
    },
    socketOf: (connection) => sockets.get(connection),
    meters,
    onNote: (app, note, frame) => {
      count(app, note);
      for (const listener of listeners) listener(app, note, frame);
    },
    closeSoon,
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
  undo: () => Promise<void>,
): Promise<Engine> {
  const { host, port, maxFrameBytes, maxRequestBytes, maxBufferedBytes, trustProxy } = config;
  const hardBufferLimitBytes = maxBufferedBytes * HARD_LIMIT_FACTOR;
  try {
    return listenOnBun(
      { host, port, maxFrameBytes, maxRequestBytes, hardBufferLimitBytes, trustProxy },
      handlers,
    );
  } catch (cause) {
    await undo();
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
  grants: Grants,
  meters: Meters,
  log: Logger,
): void {
  for (const { before, after } of changes) {
    log.info({ app: (after ?? before)?.id, exists: after !== undefined }, "app changed");
    if (!before) continue;
    apply(hub.appChanged(before, after));
    if (after) grants.appChanged(before, after);
    else meters.forget(before.id);
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

/** Calls back once, unless the returned function is called before. */
function cancellable(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
