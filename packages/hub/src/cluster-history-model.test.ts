import { expect, test } from "bun:test";
import type { ChannelName, ServerMessage } from "@usher/protocol";
import fc from "fast-check";
import type { Connection } from "./connection.ts";
import { type NodeWork, TestCluster, type TestNode } from "./testing/test-cluster.ts";

const NODES = 2;
const CHANNELS = ["private-kept-a", "private-cache-kept-b"] as const;
const KEPT = 10;
const SETTINGS = {
  clientEvents: true,
  clientEventRate: 1_000_000,
  activityTimeoutSeconds: 1_000_000,
  historyPrefixes: ["private-"],
  historyEvents: KEPT,
} as const;

type Step =
  | { readonly kind: "connect" | "cut"; readonly slot: number; readonly node: number }
  | {
      readonly kind: "join" | "leave" | "publish" | "publishNow" | "clientEvent";
      readonly slot: number;
      readonly channel: string;
    }
  | {
      readonly kind: NodeWork | "settle";
      readonly node: number;
      readonly choice: number;
    };

const slot = fc.nat(4);
const channel = fc.constantFrom(...CHANNELS);
const node = fc.nat(NODES - 1);
const choice = fc.nat(5);
const work = fc.constantFrom(
  ...(["flush", "send", "read", "read", "takeAnswer", "takeAnswer", "receive", "receive"] as const),
  ...(["catchUp", "listen", "closeUnwanted", "resync"] as const),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("connect", "connect", "cut"), slot, node }) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom("join", "join", "leave", "publish", "publishNow", "publishNow", "clientEvent"),
        slot,
        channel,
      }),
    },
    { weight: 12, arbitrary: fc.record({ kind: work, node, choice }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("settle", "outage"), node, choice }) },
  ),
  { minLength: 40, maxLength: 250 },
);

interface Mark {
  epoch: string;
  serial: number;
  isCounting: boolean;
}

/** A client that counts, wherever it is connected, and sees to it that what it gets is what was sent. */
class Client {
  node: TestNode | undefined;
  connection: Connection | undefined;
  socketId: Connection["socketId"] | undefined;
  readonly marks = new Map<string, Mark>();
  gaps = 0;
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  join(channel: string): void {
    const mark = this.marks.get(channel);
    if (!this.node || !this.connection || mark?.isCounting) return;
    const from = mark && { epoch: mark.epoch, serial: mark.serial };
    this.node.hub.subscribe(this.connection, channel, { resume: { from, socketId: this.socketId } });
  }

  leave(channel: string): void {
    if (this.node && this.connection) this.node.hub.unsubscribe(this.connection, channel);
    const mark = this.marks.get(channel);
    if (mark) mark.isCounting = false;
  }

  cut(): void {
    if (this.node && this.connection) this.node.disconnect(this.connection);
    this.socketId = this.connection?.socketId ?? this.socketId;
    this.connection = undefined;
    for (const mark of this.marks.values()) mark.isCounting = false;
  }

  receive(message: ServerMessage): void {
    if (message.kind === "position" || message.kind === "gap") this.#stand(message);
    if (message.kind !== "event") return;
    const mark = this.marks.get(message.channel);
    if (!mark?.isCounting) return;
    mark.serial++;
    expect(mark.epoch).toBe(this.#cluster.epoch);
    expect(message.data).toBe(this.#cluster.dataOf(message.channel, mark.serial) ?? "nothing");
  }

  #stand({ kind, channel, epoch, serial }: Extract<ServerMessage, { kind: "position" | "gap" }>): void {
    const mark = this.marks.get(channel);
    if (kind === "gap") {
      this.gaps++;
      // One is due to whoever is ahead of the node that it comes to.
      const isBehind = mark !== undefined && serial < mark.serial;
      expect(isBehind || serial > KEPT || this.#cluster.hadOutage).toBe(true);
    }
    // Where none is told, it stands where it stood, or has been passed over by one event.
    if (kind === "position" && mark) expect([0, 1]).toContain(serial - mark.serial);
    this.marks.set(channel, { epoch, serial, isCounting: true });
  }
}

class World {
  readonly cluster = new TestCluster(NODES, SETTINGS);
  readonly clients = Array.from({ length: 5 }, () => new Client(this.cluster));
  readonly #owners = new Map<Connection, Client>();
  #published = 0;

  constructor() {
    for (const node of this.cluster.nodes) {
      node.onFrame = (to, message) => this.#owners.get(to)?.receive(message);
    }
  }

  take(step: Step): void {
    if (step.kind === "settle") {
      this.cluster.settle();
      return;
    }
    if (!("slot" in step)) {
      this.cluster.node(step.node)[step.kind](step.choice);
      return;
    }
    const client = this.clients[step.slot];
    if (!client) return;
    switch (step.kind) {
      case "connect":
        if (!client.connection) this.#connect(client, step.node);
        break;
      case "publish":
        client.node?.hub.trigger([step.channel], `${++this.#published}`);
        break;
      case "publishNow":
        client.node?.hub.trigger([step.channel], `${++this.#published}`);
        while (client.node?.outbox.length) client.node.send();
        break;
      case "clientEvent":
        if (client.connection)
          client.node?.hub.clientEvent(client.connection, step.channel, `${++this.#published}`);
        break;
      case "cut":
        client.cut();
        break;
      default:
        client[step.kind](step.channel);
    }
  }

  #connect(client: Client, index: number): void {
    client.node = this.cluster.node(index);
    client.connection = client.node.hub.connect("somebody");
    this.#owners.set(client.connection, client);
  }
}

test("wherever clients return, they get each event once and in the one order, or are told of a gap", () => {
  let counted = 0;
  let gaps = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      for (const step of all) world.take(step);
      world.cluster.settle();
      for (const client of world.clients) {
        gaps += client.gaps;
        for (const [channel, { epoch, serial, isCounting }] of client.marks) {
          if (!isCounting) continue;
          const place = { kind: "channel", channel: channel as ChannelName } as const;
          expect([epoch, serial]).toEqual([world.cluster.epoch, world.cluster.snapshot(place).events.length]);
          counted += serial;
        }
      }
    }),
    { numRuns: 1_500 },
  );
  expect(counted).toBeGreaterThan(gaps);
}, 120_000);
