import type { ChannelName, Member, ServerMessage } from "@usher/protocol";
import type { AppSettings } from "../app.ts";
import type { PastEvent, Position } from "../channel-log.ts";
import type { Connection } from "../connection.ts";
import type { Effect } from "../effect.ts";
import type { CachedEvent } from "../event-cache.ts";
import type { CarriedEvent, ElsewhereChange, Place } from "../place.ts";
import { ClientViews } from "./client-views.ts";
import { TestHub } from "./test-hub.ts";

interface Claim {
  readonly subscriptions: number;
  readonly members: ReadonlyMap<string, Member>;
}

const NOTHING: Claim = { subscriptions: 0, members: new Map() };

/** What is said on a place's topic. */
type Message =
  | {
      readonly kind: "claim";
      readonly place: Place;
      readonly from: string;
      readonly version: number;
      readonly claim: Claim;
    }
  | { readonly kind: "event"; readonly event: CarriedEvent; readonly position: Position | undefined };

interface Snapshot {
  readonly place: Place;
  readonly version: number;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly cached: CachedEvent | null;
  readonly events: readonly PastEvent[];
}

/** One place as the store has it that all nodes share. */
interface Stored {
  version: number;
  readonly claims: Map<string, Claim>;
  cached: CachedEvent | null;
  readonly events: PastEvent[];
}

interface Listening {
  readonly place: Place;
  /** Claims of the others by the version of the place in which they were made. */
  readonly replica: Map<string, { readonly version: number; readonly claim: Claim }>;
  isOpen: boolean;
}

/** What a node can be made to do. */
export type NodeWork =
  | "flush"
  | "send"
  | "read"
  | "takeAnswer"
  | "receive"
  | "listen"
  | "catchUp"
  | "closeUnwanted"
  | "resync"
  | "outage";

/** One node: a hub, the views of its clients, and the driver that speaks for it to the store. */
export class TestNode {
  readonly hub: TestHub;
  readonly views = new ClientViews();
  readonly #cluster: TestCluster;
  readonly id: string;
  readonly changed = new Map<string, Place>();
  readonly claimed = new Map<string, Claim>();
  readonly listening = new Map<string, Listening>();
  /** On its way to the store, in the order of sending. */
  readonly outbox: (() => void)[] = [];
  readonly asked: Listening[] = [];
  readonly answers: { readonly to: Listening; readonly snapshot: Snapshot }[] = [];
  /** On its way from the store; each sender's own messages keep their order. */
  readonly inbox = new Map<string, Message[]>();
  /** Gets each frame for each client. */
  onFrame: (to: Connection, message: ServerMessage) => void = () => {};
  /** The count that was last sent on each channel. */
  readonly counts = new Map<string, number>();

  constructor(cluster: TestCluster, id: string, serial: number, settings: Partial<AppSettings>) {
    this.#cluster = cluster;
    this.id = id;
    // Socket ids of different nodes are different.
    const random = Array.from({ length: 1_000 }, (_, index) => (serial * 1_000 + index) / 1_000_000);
    this.hub = new TestHub(settings, { isClustered: true, random });
    this.hub.onEffects = (effects) => this.#apply(effects);
  }

  get isQuiet(): boolean {
    const { changed, outbox, asked, answers, inbox } = this;
    return changed.size + outbox.length + asked.length + answers.length + inbox.size === 0;
  }

  disconnect(connection: Connection): void {
    this.views.disconnect(connection);
    this.hub.disconnect(connection);
  }

  /** Looks at what has changed, listens where somebody wants it, and sends off what it has. */
  flush(): void {
    const changed = [...this.changed];
    this.changed.clear();
    for (const [key, place] of changed) {
      const here = this.hub.hub.here(this.hub.app.id, place);
      const listening = this.listening.get(key);
      if (here.isWanted && !listening) this.#listen(place);
      const before = this.claimed.get(key) ?? NOTHING;
      if (isSame(before, here)) continue;
      this.claimed.set(key, here);
      this.outbox.push(() => this.#cluster.claim(this.id, place, here));
    }
  }

  send(): void {
    this.outbox.shift()?.();
  }

  /** The store answers what was asked first. The answer is under way. */
  read(): void {
    const to = this.asked.shift();
    if (to) this.answers.push({ to, snapshot: this.#cluster.snapshot(to.place) });
  }

  takeAnswer(): void {
    const answer = this.answers.shift();
    if (!answer || this.listening.get(keyOf(answer.to.place)) !== answer.to) return;
    const { to, snapshot } = answer;
    for (const [from, { version }] of [...to.replica]) {
      if (version <= snapshot.version) to.replica.delete(from);
    }
    for (const [from, claim] of snapshot.claims) {
      if (from !== this.id && !to.replica.has(from))
        to.replica.set(from, { version: snapshot.version, claim });
    }
    to.isOpen = true;
    const { place, cached, events } = snapshot;
    const history = { epoch: this.#cluster.epoch, serial: events.length, events: events.slice(-HISTORY) };
    const elsewhere = this.#elsewhere(to);
    const opened = { place, elsewhere, ...(place.kind === "channel" ? { cached, history } : {}) };
    this.hub.lines(this.hub.hub.placesOpened(this.hub.app, [opened], this.hub.nowMs));
  }

  /** Receives the first message of one of those who have sent some. */
  receive(choice: number): void {
    const senders = [...this.inbox.keys()];
    const sender = senders[choice % senders.length];
    const messages = sender === undefined ? undefined : this.inbox.get(sender);
    const message = messages?.shift();
    if (sender !== undefined && messages?.length === 0) this.inbox.delete(sender);
    if (message) this.#take(message);
  }

  /** Opens what it wants and sends off what it has; nothing arrives meanwhile. */
  listen(): void {
    this.flush();
    while (this.outbox.length > 0) this.send();
    while (this.asked.length > 0) this.read();
    while (this.answers.length > 0) this.takeAnswer();
  }

  /** Receives all that has arrived. */
  catchUp(): void {
    while (this.inbox.size > 0) this.receive(0);
  }

  /** Stops to listen where nobody wants it. */
  closeUnwanted(): void {
    for (const [key, { place, isOpen }] of [...this.listening]) {
      if (!isOpen || this.hub.hub.here(this.hub.app.id, place).isWanted) continue;
      this.listening.delete(key);
      this.hub.hub.placeClosed(this.hub.app, place);
    }
  }

  /** Reads all that it listens to once more. */
  resync(): void {
    for (const listening of this.listening.values()) if (listening.isOpen) this.asked.push(listening);
  }

  /** Loses what is on its way to it, notices that, and reads everything once more. */
  outage(): void {
    this.#cluster.hadOutage = true;
    this.inbox.clear();
    this.asked.push(...this.listening.values());
  }

  put(sender: string, message: Message): void {
    const place = message.kind === "claim" ? message.place : message.event.place;
    if (!this.listening.has(keyOf(place))) return;
    const messages = this.inbox.get(sender) ?? [];
    messages.push(message);
    this.inbox.set(sender, messages);
  }

  #listen(place: Place): void {
    const listening: Listening = { place, replica: new Map(), isOpen: false };
    this.listening.set(keyOf(place), listening);
    this.asked.push(listening);
  }

  #take(message: Message): void {
    if (message.kind === "event") {
      const { event, position } = message;
      this.hub.lines(this.hub.hub.carried(this.hub.app, event, position, this.hub.nowMs));
      return;
    }
    const { place, from, version, claim } = message;
    const listening = this.listening.get(keyOf(place));
    if (!listening || version <= (listening.replica.get(from)?.version ?? 0)) return;
    const before = this.#elsewhere(listening);
    listening.replica.set(from, { version, claim });
    if (!listening.isOpen) return;
    const change = changeBetween(before, this.#elsewhere(listening));
    this.hub.lines(this.hub.hub.elsewhereChanged(this.hub.app, place, change, this.hub.nowMs));
  }

  #pass(effect: Effect): void {
    if (effect.kind === "send") this.onFrame(effect.to, effect.message);
    if (effect.kind !== "publish") return;
    for (const receiver of this.views.receiversOn(effect.channel)) {
      if (receiver !== effect.except) this.onFrame(receiver, effect.message);
    }
  }

  #elsewhere({ replica }: Listening): Claim {
    const claims = [...replica.values()].map(({ claim }) => claim);
    return {
      subscriptions: claims.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
      members: new Map(claims.flatMap(({ members }) => [...members])),
    };
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.views.apply([effect]);
      this.#pass(effect);
      if (effect.kind === "placeChanged") this.changed.set(keyOf(effect.place), effect.place);
      if (effect.kind === "carry") {
        const { event } = effect;
        this.outbox.push(() => this.#cluster.publish(this.id, event));
      }
      if (effect.kind === "publish" && effect.message.kind === "subscriptionCount") {
        this.counts.set(effect.channel, effect.message.count);
      }
    }
  }
}

/** How many events of a channel's history a node is given when it begins to listen. */
const HISTORY = 20;

/** Nodes that share a store. Whatever goes between them goes when the test says. */
export class TestCluster {
  readonly nodes: TestNode[];
  readonly epoch = "shared";
  /** Something was lost on its way. */
  hadOutage = false;
  readonly #settings: Partial<AppSettings>;
  readonly #stored = new Map<string, Stored>();
  #started = 0;

  constructor(size: number, settings: Partial<AppSettings>) {
    this.#settings = settings;
    this.nodes = Array.from({ length: size }, () => this.#start());
  }

  node(index: number): TestNode {
    const node = this.nodes[index % this.nodes.length];
    if (!node) throw new Error("a cluster has nodes");
    return node;
  }

  /** A node dies with all that is on its way from it; another takes its place. What it claimed is forgotten. */
  crash(index: number): void {
    const dead = this.node(index);
    this.nodes[index % this.nodes.length] = this.#start();
    for (const [key, { claims }] of this.#stored) {
      if (claims.has(dead.id)) this.claim(dead.id, JSON.parse(key), NOTHING);
    }
  }

  /** Carries on until nothing is on its way. */
  settle(): void {
    while (this.nodes.some(({ isQuiet }) => !isQuiet)) {
      for (const node of this.nodes) {
        node.listen();
        node.catchUp();
      }
    }
  }

  claim(from: string, place: Place, claim: Claim): void {
    const stored = this.#at(place);
    const version = ++stored.version;
    if (isSame(claim, NOTHING)) stored.claims.delete(from);
    else stored.claims.set(from, claim);
    for (const node of this.nodes) {
      if (node.id !== from) node.put(from, { kind: "claim", place, from, version, claim });
    }
  }

  publish(from: string, event: CarriedEvent): void {
    if (event.order === "any") {
      for (const node of this.nodes) {
        if (node.id !== from) node.put(from, { kind: "event", event, position: undefined });
      }
      return;
    }
    const stored = this.#at(event.place);
    const { message, exceptSocketId } = event;
    if (event.isCached) stored.cached = { message, expiresAtMs: Number.MAX_SAFE_INTEGER };
    const serial = stored.events.length + 1;
    stored.events.push({ serial, message, exceptSocketId, atMs: this.node(0).hub.nowMs });
    const position = { epoch: this.epoch, serial };
    for (const node of this.nodes)
      node.put(`events of ${message.channel}`, { kind: "event", event, position });
  }

  snapshot(place: Place): Snapshot {
    const { version, claims, cached, events } = this.#at(place);
    return { place, version, claims: new Map(claims), cached, events: [...events] };
  }

  /** The data of an event by its channel and its serial. */
  dataOf(channel: string, serial: number): string | undefined {
    return this.#at({ kind: "channel", channel: channel as ChannelName }).events[serial - 1]?.message.data;
  }

  /** How many claims there are. */
  get claims(): number {
    return [...this.#stored.values()].reduce((sum, { claims }) => sum + claims.size, 0);
  }

  #start(): TestNode {
    this.#started++;
    return new TestNode(this, `node-${this.#started}`, this.#started, this.#settings);
  }

  #at(place: Place): Stored {
    const key = keyOf(place);
    const known = this.#stored.get(key);
    if (known) return known;
    const stored: Stored = { version: 0, claims: new Map(), cached: null, events: [] };
    this.#stored.set(key, stored);
    return stored;
  }
}

function keyOf(place: Place): string {
  return JSON.stringify(place);
}

function isSame(one: Claim, other: Claim): boolean {
  if (one.subscriptions !== other.subscriptions || one.members.size !== other.members.size) return false;
  return [...one.members].every(
    ([userId, { userInfoJson }]) =>
      other.members.has(userId) && other.members.get(userId)?.userInfoJson === userInfoJson,
  );
}

function changeBetween(before: Claim, after: Claim): ElsewhereChange {
  return {
    subscriptions: after.subscriptions,
    added: [...after.members.values()].filter(
      ({ userId, userInfoJson }) =>
        !before.members.has(userId) || before.members.get(userId)?.userInfoJson !== userInfoJson,
    ),
    removed: [...before.members.keys()].filter((userId) => !after.members.has(userId)),
  };
}
