import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { Api } from "../support/api.ts";
import { report } from "../support/report.ts";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

const EVENTS_A_SECOND = 2_000;
const SECONDS = 15;
const BATCH = 10;
const EVERY_MS = 50;
/** What the machine may be busy with besides; far more than what was seen. */
const LONGEST_GAP_MS = 500;
const SLOWEST_KEY_MS = 500;
const MOST_HEAP_BYTES = 80 * 1024 * 1024;

interface Smoothness {
  /** Milliseconds between two frames, each. */
  readonly gaps: number[];
  /** Milliseconds from a key to the frame that shows it, each. */
  readonly keys: number[];
  /** Milliseconds that the page could do nothing else, each above 50. */
  readonly longTasks: number[];
}

describe.skipIf(browserPath === undefined)("the debug console under load", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await Visit.asOwner();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => visit.end(), VISIT_TIMEOUT_MS);

  test(
    `at ${EVENTS_A_SECOND} events a second the page answers, its memory is bounded, and what is left out is counted`,
    async () => {
      const page = await visit.open(`/apps/${visit.server.appId}/console`);
      await page.getByText("Live", { exact: true }).waitFor();
      const cdp = await page.context().newCDPSession(page);
      const counter = await countEntries(visit);
      await watchSmoothness(page);

      const sending = sendEvents(visit);
      const typing = type(page, SECONDS);
      // What five thousand entries take is there after three seconds; from then on it must not grow.
      await page.getByText("the latest 5,000").waitFor();
      const early = await heapBytes(cdp);
      const [sent] = await Promise.all([sending, typing]);
      const late = await heapBytes(cdp);
      const { gaps, keys, longTasks } = await page.evaluate(
        () => (window as unknown as { smoothness: Smoothness }).smoothness,
      );
      const seen = await counter.upTo(sent.events);

      const dropped = await page.getByText(/left out: more happened/).allTextContents();
      report(
        [
          `console at ${Math.round(sent.events / (sent.ms / 1000))} events/s for ${(sent.ms / 1000).toFixed(1)} s:`,
          `frame gaps p50 ${percentile(gaps, 0.5)} p99 ${percentile(gaps, 0.99)} max ${percentile(gaps, 1)} ms,`,
          `${longTasks.length} long tasks (max ${percentile(longTasks, 1)} ms),`,
          `typing p50 ${percentile(keys, 0.5)} p95 ${percentile(keys, 0.95)} max ${percentile(keys, 1)} ms of ${keys.length} keys,`,
          `heap ${mebibytes(early)} -> ${mebibytes(late)} MiB,`,
          `a second viewer got ${seen.entries} and was told of ${seen.dropped} left out, of ${sent.events};`,
          `the page says: ${dropped[0] ?? "nothing left out"}`,
        ].join(" "),
      );
      expect(seen.entries + seen.dropped).toBe(sent.events);
      expect(percentile(gaps, 0.99)).toBeLessThan(LONGEST_GAP_MS);
      expect(keys.length).toBeGreaterThan(10);
      expect(percentile(keys, 0.95)).toBeLessThan(SLOWEST_KEY_MS);
      expect(late).toBeLessThan(MOST_HEAP_BYTES);
      expect(late - early).toBeLessThan(MOST_HEAP_BYTES / 4);
      expect(visit.complaints).toEqual([]);
    },
    VISIT_TIMEOUT_MS,
  );
});

/** Sends at an even pace, however long the answers take. */
async function sendEvents({
  server,
  origin,
}: Visit): Promise<{ readonly events: number; readonly ms: number }> {
  const { appId: id, key, secret } = server;
  const api = new Api(origin, { id, key, secret });
  const startedAtMs = performance.now();
  const answers: Promise<unknown>[] = [];
  let events = 0;
  while (events < EVENTS_A_SECOND * SECONDS) {
    const due = Math.floor(((performance.now() - startedAtMs) / 1000) * EVENTS_A_SECOND);
    while (events + BATCH <= Math.min(due, EVENTS_A_SECOND * SECONDS)) {
      const batch = Array.from({ length: BATCH }, (_, index) => ({
        channel: `room-${index}`,
        name: "tick",
        data: JSON.stringify({ number: events + index, text: "some data of the usual length" }),
      }));
      answers.push(api.post("/batch_events", { batch }));
      events += BATCH;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  const ms = performance.now() - startedAtMs;
  await Promise.all(answers);
  return { events, ms };
}

/** Types into the filter, a key at a time, what leaves the filter as it is in the end. */
async function type(page: Page, seconds: number): Promise<void> {
  const filter = page.getByRole("searchbox", { name: "Filter" });
  const endMs = performance.now() + seconds * 1_000;
  await filter.focus();
  while (performance.now() < endMs) {
    await page.keyboard.type("r", { delay: 100 });
    await page.keyboard.press("Backspace", { delay: 100 });
  }
}

/** Records, in the page, how long it takes to draw and to answer keys. */
async function watchSmoothness(page: Page): Promise<void> {
  await page.evaluate(() => {
    const smoothness: Smoothness = { gaps: [], keys: [], longTasks: [] };
    Object.assign(window, { smoothness });
    let before = performance.now();
    const frame = (now: number) => {
      smoothness.gaps.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    addEventListener(
      "keydown",
      ({ timeStamp }) => {
        requestAnimationFrame(() => setTimeout(() => smoothness.keys.push(performance.now() - timeStamp)));
      },
      { capture: true },
    );
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) smoothness.longTasks.push(duration);
    }).observe({ type: "longtask" });
  });
}

/** A second viewer, who reads what the server sends and adds it up. */
async function countEntries({ server }: Visit) {
  const { token } = JSON.parse(readFileSync(join(server.dataDir, "local.json"), "utf8")) as { token: string };
  const response = await fetch(
    `http://${server.host}:${server.port}/admin/v1/apps/${server.appId}/console?types=api_event`,
    { headers: { authorization: `Bearer ${token}` } },
  );
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  return {
    /** Reads on until so many are accounted for. */
    async upTo(count: number): Promise<{ readonly entries: number; readonly dropped: number }> {
      let entries = 0;
      let dropped = 0;
      while (entries + dropped < count) {
        const { value = "", done } = (await reader?.read()) ?? { done: true };
        if (done) break;
        const messages = (buffer + value).split("\n\n");
        buffer = messages.pop() ?? "";
        for (const message of messages.filter((each) => each.startsWith("event: entries"))) {
          const batch = JSON.parse(message.slice(message.indexOf("data: ") + 6)) as {
            entries: unknown[];
            dropped: number;
          };
          entries += batch.entries.length;
          dropped += batch.dropped;
        }
      }
      await reader?.cancel();
      return { entries, dropped };
    },
  };
}

async function heapBytes(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  return (await cdp.send("Runtime.getHeapUsage")).usedSize;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
