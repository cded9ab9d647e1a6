import { hostname } from "node:os";
import { type App, type Connection, Hub } from "@usher/hub";
import type { Logger } from "pino";
import { hubLive } from "./admin/hub-live.ts";
import { Admission } from "./admission/admission.ts";
import type { ApplyEffects } from "./apply-effects.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { makeApply } from "./composition/apply.ts";
import { Begun } from "./composition/begun.ts";
import { joinedBy } from "./composition/cluster.ts";
import { operators } from "./composition/operators.ts";
import { refusalParts } from "./composition/refusals.ts";
import { cancellable, secureRandom, wait } from "./composition/surroundings.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { Console } from "./console/console.ts";
import {
  attemptWatcher,
  clientEventWatcher,
  noteWatcher,
  triggerWatcher,
  watchSockets,
} from "./console/console-sources.ts";
import { Doctor } from "./doctor/doctor.ts";
import { listenOnBun } from "./edges/bun/bun-engine.ts";
import { hmacSha256Hex } from "./edges/bun/bun-hmac.ts";
import type { Engine, EngineHandlers, Socket } from "./edges/engine.ts";
import { firstPage } from "./edges/first-page/first-page.ts";
import { httpApi } from "./edges/http-api/http-api.ts";
import { httpEdge } from "./edges/http-edge.ts";
import { HttpFallback } from "./edges/http-fallback/http-fallback.ts";
import { SessionTopics } from "./edges/http-fallback/session-topics.ts";
import type { OperatorsEdge } from "./edges/operators-edge.ts";
import { webSocketEdge } from "./edges/websocket/websocket-edge.ts";
import { ApiCallers } from "./evidence/api-callers.ts";
import { EvidenceStore } from "./evidence/evidence-store.ts";
import { noteRecorder, requestRecorder } from "./evidence/record-uses.ts";
import { UseEvidence } from "./evidence/use-evidence.ts";
import { Grants } from "./grants/grants.ts";
import { PacedCloser } from "./grants/paced-closer.ts";
import { grantRevoker } from "./grants/revoke-grants.ts";
import type { ClusterSources } from "./metrics/cluster-metrics.ts";
import { Meters } from "./metrics/meters.ts";
import { Drainer } from "./nodes/drainer.ts";
import { Membership } from "./nodes/membership.ts";
import type { WorkerPlace } from "./nodes/node-store.ts";
import { rememberSockets } from "./refusals/recent-sockets.ts";
import { MarkStore } from "./rollups/mark-store.ts";
import { RollupRecorder } from "./rollups/rollup-recorder.ts";
import { RollupStore } from "./rollups/rollup-store.ts";
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
  /** Undefined for a server of its own. */
  readonly cluster: ClusterSources | undefined;
  readonly admission: Pick<Admission, "waitingCount" | "delayed">;
  /** Not ready for new clients. */
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

export interface RealtimeOptions {
  readonly config: ServerConfig;
  readonly store: Store;
  readonly log: Logger;
  /** What the first page in development shows. */
  readonly demoAppId: string;
  readonly dashboardFolder: string | null;
  readonly localToken: string;
  /** The one that is listened on, once it is. */
  readonly opsPort: () => number;
  /** Which of the processes that share the port this is; `null` for one that has it to itself. */
  readonly worker: WorkerPlace | null;
}

/** Starts it; rejects with a `StartError` or a `StoreError`, and then nothing of it goes on. */
export async function startRealtime(options: RealtimeOptions): Promise<Realtime> {
  const begun = new Begun();
  try {
    return await compose(options, begun);
  } catch (cause) {
    await begun.endAll();
    throw cause;
  }
}

/** Builds the parts and connects them; the only place where they meet. */
async function compose(
  { config, store, log, demoAppId, dashboardFolder, localToken, opsPort, worker }: RealtimeOptions,
  begun: Begun,
): Promise<Realtime> {
  const now = Date.now;
  const meters = new Meters();
  const sockets = new Map<Connection, Socket>();
  const sessionTopics = new SessionTopics();
  let isStopping = false;

  const directory: AppDirectory = await AppDirectory.open(store.apps, {
    pollIntervalMs: POLL_INTERVAL_MS,
    onChange: (changes) => {
      appsChanged(changes, hub, apply, grants, meters, log);
      for (const { before, after } of changes) if (before && !after) forget(before.id);
    },
    onApplied: async () => {
      retirements?.schedule();
      await membership?.beat();
    },
    onError: (error) =>
      log.error({ err: error }, "cannot read the app store; going on with what was read before"),
  });
  begun.add(() => directory.stop());
  let membership: Membership | undefined;
  let retirements: Retirements | undefined;
  const findAppByKey = (key: string): App | undefined => directory.byKey(key)?.app;
  const { maxConnections } = config;
  const hub = new Hub({
    findAppByKey,
    hmacHex: hmacSha256Hex,
    random: secureRandom,
    maxConnections,
    isClustered: config.redisUrl !== null,
  });
  let cluster: Cluster | undefined;

  const console = new Console(now);
  const webhooks = await Webhooks.start({
    database: store.database,
    vault: store.vault,
    hub,
    post: webhookPost(config.webhookAllowPrivate),
    hmacHex: hmacSha256Hex,
    signerOf: (appId) => appSigner(directory.byId(appId)),
    onAttempt: attemptWatcher(console),
    cluster: config.redisUrl === null ? undefined : { isHere: (presence) => cluster?.isHere(presence) },
    log,
  });
  begun.add(() => webhooks.stop());

  const { secrets, recentSockets, recentRefusals, refusals, hints, ...explaining } = refusalParts({
    config,
    directory,
    console,
    meters,
    log,
    now,
  });
  const secretUses = new UseEvidence({ store: new EvidenceStore(store.database), log, now });
  const callers = new ApiCallers((request) => engine.addressOf(request), now());
  const forget = (appId: string) => {
    explaining.forget(appId);
    webhooks.meters.forget(appId);
    void recorder.forget(appId);
  };

  const apply = makeApply({
    hub,
    meters,
    engine: () => engine,
    sessionTopics,
    sockets,
    listeners: [refusals.onNote, noteRecorder(secretUses.uses, now), noteWatcher(console), webhooks.onNote],
    hints,
    maxBufferedBytes: config.maxBufferedBytes,
    closeSoon: (connection, error) => closer.add(connection, error),
    onPlaceChanged: (app, place) => cluster?.placeChanged(app, place),
    onCarry: (app, event) => cluster?.carry(app, event),
  });
  const closer = new PacedCloser({
    close: (connection, error) => apply(hub.close(connection, error.code, error.details)),
    monotonicNow: () => performance.now(),
    random: secureRandom,
    later: cancellable,
  });
  /** Resolves once all that is committed holds here; the other nodes are told to look, too. */
  const refresh = async () => {
    await directory.refresh();
    cluster?.bus.broadcast({ kind: "appsChanged" });
  };
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
    refresh,
    revokeElsewhere: (app, scope, reason) =>
      cluster?.bus.broadcast({ kind: "revoke", appId: app.id, ...scope, reason }),
    now,
  });
  cluster = await joinedBy(config, store, {
    hub,
    apply,
    grants,
    refresh: () => directory.refresh(),
    findAppById: (id) => directory.byId(id),
    about: {
      get name() {
        return nodeName();
      },
      version: VERSION,
    },
    onBack: () => webhooks.review(),
    log,
    now,
  });
  begun.add(() => cluster?.stop());
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
      await refresh();
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
    reads: cluster?.reads,
    now,
  });
  const operatorsOn = operators({
    config,
    store,
    evidence: secretUses,
    live,
    log,
    now,
    localToken,
    dashboardFolder,
    ports: () => ({ port: engine.address.port, opsPort: opsPort() }),
  });
  const drainer = new Drainer({
    hub,
    apply,
    delayMs: config.drainDelaySeconds * 1000,
    maxMs: config.drainSeconds * 1000,
    random: secureRandom,
    wait,
    onClosed: () => admission.flush(),
  });
  const edge = webSocketEdge({
    hub,
    apply,
    meters,
    findAppByKey,
    sockets,
    pathPrefix: config.pathPrefix,
    isDraining: () => drainer.refusesNewcomers,
    now,
  });
  const admission = new Admission({
    handlers: watchSockets(rememberSockets(edge, recentSockets), console),
    perSecond: config.acceptRate,
    longestWaitMs: config.acceptWaitMs,
    isClosed: () => drainer.refusesNewcomers,
    meters,
    monotonicNow: () => performance.now(),
    later: cancellable,
  });
  const socketHandlers = admission.inFront();
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
        relay: cluster?.sessions,
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
        timeWindowSeconds: config.httpTimeWindowSeconds,
        hmacHex: hmacSha256Hex,
        isDrained: () => isStopping && hub.connectionCount === 0,
        now,
        revokeGrants,
        sharedKeys: cluster?.publishKeys,
        reads: cluster?.reads,
        carrying: cluster && ((trigger) => cluster.carrying(trigger)),
        onTerminated: (app, userId) => cluster?.bus.broadcast({ kind: "terminate", appId: app.id, userId }),
        onTriggered: triggerWatcher(console, hub),
        addressOf: (request) => engine.addressOf(request),
        onRefused: (refused) => refusals.onCall(refused),
        onAuthenticated: requestRecorder(secretUses.uses, callers),
        hintFor: hints?.forCall,
      }),
      fallback,
      operators:
        config.admin === "main"
          ? (request) => operatorsOn(request, (asked) => engine.addressOf(asked))
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
  const engine = listen(config, handlers, worker !== null);
  begun.add(() => engine.stop());
  const nodeName = () => `${hostname()}:${engine.address.port}${worker ? `#${worker.index}` : ""}`;
  const sweeper = new Sweeper(() => {
    apply(hub.sweep(now()));
    fallback?.sweep();
  });
  begun.add(() => sweeper.stop());
  membership = new Membership({
    nodes: store.nodes,
    name: nodeName(),
    version: VERSION,
    worker,
    state: () => ({
      appliedRevision: directory.revision,
      connections: hub.connectionCount,
      bus: cluster?.status ?? { state: "off", since: null },
    }),
    drainer,
    log,
    now,
  });
  retirements = new Retirements({
    store: store.apps,
    apps: () => directory.all(),
    now,
    onEnded: () => directory.refresh(),
    onError: (error) => log.error({ err: error }, "cannot revoke a secret whose retirement is over"),
  });
  begun.add(() => retirements?.stop());
  begun.add(() => membership?.stop());
  await cluster?.join();
  secretUses.start();
  recorder.start();

  return {
    port: engine.address.port,
    hub,
    meters,
    webhooks,
    operatorsOnOps: config.admin === "ops" ? operatorsOn : undefined,
    fallback,
    cluster: cluster && clusterSources(cluster),
    admission,
    isDraining: () => drainer.isDraining,
    loopLagSeconds: () => sweeper.lagSeconds,
    async stop() {
      isStopping = true;
      webhooks.drain();
      // The drain closes those who wait for their turn as well.
      closer.stop();
      const closed = (await membership?.leave()) ?? 0;
      await fallback?.settle(FAREWELL_MS);
      engine.stopListening();
      sweeper.stop();
      await retirements?.stop();
      await directory.stop();
      await membership?.stop();
      await engine.stop();
      // Once the last connection is closed; before the webhooks that follow from it are written.
      await cluster?.stop();
      await webhooks.stop();
      await secretUses.stop();
      refusals.flush();
      // After all that counts.
      await recorder.stop();
      return closed;
    },
  };
}

function clusterSources(cluster: Cluster): ClusterSources {
  return { meters: cluster.meters, isUp: () => cluster.isUp, places: () => cluster.places };
}

function listen(config: ServerConfig, handlers: EngineHandlers, sharesPort: boolean): Engine {
  const { host, port, maxFrameBytes, maxRequestBytes, maxBufferedBytes, trustProxy } = config;
  const hardBufferLimitBytes = maxBufferedBytes * HARD_LIMIT_FACTOR;
  try {
    return listenOnBun(
      { host, port, sharesPort, maxFrameBytes, maxRequestBytes, hardBufferLimitBytes, trustProxy },
      handlers,
    );
  } catch (cause) {
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
