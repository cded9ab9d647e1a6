import { randomBytes } from "node:crypto";
import type { Hub } from "@usher/hub";
import type { Logger } from "pino";
import type { Meters } from "../metrics/meters.ts";
import type { WebhookMeters } from "../webhooks/webhook-meters.ts";
import type { Bucket, Counts } from "./bucket.ts";
import { countedSince, countsOf } from "./counts-of.ts";
import { SLOT_SECONDS } from "./levels.ts";
import type { MarkStore } from "./mark-store.ts";
import { ALL_APPS, type RollupStore } from "./rollup-store.ts";

export interface RollupRecorderOptions {
  readonly hub: Pick<Hub, "states">;
  readonly meters: Meters;
  readonly webhooks: WebhookMeters;
  readonly store: Pick<RollupStore, "write" | "rollUp" | "prune" | "forget">;
  readonly marks: Pick<MarkStore, "add" | "prune">;
  /** Asked when this server has begun to listen. */
  readonly node: () => { readonly name: string; readonly version: string };
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Writes down what a server does, once every 10 s. It reads counters that are kept anyway and the sizes of the hub's maps,
 * and hangs on no event; a database that fails costs a gap in the charts and nothing else.
 */
export class RollupRecorder {
  /** Names this process among those that write. */
  readonly id = `rec_${randomBytes(6).toString("hex")}`;
  readonly #options: RollupRecorderOptions;
  readonly #peaks = new Map<string, number>();
  #counted: ReadonlyMap<string, Counts> = new Map();
  #slot: number;
  #writing: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #maintainedAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(options: RollupRecorderOptions) {
    this.#options = options;
    this.#slot = slotAt(options.now());
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.#attempt(() => this.#mark("started"));
  }

  /** Notes the peaks, and writes a slot that has ended. Resolves when that is done, well or not; never throws. */
  async look(): Promise<void> {
    const slot = slotAt(this.#options.now());
    if (slot === this.#slot) return this.#notePeaks();
    // What a slow database makes wait is counted into the next slot, so that nothing adds up.
    if (this.#writing) return this.#writing;
    const ended = this.#slot;
    this.#slot = slot;
    await this.#write(ended);
  }

  /** Forgets an app that is gone. Never throws: what stays is forgotten when it is old. */
  forget(appId: string): Promise<void> {
    return this.#attempt(() => this.#options.store.forget(appId));
  }

  /** Writes what there is of the slot that has begun, and that this server stops. Never throws. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#write(this.#slot);
    await this.#attempt(() => this.#mark("stopped"));
  }

  #notePeaks(): void {
    let total = 0;
    for (const { app, connections } of this.#options.hub.states) {
      total += connections.size;
      this.#peaks.set(app.id, Math.max(connections.size, this.#peaks.get(app.id) ?? 0));
    }
    this.#peaks.set(ALL_APPS, Math.max(total, this.#peaks.get(ALL_APPS) ?? 0));
  }

  #write(slot: number): Promise<void> {
    const buckets = this.#take();
    this.#writing = this.#attempt(async () => {
      await this.#options.store.write(this.id, slot * SLOT_MS, buckets);
      await this.#maintain();
    }).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** What to write of one slot: nothing of apps that did nothing. */
  #take(): Map<string, Bucket> {
    const { hub, meters, webhooks } = this.#options;
    this.#notePeaks();
    const counted = countsOf(meters, webhooks);
    const buckets = new Map<string, Bucket>();
    const all = { slots: 1, connections: 0, peak: this.#peaks.get(ALL_APPS) ?? 0, channels: 0 };
    const allCounts: Record<string, number> = {};
    for (const { app, connections, channels } of hub.states) {
      all.connections += connections.size;
      all.channels += channels.size;
      const peak = this.#peaks.get(app.id) ?? 0;
      if (peak === 0) continue;
      const gauges = { slots: 1, connections: connections.size, peak, channels: channels.size };
      buckets.set(app.id, { ...gauges, counts: {} });
    }
    for (const [appId, now] of counted) {
      const counts = countedSince(this.#counted.get(appId) ?? {}, now);
      for (const [name, count] of Object.entries(counts)) allCounts[name] = (allCounts[name] ?? 0) + count;
      if (appId === ALL_APPS || Object.keys(counts).length === 0) continue;
      buckets.set(appId, { ...(buckets.get(appId) ?? NOBODY), counts });
    }
    buckets.set(ALL_APPS, { ...all, counts: allCounts });
    this.#counted = counted;
    this.#peaks.clear();
    return buckets;
  }

  async #maintain(): Promise<void> {
    const { store, marks, now } = this.#options;
    const nowMs = now();
    if (Math.abs(nowMs - this.#maintainedAtMs) < MAINTENANCE_MS) return;
    await store.rollUp(nowMs);
    await store.prune(nowMs);
    await marks.prune(nowMs);
    this.#maintainedAtMs = nowMs;
  }

  #mark(kind: "started" | "stopped"): Promise<void> {
    const { marks, node, now } = this.#options;
    return marks.add({ atMs: now(), kind, nodeId: this.id, ...node() });
  }

  /** Logs the first failure of a spell, and its end. */
  async #attempt(run: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await run();
      if (this.#isFailing) log.info("the figures for charts are written again");
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) {
        log.warn({ err: error }, "cannot write the figures for charts; they will show a gap");
      }
      this.#isFailing = true;
    }
  }
}

const LOOK_MS = 1_000;
const SLOT_MS = SLOT_SECONDS * 1000;
const MAINTENANCE_MS = 60_000;
const NOBODY = { slots: 1, connections: 0, peak: 0, channels: 0 };

function slotAt(ms: number): number {
  return Math.floor(ms / SLOT_MS);
}
