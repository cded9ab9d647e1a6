import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type Metrics, metricsOf, sumOf } from "../support/metrics.ts";
import { report } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { Random } from "./random.ts";
import { type Visit, visit } from "./visitor.ts";

const VISITS = 100_000;
// Until then a fresh process grows by code that is compiled and by buffers that it keeps for reuse.
const WARM_UP = 10_000;
const CONCURRENCY = 200;
const MOST_GROWTH_BYTES = 48 * 1024 * 1024;

const GAUGES = [
  "usher_connections",
  "usher_channels",
  "usher_users",
  "usher_subscriptions",
  "usher_unauthorized_connections",
  "usher_http_requests_in_flight",
] as const;

const seed = Number(process.env.USHER_TEST_SEED ?? Date.now() % 1_000_000);

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    settings: {
      subscription_counting: true,
      watchlist_events: true,
      authorized_connections: true,
      authorization_timeout: 1,
    },
  });
});

afterAll(() => server.stop());

test("100,000 clients that come and go in every way leave nothing behind (known failures 15, 16, 17)", async () => {
  report(`churn: USHER_TEST_SEED=${seed}`);
  const filesAtStart = openFiles();
  await receive(0, WARM_UP);
  await emptied();
  const warmRss = residentBytes(await metricsOf(server));

  const startedAtMs = performance.now();
  const visits = await receive(WARM_UP, VISITS);
  const tookMs = performance.now() - startedAtMs;
  const metrics = await emptied();
  const growth = residentBytes(metrics) - warmRss;

  const opened = sumOf(metrics, "usher_connections_opened_total");
  const kinds = [...visits].map(([kind, count]) => `${kind} ${count}`).join(", ");
  report(
    `churn: ${Math.round((VISITS - WARM_UP) / (tookMs / 1000))} connects a second; ${opened} opened; ${kinds}`,
  );
  report(`churn: resident memory ${mb(warmRss)} after ${WARM_UP}, ${mb(growth)} more after ${VISITS}`);

  expect(sumOf(metrics, "usher_connections_closed_total")).toBe(opened);
  // All but those who broke off before the server could take them in.
  expect(opened).toBeGreaterThan(VISITS * 0.8);
  // The scrape's own connection may take a moment to end.
  await eventually(
    async () => openFiles(),
    (count) => count === filesAtStart,
  );
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
}, 240_000);

/** Lets visitors in, from one number up to another and so many at a time, and counts what they came for. */
async function receive(from: number, to: number): Promise<Map<Visit, number>> {
  const visits = new Map<Visit, number>();
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to) {
      const kind = await visit(server, TEST_APP, Random.forTask(seed, next++));
      visits.set(kind, (visits.get(kind) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return visits;
}

/** The metrics once every gauge is at zero; users who went offline are remembered for three seconds. */
async function emptied(): Promise<Metrics> {
  const state = await eventually(
    async () => {
      const metrics = await metricsOf(server);
      return { metrics, left: GAUGES.map((name) => `${name} ${sumOf(metrics, name)}`) };
    },
    ({ left }) => left.every((gauge) => gauge.endsWith(" 0")),
    15_000,
  );
  return state.metrics;
}

function openFiles(): number {
  return readdirSync(`/proc/${server.pid}/fd`).length;
}

function residentBytes(metrics: Metrics): number {
  return sumOf(metrics, "process_resident_memory_bytes");
}

function mb(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
