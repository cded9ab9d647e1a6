import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import pino from "pino";
import { SYSTEM } from "../actor.ts";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import type { UseKind } from "../store/tables.ts";
import { EvidenceStore } from "./evidence-store.ts";
import type { SecretUse } from "./secret-use.ts";
import { HOUR_MS, MOST_CALLERS } from "./secret-uses.ts";
import { UseEvidence } from "./use-evidence.ts";

const START = Date.parse("2026-03-01T10:30:00.000Z");
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

/** What the evidence of use promises, with any database under it. */
export function describeUseEvidence(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: the evidence of a secret's use`, () => {
    let database: TestDatabase;
    let store: Store;
    /** Two secrets of an app. */
    let first: string;
    let second: string;
    let nowMs: number;
    const opened: Store[] = [];

    beforeEach(async () => {
      database = await createDatabase();
      store = await openAnother();
      [first = "", second = ""] = await createSecrets("chat");
      nowMs = START;
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await database.remove();
    });

    async function openAnother(): Promise<Store> {
      const another = await database.open();
      opened.push(another);
      return another;
    }

    /** An app with two keys; gives the ids of their secrets. */
    async function createSecrets(id: string): Promise<string[]> {
      const keys = [
        { key: `${id}-key-1`, secret: "secret-1" },
        { key: `${id}-key-2`, secret: "secret-2" },
      ];
      const { secrets } = await store.apps.create({ id, name: id, keys, settings: {} }, SYSTEM);
      return secrets.map((secret) => secret.id);
    }

    function node(of = store): UseEvidence {
      return new UseEvidence({
        store: new EvidenceStore(of.database),
        log: pino({ level: "silent" }),
        now: () => nowMs,
      });
    }

    async function useOf(node: UseEvidence, secretId: string): Promise<SecretUse> {
      const use = (await node.useOf([secretId])).get(secretId);
      if (!use) throw new Error(`no answer about ${secretId}`);
      return use;
    }

    function use(
      node: UseEvidence,
      secretId: string,
      kind: UseKind = "http_api",
      address = "192.0.2.1",
    ): void {
      node.uses.record(secretId, kind, "sdk 1", address, nowMs);
    }

    test("is that nobody used it, since the counting began", async () => {
      expect(await node().useOf([])).toEqual(new Map());
      const use = await useOf(node(), first);
      expect(use).toEqual({
        observedSince: expect.any(String),
        firstUsedAt: null,
        lastUsedAt: null,
        countLast24Hours: 0,
        byKind: {
          http_api: { countLast24Hours: 0, lastUsedAt: null },
          channel: { countLast24Hours: 0, lastUsedAt: null },
          user: { countLast24Hours: 0, lastUsedAt: null },
        },
        clients: [],
      });
      expect(Math.abs(Date.now() - Date.parse(use.observedSince))).toBeLessThan(DAY_MS);
    });

    test("tells when, how often, for what, by whom and from where, the latest first", async () => {
      const here = node();
      use(here, first, "channel", "192.0.2.7");
      nowMs += MINUTE_MS;
      use(here, first);
      use(here, first);
      use(here, second, "user");
      const expected = {
        firstUsedAt: "2026-03-01T10:30:00.000Z",
        lastUsedAt: "2026-03-01T10:31:00.000Z",
        countLast24Hours: 3,
        byKind: {
          http_api: { countLast24Hours: 2, lastUsedAt: "2026-03-01T10:31:00.000Z" },
          channel: { countLast24Hours: 1, lastUsedAt: "2026-03-01T10:30:00.000Z" },
          user: { countLast24Hours: 0, lastUsedAt: null },
        },
        clients: [
          {
            client: "sdk 1",
            address: "192.0.2.1",
            kind: "http_api",
            count: 2,
            lastUsedAt: "2026-03-01T10:31:00.000Z",
          },
          {
            client: "sdk 1",
            address: "192.0.2.7",
            kind: "channel",
            count: 1,
            lastUsedAt: "2026-03-01T10:30:00.000Z",
          },
        ],
      };
      expect(await useOf(here, first)).toMatchObject(expected);
      await here.flush();
      expect(await useOf(here, first)).toMatchObject(expected);
      expect(await useOf(node(await openAnother()), first)).toMatchObject(expected);
    });

    test("adds up over nodes, restarts and what is not stored yet", async () => {
      const [here, there] = [node(), node(await openAnother())];
      use(here, first);
      use(there, first);
      await here.flush();
      nowMs += MINUTE_MS;
      use(there, first);
      await there.flush();
      const again = node();
      use(again, first);
      expect((await useOf(again, first)).countLast24Hours).toBe(4);
      expect((await useOf(there, first)).countLast24Hours).toBe(3);
      expect((await useOf(there, first)).clients).toHaveLength(1);
    });

    test("keeps the latest of two nodes' last uses, whichever stores last", async () => {
      const [here, there] = [node(), node(await openAnother())];
      use(here, first);
      nowMs += MINUTE_MS;
      use(there, first);
      await there.flush();
      await here.flush();
      expect(await useOf(here, first)).toMatchObject({
        firstUsedAt: "2026-03-01T10:30:00.000Z",
        lastUsedAt: "2026-03-01T10:31:00.000Z",
        clients: [{ count: 2, lastUsedAt: "2026-03-01T10:31:00.000Z" }],
      });
    });

    test("counts a day, names clients for two and remembers the last use for ever", async () => {
      const here = node();
      use(here, first);
      await here.flush();
      nowMs += DAY_MS;
      expect((await useOf(here, first)).countLast24Hours).toBe(1);
      nowMs += 1;
      expect(await useOf(here, first)).toMatchObject({ countLast24Hours: 0, clients: [{ count: 0 }] });
      nowMs += DAY_MS + HOUR_MS;
      await here.flush();
      expect(await useOf(here, first)).toMatchObject({
        lastUsedAt: "2026-03-01T10:30:00.000Z",
        byKind: { http_api: { lastUsedAt: "2026-03-01T10:30:00.000Z" } },
        clients: [],
      });
    });

    test("names fifty clients, the latest ones", async () => {
      const here = node();
      for (const kind of ["http_api", "channel"] as const) {
        for (let number = 0; number < MOST_CALLERS; number++) use(here, first, kind, `10.0.0.${number}`);
        nowMs += 1;
      }
      const { clients, countLast24Hours } = await useOf(here, first);
      expect(clients.map(({ kind }) => kind)).toEqual(Array.from({ length: 50 }, () => "channel"));
      expect(countLast24Hours).toBe(2 * MOST_CALLERS);
    });

    test("goes when the secret goes", async () => {
      const here = node();
      use(here, first);
      use(here, "gone");
      await here.flush();
      await here.flush();
      nowMs += HOUR_MS;
      await here.flush();
      expect((await useOf(here, "gone")).lastUsedAt).toBeNull();
      expect((await useOf(here, first)).lastUsedAt).not.toBeNull();
    });

    test("takes more callers than fit into one statement", async () => {
      const here = node();
      for (let number = 0; number < 450; number++) use(here, `secret ${number}`);
      await here.flush();
      const ids = Array.from({ length: 450 }, (_, number) => `secret ${number}`);
      const counts = [...(await node().useOf(ids)).values()].map(({ countLast24Hours }) => countLast24Hours);
      expect(counts).toEqual(ids.map(() => 1));
    });

    test("counts clients beyond those that are told apart as other, with whoever calls itself so", async () => {
      const here = node();
      here.uses.record(first, "channel", "other", null, nowMs);
      for (let number = 0; number < MOST_CALLERS; number++) use(here, first, "channel", `10.0.0.${number}`);
      await here.flush();
      const { clients, countLast24Hours } = await useOf(here, first);
      expect(countLast24Hours).toBe(MOST_CALLERS + 1);
      expect(clients.filter(({ client }) => client === "other")).toMatchObject([{ address: null, count: 2 }]);
    });

    test("is the same whatever the order of uses, storing, restarts and hours", async () => {
      const anotherStore = await openAnother();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
          // Every run has secrets and days of its own, so that all can share the database.
          run++;
          nowMs = START + run * 10 * DAY_MS;
          const secretIds = await createSecrets(`of-run-${run}`);
          const nodes = [node(), node(anotherStore)];
          const truth = new Truth();
          for (const { kind, at, secret, use: useKind, address, waitMs } of steps) {
            const secretId = secretIds[secret] ?? "";
            if (kind === "wait") nowMs += waitMs;
            if (kind === "store") await nodes[at]?.flush();
            if (kind === "restart") {
              await nodes[at]?.stop();
              nodes[at] = node(at === 0 ? store : anotherStore);
            }
            if (kind === "use") {
              nodes[at]?.uses.record(secretId, useKind, "sdk 1", address, nowMs);
              truth.add(secretId, useKind, address, nowMs);
            }
            if (kind === "store while in use") {
              const storing = nodes[at]?.flush();
              nodes[at]?.uses.record(secretId, useKind, "sdk 1", address, nowMs);
              truth.add(secretId, useKind, address, nowMs);
              const [use] = await Promise.all([nodes[at] && useOf(nodes[at], secretId), storing]);
              expect(use?.lastUsedAt).toBe(truth.lastUseOf(secretId));
            }
          }
          await nodes[0]?.flush();
          for (const secretId of truth.secretIds) {
            expect(truth.compare(await useOf(nodes[1] as UseEvidence, secretId), secretId)).toEqual([]);
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

const step = fc.record({
  kind: fc.constantFrom("use", "use", "use", "wait", "store", "restart", "store while in use"),
  at: fc.constantFrom(0, 1),
  secret: fc.constantFrom(0, 1),
  use: fc.constantFrom<UseKind>("http_api", "channel", "user"),
  address: fc.constantFrom("192.0.2.1", "2001:db8::1", null),
  // Less than a day over all, so that everything counts.
  waitMs: fc.integer({ min: 0, max: (DAY_MS - HOUR_MS) / 30 }),
});

/** What was really used. */
class Truth {
  readonly #uses: { secretId: string; kind: UseKind; address: string | null; atMs: number }[] = [];

  add(secretId: string, kind: UseKind, address: string | null, atMs: number): void {
    this.#uses.push({ secretId, kind, address, atMs });
  }

  get secretIds(): Set<string> {
    return new Set(this.#uses.map(({ secretId }) => secretId));
  }

  lastUseOf(secretId: string): string | undefined {
    return isoOf(this.#of(secretId).at(-1)?.atMs);
  }

  /** What differs; nothing, it is hoped. */
  compare(use: SecretUse, secretId: string): string[] {
    const truth = this.#of(secretId);
    const differences: string[] = [];
    const same = (what: string, one: unknown, other: unknown) => {
      if (one !== other) differences.push(`${what}: ${one} instead of ${other}`);
    };
    same("count", use.countLast24Hours, truth.length);
    same("first use", use.firstUsedAt, isoOf(truth[0]?.atMs));
    same("last use", use.lastUsedAt, isoOf(truth.at(-1)?.atMs));
    for (const kind of ["http_api", "channel", "user"] as const) {
      const ofKind = truth.filter((each) => each.kind === kind);
      same(`${kind} count`, use.byKind[kind].countLast24Hours, ofKind.length);
      same(`${kind} last use`, use.byKind[kind].lastUsedAt, isoOf(ofKind.at(-1)?.atMs) ?? null);
    }
    for (const { kind, address, count, lastUsedAt } of use.clients) {
      const ofClient = truth.filter((each) => each.kind === kind && each.address === address);
      same(`${kind} from ${address}`, count, ofClient.length);
      same(`${kind} from ${address}, last`, lastUsedAt, isoOf(ofClient.at(-1)?.atMs));
    }
    same("clients", use.clients.length, new Set(truth.map(({ kind, address }) => `${kind} ${address}`)).size);
    return differences;
  }

  #of(secretId: string) {
    return this.#uses.filter((each) => each.secretId === secretId);
  }
}

function isoOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
