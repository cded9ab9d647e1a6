import { expect, test } from "bun:test";
import fc from "fast-check";
import { channelInfo } from "./channel-info.ts";
import type { Connection } from "./connection.ts";
import { ClientViews } from "./testing/client-views.ts";
import { TestHub } from "./testing/test-hub.ts";

const MEMBER_LIMIT = 2;
const USERS = ["1", "2", "__proto__"] as const;
const CHANNELS = ["presence-a", "presence-cache-b", "private-c", "d"] as const;
const SETTINGS = {
  authorizedConnections: true,
  authorizationTimeoutSeconds: 1_000_000,
  activityTimeoutSeconds: 1_000_000,
  subscriptionCounting: true,
  watchlistEvents: true,
  presenceLimits: { members: MEMBER_LIMIT, memberBytes: 1_024, userIdLength: 128 },
} as const;

/** One client, as a naive observer of the hub would write it down. */
interface Client {
  readonly connection: Connection;
  /** The member that it belongs to, on presence channels. */
  readonly channels: Map<string, string | undefined>;
  user: string | undefined;
  watchlist: readonly string[];
  hasProved: boolean;
}

type Step =
  | { readonly kind: "connect" | "disconnect"; readonly slot: number }
  | {
      readonly kind: "join" | "joinSignedIn" | "leave";
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
  | { readonly kind: "wait"; readonly ms: number };

const slot = fc.nat(5);
const user = fc.constantFrom(...USERS);
const channel = fc.constantFrom(...CHANNELS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("connect"), slot }),
    fc.record({ kind: fc.constant("disconnect"), slot }),
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom("join", "leave", "joinSignedIn"), slot, channel, user }),
    },
    fc.record({ kind: fc.constant("signIn"), slot, user, watchlist: fc.uniqueArray(user) }),
    fc.record({ kind: fc.constant("wait"), ms: fc.constantFrom(1, 1_000, 3_000) }),
  ),
  { minLength: 20, maxLength: 120 },
);

/** A hub, the views of its clients, and a second set of books kept by the simplest means. */
class World {
  readonly hub = new TestHub(SETTINGS);
  readonly views = new ClientViews();
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
      case "leave":
        if (client) this.#leave(client, step.channel);
        break;
      case "join":
        if (client) this.#join(client, step.channel, step.user);
        break;
      case "joinSignedIn":
        if (client) this.#join(client, step.channel, undefined);
    }
  }

  wait(ms: number): void {
    this.hub.sweep(ms);
  }

  disconnect(at: number, client: Client): void {
    this.views.disconnect(client.connection);
    this.hub.disconnect(client.connection);
    this.clients.delete(at);
  }

  /** Everyone who is on a presence channel, whoever asks. */
  membersOf(name: string): string[] {
    const ids = [...this.clients.values()].flatMap(({ channels }) => channels.get(name) ?? []);
    return [...new Set(ids)].sort();
  }

  #connect(at: number): void {
    const connection = this.hub.connect(`c${at}`);
    const client = { connection, channels: new Map(), user: undefined, watchlist: [], hasProved: false };
    this.clients.set(at, client);
  }

  #signIn(client: Client, id: string, watchlist: readonly string[]): void {
    this.hub.signIn(client.connection, { id, watchlist });
    if (client.user !== undefined && client.user !== id) return;
    client.user = id;
    client.watchlist = watchlist;
    client.hasProved = true;
  }

  #leave(client: Client, name: string): void {
    this.hub.unsubscribe(client.connection, name);
    client.channels.delete(name);
  }

  #join(client: Client, name: string, userId: string | undefined): void {
    if (!name.startsWith("presence-")) {
      this.hub.subscribe(client.connection, name);
      client.channels.set(name, undefined);
      if (name.startsWith("private-")) client.hasProved = true;
      return;
    }
    if (userId === undefined) this.hub.subscribe(client.connection, name);
    else this.hub.enter(client.connection, name, userId);
    const member = userId ?? client.user;
    const members = this.membersOf(name);
    if (member === undefined || client.channels.has(name)) return;
    if (!members.includes(member) && members.length >= MEMBER_LIMIT) return;
    client.channels.set(name, member);
    client.hasProved = true;
  }
}

function expectTruth(world: World): void {
  const { hub, views } = world;
  const all = [...world.clients.values()];
  for (const name of CHANNELS) {
    const on = all.filter(({ channels }) => channels.has(name));
    const members = world.membersOf(name);
    const expected = { isOccupied: on.length > 0, userCount: members.length, subscriptionCount: on.length };
    expect(channelInfo(hub.state, name as never)).toEqual(expected);
    if (!name.startsWith("presence-")) continue;
    for (const { connection } of on) expect(views.membersFor(connection, name)).toEqual(members);
  }
  const spells = CHANNELS.map(
    (name) => world.membersOf(name).length + Number(hub.state.channels.has(name as never)),
  );
  expect(views.openSpells).toBe(spells.reduce((sum, count) => sum + count, 0));
  expect(hub.state.quotaUse).toBe(all.filter(({ hasProved }) => hasProved).length);
  expect(hub.state.unauthorized.size).toBe(all.filter(({ hasProved }) => !hasProved).length);
  expect(hub.hub.connectionCount).toBe(all.length);
}

function expectWatchersToKnow({ views, clients }: World): void {
  const all = [...clients.values()];
  const online = new Set(all.map((client) => client.user));
  for (const { connection, watchlist } of all) {
    const watchedOnline = watchlist.filter((id) => online.has(id)).sort();
    const believed = views.onlineFor(connection).filter((id) => watchlist.includes(id));
    expect(believed.sort()).toEqual(watchedOnline);
  }
}

test("whatever clients do, lists equal events, counts equal the truth, and nothing is left when they have gone", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      world.hub.onEffects = (effects) => world.views.apply(effects);
      for (const step of all) {
        world.take(step);
        expectTruth(world);
      }
      world.wait(3_000);
      expectWatchersToKnow(world);

      for (const [at, client] of [...world.clients]) world.disconnect(at, client);
      const { connections, channels, users, unauthorized, countsDue } = world.hub.state;
      world.wait(3_000);
      expect([connections.size, channels.size, users.size, unauthorized.size, countsDue.size]).toEqual([
        0, 0, 0, 0, 0,
      ]);
      expect(world.views.openSpells).toBe(0);
      expect(world.hub.hub.connectionCount).toBe(0);
    }),
    { numRuns: 300 },
  );
}, 60_000);
