import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Bucket } from "../../rollups/bucket.ts";
import { MarkStore } from "../../rollups/mark-store.ts";
import { ALL_APPS, RollupStore } from "../../rollups/rollup-store.ts";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

const SLOT_MS = 10_000;

let admin: StoreOnlyAdmin;
let rollups: RollupStore;
/** When the last slot began that is over. */
let slotMs: number;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
  await admin.ask("POST", "/apps", { id: "7", name: "Shop" });
  await admin.ask("POST", "/apps", { id: "8", name: "Blog" });
  rollups = new RollupStore(admin.store.database);
  slotMs = Math.floor((Date.now() - SLOT_MS - 3_000) / SLOT_MS) * SLOT_MS;
});

afterEach(() => admin.close());

test("the figures of an app and of the server: series, totals, marks, and what is there now", async () => {
  await see("one", 3, { messages_out: 20, "requests:2xx": 1 });
  await see("two", 4, { messages_out: 10 });
  const node = { nodeId: "one", name: "host:6001", version: "1.2.3" };
  await new MarkStore(admin.store.database).add({ ...node, atMs: slotMs, kind: "started" });
  for (const path of ["/apps/7/stats?range=15m", "/stats?range=15m"]) {
    const { status, body } = await admin.ask("GET", path);
    expect(status).toBe(200);
    expect(body.step_seconds).toBe(10);
    expect(Date.parse(body.to) - Date.parse(body.from)).toBe(900_000);
    const index = (slotMs - Date.parse(body.from)) / SLOT_MS;
    expect(body.series.connections).toHaveLength(90);
    expect(body.series.connections[index]).toBe(7);
    expect(body.series.messages_out[index]).toBe(30);
    expect(body.series["requests:2xx"][index]).toBe(1);
    expect(body.series.connections[index - 1]).toBeNull();
    expect(body.totals).toEqual({ connections_peak: 7, messages_out: 30, "requests:2xx": 1 });
    expect(body.now).toEqual({ connections: 7, channels: 7 });
    const texts = body.marks.map(({ text }: { readonly text: string }) => text);
    expect(texts).toContain("host:6001 started (version 1.2.3)");
  }
  const { body } = await admin.ask("GET", "/apps/8/stats?range=15m");
  expect(body.totals).toEqual({ connections_peak: 0 });
  expect(body.now).toEqual({ connections: 0, channels: 0 });
});

test("the apps beside one another, the busiest first", async () => {
  await see("one", 3, { messages_out: 20 });
  for (const range of ["15m", "1h", "24h", "7d"]) {
    const { body } = await admin.ask("GET", `/stats/apps?range=${range}`);
    expect(body.items).toMatchObject([
      {
        app_id: "7",
        name: "Shop",
        now: { connections: 3 },
        connections_peak: 3,
        totals: { messages_out: 20 },
      },
      { app_id: "8", name: "Blog", now: { connections: 0 }, connections_peak: 0, totals: {} },
    ]);
    expect(body.items[0].sparkline.length).toBeLessThanOrEqual(60);
  }
});

test("errors say what is wrong and what to do, without the evidence of each", async () => {
  await see("one", 1, {
    "refused:subscribe|signature_mismatch|secret_of_other_app": 3,
    "handshakes:origin_refused": 1,
    messages_in: 4,
  });
  const { body } = await admin.ask("GET", "/apps/7/errors");
  expect(body.items).toMatchObject([
    {
      operation: "subscribe",
      code: "signature_mismatch",
      cause: "secret_of_other_app",
      count: 3,
      docs: "docs/pitfalls.md#secret_of_other_app",
      sample: null,
    },
    { operation: "handshake", code: "origin_refused", cause: null, docs: "docs/errors.md#origin_refused" },
  ]);
  expect(body.items[1].message).toBe("Origin … is not allowed");
  for (const { message, hint } of body.items) expect(message + hint).not.toMatch(/[{}]/);
});

test("an app that there is not, and a range that there is not", async () => {
  for (const path of ["/apps/9/stats", "/apps/9/errors"]) {
    expect(await admin.ask("GET", path)).toMatchObject({ status: 404 });
  }
  expect(await admin.ask("GET", "/stats?range=1y")).toMatchObject({ status: 400 });
});

function see(node: string, connections: number, counts: Bucket["counts"]): Promise<void> {
  const bucket = { slots: 1, connections, peak: connections, channels: connections, counts };
  return rollups.write(
    node,
    slotMs,
    new Map([
      ["7", bucket],
      [ALL_APPS, bucket],
    ]),
  );
}
