import type { ChannelName, SocketId } from "@usher/protocol";
import type { App, AppKey } from "./app.ts";
import type { Channel } from "./channel.ts";
import { ChannelHistory } from "./channel-history.ts";
import type { Connection } from "./connection.ts";
import { EventCache } from "./event-cache.ts";
import { MessageMeter } from "./message-meter.ts";
import { Places } from "./places.ts";
import { RecentPublishes } from "./recent-publishes.ts";
import { RestrictionIndex } from "./restriction-index.ts";
import type { TokenBucket } from "./token-bucket.ts";
import { Users } from "./users.ts";

// A guard, not a feature: 10,000 events of 10 KB are 100 MB.
const MOST_CACHED_EVENTS = 10_000;
/** With a key on 400 requests a second, the oldest of so many is two minutes old. */
const MOST_PUBLISHES = 50_000;
const PUBLISH_REPEAT_MS = 120_000;

/** Everything that one node holds for one app while somebody uses it. */
export class AppState {
  #app: App;
  #restrictions: RestrictionIndex | undefined;
  #history: ChannelHistory | undefined;
  readonly #random: () => number;
  readonly connections = new Map<SocketId, Connection>();
  readonly channels = new Map<ChannelName, Channel>();
  readonly users: Users;
  /** What other nodes have, and what waits for it to be known; undefined on a node that stands alone. */
  readonly places: Places | undefined;
  readonly cache = new EventCache(MOST_CACHED_EVENTS);
  readonly publishes = new RecentPublishes(MOST_PUBLISHES, PUBLISH_REPEAT_MS);
  readonly meter = new MessageMeter();
  /** Connections that have proved nothing yet, with the time by which they must; oldest first. */
  readonly unauthorized = new Map<Connection, number>();
  /** Channels whose count has changed since it was last sent, with the time when the next may go out. */
  readonly countsDue = new Map<Channel, number>();
  serverEventBucket: TokenBucket | undefined;
  readBucket: TokenBucket | undefined;

  /** @param random uniform from 0 up to but not including 1. */
  constructor(app: App, random: () => number, isClustered = false) {
    this.#random = random;
    this.users = new Users(isClustered);
    this.places = isClustered ? new Places() : undefined;
    this.#app = app;
    this.#restrictions = RestrictionIndex.of(app.restrictions);
    this.#history = this.#historyFor(app);
  }

  /** The current snapshot; replaced whole when the app changes. */
  get app(): App {
    return this.#app;
  }

  set app(app: App) {
    this.#app = app;
    this.#restrictions = RestrictionIndex.of(app.restrictions);
    this.#history = this.#historyFor(app);
  }

  /** The last events of the channels that have a history; undefined where the app wants none. */
  get history(): ChannelHistory | undefined {
    return this.#history;
  }

  /** What counts no more although it is signed; undefined where the app has taken nothing back. */
  get restrictions(): RestrictionIndex | undefined {
    return this.#restrictions;
  }

  findKey(key: string): AppKey | undefined {
    return this.app.keys.find((candidate) => candidate.key === key);
  }

  /** Connections that count towards the quota: with authorized connections on, those that proved something. */
  get quotaUse(): number {
    return this.connections.size - this.unauthorized.size;
  }

  isOnline(userId: string): boolean {
    return this.users.isOnline(userId) || this.places?.isOnlineElsewhere(userId) === true;
  }

  #historyFor({ settings }: App): ChannelHistory | undefined {
    if (!settings.historyPrefixes) return undefined;
    const history = this.#history ?? new ChannelHistory(settings, this.#random);
    history.configure(settings);
    return history;
  }
}
