import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pino from "pino";
import type { Database } from "../store/database.ts";
import { openStore, type Store } from "../store/open-store.ts";
import { SeededRandom } from "../testing/seeded-random.ts";
import { EndpointSender } from "./endpoint-sender.ts";
import { EventIds } from "./event-ids.ts";
import type { PostRequest } from "./guarded-fetch.ts";
import { Outbox } from "./outbox.ts";
import { type OwedEvent, readOwedRange } from "./outbox-rows.ts";
import { SOME_ENDPOINT } from "./testing/examples.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { WebhookMeters } from "./webhook-meters.ts";

setDefaultTimeout(120_000);

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "usher-webhooks-"));
  store = await openStore({ dataDir, create: true, lockWaitMs: 1_000, masterKey: null, databaseUrl: null });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

type Step =
  | { readonly kind: "owe"; readonly channel: number; readonly events: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "receiver"; readonly fails: number }
  | { readonly kind: "batching"; readonly isOn: boolean }
  /** Another process writes an event, on a channel of its own. */
  | { readonly kind: "other" }
  | { readonly kind: "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("owe" as const),
      channel: fc.nat(3),
      events: fc.constantFrom(1, 2, 5, 40, 300),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 30, 300, 1_000, 8_000, 30_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("receiver" as const), fails: fc.constantFrom(0, 0.2, 0.6, 1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("batching" as const), isOn: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: "other" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" } as const) },
);

/** A process that writes and sends, a receiver that fails as it is told, and a ledger of both. */
class World {
  readonly clock = new FakeClock();
  readonly owed = new Set<string>();
  readonly taken: string[] = [];
  readonly requests: string[][] = [];
  underWay = new Map<string, number>();
  fails = 0;
  #random: () => number;
  #number = 0;
  #endpoint = SOME_ENDPOINT;
  #outbox!: Outbox;
  #sender!: EndpointSender;
  #life = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed).next;
    this.#start();
  }

  async run(what: Step): Promise<void> {
    switch (what.kind) {
      case "owe":
        for (let event = 0; event < what.events; event++) this.#owe(what.channel);
        break;
      case "pass":
        await this.clock.pass(what.ms);
        break;
      case "receiver":
        this.fails = what.fails;
        break;
      case "batching":
        this.#endpoint = { ...this.#endpoint, batching: what.isOn };
        this.#sender.update(this.#endpoint);
        break;
      case "other":
        await this.#other();
        break;
      case "crash":
        await this.clock.pass(0);
        this.clock.crash();
        this.underWay.clear();
        this.#start();
        break;
    }
  }

  /** What is done every second: others than this process may have written. */
  async look(): Promise<void> {
    const range = await readOwedRange(store.database, SOME_ENDPOINT.id);
    if (range) this.#sender.look(range.newestId);
  }

  async #other(): Promise<void> {
    this.#number++;
    const other = new Outbox({
      database: store.database,
      keeperId: "snd_2",
      ids: new EventIds(this.clock.now),
      clock: this.clock,
      log: pino({ level: "silent" }),
      meters: new WebhookMeters(),
      onWritten: (events) => this.#written(events),
      onRecovered: () => {},
    });
    const channel = "c-other";
    other.owe([this.#endpoint], { name: "subscription_count", channel, subscription_count: this.#number });
    await other.flush();
  }

  #owe(channel: number): void {
    this.#number++;
    this.#outbox.owe([this.#endpoint], {
      name: "subscription_count",
      channel: `c${channel}`,
      subscription_count: this.#number,
    });
  }

  #start(): void {
    const life = ++this.#life;
    const { clock } = this;
    const ids = new EventIds(clock.now);
    const meters = new WebhookMeters();
    const log = pino({ level: "silent" });
    const database = this.#slow(store.database);
    this.#outbox = new Outbox({
      database,
      keeperId: "snd_1",
      ids,
      clock,
      log,
      meters,
      onWritten: (events, isNext) => {
        if (life !== this.#life) return;
        this.#written(events);
        if (isNext) this.#sender.offer(events);
        else this.#sender.look(events.at(-1)?.id ?? "");
      },
      onRecovered: () => {},
    });
    this.#sender = new EndpointSender(this.#endpoint, {
      database,
      outbox: this.#outbox,
      ids,
      clock,
      random: this.#random,
      post: (request) => this.#post(request, life),
      hmacHex: () => "",
      signerOf: () => ({ key: "k", secret: "s", nextSecret: undefined }),
      meters,
      log,
      onResult: () => {},
      maySend: () => life === this.#life,
    });
    this.#sender.pump();
  }

  /** Answers may be old by the time they arrive. */
  #slow(database: Database): Database {
    return {
      ...database,
      kind: database.kind,
      transaction: (run) => database.transaction(run),
      query: async (run) => {
        const result = await database.query(run);
        await new Promise<void>((resolve) => this.clock.later(resolve, Math.floor(this.#random() * 200)));
        return result;
      },
    };
  }

  #written(events: readonly OwedEvent[]): void {
    for (const { body } of events) this.owed.add(body);
  }

  async #post({ body }: PostRequest, life: number) {
    const { events } = JSON.parse(body) as { events: { channel: string; subscription_count: number }[] };
    const channels = [...new Set(events.map(({ channel }) => channel))];
    for (const channel of channels) {
      expect(this.underWay.get(channel) ?? 0).toBe(0);
      this.underWay.set(channel, 1);
    }
    // Some take time, so that requests are under way at the same time, and at a crash.
    await new Promise<void>((resolve) => this.clock.later(resolve, Math.floor(this.#random() * 300)));
    if (life !== this.#life) return { status: null, error: "connection_failed" as const, response: null };
    for (const channel of channels) this.underWay.delete(channel);
    if (this.#random() < this.fails) return { status: 503, error: "status" as const, response: "" };
    const taken = events.map((event) => JSON.stringify(event));
    this.requests.push(taken);
    this.taken.push(...taken);
    return { status: 200, error: null, response: "" };
  }
}

async function stateOf(): Promise<{ owed: number; dead: Set<string> }> {
  const rows = await store.database.query((db) =>
    db.selectFrom("webhook_events").select(["body", "state", "attempts"]).execute(),
  );
  const dead = rows.filter(({ state }) => state === "dead");
  expect(dead.every(({ attempts }) => attempts === 10)).toBe(true);
  return {
    owed: rows.filter(({ state }) => state === "owed").length,
    dead: new Set(dead.map(({ body }) => body)),
  };
}

/** The first time that each event came. */
function firsts(taken: readonly string[]): { channel: string; subscription_count: number }[] {
  return [...new Set(taken)].map((text) => JSON.parse(text));
}

test("whatever fails and crashes, each owed event comes at least once or is kept as dead, in order for each channel", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(step, { minLength: 1, maxLength: 25 }), async (seed, steps) => {
      await store.database.query((db) => db.deleteFrom("webhook_events").execute());
      const world = new World(seed);
      for (const each of steps) await world.run(each);
      await world.run({ kind: "receiver", fails: 0 });
      let state = await stateOf();
      for (let tries = 0; tries < 100 && (tries === 0 || state.owed > 0); tries++) {
        await world.look();
        await world.run({ kind: "pass", ms: 20_000 });
        state = await stateOf();
      }
      expect(state.owed).toBe(0);

      const came = new Set(world.taken);
      expect([...world.owed].filter((event) => !came.has(event) && !state.dead.has(event))).toEqual([]);
      for (const ofChannel of Map.groupBy(firsts(world.taken), ({ channel }) => channel).values()) {
        const numbers = ofChannel.map(({ subscription_count }) => subscription_count);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      world.clock.crash();
    }),
    { numRuns: Number(process.env.USHER_TEST_RUNS ?? 30) },
  );
});
