import { TEST_APP, type TestServer } from "../support/server.ts";
import { channelAuth, userAuth } from "../support/sign.ts";
import { dataOf, errorOf, type Frame } from "../support/socket.ts";

/** Who somebody is, and what they want to be told. */
export interface ClientPlan {
  readonly userId: string;
  readonly channels: readonly string[];
  /** Signed in where there is one, as this user, watching these. */
  readonly watchlist?: readonly string[];
}

export interface ClientSurroundings {
  /** A node that takes clients; asked for each attempt. */
  readonly choose: () => Promise<TestServer>;
  /** How long to wait before coming back, in ms. */
  readonly pauseMs: () => number;
  /** Something came that cannot be, after what came before. */
  readonly onFault: (fault: string) => void;
  /** Something has changed. */
  readonly onChange: () => void;
}

/** What one channel has told this client. */
interface View {
  /** Of a presence channel, the client's own user included. */
  readonly members: Set<string>;
  /** What it was last told; undefined before the first time. */
  count: number | undefined;
  /** Events in order of arrival, by what they carry. */
  readonly events: string[];
  /** The number of the last event that came by way of each node. */
  readonly lastBy: Map<string, number>;
}

interface Line {
  readonly webSocket: WebSocket;
  readonly node: TestServer;
  /** Channels whose subscription succeeded. */
  readonly views: Map<string, View>;
  /** Channels that were left: what still comes of them was on its way. */
  readonly left: Set<string>;
  socketId: string;
  /** What the watchlist says; undefined before it said anything. */
  online: Map<string, boolean> | undefined;
}

/**
 * A client as an app has them: it comes back when its connection ends, keeps its lists from what it is told and from nothing
 * else, and takes offence at once at what cannot be: somebody who comes and was there, who leaves and was not, an event twice.
 */
export class PresentClient {
  readonly name: string;
  readonly plan: ClientPlan;
  readonly #wanted: Set<string>;
  readonly #surroundings: ClientSurroundings;
  #line: Line | undefined;
  #isGone = false;
  #lostAtMs: number | undefined;
  /** Connections so far. */
  connections = 0;
  /** How often it was told that somebody left, on all connections and channels. */
  removals = 0;
  /** From the end of a connection to the greeting of the next. */
  longestAwayMs = 0;

  constructor(name: string, plan: ClientPlan, surroundings: ClientSurroundings) {
    this.name = name;
    this.plan = plan;
    this.#wanted = new Set(plan.channels);
    this.#surroundings = surroundings;
    void this.#connect();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Where it is connected; undefined while it is on its way. */
  get node(): TestServer | undefined {
    return this.#line?.node;
  }

  get socketId(): string | undefined {
    return this.#line?.socketId;
  }

  get wantedChannels(): ReadonlySet<string> {
    return this.#wanted;
  }

  wants(channel: string): boolean {
    return !this.#isGone && this.#wanted.has(channel);
  }

  get isSubscribedToAll(): boolean {
    const views = this.#line?.views;
    if (!views || views.size !== this.#wanted.size) return false;
    return [...this.#wanted].every((channel) => views.has(channel));
  }

  members(channel: string): ReadonlySet<string> | undefined {
    return this.#line?.views.get(channel)?.members;
  }

  count(channel: string): number | undefined {
    return this.#line?.views.get(channel)?.count;
  }

  /** What came on this connection. */
  events(channel: string): readonly string[] {
    return this.#line?.views.get(channel)?.events ?? [];
  }

  /** Whom it takes for online; undefined before it was told. */
  get online(): ReadonlySet<string> | undefined {
    const online = this.#line?.online;
    return online && new Set([...online].filter(([, isOnline]) => isOnline).map(([userId]) => userId));
  }

  join(channel: string): void {
    this.#wanted.add(channel);
    if (this.#line?.socketId) this.#subscribe(this.#line, channel);
  }

  /** Only for a channel whose subscription succeeded. */
  leave(channel: string): void {
    this.#wanted.delete(channel);
    const line = this.#line;
    if (!line?.socketId) return;
    send(line, { event: "pusher:unsubscribe", data: { channel } });
    line.views.delete(channel);
    line.left.add(channel);
  }

  /** Loses the connection, and comes back as after any other loss. */
  drop(): void {
    this.#line?.webSocket.close();
  }

  /** Goes for good. */
  close(): void {
    this.#isGone = true;
    this.#line?.webSocket.close();
    this.#line = undefined;
  }

  /** Goes for good together with its node: it does not come back from there. */
  vanish(): void {
    this.#isGone = true;
  }

  async #connect(): Promise<void> {
    const { choose, pauseMs } = this.#surroundings;
    await Bun.sleep(pauseMs());
    const node = await choose();
    if (this.#isGone) return;
    const webSocket = new WebSocket(`ws://${node.host}:${node.port}/app/${TEST_APP.key}?protocol=7`);
    const line: Line = {
      webSocket,
      node,
      views: new Map(),
      left: new Set(),
      socketId: "",
      online: undefined,
    };
    // A node that takes connections and says nothing: somebody else will.
    const tooLate = setTimeout(() => line.socketId === "" && webSocket.close(), GREETING_MS);
    webSocket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!this.#isGone) this.#take(line, JSON.parse(String(data)) as Frame);
    };
    webSocket.onclose = () => {
      clearTimeout(tooLate);
      if (this.#line === line) {
        this.#line = undefined;
        this.#lostAtMs = performance.now();
      }
      this.#surroundings.onChange();
      if (!this.#isGone) void this.#connect();
    };
  }

  #take(line: Line, frame: Frame): void {
    switch (frame.event) {
      case "pusher:connection_established":
        this.#established(line, String(dataOf(frame).socket_id));
        break;
      case "pusher:ping":
        send(line, { event: "pusher:pong", data: {} });
        break;
      case "pusher_internal:watchlist_events":
        this.#watched(line, dataOf(frame).events as WatchlistEvent[]);
        break;
      case "pusher:error":
        // Anything else tells it to come back.
        if (Number(errorOf(frame).code) < 4100) this.#fault(line, JSON.stringify(frame));
        break;
      case "pusher:subscription_error":
        this.#fault(line, JSON.stringify(frame));
        break;
      default:
        if (frame.channel !== undefined) this.#takeFrom(line, frame.channel, frame);
    }
    this.#surroundings.onChange();
  }

  #takeFrom(line: Line, channel: string, frame: Frame): void {
    const view = line.views.get(channel);
    if (frame.event === "pusher_internal:subscription_succeeded") {
      if (view) this.#fault(line, `${channel} succeeded twice`);
      const { presence } = (frame.data ? dataOf(frame) : {}) as { presence?: { ids: string[] } };
      const members = new Set(presence?.ids);
      if (presence && !members.has(this.plan.userId)) this.#fault(line, `${channel} has a list without me`);
      line.left.delete(channel);
      line.views.set(channel, { members, count: undefined, events: [], lastBy: new Map() });
      return;
    }
    if (line.left.has(channel)) return;
    if (!view) this.#fault(line, `${frame.event} on ${channel} before the subscription`);
    else this.#takeInto(line, view, channel, frame);
  }

  #takeInto(line: Line, view: View, channel: string, frame: Frame): void {
    const { members } = view;
    switch (frame.event) {
      case "pusher_internal:member_added": {
        const userId = String(dataOf(frame).user_id);
        if (members.has(userId)) this.#fault(line, `${userId} added to ${channel} while present`);
        members.add(userId);
        break;
      }
      case "pusher_internal:member_removed": {
        const userId = String(dataOf(frame).user_id);
        if (!members.has(userId)) this.#fault(line, `${userId} removed from ${channel} while absent`);
        if (userId === this.plan.userId) this.#fault(line, `removed from ${channel} myself`);
        members.delete(userId);
        this.removals++;
        break;
      }
      case "pusher_internal:subscription_count":
        view.count = Number(dataOf(frame).subscription_count);
        break;
      case "numbered": {
        const text = String(frame.data);
        const [by = "", number] = text.split(" ");
        const last = view.lastBy.get(by) ?? 0;
        if (Number(number) <= last) this.#fault(line, `${text} on ${channel} after ${last}`);
        view.lastBy.set(by, Number(number));
        view.events.push(text);
        break;
      }
      default:
    }
  }

  #established(line: Line, socketId: string): void {
    line.socketId = socketId;
    this.connections++;
    const awayMs = this.#lostAtMs === undefined ? 0 : performance.now() - this.#lostAtMs;
    this.longestAwayMs = Math.max(this.longestAwayMs, awayMs);
    this.#line = line;
    const { userId, watchlist } = this.plan;
    if (watchlist) {
      const userData = JSON.stringify({ id: userId, watchlist });
      const auth = userAuth(TEST_APP, socketId, userData);
      send(line, { event: "pusher:signin", data: { auth, user_data: userData } });
    }
    for (const channel of this.#wanted) this.#subscribe(line, channel);
  }

  #subscribe(line: Line, channel: string): void {
    const isPresence = channel.startsWith("presence-");
    const channelData = isPresence ? JSON.stringify({ user_id: this.plan.userId }) : undefined;
    const auth = channelAuth(TEST_APP, line.socketId, channel, channelData);
    const ticket = isPresence
      ? { auth, channel_data: channelData }
      : channel.startsWith("private-")
        ? { auth }
        : {};
    send(line, { event: "pusher:subscribe", data: { channel, ...ticket } });
  }

  #watched(line: Line, events: readonly WatchlistEvent[]): void {
    const isFirst = line.online === undefined;
    line.online ??= new Map();
    for (const { name, user_ids } of events) {
      const isOnline = name === "online";
      for (const userId of user_ids) {
        if (!isFirst && line.online.get(userId) === isOnline)
          this.#fault(line, `${userId} ${name} while ${name}`);
        line.online.set(userId, isOnline);
      }
    }
  }

  #fault(line: Line, what: string): void {
    this.#surroundings.onFault(`${this.name} on node ${line.node.pid}: ${what}`);
  }
}

interface WatchlistEvent {
  readonly name: "online" | "offline";
  readonly user_ids: readonly string[];
}

const GREETING_MS = 3_000;

function send({ webSocket }: Line, frame: object): void {
  if (webSocket.readyState === WebSocket.OPEN) webSocket.send(JSON.stringify(frame));
}
