import { expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import fc from "fast-check";
import { channelInfo } from "./channel-info.ts";
import type { Connection } from "./connection.ts";
import { type NodeWork, TestCluster, type TestNode } from "./testing/test-cluster.ts";

const NODES = 3;
const USERS = ["1", "2", "__proto__"] as const;
const CHANNELS = ["presence-a", "presence-cache-b", "private-c", "d"] as const;
const SETTINGS = {
  activityTimeoutSeconds: 1_000_000,
  subscriptionCounting: true,
  watchlistEvents: true,
  historyPrefixes: ["d"],
} as const;

/** One client, as a naive observer would write it down. */
interface Client {
  readonly node: TestNode;
  readonly connection: Connection;
  /** The member that it belongs to, on presence channels. */
  readonly channels: Map<string, string | undefined>;
  user: string | undefined;
  watchlist: readonly string[];
}

type Step =
  | { readonly kind: "connect" | "disconnect"; readonly slot: number }
  | {
      readonly kind: "join" | "leave" | "trigger";
      readonly slot: number;
      readonly channel: string;
      readonly user: string;
    }
  | {
      readonly kind: "signIn";
      readonly slot: number;
      readonly user: string;
      readonly watchlist: readonly string[];
    }
  | {
      readonly kind: NodeWork | "settle" | "crash";
      readonly node: number;
      readonly choice: number;
    }
  | { readonly kind: "wait"; readonly ms: number };

const slot = fc.nat(8);
const user = fc.constantFrom(...USERS);
const channel = fc.constantFrom(...CHANNELS);
const onNode = { node: fc.nat(NODES - 1), choice: fc.nat(10) };
/** What a node does with one thing that waits for it, or with all. */
const work = fc.constantFrom(
  ...(["flush", "send", "read", "takeAnswer", "receive", "receive", "receive"] as const),
  ...(["catchUp", "catchUp", "catchUp", "listen", "listen", "closeUnwanted", "resync"] as const),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("connect"), slot }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("disconnect"), slot }) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom("join", "join", "join", "leave", "trigger"),
        slot,
        channel,
        user,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("signIn"), slot, user, watchlist: fc.uniqueArray(user) }),
    },
    { weight: 12, arbitrary: fc.record({ kind: work, ...onNode }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("settle", "outage", "crash"), ...onNode }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait"), ms: fc.constantFrom(1, 1_000, 3_000) }) },
  ),
  { minLength: 60, maxLength: 250 },
);

class World {
  readonly cluster = new TestCluster(NODES, SETTINGS);
  readonly clients = new Map<number, Client>();

  take(step: Step): void {
    const client = "slot" in step ? this.clients.get(step.slot) : undefined;
    switch (step.kind) {
      case "wait":
        this.wait(step.ms);
        break;
      case "connect":
        if (!client) this.#connect(step.slot);
        break;
      case "disconnect":
        if (client) this.disconnect(step.slot, client);
        break;
      case "signIn":
        if (client) this.#signIn(client, step.user, step.watchlist);
        break;
      case "trigger":
        client?.node.hub.trigger([step.channel]);
        break;
      case "leave":
        client?.node.hub.unsubscribe(client.connection, step.channel);
        client?.channels.delete(step.channel);
        break;
      case "join":
        if (client) this.#join(client, step.channel, step.user);
        break;
      case "settle":
        this.cluster.settle();
        break;
      case "crash":
        this.#crash(step.node);
        break;
      default:
        this.cluster.node(step.node)[step.kind](step.choice);
    }
  }

  wait(ms: number): void {
    for (const { hub } of this.cluster.nodes) hub.sweep(ms);
  }

  disconnect(at: number, { node, connection }: Client): void {
    node.disconnect(connection);
    this.clients.delete(at);
  }

  membersOf(name: string): string[] {
    const ids = [...this.clients.values()].flatMap(({ channels }) => channels.get(name) ?? []);
    return [...new Set(ids)].sort();
  }

  #connect(at: number): void {
    const node = this.cluster.node(at);
    const connection = node.hub.connect(`c${at}`);
    this.clients.set(at, { node, connection, channels: new Map(), user: undefined, watchlist: [] });
  }

  #signIn(client: Client, id: string, watchlist: readonly string[]): void {
    client.node.hub.signIn(client.connection, { id, watchlist });
    if (client.user !== undefined && client.user !== id) return;
    client.user = id;
    client.watchlist = watchlist;
  }

  #join({ node, connection, channels }: Client, name: string, userId: string): void {
    const isPresence = name.startsWith("presence-");
    if (isPresence) node.hub.enter(connection, name, userId);
    else node.hub.subscribe(connection, name);
    if (!channels.has(name)) channels.set(name, isPresence ? userId : undefined);
  }

  #crash(index: number): void {
    const dead = this.cluster.node(index);
    this.cluster.crash(index);
    for (const [at, { node }] of [...this.clients]) if (node === dead) this.clients.delete(at);
  }
}

/** Whatever a node knows by now, its clients know the same. */
function expectViewsToEqualHubs({ clients }: World): void {
  for (const { node, connection } of clients.values()) {
    const { state } = node.hub;
    for (const name of connection.subscriptions.keys()) {
      const roster = state.channels.get(name)?.roster;
      if (roster) expect(node.views.membersFor(connection, name)).toEqual(roster.userIds().sort());
    }
    if (state.places?.waitingWatchers.has(connection)) continue;
    const watched = connection.watchlist;
    const online = node.views.onlineFor(connection).filter((id) => watched.includes(id));
    expect(online.sort()).toEqual(watched.filter((id) => state.isOnline(id)).sort());
  }
}

function expectTruth(world: World): void {
  const all = [...world.clients.values()];
  const online = new Set(all.map((client) => client.user));
  for (const name of CHANNELS) {
    const on = all.filter(({ channels }) => channels.has(name));
    const members = world.membersOf(name);
    const expected = { isOccupied: on.length > 0, userCount: members.length, subscriptionCount: on.length };
    for (const { node, connection } of on) {
      const { state } = node.hub;
      expect(connection.subscriptions.has(name as ChannelName)).toBe(true);
      expect(channelInfo(state, name as ChannelName)).toEqual(expected);
      if (name.startsWith("presence-")) expect(node.views.membersFor(connection, name)).toEqual(members);
      else expect(node.counts.get(name)).toBe(on.length);
    }
  }
  for (const { node, connection, watchlist } of all) {
    expect([...connection.watchlist]).toEqual([...watchlist]);
    const believed = node.views.onlineFor(connection).filter((id) => watchlist.includes(id));
    expect(believed.sort()).toEqual(watchlist.filter((id) => online.has(id)).sort());
  }
}

test("however late nodes hear of each other, clients believe what their node knows, and all know the truth in the end", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      for (const step of all) {
        world.take(step);
        expectViewsToEqualHubs(world);
      }
      world.cluster.settle();
      world.wait(3_000);
      world.cluster.settle();
      expectViewsToEqualHubs(world);
      expectTruth(world);

      for (const [at, client] of [...world.clients]) world.disconnect(at, client);
      world.wait(3_000);
      world.cluster.settle();
      expect(world.cluster.claims).toBe(0);
      for (const node of world.cluster.nodes) node.closeUnwanted();
      world.wait(60_000);
      for (const node of world.cluster.nodes) {
        const { channels, users, places, countsDue } = node.hub.state;
        expect([channels.size, users.size, places?.size, countsDue.size]).toEqual([0, 0, 0, 0]);
      }
    }),
    { numRuns: 500 },
  );
}, 120_000);
