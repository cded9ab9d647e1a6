import { expect, test } from "bun:test";
import type { ChannelName, ServerMessage } from "@usher/protocol";
import fc from "fast-check";
import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";
import { TestHub } from "./testing/test-hub.ts";

const CHANNELS = ["private-kept-a", "private-cache-kept-b", "private-c"] as const;
const KEPT = ["private-kept-", "private-cache-kept-"];
const SETTINGS = { clientEvents: true, historyPrefixes: KEPT, historyEvents: 4, historySeconds: 60 } as const;
const CLIENTS = 3;

type Step =
  | { readonly kind: "publish"; readonly channel: string; readonly except: number | undefined }
  | { readonly kind: "clientEvent"; readonly channel: string; readonly slot: number }
  | { readonly kind: "subscribe"; readonly channel: string; readonly slot: number }
  /** The frames that have not been read are lost but for some of the first. */
  | { readonly kind: "cut"; readonly slot: number; readonly read: number }
  | { readonly kind: "read"; readonly slot: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "restart" }
  | { readonly kind: "offAndOn" };

const slot = fc.nat(CLIENTS - 1);
const channel = fc.constantFrom(...CHANNELS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("publish" as const),
        channel,
        except: fc.option(slot, { nil: undefined, freq: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("clientEvent" as const), channel, slot }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("subscribe" as const), channel, slot }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), slot, read: fc.nat(4) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const), slot }) },
    fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 20_000, 61_000) }),
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "offAndOn" as const }) },
  ),
  { minLength: 20, maxLength: 120 },
);

interface Mark {
  epoch: string;
  serial: number;
  socketId: string;
  isCounting: boolean;
}

/** A client with the plug-in: it counts as that does, and notes what its page sees. */
class Client {
  connection: Connection | undefined;
  readonly frames: ServerMessage[] = [];
  readonly marks = new Map<string, Mark>();
  /** By channel: numbers of events, and reasons of gaps, in the order of arrival. */
  readonly seen = new Map<string, (number | string)[]>(CHANNELS.map((name) => [name, []]));
  /** Numbers of events by channel that were kept from it, as it caused them. */
  readonly own = new Set<string>();

  read(count = Number.POSITIVE_INFINITY): void {
    for (const frame of this.frames.splice(0, count)) this.#read(frame);
  }

  /** Before the server has said where a channel stands nothing counts: a cached event may be an old one. */
  #read(message: ServerMessage): void {
    if (message.kind === "event") {
      const mark = this.marks.get(message.channel);
      if (!mark?.isCounting) return;
      mark.serial++;
      this.seen.get(message.channel)?.push(Number(message.data));
    } else if (message.kind === "position" || message.kind === "gap") {
      const { epoch, serial } = message;
      if (message.kind === "gap") this.seen.get(message.channel)?.push(message.reason);
      const socketId = this.connection?.socketId ?? "";
      this.marks.set(message.channel, { epoch, serial, socketId, isCounting: true });
    }
  }
}

class World {
  hub = new TestHub(SETTINGS);
  readonly clients = Array.from({ length: CLIENTS }, () => new Client());
  readonly #topics = new Map<string, Set<Connection>>();
  /** Of the last event that was sent by anybody. */
  lastNumber = 0;
  #restarts = 0;

  constructor() {
    this.#listen();
    for (const client of this.clients) this.connect(client);
  }

  take(step: Step): void {
    switch (step.kind) {
      case "publish": {
        const except = step.except === undefined ? undefined : this.clients[step.except];
        const number = ++this.lastNumber;
        except?.own.add(`${step.channel} ${number}`);
        this.hub.trigger([step.channel], String(number), except?.connection);
        break;
      }
      case "clientEvent": {
        const client = this.#client(step.slot);
        if (!client.connection?.subscriptions.has(step.channel as ChannelName)) break;
        const number = ++this.lastNumber;
        client.own.add(`${step.channel} ${number}`);
        this.hub.clientEvent(client.connection, step.channel, String(number));
        break;
      }
      case "subscribe":
        this.subscribe(this.#client(step.slot), step.channel);
        break;
      case "cut":
        this.cut(this.#client(step.slot), step.read);
        this.connect(this.#client(step.slot));
        break;
      case "read":
        this.#client(step.slot).read();
        break;
      case "wait":
        this.hub.sweep(step.ms);
        for (const { connection } of this.clients)
          if (connection) this.hub.hub.touch(connection, this.hub.nowMs);
        break;
      case "restart":
        this.#restart();
        break;
      case "offAndOn":
        this.hub.change({ historyPrefixes: null });
        this.hub.trigger([CHANNELS[0]], String(++this.lastNumber));
        this.hub.change({ historyPrefixes: KEPT });
    }
  }

  connect(client: Client): void {
    client.connection = this.hub.connect(`client ${this.clients.indexOf(client)}`);
  }

  cut(client: Client, read: number): void {
    client.read(read);
    client.frames.length = 0;
    for (const mark of client.marks.values()) mark.isCounting = false;
    const { connection } = client;
    client.connection = undefined;
    for (const topic of this.#topics.values()) if (connection) topic.delete(connection);
    if (connection) this.hub.disconnect(connection);
  }

  subscribe(client: Client, name: string): void {
    const { connection } = client;
    if (!connection || connection.subscriptions.has(name as ChannelName)) return;
    client.read();
    const mark = client.marks.get(name);
    if (mark) mark.isCounting = false;
    const from = mark && { epoch: mark.epoch, serial: mark.serial };
    this.hub.subscribe(connection, name, { resume: { from, socketId: mark?.socketId } });
  }

  #client(index: number): Client {
    return this.clients[index] as Client;
  }

  #restart(): void {
    for (const client of this.clients) this.cut(client, 0);
    const { nowMs } = this.hub;
    this.#restarts++;
    // Another node has other random numbers.
    const random = Array.from({ length: 40 }, (_, n) => this.#restarts / 100 + n / 1_000_000);
    this.hub = new TestHub(SETTINGS, { random });
    this.hub.nowMs = nowMs;
    this.#topics.clear();
    this.#listen();
    for (const client of this.clients) this.connect(client);
  }

  #listen(): void {
    this.hub.onEffects = (effects) => {
      for (const effect of effects) this.#apply(effect);
    };
  }

  #apply(effect: Effect): void {
    if (effect.kind === "send") this.#deliver(effect.to, effect.message);
    else if (effect.kind === "join") this.#topic(effect.channel).add(effect.connection);
    else if (effect.kind === "publish") {
      for (const connection of this.#topic(effect.channel)) {
        if (connection !== effect.except) this.#deliver(connection, effect.message);
      }
    }
  }

  #deliver(to: Connection, message: ServerMessage): void {
    this.clients.find(({ connection }) => connection === to)?.frames.push(message);
  }

  #topic(name: string): Set<Connection> {
    const topic = this.#topics.get(name) ?? new Set();
    this.#topics.set(name, topic);
    return topic;
  }

  /** Every client reads all, comes back once more, and reads all again. */
  settle(): void {
    for (const client of this.clients) {
      this.cut(client, Number.POSITIVE_INFINITY);
      this.connect(client);
      for (const name of CHANNELS) this.subscribe(client, name);
      client.read();
    }
  }
}

test("whatever happens, each client sees every event once and in order, or one gap in its place", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = new World();
      const published = new Map<string, number[]>(CHANNELS.map((name) => [name, []]));
      for (const client of world.clients) {
        for (const name of CHANNELS.slice(0, 2)) world.subscribe(client, name);
        client.read();
      }
      for (const step of taken) note(world, step, published);
      world.settle();
      for (const client of world.clients) {
        for (const name of CHANNELS) check(client, name, published.get(name) ?? []);
      }
    }),
    { numRuns: 500 },
  );
});

/** Takes a step and writes down which number, if any, was published by it. */
function note(world: World, step: Step, published: Map<string, number[]>): void {
  const before = world.lastNumber;
  world.take(step);
  if (world.lastNumber === before) return;
  const name = "channel" in step ? step.channel : CHANNELS[0];
  published.get(name)?.push(world.lastNumber);
}

function check(client: Client, name: string, published: readonly number[]): void {
  const seen = client.seen.get(name) ?? [];
  if (name === "private-c") {
    expect(seen).toEqual([]);
    return;
  }
  let at = 0;
  let gap = false;
  for (const item of seen) {
    if (typeof item === "string") {
      gap = true;
      continue;
    }
    const place = published.indexOf(item);
    // Once and in order: what is seen lies behind what was seen before.
    expect(place).toBeGreaterThanOrEqual(at);
    const skipped = published.slice(at, place).filter((number) => !client.own.has(`${name} ${number}`));
    if (skipped.length > 0) expect([skipped, gap]).toEqual([skipped, true]);
    at = place + 1;
    gap = false;
  }
  const rest = published.slice(at).filter((number) => !client.own.has(`${name} ${number}`));
  if (rest.length > 0) expect([rest, gap]).toEqual([rest, true]);
}
