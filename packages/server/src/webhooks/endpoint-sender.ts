import type { HmacHex } from "@usher/protocol";
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { Circuit } from "./circuit.ts";
import type { Clock } from "./clock.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import { type Delivery, EndpointQueue, type HeldEvent } from "./endpoint-queue.ts";
import type { EventIds } from "./event-ids.ts";
import type { Post } from "./guarded-fetch.ts";
import type { Outbox } from "./outbox.ts";
import { readOwed, readOwedOfChannel } from "./outbox-rows.ts";
import type { PostResult } from "./post-error.ts";
import { retryDelayMs } from "./retry-schedule.ts";
import type { WebhookMeters } from "./webhook-meters.ts";
import { type Signer, webhookRequest } from "./webhook-request.ts";

export interface SenderParts {
  readonly database: Database;
  readonly outbox: Pick<Outbox, "attempted">;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly random: () => number;
  readonly post: Post;
  readonly hmacHex: HmacHex;
  /** What signs an app's webhooks; undefined for an app that is gone or has no key. */
  readonly signerOf: (appId: string) => Signer | undefined;
  readonly meters: WebhookMeters;
  readonly log: Logger;
  /** Called with every result, for what is known of the endpoint itself. */
  readonly onResult: (
    endpoint: WebhookEndpoint,
    result: PostResult,
    atMs: number,
    attempt: FinishedAttempt,
  ) => void;
  /** May this process send? Not once its lease may have ended. */
  readonly maySend: () => boolean;
}

/** One request that was made, for whoever watches. */
export interface FinishedAttempt {
  readonly result: PostResult;
  /** How many times these events have been sent, this one included. */
  readonly attempts: number;
  /** What was in it, never empty. */
  readonly events: readonly HeldEvent[];
  readonly outcome: "delivered" | "dead" | { readonly nextTryAtMs: number };
}

/** Requests to one endpoint at a time. */
const CONCURRENCY = 16;
const MOST_IN_BATCH = 100;
/** How long an event waits for others where batching is on. */
const BATCH_MS = 100;
const READ_AT_ONCE = 500;
const READ_AGAIN_MS = 1_000;
/** Past this age a refusal is final: some receivers take nothing that is older. */
const STALE_MS = 5 * 60_000;

/**
 * Sends what one endpoint is owed. One process does so at a time; whoever owns this object holds the endpoint's lease.
 *
 * Events come from disk in order, or straight from the outbox as long as all that was there before is in memory.
 */
export class EndpointSender {
  readonly #parts: SenderParts;
  readonly #queue = new EndpointQueue();
  readonly #circuit: Circuit;
  readonly #timers = new Set<() => void>();
  readonly #running = new Set<Promise<void>>();
  #endpoint: WebhookEndpoint;
  /** Up to here everything is in memory, or known to be on disk for its channel. */
  #cursor = "";
  /** The newest event there is, as far as known. */
  #newest = UNKNOWN;
  #isReading = false;
  #isStopped = false;
  #wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(endpoint: WebhookEndpoint, parts: SenderParts) {
    this.#endpoint = endpoint;
    this.#parts = parts;
    this.#circuit = new Circuit(CONCURRENCY, parts.random);
  }

  get endpoint(): WebhookEndpoint {
    return this.#endpoint;
  }

  get isDown(): boolean {
    return this.#circuit.isOpen;
  }

  /** Takes over a changed description. */
  update(endpoint: WebhookEndpoint): void {
    this.#endpoint = endpoint;
    this.pump();
  }

  /** Events that have just been written, in order. */
  offer(events: readonly HeldEvent[]): void {
    for (const event of events) {
      const isNext = this.#cursor >= this.#newest && !this.#isReading;
      this.#newest = later(this.#newest, event.id);
      if (isNext) this.#take(event);
    }
    this.pump();
  }

  /** This is the newest event on disk: others than this process write, too. */
  look(newestId: string): void {
    this.#newest = later(this.#newest, newestId);
    this.pump();
  }

  /** Starts whatever may start now. */
  pump(): void {
    if (this.#isStopped || !this.#parts.maySend()) return;
    while (this.#running.size < this.#circuit.allowed && !this.#waits()) {
      const delivery = this.#queue.next(this.#endpoint.batching ? MOST_IN_BATCH : 1);
      if (!delivery) break;
      this.#start(delivery);
    }
    this.#read();
  }

  /** Starts nothing more, and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    await Promise.all(this.#running);
  }

  /** Is it too early for the next request? If so, this comes back in time. */
  #waits(): boolean {
    const nowMs = this.#parts.clock.now();
    const untilMs = Math.max(this.#circuit.notBeforeMs, this.#batchDueMs());
    if (untilMs <= nowMs) return false;
    if (untilMs < this.#wakesAtMs) {
      this.#wakesAtMs = untilMs;
      this.#later(() => {
        this.#wakesAtMs = Number.POSITIVE_INFINITY;
        this.pump();
      }, untilMs - nowMs);
    }
    return true;
  }

  #batchDueMs(): number {
    if (!this.#endpoint.batching || this.#queue.hasRetry) return 0;
    const { events, oldestMs } = this.#queue.peek(MOST_IN_BATCH);
    return events === 0 || events >= MOST_IN_BATCH ? 0 : oldestMs + BATCH_MS;
  }

  #start(delivery: Delivery): void {
    const run = this.#send(delivery)
      .catch((error) => {
        this.#parts.log.error({ err: error, endpoint: this.#endpoint.id }, "a webhook could not be sent");
        this.#later(() => this.#tryAgain(delivery), READ_AGAIN_MS);
      })
      .finally(() => {
        this.#running.delete(run);
        this.pump();
      });
    this.#running.add(run);
  }

  async #send(delivery: Delivery): Promise<void> {
    const { clock, post, signerOf, hmacHex, onResult, meters } = this.#parts;
    const endpoint = this.#endpoint;
    const signer = signerOf(endpoint.appId);
    // Gone, and the endpoint with it; the news is under way.
    if (!signer) {
      this.#tryLater(delivery, READ_AGAIN_MS);
      return;
    }

    const atMs = clock.now();
    const startedAtMs = performance.now();
    const result = await post(webhookRequest(endpoint, delivery.batchId, delivery.events, signer, hmacHex));
    const durationMs = performance.now() - startedAtMs;
    delivery.attempts++;
    meters.attempted(endpoint.appId, result.error);
    if (result.error === null) this.#circuit.succeeded();
    else this.#circuit.failed(clock.now());
    const { attempts, events } = delivery;
    const outcome = this.#settle(delivery, result, atMs, durationMs);
    onResult(endpoint, result, atMs, { result, attempts, events, outcome });
  }

  #settle(
    delivery: Delivery,
    result: PostResult,
    atMs: number,
    durationMs: number,
  ): FinishedAttempt["outcome"] {
    const { outbox, ids, clock, meters } = this.#parts;
    const { id: endpointId, appId } = this.#endpoint;
    const delayMs = result.error === null ? undefined : this.#delayAfter(delivery, result);
    const outcome =
      result.error === null
        ? "delivered"
        : delayMs === undefined
          ? "dead"
          : { nextTryAtMs: clock.now() + delayMs };
    const { batchId, events } = delivery;
    outbox.attempted({
      id: ids.next(),
      endpointId,
      delivery: { batchId, events: [...events] },
      atMs,
      durationMs,
      result,
      outcome,
    });
    if (delayMs !== undefined) {
      this.#tryLater(delivery, delayMs);
      return outcome;
    }
    meters.finished(appId, result.error === null ? "delivered" : "dead", events.length);
    this.#queue.finish(delivery);
    return outcome;
  }

  #delayAfter({ attempts, events }: Delivery, { status }: PostResult): number | undefined {
    const isRefusal = status !== null && status >= 400 && status < 500 && !ASKS_FOR_PATIENCE.includes(status);
    const ageMs = this.#parts.clock.now() - Math.max(...events.map(({ createdAtMs }) => createdAtMs));
    if (isRefusal && ageMs > STALE_MS) return undefined;
    return retryDelayMs(attempts, this.#parts.random);
  }

  #tryLater(delivery: Delivery, delayMs: number): void {
    this.#later(() => this.#tryAgain(delivery), delayMs);
  }

  #tryAgain(delivery: Delivery): void {
    this.#queue.tryAgain(delivery);
    this.pump();
  }

  /** Returns false when there is no room. */
  #take(event: HeldEvent): boolean {
    const restored = event.attempts > 0 ? this.#queue.restore(event) : undefined;
    if (!restored && this.#queue.add(event) === "full") return false;
    this.#cursor = event.id;
    if (typeof restored === "object") {
      this.#tryLater(restored, Math.max(0, (event.nextTryAtMs ?? 0) - this.#parts.clock.now()));
    }
    return true;
  }

  #read(): void {
    if (this.#isReading || this.#isStopped) return;
    const hungry = this.#queue.takeHungry();
    if (!hungry && (this.#cursor >= this.#newest || this.#queue.isFull || this.#isIdleEnough())) return;
    this.#isReading = true;
    const reading = hungry ? this.#readChannel(hungry) : this.#readOn();
    void reading
      .catch((error) => {
        this.#parts.log.error({ err: error, endpoint: this.#endpoint.id }, "owed webhooks cannot be read");
        if (hungry) this.#queue.feed(hungry.channel, [], false);
        return false;
      })
      .then((isGood) => {
        this.#isReading = false;
        if (isGood) this.pump();
        else this.#later(() => this.pump(), READ_AGAIN_MS);
      });
  }

  /** As long as an endpoint is down, what is in memory is more than enough. */
  #isIdleEnough(): boolean {
    return this.#circuit.isOpen && this.#queue.held > 0;
  }

  async #readOn(): Promise<boolean> {
    const newest = this.#newest;
    const events = await readOwed(this.#parts.database, this.#endpoint.id, this.#cursor, READ_AT_ONCE);
    for (const event of events) if (!this.#take(event)) return true;
    // Nothing was left to read, unless something came while it was read.
    if (events.length < READ_AT_ONCE && this.#newest === newest) this.#newest = this.#cursor;
    return true;
  }

  async #readChannel(hungry: { channel: string; afterId: string; most: number }): Promise<boolean> {
    const { channel, afterId, most } = hungry;
    const events = await readOwedOfChannel(this.#parts.database, this.#endpoint.id, channel, afterId, most);
    this.#queue.feed(channel, events, events.length < most);
    return true;
  }

  #later(callback: () => void, ms: number): void {
    const cancel = this.#parts.clock.later(() => {
      this.#timers.delete(cancel);
      if (!this.#isStopped) callback();
    }, ms);
    this.#timers.add(cancel);
  }
}

/** Comes after every id. */
const UNKNOWN = "~";

function later(a: string, b: string): string {
  return a === UNKNOWN || b > a ? b : a;
}

/** Request time-out, too early, too many requests. */
const ASKS_FOR_PATIENCE: readonly number[] = [408, 425, 429];
