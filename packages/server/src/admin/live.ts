import type { ConnectionInfo } from "@usher/hub";
import type { ChannelName, JsonObject, UsherError } from "@usher/protocol";
import type { Console } from "../console/console.ts";
import type { ClientEventRequest } from "../console/send-client-event.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { Ended } from "../grants/ended.ts";
import type { RevokeGrants } from "../grants/revoke-grants.ts";
import type { HistoryJson, PastEventJson } from "../history/read-history.ts";
import type { RecentRefusal } from "../refusals/recent-refusals.ts";
import type { WebhookEndpoint } from "../webhooks/endpoint.ts";
import type { WebhookEventType } from "../webhooks/event-types.ts";
import type { PostResult } from "../webhooks/post-error.ts";

/**
 * What the admin API needs of a running server.
 *
 * It speaks of this node alone, but of channels as all nodes of a cluster have them together. An app that nobody uses here,
 * and one that does not exist, has no channels and no connections.
 */
export interface Live {
  /** Resolves once all that was committed before holds on this node. Never throws. */
  refresh(): Promise<void>;
  counts(appId: string): LiveCounts;
  /** Of all apps together. */
  allCounts(): LiveCounts;
  /** What this server goes by where it writes its figures for charts. */
  readonly recorderId: string;
  /** By name, in the order of code units. */
  channels(appId: string, query: ChannelsQuery): Promise<readonly LiveChannel[]>;
  /** Undefined for a channel that nobody is on. */
  channel(appId: string, name: string): Promise<LiveChannelDetail | undefined>;
  /** The members of a presence channel by user id, in the order of code units; empty for any other channel. */
  members(appId: string, channel: string, page: PageQuery): Promise<readonly LiveMember[]>;
  /** By socket id, in the order of code units. */
  connections(appId: string, query: ConnectionsQuery): readonly LiveConnection[];
  connection(appId: string, socketId: string): LiveConnectionDetail | undefined;
  /**
   * Ends one connection; nothing happens when there is none.
   *
   * @param mayComeBack with 4200, after which clients connect again at once; otherwise with 4009, after which they stay away.
   */
  disconnect(appId: string, socketId: string, mayComeBack: boolean): void;
  readonly revokeGrants: RevokeGrants;
  /** Lets somebody look at what happens to an app here. */
  readonly console: Pick<Console, "admit" | "showOut">;
  /** Where clients connect to. */
  readonly clientsAt: () => ClientAddress;
  /** When this node started. */
  readonly startedAtMs: number;
  /** Finds out what is wrong with a signature or an endpoint. */
  readonly doctor: Pick<Doctor, "explain" | "checkEndpoint" | "fingerprintOf" | "withoutSecrets">;
  /** The last refusals of an app here, the latest first. */
  recentRefusals(appId: string): readonly RecentRefusal[];
  /** How many connections, subscriptions and sign-ins each secret of an app holds right now; none where it is not named. */
  held(appId: string): ReadonlyMap<string, Held>;
  /** What the end of a secret, or a restriction, took away here; undefined for one that this node has not seen come. */
  ended(id: string): Ended | undefined;
  /** The events that a channel keeps, with as much of their data as the console may show; or why there are none. */
  channelEvents(
    appId: string,
    channel: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<VisibleHistory | UsherError>;
  /**
   * Triggers an event, with the checks and the counting of the HTTP API.
   *
   * @returns what the HTTP API answers with: a JSON text, or the refusal.
   */
  trigger(appId: string, parameters: JsonObject): Promise<string | UsherError>;
  /**
   * Sends a client event as if a connection of some user had, with the same checks.
   *
   * @returns how many connections it went to, or the refusal.
   */
  clientEvent(appId: string, event: ClientEventRequest): number | UsherError;
  /** Sends one event to an endpoint, once and past all that is owed; undefined for an app that is gone. Never rejects. */
  testWebhook(endpoint: WebhookEndpoint, type: WebhookEventType): Promise<WebhookTest | undefined>;
}

export interface ClientAddress {
  /** Origin by which clients know the servers, as configured; null where that is not known. */
  readonly publicUrl: string | null;
  /** That this server listens on for them. */
  readonly port: number;
  /** The admin API, and with it the dashboard, is on the same port. */
  readonly isAdminPort: boolean;
}

/** What came back. */
export interface WebhookTest extends PostResult {
  readonly durationMs: number;
}

export interface PageQuery {
  /** Only what comes after it; null from the start. */
  readonly after: string | null;
  readonly limit: number;
}

export interface ChannelsQuery extends PageQuery {
  readonly prefix: string;
}

/** All that are given must fit. */
export interface ConnectionsQuery extends PageQuery {
  /** Fits when the socket id or the address begins with it, or when it is the user's id or a channel's name. */
  readonly search: string | undefined;
  /** The beginning of it is enough. */
  readonly socketId: string | undefined;
  /** Signed in as this user, or present on some channel under this id. */
  readonly userId: string | undefined;
  /** The beginning of it is enough. */
  readonly address: string | undefined;
  /** Subscribed to this channel. */
  readonly channel: string | undefined;
}

export interface LiveCounts {
  readonly connections: number;
  readonly channels: number;
  /** Users who are signed in. */
  readonly users: number;
}

export interface LiveChannel {
  readonly name: ChannelName;
  readonly subscriptionCount: number;
  /** On presence channels; null on any other. */
  readonly userCount: number | null;
}

export interface LiveChannelDetail extends LiveChannel {
  /** The event that whoever joins a cache channel is sent; null where there is none. */
  readonly cached: CachedEventInfo | null;
}

export interface CachedEventInfo {
  readonly event: string;
  /** Characters of its data. */
  readonly size: number;
  readonly expiresAtMs: number;
}

export interface LiveMember {
  readonly userId: string;
  /** JSON, as the app's server gave it; null where it gave none. */
  readonly userInfoJson: string | null;
  /** To this node; 0 for a member who is on others alone. */
  readonly connections: number;
}

export interface LiveConnection {
  readonly socketId: string;
  /** The key that the client connected with. */
  readonly key: string;
  /** The user that the connection is signed in as, or else a member that it is. */
  readonly userId: string | null;
  readonly subscriptionCount: number;
  readonly info: ConnectionInfo;
  readonly lastActivityAtMs: number;
  /** What was sent and the network has not taken yet. */
  readonly bufferedBytes: number;
}

export interface LiveConnectionDetail extends LiveConnection {
  /** Who is signed in. */
  readonly user: LiveUser | null;
  readonly subscriptions: readonly LiveSubscription[];
}

export interface LiveUser {
  readonly id: string;
  /** JSON, as the app's server gave it; null where it gave none. */
  readonly userInfoJson: string | null;
  /** The secret that signed the sign-in. */
  readonly secretId: string | null;
}

export interface LiveSubscription {
  readonly channel: ChannelName;
  /** The member that the connection is, on a presence channel. */
  readonly userId: string | null;
  /** The secret that signed it; null on public channels. */
  readonly secretId: string | null;
}

export interface Held {
  readonly connections: number;
  readonly subscriptions: number;
  readonly signIns: number;
}

/** A page of a channel's history as people may see it. */
export interface VisibleHistory extends Omit<HistoryJson, "events"> {
  readonly events: readonly (Omit<PastEventJson, "data"> & {
    readonly data: string | null;
    /** In characters. */
    readonly size: number;
  })[];
}
