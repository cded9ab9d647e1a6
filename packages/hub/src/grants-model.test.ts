import { expect, test } from "bun:test";
import { userChannel } from "@usher/protocol";
import { EXAMPLE_APP } from "@usher/protocol/testing";
import fc from "fast-check";
import type { Connection } from "./connection.ts";
import type { Restriction } from "./restrictions.ts";
import { ClientViews } from "./testing/client-views.ts";
import { TestHub } from "./testing/test-hub.ts";

const USERS = ["1", "2"] as const;
const CHANNELS = ["presence-a", "presence-b", "private-c", "d"] as const;
/** The last one is never revoked, as a key always has a live one. */
const SECRETS = [
  { id: "first", value: EXAMPLE_APP.secret },
  { id: "second", value: EXAMPLE_APP.secondSecret },
  { id: "third", value: "a third secret" },
] as const;
const LIFETIME_SECONDS = 50;
const SETTINGS = {
  activityTimeoutSeconds: 1_000_000,
  subscriptionLifetimeSeconds: LIFETIME_SECONDS,
  subscriptionCounting: true,
  watchlistEvents: true,
} as const;

type Step =
  | { readonly kind: "connect" | "disconnect" | "closeInTurn"; readonly slot: number }
  | {
      readonly kind: "join" | "joinSignedIn" | "leave";
      readonly slot: number;
      readonly channel: string;
      readonly user: string;
      readonly secret: number;
    }
  | { readonly kind: "signIn"; readonly slot: number; readonly user: string; readonly secret: number }
  | { readonly kind: "revokeSecret"; readonly secret: number }
  | {
      readonly kind: "revoke";
      readonly channel: string | undefined;
      readonly user: string | undefined;
      readonly slot: number | undefined;
    }
  | { readonly kind: "ban"; readonly user: string; readonly ms: number | null }
  | { readonly kind: "notBefore"; readonly channel: string | undefined; readonly user: string | undefined }
  | { readonly kind: "lift" }
  | { readonly kind: "wait"; readonly ms: number };

const slot = fc.nat(5);
const user = fc.constantFrom(...USERS);
const channel = fc.constantFrom(...CHANNELS);
const granted = fc.constantFrom("presence-a", "presence-b", "private-c");
const secret = fc.nat(2);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const clientStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("connect"), slot }),
  fc.record({ kind: fc.constant("disconnect"), slot }),
  fc.record({ kind: fc.constant("closeInTurn"), slot }),
  fc.record({ kind: fc.constant("join"), slot, channel, user, secret }),
  fc.record({ kind: fc.constant("joinSignedIn"), slot, channel, user, secret }),
  fc.record({ kind: fc.constant("leave"), slot, channel, user, secret }),
  fc.record({ kind: fc.constant("signIn"), slot, user, secret }),
);
const serverStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("revokeSecret"), secret: fc.nat(1) }),
  fc.record({ kind: fc.constant("revoke"), channel: maybe(granted), user: maybe(user), slot: maybe(slot) }),
  fc.record({
    kind: fc.constant("ban"),
    user,
    ms: fc.option(fc.nat(30_000), { nil: null }),
  }),
  fc.record({ kind: fc.constant("notBefore"), channel: maybe(granted), user: maybe(user) }),
  fc.record({ kind: fc.constant("lift") }),
  fc.record({ kind: fc.constant("wait"), ms: fc.nat(30_000) }),
);
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: clientStep }, { weight: 1, arbitrary: serverStep }), {
  maxLength: 60,
  size: "max",
});

class Run {
  readonly hub = new TestHub(SETTINGS);
  readonly views = new ClientViews();
  readonly slots = new Map<number, Connection>();
  readonly revoked = new Set<string>();
  #nextId = 0;

  constructor() {
    this.hub.onEffects = (effects) => this.views.apply(effects);
    this.#setSecrets();
  }

  take(step: Step): void {
    // No two moments are the same, so that it is clear what came before a watermark.
    this.hub.nowMs++;
    switch (step.kind) {
      case "revokeSecret":
        this.#revokeSecret(SECRETS[step.secret]?.id ?? "");
        return;
      case "revoke":
        this.#revoke(step);
        return;
      case "ban": {
        const untilMs = step.ms === null ? null : this.hub.nowMs + step.ms;
        this.#restrict({ kind: "ban", id: this.#id(), userId: step.user, untilMs, reason: null });
        return;
      }
      case "notBefore": {
        const { channel = null, user: userId = null } = step;
        this.#restrict({ kind: "notBefore", id: this.#id(), channel, userId, atMs: this.hub.nowMs });
        return;
      }
      case "lift":
        this.hub.change({}, { restrictions: this.hub.app.restrictions.slice(1) });
        return;
      case "wait":
        this.hub.sweep(step.ms);
        return;
      case "connect":
        if (!this.slots.has(step.slot)) this.slots.set(step.slot, this.hub.connect(`client ${step.slot}`));
        return;
      default: {
        const connection = this.slots.get(step.slot);
        if (connection) this.#act(connection, step);
      }
    }
  }

  #act(connection: Connection, step: Extract<Step, { readonly slot: number }>): void {
    if ("secret" in step) this.hub.signingSecret = SECRETS[step.secret]?.value ?? "";
    switch (step.kind) {
      case "join":
        if (step.channel.startsWith("presence-")) this.hub.enter(connection, step.channel, step.user);
        else this.hub.subscribe(connection, step.channel);
        return;
      case "joinSignedIn":
        this.hub.subscribe(connection, step.channel);
        return;
      case "leave":
        this.hub.unsubscribe(connection, step.channel);
        return;
      case "signIn":
        this.hub.signIn(connection, { id: step.user, watchlist: USERS });
        return;
      case "closeInTurn":
        if (!connection.isClosingSoon) return;
        this.hub.lines(this.hub.hub.close(connection, "reauthorization_required"));
        this.#end(step.slot, connection);
        return;
      case "disconnect":
        this.#end(step.slot, connection);
        return;
    }
  }

  #end(index: number, connection: Connection): void {
    this.slots.delete(index);
    this.views.disconnect(connection);
    this.hub.disconnect(connection);
  }

  #revokeSecret(id: string): void {
    this.revoked.add(id);
    this.#setSecrets();
    this.hub.cutOff(id);
  }

  #revoke({ channel, user, slot }: Extract<Step, { kind: "revoke" }>): void {
    const socketId = slot === undefined ? undefined : (this.slots.get(slot)?.socketId ?? "1.1");
    if (channel === undefined && user === undefined && socketId === undefined) return;
    this.hub.revoke({
      ...(channel === undefined ? {} : { channel }),
      ...(user === undefined ? {} : { userId: user }),
      ...(socketId === undefined ? {} : { socketId }),
    });
    for (const connection of this.slots.values()) {
      if (socketId !== undefined && connection.socketId !== socketId) continue;
      expect(heldIn(connection, channel ?? null, user ?? null)).toEqual([]);
    }
  }

  #restrict(restriction: Restriction): void {
    this.hub.restrict(restriction);
  }

  #setSecrets(): void {
    const secrets = SECRETS.filter(({ id }) => !this.revoked.has(id));
    this.hub.change({}, { keys: [{ key: EXAMPLE_APP.key, secrets }] });
  }

  #id(): string {
    return `restriction ${++this.#nextId}`;
  }
}

/** What a connection holds in a scope, by name. */
function heldIn(connection: Connection, channel: string | null, userId: string | null): string[] {
  const { user, subscriptions } = connection;
  const held = channel === null && user && (userId === null || user.id === userId) ? ["sign-in"] : [];
  for (const [name, subscription] of subscriptions) {
    if (subscription.secretId === undefined || (channel !== null && channel !== name)) continue;
    if (userId === null || user?.id === userId || subscription.userId === userId) held.push(name);
  }
  return held;
}

/** Nothing that was taken back is held by anybody. */
function expectNothingTakenBack({ hub, revoked }: Run): void {
  for (const connection of hub.state.connections.values()) {
    const secretIds = [connection.user, ...connection.subscriptions.values()].map((grant) => grant?.secretId);
    expect(secretIds.filter((id) => id !== undefined && revoked.has(id))).toEqual([]);
    for (const restriction of hub.app.restrictions) {
      if (restriction.kind === "ban") {
        if (restriction.untilMs !== null && restriction.untilMs <= hub.nowMs) continue;
        expect(heldIn(connection, null, restriction.userId)).toEqual([]);
      } else if (connection.info.connectedAtMs <= restriction.atMs) {
        expect(heldIn(connection, restriction.channel, restriction.userId)).toEqual([]);
      }
    }
  }
}

/** Every index says the same as every other, and as what the sockets were told. */
function expectBooksAgree({ hub, views }: Run): void {
  const { state } = hub;
  for (const [name, channel] of state.channels) {
    expect(channel.connections.size).toBeGreaterThan(0);
    expect(views.receiversOn(name)).toEqual(channel.connections);
    const subscriptions = [...channel.connections].map((connection) => connection.subscriptions.get(name));
    expect(subscriptions).not.toContain(undefined);
    const members = new Set(subscriptions.flatMap((subscription) => subscription?.userId ?? []));
    expect(new Set(channel.roster?.userIds() ?? [])).toEqual(members);
    for (const connection of channel.roster ? channel.connections : []) {
      expect(views.membersFor(connection, name)).toEqual([...members].sort());
    }
  }
  for (const connection of state.connections.values()) {
    for (const name of connection.subscriptions.keys()) {
      expect(state.channels.get(name)?.connections.has(connection)).toBe(true);
    }
  }
  for (const name of CHANNELS) {
    if (!state.channels.has(name as never)) expect(views.receiversOn(name).size).toBe(0);
  }
  for (const userId of USERS) {
    const signedIn = [...state.connections.values()].filter(({ user }) => user?.id === userId);
    expect(state.users.connectionsOf(userId)).toEqual(new Set(signedIn));
    expect(views.receiversOn(userChannel(userId))).toEqual(new Set(signedIn));
    const watchers = [...state.connections.values()].filter(({ watchlist }) => watchlist.includes(userId));
    expect(state.users.watchersOf(userId)).toEqual(new Set(watchers));
  }
}

test("whatever is granted and taken back, the books agree and nothing is held that was taken back", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const run = new Run();
      for (const step of all) {
        run.take(step);
        expectBooksAgree(run);
        expectNothingTakenBack(run);
      }
      for (const index of run.slots.keys()) run.take({ kind: "disconnect", slot: index });
      run.hub.sweep(10_000);
      const { state } = run.hub;
      expect([state.connections.size, state.channels.size, state.users.size]).toEqual([0, 0, 0]);
      expect(run.views.openSpells).toBe(0);
    }),
    { numRuns: 1_000 },
  );
}, 60_000);

test("nobody keeps a grant for longer than the app lets them last", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const run = new Run();
      for (const step of all) {
        run.take(step);
        run.hub.sweep(0);
        for (const connection of run.hub.state.connections.values()) {
          const ageMs = run.hub.nowMs - (connection.firstGrantAtMs ?? run.hub.nowMs);
          const isLeaving = connection.isClosing || connection.isClosingSoon;
          if (heldIn(connection, null, null).length > 0 && !isLeaving) {
            expect(ageMs).toBeLessThan(LIFETIME_SECONDS * 1000);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);
