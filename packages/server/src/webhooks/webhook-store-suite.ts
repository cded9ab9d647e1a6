import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import pino from "pino";
import { SYSTEM } from "../actor.ts";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { DeliveryLog } from "./delivery-log.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import { endpointActivity } from "./endpoint-activity.ts";
import { type EndpointFields, EndpointStore, MOST_ENDPOINTS } from "./endpoint-store.ts";
import { EventIds } from "./event-ids.ts";
import { KEPT, prune } from "./housekeeping.ts";
import { Outbox } from "./outbox.ts";
import {
  type Attempt,
  countOwed,
  type OwedEvent,
  readOwed,
  readOwedOfChannel,
  readOwedRange,
  type StateChange,
} from "./outbox-rows.ts";
import { SenderLeases } from "./sender-leases.ts";
import { arbitrate } from "./told-arbiter.ts";
import { ToldStates } from "./told-states.ts";
import type { Presence } from "./webhook-feed.ts";
import { WebhookMeters } from "./webhook-meters.ts";

const FIELDS: EndpointFields = {
  url: "https://example.com/webhooks",
  eventTypes: ["channel_occupied", "client_event"],
  channelPrefix: "presence-",
  channelSuffix: "-x",
  headers: { "X-Own": "1" },
  batching: true,
  enabled: true,
};

/** What the webhooks' part of every database promises. */
export function describeWebhookStore(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: webhooks`, () => {
    let database: TestDatabase;
    let store: Store;
    let endpoints: EndpointStore;
    let endpoint: WebhookEndpoint;
    let written: OwedEvent[];
    let outbox: Outbox;
    const ids = new EventIds(Date.now);

    beforeEach(async () => {
      database = await createDatabase();
      store = await database.open();
      for (const id of ["1", "2"]) await store.apps.create({ id, name: "", keys: [], settings: {} }, SYSTEM);
      endpoints = new EndpointStore(store.database, store.vault);
      const created = await endpoints.create("1", FIELDS, SYSTEM);
      if (!created) throw new Error("no endpoint");
      endpoint = created;
      written = [];
      outbox = openOutbox("snd_1");
    });

    afterEach(async () => {
      await outbox.stop();
      await store.close();
      await database.remove();
    });

    function openOutbox(senderId: string): Outbox {
      return new Outbox({
        database: store.database,
        keeperId: senderId,
        ids: new EventIds(Date.now),
        clock: SYSTEM_CLOCK,
        log: pino({ level: "silent" }),
        meters: new WebhookMeters(),
        onWritten: (events) => written.push(...events),
        onRecovered: () => {},
      });
    }

    /** Owes so many events of a channel. */
    async function owe(count: number, channel = "a", to = [endpoint]): Promise<void> {
      for (let number = 0; number < count; number++) outbox.owe(to, { name: "cache_miss", channel });
      await outbox.flush();
    }

    function attempt(events: readonly OwedEvent[], outcome: Attempt["outcome"]): Attempt {
      return {
        id: ids.next(),
        endpointId: endpoint.id,
        delivery: { batchId: events[0]?.id ?? "", events: [...events] },
        atMs: Date.now(),
        durationMs: 12.4,
        result: { status: 503, error: "status", response: "busy" },
        outcome,
      };
    }

    const owed = () => readOwed(store.database, endpoint.id, "", 10_000);
    const log = () => new DeliveryLog(store.database);

    test("the values of its own headers do not stand in the database", async () => {
      const token = "Bearer a-receivers-token";
      await endpoints.update("1", endpoint.id, { headers: { Authorization: token } }, SYSTEM);
      const rows = await store.database.query((db) =>
        db.selectFrom("webhook_endpoints").selectAll().execute(),
      );
      expect(JSON.stringify(rows)).not.toContain("receivers-token");
      expect((await endpoints.get("1", endpoint.id))?.headers).toEqual({ Authorization: token });
    });

    test("an endpoint comes back as it was made, and each change is on record", async () => {
      expect(endpoint).toMatchObject({ ...FIELDS, appId: "1", disabledReason: null, isFromConfig: false });
      expect(await endpoints.list("1")).toEqual([endpoint]);
      expect(await endpoints.list("2")).toEqual([]);
      const before = await store.database.revision();
      const changed = await endpoints.update("1", endpoint.id, { eventTypes: null, headers: {} }, SYSTEM);
      expect(changed).toEqual({ ...endpoint, eventTypes: null, headers: {} });
      expect(await endpoints.get("1", endpoint.id)).toEqual(changed);
      expect(await store.database.revision()).not.toBe(before);
      expect(await endpoints.update("2", endpoint.id, {}, SYSTEM)).toBeUndefined();
      expect(await endpoints.delete("2", endpoint.id, SYSTEM)).toBe(false);
      expect(await endpoints.delete("1", endpoint.id, SYSTEM)).toBe(true);
      const entries = await store.audit.list({ limit: 3 });
      expect(entries.map(({ action, target }) => [action, target])).toEqual([
        ["webhook.delete", endpoint.id],
        ["webhook.update", endpoint.id],
        ["webhook.create", endpoint.id],
      ]);
    });

    test("an app has twenty endpoints at most, and takes them along", async () => {
      for (let number = 1; number < MOST_ENDPOINTS; number++) await endpoints.create("1", FIELDS, SYSTEM);
      expect(await endpoints.create("1", FIELDS, SYSTEM)).toBeUndefined();
      await store.apps.delete("1", SYSTEM);
      expect(await endpoints.list()).toEqual([]);
    });

    test("the configured endpoint follows the configuration and nothing else", async () => {
      await endpoints.configure("1", "http://a.test/", SYSTEM);
      await endpoints.configure("1", "http://a.test/", SYSTEM);
      const configured = async () => (await endpoints.list()).filter(({ isFromConfig }) => isFromConfig);
      const [first] = await configured();
      expect(await configured()).toHaveLength(1);
      expect(first).toMatchObject({ url: "http://a.test/", eventTypes: null, appId: "1" });
      await endpoints.configure("1", "http://b.test/", SYSTEM);
      expect(await configured()).toEqual([{ ...first, url: "http://b.test/" } as WebhookEndpoint]);
      await endpoints.configure("2", "http://b.test/", SYSTEM);
      expect(await configured()).toMatchObject([{ url: "http://b.test/", appId: "2" }]);
      await endpoints.configure("2", null, SYSTEM);
      expect(await endpoints.list()).toEqual([endpoint]);
    });

    test("disabling says why, once, and enabling forgets it", async () => {
      await endpoints.setFailingSince(endpoint.id, "2026-01-01T00:00:00.000Z");
      expect(await endpoints.disable(endpoint, "it fails", SYSTEM)).toBe(true);
      expect(await endpoints.disable(endpoint, "it fails", SYSTEM)).toBe(false);
      expect(await endpoints.get("1", endpoint.id)).toMatchObject({
        enabled: false,
        disabledReason: "it fails",
      });
      await endpoints.update("1", endpoint.id, { enabled: true }, SYSTEM);
      expect(await endpoints.get("1", endpoint.id)).toEqual(endpoint);
    });

    test("events are owed in the order of their making, by whichever process", async () => {
      const another = openOutbox("snd_2");
      for (let round = 0; round < 5; round++) {
        for (const each of [outbox, another]) {
          each.owe([endpoint], {
            name: "subscription_count",
            channel: "a",
            subscription_count: written.length,
          });
          await each.flush();
        }
      }
      const held = await owed();
      expect(held.map(({ body }) => JSON.parse(body).subscription_count)).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
      expect(held.map(({ id }) => id)).toEqual(written.map(({ id }) => id));
    });

    test("one event to two endpoints has one id of its own and two of delivery", async () => {
      const second = await endpoints.create("1", FIELDS, SYSTEM);
      await owe(1, "a", second ? [endpoint, second] : []);
      expect(written).toHaveLength(2);
      expect(new Set(written.map(({ eventId }) => eventId)).size).toBe(1);
      expect(new Set(written.map(({ id }) => id)).size).toBe(2);
    });

    test("more than one statement's worth is written at once, whatever is in it", async () => {
      const data = '"\0\ud800 żółć 😀 ';
      for (let number = 0; number < 1_300; number++) {
        outbox.owe([endpoint], {
          name: "client_event",
          channel: "a",
          event: `client-${number}`,
          data,
          socket_id: "1.2",
        });
      }
      await outbox.flush();
      const held = await owed();
      expect(held).toHaveLength(1_300);
      expect(JSON.parse(held[7]?.body ?? "")).toMatchObject({ event: "client-7", data });
    });

    test("what is delivered, dead or to be tried again is so on disk, with each attempt", async () => {
      await owe(4);
      const [first, second, third, fourth] = written;
      if (!first || !second || !third || !fourth) throw new Error("not written");
      const nextTryAtMs = Date.now() + 5_000;
      outbox.attempted(attempt([first], "delivered"));
      outbox.attempted(attempt([second], "dead"));
      outbox.attempted(attempt([third, fourth], { nextTryAtMs }));
      await outbox.flush();
      const held = await owed();
      expect(held.map(({ id, attempts, batchId, nextTryAtMs: at }) => [id, attempts, batchId, at])).toEqual([
        [third.id, 1, third.id, nextTryAtMs],
        [fourth.id, 1, third.id, nextTryAtMs],
      ]);
      outbox.attempted(attempt([third, fourth], "delivered"));
      await outbox.flush();
      expect(await owed()).toEqual([]);
      const list = await log().list(endpoint.id, { limit: 10 });
      expect(list.map(({ id, state, attempts }) => [id, state, attempts])).toEqual([
        [fourth.id, "delivered", 2],
        [third.id, "delivered", 2],
        [second.id, "dead", 1],
        [first.id, "delivered", 1],
      ]);
      const detail = await log().get(endpoint.id, fourth.id);
      expect(detail?.log).toMatchObject([
        {
          status: 503,
          error: "status",
          response: "busy",
          durationMs: 12,
          nextTryAt: new Date(nextTryAtMs).toISOString(),
        },
        { nextTryAt: null },
      ]);
    });

    test("an endpoint shows what it is owed, what was given up, and the last request", async () => {
      const other = await endpoints.create("1", FIELDS, SYSTEM);
      if (!other) throw new Error("no endpoint");
      await owe(3);
      const [first, second] = written;
      if (!first || !second) throw new Error("not written");
      outbox.attempted(attempt([first], "delivered"));
      outbox.attempted(attempt([second], "dead"));
      await outbox.flush();
      const activity = await endpointActivity(store.database, [endpoint.id, other.id]);
      expect(activity.get(endpoint.id)).toMatchObject({
        owed: 1,
        dead: 1,
        lastAttempt: { status: 503, error: "status", response: "busy", durationMs: 12, nextTryAt: null },
      });
      expect(activity.get(other.id)).toEqual({ owed: 0, dead: 0, lastAttempt: null });
    });

    test("reading goes on after an id, for an endpoint or one channel of it", async () => {
      await owe(2, "a");
      await owe(2, "b");
      const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);
      const all = idsOf(written);
      expect(idsOf(await readOwed(store.database, endpoint.id, all[0] ?? "", 2))).toEqual(all.slice(1, 3));
      expect(idsOf(await readOwedOfChannel(store.database, endpoint.id, "b", all[2] ?? "", 9))).toEqual([
        all[3] ?? "",
      ]);
      expect(await readOwedRange(store.database, endpoint.id)).toEqual({
        oldestId: all[0] ?? "",
        newestId: all[3] ?? "",
      });
      expect(await countOwed(store.database, endpoint.id)).toBe(4);
      expect(await readOwedRange(store.database, "wh_other")).toBeUndefined();
    });

    test("a commit whose answer was lost is not done twice", async () => {
      let isLost = true;
      const unreliable = new Outbox({
        database: {
          ...store.database,
          kind: store.database.kind,
          query: (run) => store.database.query(run),
          transaction: async (run) => {
            const result = await store.database.transaction(run);
            if (isLost) throw new Error("the connection broke off");
            return result;
          },
        },
        keeperId: "snd_1",
        ids,
        clock: SYSTEM_CLOCK,
        log: pino({ level: "silent" }),
        meters: new WebhookMeters(),
        onWritten: () => {},
        onRecovered: () => {},
      });
      unreliable.owe([endpoint], { name: "cache_miss", channel: "a" });
      await unreliable.flush();
      expect(unreliable.queued).toBe(1);
      isLost = false;
      await unreliable.flush();
      expect(unreliable.queued).toBe(0);
      expect(await owed()).toHaveLength(1);
    });

    test("what receivers were told is kept with the event, and goes to one heir", async () => {
      const here = (channel: string, userId?: string) => ({
        appId: "1",
        channel,
        userId,
        isHere: true,
        atMs: 0,
      });
      outbox.owe([endpoint], { name: "channel_occupied", channel: "a" }, here("a"));
      outbox.owe([endpoint], { name: "member_added", channel: "a", user_id: "\0\n" }, here("a", "\0\n"));
      outbox.owe([endpoint], { name: "channel_occupied", channel: "b" }, here("b"));
      outbox.owe([endpoint], { name: "channel_vacated", channel: "b" }, { ...here("b"), isHere: false });
      await outbox.flush();
      const told = (await new ToldStates(store.database, "snd_1").own()).toSorted((x, y) =>
        String(x.userId).localeCompare(String(y.userId)),
      );
      expect(told).toHaveLength(2);
      expect(told).toContainEqual({ appId: "1", channel: "a", userId: undefined } as never);
      expect(told).toContainEqual({ appId: "1", channel: "a", userId: "\0\n" } as never);
      const heirs = [new ToldStates(store.database, "snd_2"), new ToldStates(store.database, "snd_3")];
      const shares = await Promise.all(heirs.map((heir) => heir.takeOver(["snd_1"])));
      expect(shares.map(({ length }) => length).toSorted()).toEqual([0, 2]);
      for (const heir of heirs) await heir.forgetUnheard();
      expect((await Promise.all(heirs.map((heir) => heir.own()))).flat()).toHaveLength(2);
      await endpoints.update("1", endpoint.id, { enabled: false }, SYSTEM);
      for (const heir of heirs) await heir.forgetUnheard();
      expect(await Promise.all(heirs.map((heir) => heir.own()))).toEqual([[], []]);
    });

    describe("what nodes of a cluster have told together", () => {
      const told = () => new ToldStates(store.database, "cluster");
      let nowMs: number;

      beforeEach(() => {
        nowMs = Date.now();
      });

      const at = (channel: string, isHere: boolean, ageMs: number, userId?: string) => ({
        appId: "1",
        channel,
        userId,
        isHere,
        atMs: nowMs - ageMs,
      });

      async function decide(...changes: (StateChange | undefined)[]): Promise<readonly boolean[]> {
        const { isOwed } = await store.database.transaction((transaction) =>
          arbitrate(transaction, "cluster", changes, nowMs),
        );
        return isOwed;
      }

      test("is owed where it was not told, and is on record", async () => {
        expect(await decide(at("a", true, 9_000), undefined, at("a", true, 8_000, "\0"))).toEqual([
          true,
          true,
          true,
        ]);
        expect(await decide(at("a", true, 7_000), at("b", false, 0))).toEqual([false, false]);
        expect(await decide(at("a", false, 3_000), at("a", true, 1_000), at("a", true, 900))).toEqual([
          true,
          true,
          false,
        ]);
        const seen = [at("a", true, 0), at("a", true, 0, "\0"), at("b", true, 0)] as unknown as Presence[];
        expect(await told().untold(seen)).toEqual(seen.slice(2));
      });

      test("has not left where it came back since, by clocks that can be believed", async () => {
        await decide(at("a", true, 9_000), at("b", true, 9_000));
        await decide(at("a", true, 2_500), at("b", true, -60_000));
        expect(await decide(at("a", false, 3_000), at("b", false, 3_000))).toEqual([false, true]);
        expect(await decide(at("a", false, 2_000))).toEqual([true]);
      });

      test("ends after its members have, where it came just now", async () => {
        await decide(
          at("a", true, 9_000),
          at("a", true, 9_000, "1"),
          at("old", true, 60_000),
          at("old", true, 9, "1"),
        );
        expect(await decide(at("a", false, 3_000), at("old", false, 3_000))).toEqual([false, true]);
        expect(await decide(at("a", false, 3_000, "1"), at("a", false, 3_000))).toEqual([true, true]);
      });

      test("is read some hundreds at a time, each once", async () => {
        const names = Array.from({ length: 1_100 }, (_, number) => `Ä-${number % 7}-${number}`);
        for (let start = 0; start < names.length; start += 250) {
          await decide(...names.slice(start, start + 250).map((name) => at(name, true, 0)));
        }
        const sizes: number[] = [];
        const read: string[] = [];
        for await (const page of told().pages()) {
          sizes.push(page.length);
          read.push(...page.map(({ channel }) => channel));
        }
        expect(sizes).toEqual([500, 500, 100]);
        expect(read.toSorted()).toEqual(names.toSorted());
      });

      test("goes to a server of its own, once none of them shows signs of life", async () => {
        await decide(at("a", true, 0));
        const leasesOf = (pid: number, keeperId?: string) =>
          new SenderLeases({
            database: store.database,
            me: { id: `snd_${pid}`, host: "h", pid },
            keeperId,
            now: () => nowMs,
            isRunning: () => true,
          });
        const [node, lone] = [leasesOf(1, "cluster"), leasesOf(2)];
        await Promise.all([node.renew(), lone.renew()]);
        expect(await lone.look()).toEqual({ dead: [], hasLost: false });
        await node.release();
        nowMs += 13_000;
        await lone.renew();
        const { dead, hasLost } = await lone.look();
        expect([dead.toSorted(), hasLost]).toEqual([["cluster", "snd_1"], true]);
        expect(await new ToldStates(store.database, "snd_2").takeOver(dead)).toHaveLength(1);
        expect((await lone.forget(dead)).toSorted()).toEqual(["cluster", "snd_1"]);
        expect(await lone.forget(dead)).toEqual([]);
      });
    });

    describe("leases", () => {
      let nowMs: number;
      let gone: Set<number>;

      beforeEach(() => {
        nowMs = Date.now();
        gone = new Set();
      });

      function leasesOf(pid: number): SenderLeases {
        return new SenderLeases({
          database: store.database,
          me: { id: `snd_${pid}`, host: "h", pid },
          now: () => nowMs,
          isRunning: ({ pid: other }) => !gone.has(other),
        });
      }

      test("are held by one at a time, as long as that one shows signs of life", async () => {
        const [first, second] = [leasesOf(1), leasesOf(2)];
        await Promise.all([first.renew(), second.renew()]);
        expect(await first.acquire(["a"])).toEqual(new Set(["a"]));
        expect(await second.acquire(["a", "b"])).toEqual(new Set(["b"]));
        nowMs += 7_000;
        expect(first.areValid).toBe(false);
        await second.renew();
        expect(await second.acquire(["a"])).toEqual(new Set());
        nowMs += 6_000;
        await second.renew();
        expect((await second.look()).dead).toEqual(["snd_1"]);
        expect(await second.acquire(["a"])).toEqual(new Set(["a"]));
        await first.renew();
        expect(await first.acquire(["a"])).toEqual(new Set());
      });

      test("of a process that is known to have ended are free at once", async () => {
        const [first, second] = [leasesOf(1), leasesOf(2)];
        await Promise.all([first.renew(), second.renew()]);
        await first.acquire(["a"]);
        gone.add(1);
        expect(await second.acquire(["a"])).toEqual(new Set(["a"]));
        await second.forget(["snd_1"]);
        expect((await second.look()).dead).toEqual([]);
      });

      test("that are given back are free at once, and what their holder told waits for an heir", async () => {
        const [first, second] = [leasesOf(1), leasesOf(2)];
        await Promise.all([first.renew(), second.renew()]);
        await first.acquire(["a"]);
        await first.release();
        expect(first.areValid).toBe(false);
        expect(await second.acquire(["a"])).toEqual(new Set(["a"]));
        expect((await second.look()).dead).toEqual(["snd_1"]);
      });
    });

    describe("a replay", () => {
      beforeEach(async () => {
        await owe(6);
        outbox.attempted(attempt(written.slice(0, 2), "dead"));
        outbox.attempted(attempt(written.slice(2, 3), "dead"));
        outbox.attempted(attempt(written.slice(3, 5), "delivered"));
        await outbox.flush();
      });

      test("of all dead ones owes them anew, in order and after what is owed", async () => {
        const selection = { dead: true, fromMs: undefined, toMs: undefined };
        expect(await log().replay("1", endpoint.id, selection, SYSTEM)).toBe(3);
        const held = await owed();
        expect(held.map(({ eventId }) => eventId)).toEqual(
          [written[5], ...written.slice(0, 3)].map((event) => event?.eventId ?? ""),
        );
        expect(held.slice(1).every(({ attempts, batchId }) => attempts === 0 && batchId === null)).toBe(true);
        expect(await log().replay("1", endpoint.id, selection, SYSTEM)).toBe(0);
        expect(await log().list(endpoint.id, { state: "replayed", limit: 9 })).toHaveLength(3);
        expect((await store.audit.list({ limit: 1 }))[0]).toMatchObject({ action: "webhook.replay" });
      });

      test("of a time takes dead and delivered ones made in it", async () => {
        const at = written[0]?.createdAtMs ?? 0;
        const all = { dead: false, fromMs: at, toMs: Date.now() };
        expect(await log().replay("1", endpoint.id, all, SYSTEM)).toBe(5);
        const before = { dead: false, fromMs: undefined, toMs: at - 1 };
        expect(await log().replay("1", endpoint.id, before, SYSTEM)).toBe(0);
      });

      test("of one makes one, unless it is owed anyway or somebody else's", async () => {
        const [dead, , , delivered] = written.map(({ id }) => id);
        const one = await log().replayOne("1", endpoint.id, delivered ?? "", SYSTEM);
        expect(one).toMatchObject({ state: "owed", eventId: written[3]?.eventId });
        expect(await log().replayOne("1", endpoint.id, one?.id ?? "", SYSTEM)).toBeUndefined();
        expect(await log().replayOne("1", "wh_other", dead ?? "", SYSTEM)).toBeUndefined();
      });
    });

    test("a list is paged and filtered", async () => {
      await owe(3, "a");
      await owe(1, "b");
      const page = await log().list(endpoint.id, { limit: 2 });
      expect(page.map(({ id }) => id)).toEqual([written[3]?.id ?? "", written[2]?.id ?? ""]);
      const next = await log().list(endpoint.id, { limit: 9, before: page[1]?.id ?? "" });
      expect(next).toHaveLength(2);
      expect(await log().list(endpoint.id, { limit: 9, channel: "b" })).toHaveLength(1);
      expect(await log().list(endpoint.id, { limit: 9, state: "dead" })).toEqual([]);
    });

    test("what was kept long enough goes, with its attempts; what is owed stays", async () => {
      await owe(3);
      const [first, second] = written;
      if (!first || !second) throw new Error("not written");
      outbox.attempted(attempt([first], "delivered"));
      outbox.attempted(attempt([second], "dead"));
      await outbox.flush();
      const states = async () => (await log().list(endpoint.id, { limit: 9 })).map(({ state }) => state);
      await prune(store.database, Date.now());
      expect(await states()).toEqual(["owed", "dead", "delivered"]);
      const day = 24 * 3_600_000;
      await prune(store.database, Date.now() + KEPT.delivered.days * day + 1_000);
      expect(await states()).toEqual(["owed", "dead"]);
      await prune(store.database, Date.now() + KEPT.dead.days * day + 1_000);
      expect(await states()).toEqual(["owed"]);
      const attempts = await store.database.query((db) =>
        db.selectFrom("webhook_attempts").selectAll().execute(),
      );
      expect(attempts).toEqual([]);
    });

    test("what belonged to an endpoint that is no more goes", async () => {
      await owe(700);
      await endpoints.delete("1", endpoint.id, SYSTEM);
      await prune(store.database, Date.now());
      expect(await owed()).toEqual([]);
    });
  });
}
