import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { UseKind } from "../store/tables.ts";
import { HOUR_MS, KEPT_HOURS, MOST_CALLERS, SecretUses } from "./secret-uses.ts";

const HOUR = Date.parse("2026-03-01T10:00:00Z");

describe("what is not stored yet", () => {
  test("tells secrets, kinds, clients, addresses and hours apart", () => {
    const uses = new SecretUses();
    uses.record("s1", "http_api", "sdk 1", "192.0.2.1", HOUR);
    uses.record("s1", "http_api", "sdk 1", "192.0.2.1", HOUR + 5);
    uses.record("s1", "http_api", "sdk 1", "192.0.2.2", HOUR + 6);
    uses.record("s1", "channel", "sdk 1", "192.0.2.1", HOUR + 7);
    uses.record("s2", "user", "sdk 2", null, HOUR + 8);
    uses.record("s1", "http_api", "sdk 1", "192.0.2.1", HOUR + HOUR_MS);
    expect(uses.unsaved().map(line)).toEqual([
      "s1 http_api sdk 1 192.0.2.1 hour 0: 2, 0 to 5",
      "s1 http_api sdk 1 192.0.2.2 hour 0: 1, 6 to 6",
      "s1 channel sdk 1 192.0.2.1 hour 0: 1, 7 to 7",
      "s2 user sdk 2 null hour 0: 1, 8 to 8",
      "s1 http_api sdk 1 192.0.2.1 hour 1: 1, 3600000 to 3600000",
    ]);
  });

  test("is nothing once it was stored", () => {
    const uses = new SecretUses();
    uses.record("s1", "channel", "sdk", null, HOUR);
    uses.saved(uses.unsaved());
    expect(uses.unsaved()).toEqual([]);
  });

  test("is what was counted while the rest was being stored", () => {
    const uses = new SecretUses();
    uses.record("s1", "channel", "sdk", null, HOUR);
    const stored = uses.unsaved();
    uses.record("s1", "channel", "sdk", null, HOUR + 1);
    uses.record("s1", "channel", "sdk", null, HOUR + 2);
    uses.saved(stored);
    expect(uses.unsaved().map(({ count, lastAtMs }) => [count, lastAtMs - HOUR])).toEqual([[2, 2]]);
  });

  test("does not change after it was given", () => {
    const uses = new SecretUses();
    uses.record("s1", "channel", "sdk", null, HOUR);
    const [before] = uses.unsaved();
    uses.record("s1", "channel", "sdk", null, HOUR + 1);
    expect(before).toMatchObject({ count: 1, lastAtMs: HOUR });
  });

  test("goes on in the same hour when the clock is put back", () => {
    const uses = new SecretUses();
    uses.record("s1", "channel", "sdk", null, HOUR + 10);
    uses.record("s1", "channel", "sdk", null, HOUR - HOUR_MS);
    expect(uses.unsaved().map(({ hourMs, count, lastAtMs }) => [hourMs, count, lastAtMs])).toEqual([
      [HOUR, 2, HOUR + 10],
    ]);
  });
});

describe("callers beyond the number that is told apart", () => {
  test("are counted together, for each secret, kind and hour", () => {
    const uses = new SecretUses();
    for (let number = 0; number < MOST_CALLERS + 30; number++) {
      uses.record("s1", "channel", "sdk", `10.0.0.${number}`, HOUR);
      uses.record("s1", "channel", "sdk", `10.0.0.${number}`, HOUR);
    }
    uses.record("s1", "user", "sdk", "10.0.0.99", HOUR);
    uses.record("s1", "channel", "sdk", "10.0.0.99", HOUR + HOUR_MS);
    const unsaved = uses.unsaved();
    expect(unsaved.length).toBe(MOST_CALLERS + 3);
    const others = unsaved.filter(({ client }) => client === "other");
    expect(others).toMatchObject([{ kind: "channel", address: null, count: 60 }]);
  });

  test("still find those that came before them", () => {
    const uses = new SecretUses();
    for (let number = 0; number < 2 * MOST_CALLERS; number++) {
      uses.record("s1", "channel", "sdk", `10.0.0.${number}`, HOUR);
    }
    uses.record("s1", "channel", "sdk", "10.0.0.0", HOUR);
    expect(uses.unsaved()[0]).toMatchObject({ address: "10.0.0.0", count: 2 });
  });
});

describe("when nothing can be stored for long", () => {
  test("callers and ancient hours are joined, and no use is lost", () => {
    const uses = new SecretUses(100);
    const hours = 3 * KEPT_HOURS;
    for (let hour = 0; hour < hours; hour++) {
      for (let number = 0; number < 10; number++) {
        uses.record("s1", "channel", "sdk", `10.0.0.${number}`, HOUR + hour * HOUR_MS);
      }
    }
    const unsaved = uses.unsaved();
    expect(unsaved.length).toBe(KEPT_HOURS + 1);
    expect(unsaved.reduce((sum, { count }) => sum + count, 0)).toBe(10 * hours);
    expect(unsaved[0]).toMatchObject({ client: "other", count: 10 * (hours - KEPT_HOURS), firstAtMs: HOUR });
    uses.saved(unsaved);
    expect(uses.unsaved()).toEqual([]);
  });
});

test("counts are the truth, whatever the order of uses, hours and storing", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), fc.constantFrom(3, 10_000), (actions, mostUnsaved) => {
      const uses = new SecretUses(mostUnsaved);
      const truth = new Map<string, number>();
      const seen = new Map<string, number>();
      let nowMs = HOUR;
      for (const step of actions) {
        if (step.kind === "wait") nowMs += step.ms;
        if (step.kind === "use") {
          add(truth, `${step.secretId} ${step.use}`, 1);
          uses.record(step.secretId, step.use, step.client, step.address, nowMs);
        }
        if (step.kind === "store") {
          const stored = uses.unsaved();
          // What comes while the database writes.
          uses.record("s1", "channel", "sdk", null, nowMs);
          add(truth, "s1 channel", 1);
          if (step.works) {
            for (const { secretId, kind, count } of stored) add(seen, `${secretId} ${kind}`, count);
            uses.saved(stored);
          }
        }
      }
      for (const { secretId, kind, count } of uses.unsaved()) add(seen, `${secretId} ${kind}`, count);
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(truth));
    }),
  );
});

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("use" as const),
      secretId: fc.constantFrom("s1", "s2"),
      use: fc.constantFrom<UseKind>("http_api", "channel", "user"),
      client: fc.constantFrom("sdk", "other"),
      address: fc.option(fc.integer({ min: 0, max: 80 }).map((number) => `10.0.0.${number}`)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("store" as const), works: fc.boolean() }) },
);

function add(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

function line(uses: ReturnType<SecretUses["unsaved"]>[number]): string {
  const { secretId, kind, client, address, hourMs, count, firstAtMs, lastAtMs } = uses;
  const hour = (hourMs - HOUR) / HOUR_MS;
  return `${secretId} ${kind} ${client} ${address} hour ${hour}: ${count}, ${firstAtMs - HOUR} to ${lastAtMs - HOUR}`;
}
