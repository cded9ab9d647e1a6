import {
  type App,
  type AppState,
  type CachedEvent,
  type ChannelInfo,
  type Connection,
  channelInfo,
  type Hub,
} from "@usher/hub";
import { type ChannelName, channelTraits, UsherError } from "@usher/protocol";
import type { ApplyEffects } from "../apply-effects.ts";
import { answerFromView } from "../cluster/channel-view.ts";
import type { ClusterReads } from "../cluster/cluster-reads.ts";
import { type SendClientEventContext, sendClientEvent } from "../console/send-client-event.ts";
import { visibleData } from "../console/visible-data.ts";
import type { Socket } from "../edges/engine.ts";
import { Parameters } from "../edges/http-api/api-request.ts";
import { type TriggerContext, triggerEvent } from "../edges/http-api/trigger-events.ts";
import type { Grants } from "../grants/grants.ts";
import type { RevokeGrants } from "../grants/revoke-grants.ts";
import { readHistory } from "../history/read-history.ts";
import { firstAfter } from "./first-after.ts";
import type {
  CachedEventInfo,
  ConnectionsQuery,
  Live,
  LiveChannel,
  LiveConnection,
  LiveConnectionDetail,
} from "./live.ts";

export interface HubLiveOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly sockets: ReadonlyMap<Connection, Socket>;
  readonly findAppById: (id: string) => App | undefined;
  /** Resolves once all that was committed before holds here and the list of nodes says so. Never throws. */
  readonly refresh: () => Promise<void>;
  readonly grants: Pick<Grants, "ended">;
  readonly revokeGrants: RevokeGrants;
  readonly testWebhook: Live["testWebhook"];
  readonly console: Live["console"];
  readonly doctor: Live["doctor"];
  readonly clientsAt: Live["clientsAt"];
  readonly recentRefusals: Live["recentRefusals"];
  readonly startedAtMs: number;
  readonly recorderId: string;
  readonly onTriggered: TriggerContext["onTriggered"];
  readonly onClientEvent: SendClientEventContext["onSent"];
  readonly now: () => number;
  /** In a cluster: what the other nodes have on channels that are not open here. */
  readonly reads?: ClusterReads | undefined;
}

/** The running server as the admin API sees it: what the hub holds, read when somebody asks. */
export function hubLive(options: HubLiveOptions): Live {
  const { hub, apply, sockets, findAppById, onTriggered, onClientEvent, now, reads } = options;
  const context = () => ({ hub, nowMs: now(), reads });
  const connectionOf = (appId: string, socketId: string) =>
    hub.stateOf(appId)?.connections.get(socketId as Connection["socketId"]);
  const summary = (connection: Connection) => summaryOf(connection, sockets);
  return {
    refresh: options.refresh,
    revokeGrants: options.revokeGrants,
    testWebhook: options.testWebhook,
    console: options.console,
    doctor: options.doctor,
    clientsAt: options.clientsAt,
    recentRefusals: options.recentRefusals,
    startedAtMs: options.startedAtMs,
    recorderId: options.recorderId,
    ended: (id) => options.grants.ended(id),

    counts(appId) {
      const state = hub.stateOf(appId);
      return {
        connections: state?.connections.size ?? 0,
        channels: state?.channels.size ?? 0,
        users: state?.users.onlineCount ?? 0,
      };
    },

    allCounts() {
      const total = { connections: 0, channels: 0, users: 0 };
      for (const { connections, channels, users } of hub.states) {
        total.connections += connections.size;
        total.channels += channels.size;
        total.users += users.onlineCount;
      }
      return total;
    },

    async channels(appId, { prefix, after, limit }) {
      const state = hub.stateOf(appId);
      if (!reads) {
        const names = firstAfter(namesWith(state, prefix), after, limit) as ChannelName[];
        return names.map((name) => describeChannel(name, channelInfo(state, name)));
      }
      const wanted = { prefix, areCountsWanted: false };
      const names = await answerFromView(appId, wanted, context(), (view) =>
        firstAfter(view.occupied(prefix).keys(), after, limit),
      );
      const channels = names as ChannelName[];
      return answerFromView(appId, { channels, isCacheWanted: false }, context(), (view) =>
        channels.map((name) => describeChannel(name, view.info(name))),
      );
    },

    async channel(appId, rawName) {
      const name = rawName as ChannelName;
      const wanted = { channels: [name], isCacheWanted: true };
      return answerFromView(appId, wanted, context(), (view) => {
        const info = view.info(name);
        if (!info.isOccupied) return undefined;
        return { ...describeChannel(name, info), cached: describeCached(view.cached(name)) };
      });
    },

    async members(appId, rawChannel, { after, limit }) {
      const channel = rawChannel as ChannelName;
      const wanted = { channels: [channel], isCacheWanted: false };
      return answerFromView(appId, wanted, context(), (view) =>
        firstAfter(view.userIds(channel), after, limit).map((userId) => view.member(channel, userId)),
      );
    },

    connections(appId, query) {
      const state = hub.stateOf(appId);
      if (!state) return [];
      const socketIds = firstAfter(socketIdsOf(state, query), query.after, query.limit);
      return socketIds.flatMap((socketId) => {
        const connection = connectionOf(appId, socketId);
        return connection ? [summary(connection)] : [];
      });
    },

    connection(appId, socketId) {
      const connection = connectionOf(appId, socketId);
      return connection && { ...summary(connection), ...detailsOf(connection) };
    },

    disconnect(appId, socketId, mayComeBack) {
      const connection = connectionOf(appId, socketId);
      if (connection) apply(hub.close(connection, mayComeBack ? "connection_ended" : "connection_sent_away"));
    },

    held(appId) {
      const tally = new HeldTally();
      for (const connection of hub.stateOf(appId)?.connections.values() ?? []) tally.add(connection);
      return tally.counts;
    },

    async channelEvents(appId, channel, page) {
      const app = findAppById(appId);
      if (!app) return new UsherError("http_app_not_found", { id: appId });
      const history = await readHistory(app, channel, page, context());
      if (!history.ok) return history.error;
      const events = history.value.events.map((event) => ({
        ...event,
        data: visibleData(app, channel as ChannelName, event.data) ?? null,
        size: event.data.length,
      }));
      return { ...history.value, events };
    },

    async trigger(appId, parameters) {
      const app = findAppById(appId);
      if (!app) return new UsherError("http_app_not_found", { id: appId });
      if (!app.enabled) return new UsherError("app_disabled");
      const nowMs = now();
      const answer = await triggerEvent(app, new Parameters(parameters, []), {
        hub,
        apply,
        nowMs,
        onTriggered,
        reads,
      });
      if (answer instanceof UsherError) return answer;
      hub.stateFor(app).meter.add(1, nowMs);
      return answer.json;
    },

    clientEvent(appId, event) {
      const app = findAppById(appId);
      if (!app) return new UsherError("http_app_not_found", { id: appId });
      if (!app.enabled) return new UsherError("app_disabled");
      return sendClientEvent(app, event, { hub, apply, nowMs: now(), onSent: onClientEvent });
    },
  };
}

function* namesWith(state: AppState | undefined, prefix: string): Iterable<string> {
  for (const name of state?.channels.keys() ?? []) if (name.startsWith(prefix)) yield name;
}

function describeChannel(name: ChannelName, { subscriptionCount, userCount }: ChannelInfo): LiveChannel {
  return { name, subscriptionCount, userCount: channelTraits(name).isPresence ? userCount : null };
}

function describeCached(cached: CachedEvent | undefined): CachedEventInfo | null {
  if (!cached) return null;
  const { message, expiresAtMs } = cached;
  return { event: message.event, size: message.data.length, expiresAtMs };
}

/** Starts from the shortest list that holds all that can fit. */
function* socketIdsOf(state: AppState, query: ConnectionsQuery): Iterable<string> {
  const candidates =
    query.channel === undefined
      ? state.connections.values()
      : (state.channels.get(query.channel as ChannelName)?.connections ?? []);
  for (const connection of candidates) if (fits(connection, query)) yield connection.socketId;
}

function fits(connection: Connection, { search, socketId, userId, address }: ConnectionsQuery): boolean {
  if (socketId !== undefined && !connection.socketId.startsWith(socketId)) return false;
  if (address !== undefined && !connection.info.address?.startsWith(address)) return false;
  if (userId !== undefined && !isUser(connection, userId)) return false;
  return search === undefined || isFound(connection, search);
}

function isFound(connection: Connection, text: string): boolean {
  return (
    connection.socketId.startsWith(text) ||
    connection.info.address?.startsWith(text) === true ||
    connection.subscriptions.has(text as ChannelName) ||
    isUser(connection, text)
  );
}

function isUser({ user, subscriptions }: Connection, userId: string): boolean {
  if (user?.id === userId) return true;
  for (const subscription of subscriptions.values()) if (subscription.userId === userId) return true;
  return false;
}

function summaryOf(connection: Connection, sockets: ReadonlyMap<Connection, Socket>): LiveConnection {
  return {
    socketId: connection.socketId,
    key: connection.key,
    userId: connection.user?.id ?? memberOf(connection),
    subscriptionCount: connection.subscriptions.size,
    info: connection.info,
    lastActivityAtMs: connection.lastInboundMs,
    bufferedBytes: sockets.get(connection)?.bufferedBytes() ?? 0,
  };
}

function memberOf({ subscriptions }: Connection): string | null {
  for (const { userId } of subscriptions.values()) if (userId !== undefined) return userId;
  return null;
}

function detailsOf({
  user,
  subscriptions,
}: Connection): Pick<LiveConnectionDetail, "user" | "subscriptions"> {
  return {
    user: user ? { id: user.id, userInfoJson: user.userInfoJson ?? null, secretId: user.secretId } : null,
    subscriptions: [...subscriptions].map(([channel, { userId, secretId }]) => ({
      channel,
      userId: userId ?? null,
      secretId: secretId ?? null,
    })),
  };
}

/** Counts what each secret admitted. It is asked about a hundred thousand connections at once, so it allocates for none of them. */
class HeldTally {
  readonly counts = new Map<string, HeldCounts>();
  /** Most connections hold what the one before them holds: from the same secret. */
  #latest: HeldCounts | undefined;

  add(connection: Connection): void {
    const { user, subscriptions } = connection;
    if (user) this.#of(user.secretId, connection).signIns++;
    for (const { secretId } of subscriptions.values()) {
      if (secretId !== undefined) this.#of(secretId, connection).subscriptions++;
    }
  }

  /** The counts of a secret, with the connection counted in, once however much it holds. */
  #of(secretId: string, connection: Connection): HeldCounts {
    const counts = this.#latest?.secretId === secretId ? this.#latest : this.#find(secretId);
    this.#latest = counts;
    if (counts.latest !== connection) {
      counts.latest = connection;
      counts.connections++;
    }
    return counts;
  }

  #find(secretId: string): HeldCounts {
    const known = this.counts.get(secretId);
    if (known) return known;
    const fresh = { secretId, connections: 0, subscriptions: 0, signIns: 0, latest: undefined };
    this.counts.set(secretId, fresh);
    return fresh;
  }
}

interface HeldCounts {
  readonly secretId: string;
  connections: number;
  subscriptions: number;
  signIns: number;
  /** The connection that was counted last. */
  latest: Connection | undefined;
}
