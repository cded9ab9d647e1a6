import { randomBytes } from "node:crypto";
import type { App, CarriedEvent, Hub, Note, Place, Position } from "@usher/hub";
import { type ChannelName, channelTraits } from "@usher/protocol";
import type { Logger } from "pino";
import type { ApplyEffects } from "../apply-effects.ts";
import { wait } from "../composition/surroundings.ts";
import type { SharedKeys } from "../edges/http-api/shared-keys.ts";
import type { Presence } from "../webhooks/webhook-feed.ts";
import { encodeCarried, isCarried, parseCarried } from "./carried-event.ts";
import type { ClusterReads } from "./cluster-reads.ts";
import { parsePosition } from "./events/position-head.ts";
import { RedisKeys } from "./events/redis-keys.ts";
import { SharedDelivery } from "./events/shared-delivery.ts";
import { type HistoryBounds, SharedEvents } from "./events/shared-events.ts";
import { FaultLog } from "./fault-log.ts";
import type { ClusterLink } from "./link/cluster-link.ts";
import { ClusterNames } from "./link/cluster-names.ts";
import type { LinkMeters } from "./link/link-meters.ts";
import { openLink } from "./link/open-link.ts";
import type { RedisTarget } from "./link/redis-url.ts";
import { openMessage } from "./link/sign-message.ts";
import { NodeBus } from "./node-bus.ts";
import { placeHub } from "./place-hub.ts";
import type { ClaimOutcome, NodeAbout, PlaceRef } from "./places/place-store.ts";
import { Places, type PlacesState } from "./places/places.ts";
import { RedisPlaceStore } from "./places/redis-place-store.ts";
import { systemTimers } from "./places/timers.ts";
import { redisSessionDirectory } from "./redis-session-directory.ts";
import { SessionRelay } from "./session-relay.ts";
import { sharedReads } from "./shared-reads.ts";

export interface ClusterOptions {
  readonly target: RedisTarget;
  /** In front of every name in Redis. */
  readonly prefix: string;
  /** Signs what nodes tell each other. */
  readonly key: Uint8Array;
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly findAppById: (id: string) => App | undefined;
  readonly about: NodeAbout;
  readonly meters: LinkMeters;
  readonly log: Logger;
  /** Redis is back, and some of what happened meanwhile may have been noted by nobody. */
  readonly onBack: () => void;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * This node's part in a cluster: what the hub has at its places goes out, and what the other nodes have and send comes in.
 *
 * Between the hub, which never waits, and Redis, which may be slow or gone: nothing that a client does waits for anything here
 * but the opening of a place, and that for two seconds at most.
 */
export class Cluster {
  readonly bus: NodeBus;
  /** For whoever asks about channels that are not open here. */
  readonly reads: ClusterReads;
  readonly publishKeys: SharedKeys;
  readonly sessions: SessionRelay;
  readonly #options: ClusterOptions;
  readonly #names: ClusterNames;
  readonly #link: ClusterLink;
  readonly #delivery: SharedDelivery;
  readonly #store: RedisPlaceStore;
  readonly #places: Places;
  readonly #faults: FaultLog;
  #statusSinceMs: number;
  /** What the work under way has sent, while it is; see `carrying`. */
  #carried: Promise<void>[] | undefined;

  /** Connects to Redis; call `join` once the rest of the server is there. Rejects with a `StartError`. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const node = (): Cluster => cluster;
    const link = await openLink({
      target: options.target,
      prefix: options.prefix,
      key: options.key,
      meters: options.meters,
      log: options.log,
      // Nothing arrives and nothing breaks before there is something to listen to.
      onMessage: (topic, text, head) => node().#receive(topic, text, head),
      onUp: () => node().#linkUp(),
      onDown: () => node().#linkDown(),
    });
    const cluster = new Cluster(options, link);
    return cluster;
  }

  private constructor(options: ClusterOptions, link: ClusterLink) {
    const { hub, apply, findAppById, key, meters, now } = options;
    this.#options = options;
    this.#statusSinceMs = now();
    this.#link = link;
    this.#names = new ClusterNames(options.prefix);
    const names = this.#names;
    const nodeId = randomBytes(9).toString("base64url");
    this.bus = new NodeBus({ nodeId, names, link, meters, now });
    const freshEpoch = () => randomBytes(8).toString("hex");
    const events = new SharedEvents({
      link,
      names,
      freshEpoch,
      now,
      codec: {
        encode: (event) => encodeCarried({ nodeId, event }),
        decode: (topic, signed) => {
          const ref = names.parsePlace(topic);
          const opened = openMessage(key, topic, signed);
          return ref && opened && parseCarried(ref.place, opened.text)?.event;
        },
      },
    });
    this.#delivery = new SharedDelivery({
      events,
      topicOf: (ref) => names.place(ref),
      boundsOf: (ref) => this.#boundsOf(ref),
      cacheLifetimeMs: (appId) => (findAppById(appId)?.settings.cacheLifetimeSeconds ?? 0) * 1000,
      deliver: ({ appId }, event, position) => this.#deliver(appId, event, position),
      onNotCarried: () => meters.couldNotCarry("event"),
      freshEpoch,
      monotonicNow: () => performance.now(),
    });
    this.publishKeys = new RedisKeys({
      link,
      names,
      freshToken: freshEpoch,
      monotonicNow: () => performance.now(),
      wait,
      onUnavailable: () => meters.couldNotCarry("idempotency_key"),
    });
    this.sessions = new SessionRelay({
      bus: this.bus,
      directory: redisSessionDirectory(link, names),
      monotonicNow: () => performance.now(),
    });
    this.#faults = new FaultLog({ log: options.log, monotonicNow: () => performance.now() });
    this.#store = new RedisPlaceStore({ link, names });
    this.#places = new Places({
      store: this.#store,
      hub: placeHub({ hub, apply, findAppById, delivery: this.#delivery, now }),
      nodeId,
      about: options.about,
      timers: systemTimers,
      random: options.random,
      copyOf: (ref) => this.#copyOf(ref),
      onOutcome: (ref, outcome) => this.#note(ref, outcome),
      onNodesGone: (nodeIds) => {
        for (const gone of nodeIds) this.sessions.nodeGone(gone);
      },
      onFenced: () =>
        options.log.warn(
          { code: "fenced" },
          "cluster: the others had not heard of this server for 10 seconds and went on without it; it tells them anew what it has",
        ),
      onError: (error) => this.#faults.report(error),
    });
    this.reads = sharedReads({
      places: this.#places,
      store: this.#store,
      events,
      boundsOf: (ref) => this.#boundsOf(ref),
    });
  }

  /**
   * Is somebody on this channel, on any node, or is this user a member of it? By what is claimed in Redis, where every claim is
   * ended by somebody who then says so; rejects while Redis is away.
   */
  async isHere({ appId, channel, userId }: Presence): Promise<boolean> {
    const place = { kind: "channel", channel } as const;
    // What `Hub.here` says, without its copy of all members.
    const here = this.#options.hub.stateOf(appId)?.channels.get(channel);
    const connections =
      userId === undefined ? here?.connections.size : here?.roster?.find(userId)?.connections;
    if (connections) return true;
    return this.#store.isClaimed({ appId, place }, userId);
  }

  /** Takes part from here on, once the name is known that `about` gives: subscriptions that came before have waited. */
  async join(): Promise<void> {
    await this.bus.start();
    await this.#places.start();
  }

  /** What is here at a place may be different; from the hub's effect. */
  placeChanged(app: App, place: Place): void {
    this.#places.changed({ appId: app.id, place });
  }

  /** Takes an event to the other nodes; from the hub's effect. */
  carry(app: App, event: CarriedEvent): void {
    const ref = { appId: app.id, place: event.place };
    if (event.order === "shared") {
      const taken = this.#delivery.publish(ref, event);
      this.#carried?.push(taken);
      return;
    }
    const text = encodeCarried({ nodeId: this.bus.nodeId, event });
    this.#link.send(this.#names.place(ref), text).catch(() => this.#options.meters.couldNotCarry("event"));
  }

  /**
   * Does some work, whose result then waits until Redis has taken every event of a shared order that the work sent, or could
   * not take it. So whoever waits for one answer before sending the next event, to whatever node, finds them in that order.
   */
  carrying<Result>(work: () => Result | Promise<Result>): Result | Promise<Result> {
    const carried: Promise<void>[] = [];
    this.#carried = carried;
    try {
      const result = work();
      return carried.length === 0 ? result : Promise.all(carried).then(() => result);
    } finally {
      this.#carried = undefined;
    }
  }

  get meters(): LinkMeters {
    return this.#options.meters;
  }

  get isUp(): boolean {
    return this.#link.isUp;
  }

  get places(): PlacesState {
    return this.#places.state;
  }

  /** For the list of nodes. */
  get status(): { readonly state: "up" | "down"; readonly since: string } {
    return { state: this.isUp ? "up" : "down", since: new Date(this.#statusSinceMs).toISOString() };
  }

  /** Says goodbye to the others once all connections here are closed. Never rejects. */
  async stop(): Promise<void> {
    await this.#places.stop();
    await this.#link.stop();
  }

  #receive(topic: string, text: string, head: string | undefined): void {
    if (this.bus.receive(topic, text)) return;
    const ref = this.#names.parsePlace(topic);
    if (!ref || !this.#receiveAt(ref, text, head)) this.#options.meters.drop("malformed");
  }

  #receiveAt(ref: PlaceRef, text: string, head: string | undefined): boolean {
    if (!isCarried(text)) {
      const claims = this.#store.readMessage(text, head);
      if (claims) this.#places.onClaims(ref, claims);
      return claims !== undefined;
    }
    const sent = parseCarried(ref.place, text);
    if (!sent) return false;
    const position = head === undefined ? undefined : parsePosition(head);
    if (position) this.#delivery.received(ref, sent.event, position);
    // Its own, which it has delivered already.
    else if (sent.nodeId !== this.bus.nodeId) this.#deliver(ref.appId, sent.event, undefined);
    return true;
  }

  #deliver(appId: string, event: CarriedEvent, position: Position | undefined): void {
    const { hub, apply, findAppById, now } = this.#options;
    const app = findAppById(appId);
    if (app?.enabled) apply(hub.carried(app, event, position, now()));
  }

  #copyOf(ref: PlaceRef): ReturnType<SharedDelivery["open"]> | undefined {
    const { place, appId } = ref;
    if (place.kind === "user") return undefined;
    const isShared = channelTraits(place.channel).isCache || this.#boundsOf(ref) !== undefined;
    return isShared ? this.#delivery.open(ref, !this.#options.hub.here(appId, place).isOpen) : undefined;
  }

  #boundsOf({ appId, place }: PlaceRef): HistoryBounds | undefined {
    const { hub, findAppById } = this.#options;
    const app = findAppById(appId);
    if (!app || place.kind === "user" || !hub.stateFor(app).history?.keeps(place.channel)) return undefined;
    return { events: app.settings.historyEvents, seconds: app.settings.historySeconds };
  }

  /** What became of a channel in the cluster as a whole, noted by the node that brought it about. */
  #note({ appId, place }: PlaceRef, outcome: ClaimOutcome): void {
    const app = this.#options.findAppById(appId);
    if (!app || place.kind === "user") return;
    this.#options.apply(notesOf(place.channel, outcome).map((note) => ({ kind: "note", app, note })));
  }

  #linkUp(): void {
    this.#statusSinceMs = this.#options.now();
    this.#faults.linkUp();
    this.#places.linkUp();
    this.bus.sendAgain();
    this.#options.onBack();
  }

  #linkDown(): void {
    this.#statusSinceMs = this.#options.now();
    this.#faults.linkDown();
    this.#places.linkDown();
  }
}

/** In the order in which a channel fills and empties. */
function notesOf(
  channel: ChannelName,
  { becameOccupied, becameVacant, membersAdded, membersRemoved }: ClaimOutcome,
): Note[] {
  return [
    ...(becameOccupied ? [{ kind: "occupied", channel } as const] : []),
    ...membersAdded.map((userId) => ({ kind: "memberAdded", channel, userId }) as const),
    ...membersRemoved.map((userId) => ({ kind: "memberRemoved", channel, userId }) as const),
    ...(becameVacant ? [{ kind: "vacated", channel } as const] : []),
  ];
}
