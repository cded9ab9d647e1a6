import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";
import type { Clock } from "./clock.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { EventIds } from "./event-ids.ts";
import type { WebhookEvent } from "./event-types.ts";
import {
  type Attempt,
  hasEvent,
  insertAttempts,
  insertEvents,
  newestEventId,
  type OwedEvent,
  type StateChange,
  writeStates,
} from "./outbox-rows.ts";
import { arbitrate } from "./told-arbiter.ts";
import type { WebhookMeters } from "./webhook-meters.ts";

export interface OutboxOptions {
  readonly database: Database;
  /** In whose keeping is what receivers have been told. */
  readonly keeperId: string;
  /**
   * Given where several nodes share the keeper: whatever says that something came or left is owed only where receivers
   * were not told so already. Called after each commit with what they take for being there, of what it was about.
   */
  readonly onTold?: ((states: readonly StateChange[]) => void) | undefined;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meters: WebhookMeters;
  /** Called once events are on disk, in order. Where `isNext` is false, others may have written events before them. */
  readonly onWritten: (events: readonly OwedEvent[], isNext: boolean) => void;
  /** Called when events could not be kept and writing works again: receivers may have a wrong picture. */
  readonly onRecovered: () => void;
}

/** How long an event may wait for others before all are written together. */
const FLUSH_MS = 25;
/** So many do not wait, and no more go into one transaction: on SQLite that is work of this thread. */
const FLUSH_EVENTS = 250;
/** Events that wait to be written; past it, new ones are lost. About 50 MB in ordinary times. */
const MOST_QUEUED = 50_000;
const RETRY_MS = 1_000;

/** An event that was decided, and the endpoints that get it. */
interface Decided {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly event: WebhookEvent;
  readonly eventId: string;
  readonly createdAtMs: number;
  /** Of what receivers know; in the same transaction as the event that tells them. */
  readonly change: StateChange | undefined;
}

interface Written {
  /** The events as they stand on disk. */
  readonly rows: readonly OwedEvent[];
  /** The newest event there was before; undefined where nobody looked. */
  readonly newestBefore: string | undefined;
  readonly told: readonly StateChange[];
}

interface Kept {
  readonly owed: readonly Decided[];
  readonly told: readonly StateChange[];
}

interface Batch {
  readonly events: Decided[];
  readonly attempts: Attempt[];
}

/**
 * The way of events and results to disk: gathered in memory for a moment and written in one transaction.
 *
 * An event is owed from the moment of that commit on, and nothing is sent before. As long as the database does not take
 * writes everything waits here, up to a limit, and is tried again every second.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: Batch = { events: [], attempts: [] };
  #queued = 0;
  /** What is being written: the same again, should that fail. */
  #writing: Promise<void> | undefined;
  #unwritten: Batch | undefined;
  /** An event of the batch as it was last tried: if it is on disk, the failure was only one of being told so. */
  #doubtfulId: string | undefined;
  /** The newest event there was after the last write of this process. */
  #lastId: string | undefined;
  #cancelTimer: (() => void) | undefined;
  #isFailing = false;
  #hasLost = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Events that are decided and not on disk. */
  get queued(): number {
    return this.#queued;
  }

  /** Notes an event for the endpoints that get it, with the change of what they know; both are kept or neither. */
  owe(endpoints: readonly WebhookEndpoint[], event: WebhookEvent, change?: StateChange): void {
    const { ids, clock, meters } = this.#options;
    if (this.#queued >= MOST_QUEUED) {
      this.#hasLost = true;
      for (const { appId } of endpoints) meters.lost(appId, "queue_full");
      return;
    }
    this.#waiting.events.push({ endpoints, event, eventId: ids.next(), createdAtMs: clock.now(), change });
    this.#queued++;
    this.#schedule();
  }

  /** Notes what became of a request. */
  attempted(attempt: Attempt): void {
    this.#waiting.attempts.push(attempt);
    this.#schedule();
  }

  /** Resolves once everything that was noted before is on disk, or could not be written. */
  async flush(): Promise<void> {
    await this.#writing;
    do await this.#write();
    while (!this.#isFailing && !isEmpty(this.#waiting));
  }

  stop(): Promise<void> {
    this.#cancelTimer?.();
    return this.flush();
  }

  #schedule(): void {
    if (this.#writing || this.#isFailing) return;
    if (this.#waiting.events.length >= FLUSH_EVENTS) {
      void this.#write();
      return;
    }
    this.#cancelTimer ??= this.#options.clock.later(() => void this.#write(), FLUSH_MS);
  }

  #write(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = undefined;
      if (this.#isFailing)
        this.#cancelTimer ??= this.#options.clock.later(() => void this.#write(), RETRY_MS);
      // By way of a timer even when there is enough for the next: others have a turn.
      else if (!isEmpty(this.#waiting))
        this.#cancelTimer ??= this.#options.clock.later(() => void this.#write(), 1);
    });
    return this.#writing;
  }

  async #writeOnce(): Promise<void> {
    if (!this.#unwritten) {
      const { events, attempts } = this.#waiting;
      if (isEmpty(this.#waiting)) return;
      this.#unwritten = {
        events: events.splice(0, FLUSH_EVENTS),
        attempts: attempts.splice(0, FLUSH_EVENTS),
      };
    }
    const batch = this.#unwritten;
    let written: Written;
    try {
      written = await this.#commit(batch);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#unwritten = undefined;
    this.#doubtfulId = undefined;
    this.#queued -= batch.events.length;
    this.#written(written);
  }

  /** Writes the batch in one transaction; returns the events as they stand on disk. */
  #commit({ events, attempts }: Batch): Promise<Written> {
    const { database, ids } = this.#options;
    return database.transaction(async (transaction) => {
      // Senders will find the events by themselves.
      if (this.#doubtfulId !== undefined && (await hasEvent(transaction, this.#doubtfulId))) {
        return { rows: [], newestBefore: undefined, told: lastChanges(events) };
      }
      // Transactions run one after the other, so ids made within them are in the order in which readers come to see them.
      const newestBefore = events.length > 0 ? await newestEventId(transaction) : undefined;
      if (newestBefore !== undefined) ids.continueAfter(newestBefore);
      const { owed, told } = await this.#keepStates(transaction, events);
      const rows = owed.flatMap((decided) => toRows(decided, ids));
      this.#doubtfulId = rows[0]?.id;
      await insertEvents(transaction, rows);
      await insertAttempts(transaction, attempts);
      return { rows, newestBefore, told };
    });
  }

  /** Writes down what receivers have been told after these events; returns those that tell them. */
  async #keepStates(transaction: Kysely<Tables>, events: readonly Decided[]): Promise<Kept> {
    const { keeperId, onTold, clock } = this.#options;
    if (!onTold) {
      await writeStates(transaction, keeperId, lastChanges(events));
      return { owed: events, told: [] };
    }
    const changes = events.map(({ change }) => change);
    const { isOwed, states } = await arbitrate(transaction, keeperId, changes, clock.now());
    return { owed: events.filter((_, index) => isOwed[index]), told: states };
  }

  #written({ rows, newestBefore, told }: Written): void {
    const { meters, onWritten, onRecovered, onTold } = this.#options;
    if (told.length > 0) onTold?.(told);
    for (const row of rows) meters.owed(row.appId, row.name);
    this.#recovered();
    const last = rows.at(-1);
    if (last) {
      onWritten(rows, newestBefore === this.#lastId);
      this.#lastId = last.id;
    }
    if (!this.#hasLost || this.#queued > 0) return;
    this.#hasLost = false;
    onRecovered();
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) {
      this.#options.log.error(
        { err: error, code: "webhook_outbox_unwritable" },
        "webhooks cannot be written to the database; they wait in memory",
      );
    }
    this.#isFailing = true;
  }

  #recovered(): void {
    if (this.#isFailing) {
      this.#options.log.info(
        { code: "webhook_outbox_writable" },
        "webhooks are written to the database again",
      );
    }
    this.#isFailing = false;
  }
}

function toRows({ endpoints, event, eventId, createdAtMs }: Decided, ids: EventIds): OwedEvent[] {
  const body = JSON.stringify(event);
  return endpoints.map((endpoint) => ({
    id: ids.next(),
    eventId,
    appId: endpoint.appId,
    endpointId: endpoint.id,
    channel: event.channel,
    name: event.name,
    body,
    createdAtMs,
    attempts: 0,
    nextTryAtMs: null,
    batchId: null,
  }));
}

/** The last of each, by what it is about. */
function lastChanges(events: readonly Decided[]): StateChange[] {
  const changes = new Map<string, StateChange>();
  for (const { change } of events) {
    if (change) changes.set(`${change.appId}\n${change.channel}\n${change.userId ?? ""}`, change);
  }
  return [...changes.values()];
}

function isEmpty({ events, attempts }: Batch): boolean {
  return events.length === 0 && attempts.length === 0;
}
