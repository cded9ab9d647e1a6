import { expect, test } from "bun:test";
import { DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import fc from "fast-check";
import pino from "pino";
import { Meters } from "../metrics/meters.ts";
import { WebhookMeters } from "../webhooks/webhook-meters.ts";
import type { Bucket } from "./bucket.ts";
import { RollupRecorder } from "./rollup-recorder.ts";
import { ALL_APPS } from "./rollup-store.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");

test("writes what was counted in each slot once, for the app and for all", async () => {
  const server = recording();
  server.meters.published("3", 7, 100);
  server.meters.ofApp("3").requests.set("events 200", 2);
  server.meters.ofApp("3").requests.set("events 401", 1);
  await server.lookAt(START + 10_000);
  server.meters.published("3", 1, 100);
  server.meters.ofApp("4").authorizations.set("subscribe signature_mismatch", 1);
  await server.lookAt(START + 20_000);
  await server.lookAt(START + 30_000);
  expect(server.written.map(({ atMs, buckets }) => [atMs - START, countsIn(buckets)])).toEqual([
    [
      0,
      {
        3: { messages_out: 7, "requests:2xx": 2, "requests:4xx": 1 },
        [ALL_APPS]: { messages_out: 7, "requests:2xx": 2, "requests:4xx": 1 },
      },
    ],
    [
      10_000,
      {
        3: { messages_out: 1 },
        4: { "subscriptions:signature_mismatch": 1 },
        [ALL_APPS]: { messages_out: 1, "subscriptions:signature_mismatch": 1 },
      },
    ],
    [20_000, { [ALL_APPS]: {} }],
  ]);
});

test("looks every second for the most connections at once", async () => {
  const server = recording();
  server.connect("3", 5);
  await server.lookAt(START + 4_000);
  server.connect("3", 2);
  await server.lookAt(START + 10_000);
  await server.lookAt(START + 20_000);
  const [first, second] = server.written.map(({ buckets }) => buckets.get("3"));
  expect([first?.connections, first?.peak]).toEqual([2, 5]);
  expect([second?.connections, second?.peak]).toEqual([2, 2]);
});

test("names what was refused, whom it turned away, and what became of webhooks", async () => {
  const server = recording();
  const app = server.meters.ofApp("3");
  app.authorizations.set("subscribe granted", 4);
  app.authorizations.set("signin signin_key_mismatch", 1);
  app.refused.set("subscribe|signature_mismatch|secret_of_other_app", 2);
  app.closed("pong_timeout");
  app.grantsEnded.set("revoked", 3);
  server.meters.handshakeRefused("origin_refused", "3");
  server.meters.handshakeRefused("app_not_found", undefined);
  server.webhooks.owed("3", "channel_occupied");
  server.webhooks.owed("3", "member_added");
  server.webhooks.attempted("3", null);
  server.webhooks.attempted("3", "timeout");
  server.webhooks.finished("3", "dead", 2);
  await server.lookAt(START + 10_000);
  const [slot] = server.written;
  expect(slot?.buckets.get("3")?.counts).toEqual({
    "subscriptions:granted": 4,
    "sign_ins:signin_key_mismatch": 1,
    "refused:subscribe|signature_mismatch|secret_of_other_app": 2,
    "closes:pong_timeout": 1,
    "grants_ended:revoked": 3,
    "handshakes:origin_refused": 1,
    "webhooks:owed": 2,
    "webhooks:attempts_ok": 1,
    "webhooks:attempts_failed": 1,
    "webhooks:dead": 2,
  });
  expect(slot?.buckets.get(ALL_APPS)?.counts["handshakes:app_not_found"]).toBe(1);
});

test("an app that is deleted and made anew is counted from nothing", async () => {
  const server = recording();
  server.meters.ofApp("3").messagesReceived = 10;
  await server.lookAt(START + 10_000);
  server.meters.forget("3");
  server.meters.ofApp("3").messagesReceived = 4;
  await server.lookAt(START + 20_000);
  expect(server.written.map(({ buckets }) => buckets.get("3")?.counts.messages_in)).toEqual([10, 4]);
});

test("a database that fails costs a gap, is logged once, and nothing of the gap is told later", async () => {
  const server = recording();
  server.meters.published("3", 1, 1);
  await server.lookAt(START + 10_000);
  server.fails = true;
  server.meters.published("3", 100, 1);
  await server.lookAt(START + 20_000);
  await server.lookAt(START + 30_000);
  server.fails = false;
  server.meters.published("3", 2, 1);
  await server.lookAt(START + 40_000);
  expect(server.written.map(({ atMs, buckets }) => [atMs - START, buckets.get("3")?.counts])).toEqual([
    [0, { messages_out: 1 }],
    [30_000, { messages_out: 2 }],
  ]);
  expect(server.logged).toEqual([
    "cannot write the figures for charts; they will show a gap",
    "the figures for charts are written again",
  ]);
});

test("a database that is slow makes counts late and loses none", async () => {
  const server = recording();
  const gate = Promise.withResolvers<void>();
  server.wait = gate.promise;
  server.meters.published("3", 1, 1);
  const first = server.lookAt(START + 10_000);
  server.meters.published("3", 2, 1);
  const second = server.lookAt(START + 20_000);
  server.meters.published("3", 4, 1);
  const third = server.lookAt(START + 30_000);
  gate.resolve();
  await Promise.all([first, second, third]);
  await server.lookAt(START + 40_000);
  expect(server.written.map(({ buckets }) => buckets.get("3")?.counts.messages_out)).toEqual([1, 6]);
});

test("stopping writes the slot that has begun, and says so", async () => {
  const server = recording();
  server.recorder.start();
  server.meters.published("3", 5, 1);
  await server.stop(START + 13_000);
  expect(server.written.map(({ buckets }) => buckets.get("3")?.counts.messages_out)).toEqual([5]);
  expect(server.marked).toEqual(["started", "stopped"]);
});

test("however slots and counts fall, all that is written is all that was counted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          waitMs: fc.integer({ min: 0, max: 25_000 }),
          app: fc.constantFrom("3", "4"),
          sent: fc.nat(50),
        }),
        { maxLength: 40 },
      ),
      async (moments) => {
        const server = recording();
        let nowMs = START;
        for (const { waitMs, app, sent } of moments) {
          nowMs += waitMs;
          server.meters.published(app, sent, 1);
          await server.lookAt(nowMs);
        }
        await server.stop(nowMs);
        for (const appId of ["3", "4", ALL_APPS]) {
          const truth = moments.reduce(
            (sum, { app, sent }) => (appId === ALL_APPS || app === appId ? sum + sent : sum),
            0,
          );
          const told = server.written.reduce(
            (sum, { buckets }) => sum + (buckets.get(appId)?.counts.messages_out ?? 0),
            0,
          );
          expect(told).toBe(truth);
        }
        const slots = server.written.map(({ atMs }) => atMs);
        expect(new Set(slots).size).toBe(slots.length);
      },
    ),
  );
});

/** A recorder over a hub, meters and a database in the test's own hands. */
function recording() {
  const hub = new Hub({
    findAppByKey: () => undefined,
    hmacHex: () => "",
    random: Math.random,
    maxConnections: null,
  });
  const server = {
    meters: new Meters(),
    webhooks: new WebhookMeters(),
    written: [] as { readonly atMs: number; readonly buckets: ReadonlyMap<string, Bucket> }[],
    marked: [] as string[],
    logged: [] as string[],
    fails: false,
    wait: Promise.resolve(),
  };
  let nowMs = START;
  const recorder = new RollupRecorder({
    hub,
    meters: server.meters,
    webhooks: server.webhooks,
    store: {
      async write(_, atMs, buckets) {
        await server.wait;
        if (server.fails) throw new Error("the database is down");
        server.written.push({ atMs, buckets });
      },
      async rollUp() {},
      async prune() {},
      async forget() {},
    },
    marks: {
      async add({ kind }) {
        server.marked.push(kind);
      },
      async prune() {},
    },
    node: () => ({ name: "host:1", version: "1" }),
    log: pino({ level: "info" }, { write: (line: string) => void server.logged.push(JSON.parse(line).msg) }),
    now: () => nowMs,
  });
  return Object.assign(server, {
    recorder,
    /** Puts so many connections into an app; what they are does not matter here. */
    connect(appId: string, count: number) {
      const settings = DEFAULT_APP_SETTINGS;
      const app = { id: appId, name: "", enabled: true, keys: [], settings, restrictions: [] };
      const { connections } = hub.stateFor(app);
      connections.clear();
      const anything = undefined as never;
      for (let number = 0; number < count; number++) connections.set(`${number}.1` as never, anything);
    },
    lookAt(atMs: number) {
      nowMs = atMs;
      return recorder.look();
    },
    stop(atMs: number) {
      nowMs = atMs;
      return recorder.stop();
    },
  });
}

function countsIn(buckets: ReadonlyMap<string, Bucket>) {
  return Object.fromEntries([...buckets].map(([appId, { counts }]) => [appId, counts]));
}
