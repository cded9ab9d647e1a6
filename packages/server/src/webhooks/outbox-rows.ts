import { type Kysely, sql } from "kysely";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";
import type { Delivery, HeldEvent } from "./endpoint-queue.ts";
import type { PostResult } from "./post-error.ts";

// The outbox as SQL. Whatever writes belongs inside a transaction.

type Db = Kysely<Tables>;

/** An event that becomes owed to one endpoint. */
export interface OwedEvent extends HeldEvent {
  readonly appId: string;
  readonly endpointId: string;
  readonly name: string;
}

/** One request that was made, and what follows from it. */
export interface Attempt {
  readonly id: string;
  readonly endpointId: string;
  readonly delivery: Pick<Delivery, "batchId" | "events">;
  readonly atMs: number;
  readonly durationMs: number;
  readonly result: PostResult;
  readonly outcome: "delivered" | "dead" | { readonly nextTryAtMs: number };
}

/** A channel, or with `userId` a member of it, that receivers have been told of as being there, or as being gone. */
export interface StateChange {
  readonly appId: string;
  readonly channel: string;
  readonly userId: string | undefined;
  readonly isHere: boolean;
  /** When it came or left, in milliseconds since 1970. */
  readonly atMs: number;
}

// Databases limit the parameters of a statement; SQLite to 32,766.
const ROWS_AT_ONCE = 250;

/** The id of the newest event there is; empty when there is none. */
export async function newestEventId(db: Db): Promise<string> {
  const row = await db
    .selectFrom("webhook_events")
    .select((eb) => eb.fn.max("id").as("id"))
    .executeTakeFirst();
  return row?.id ?? "";
}

export async function hasEvent(db: Db, id: string): Promise<boolean> {
  return (
    (await db.selectFrom("webhook_events").select("id").where("id", "=", id).executeTakeFirst()) !== undefined
  );
}

export async function insertEvents(db: Db, events: readonly OwedEvent[]): Promise<void> {
  for (const some of chunks(events)) {
    const rows = some.map((event) => ({
      id: event.id,
      event_id: event.eventId,
      app_id: event.appId,
      endpoint_id: event.endpointId,
      channel: event.channel,
      name: event.name,
      body: event.body,
      created_at: iso(event.createdAtMs),
      state: "owed" as const,
      attempts: 0,
    }));
    await db.insertInto("webhook_events").values(rows).execute();
  }
}

export async function insertAttempts(db: Db, attempts: readonly Attempt[]): Promise<void> {
  for (const some of chunks(attempts)) {
    const rows = some.map(({ id, endpointId, delivery, atMs, durationMs, result, outcome }) => ({
      id,
      endpoint_id: endpointId,
      batch_id: delivery.batchId,
      at: iso(atMs),
      status: result.status,
      error: result.error,
      duration_ms: Math.round(durationMs),
      response: result.response,
      next_try_at: typeof outcome === "object" ? iso(outcome.nextTryAtMs) : null,
    }));
    await db
      .insertInto("webhook_attempts")
      .values(rows)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }
  await settleSingly(db, attempts, "delivered");
  await settleSingly(db, attempts, "dead");
  for (const attempt of attempts) {
    if (!isSettledSingly(attempt)) await settle(db, attempt);
  }
}

/** What was one event and is over after one attempt, which is nearly everything, many at a time. */
async function settleSingly(
  db: Db,
  attempts: readonly Attempt[],
  state: "delivered" | "dead",
): Promise<void> {
  const over = attempts.filter((attempt) => attempt.outcome === state && isSettledSingly(attempt));
  for (const some of chunks(over)) {
    await db
      .updateTable("webhook_events")
      .set({
        state,
        batch_id: sql`id`,
        attempts: sql`attempts + 1`,
        next_try_at: null,
        finished_at: iso(some[0]?.atMs ?? 0),
      })
      .where(
        "id",
        "in",
        some.map(({ delivery }) => delivery.batchId),
      )
      .where("state", "=", "owed")
      .execute();
  }
}

function isSettledSingly({ delivery, outcome }: Attempt): boolean {
  return (
    typeof outcome === "string" && delivery.events.length === 1 && delivery.events[0]?.id === delivery.batchId
  );
}

async function settle(db: Db, { delivery, outcome, atMs }: Attempt): Promise<void> {
  const isOver = typeof outcome === "string";
  await db
    .updateTable("webhook_events")
    .set({
      state: isOver ? outcome : "owed",
      batch_id: delivery.batchId,
      attempts: sql`attempts + 1`,
      next_try_at: isOver ? null : iso(outcome.nextTryAtMs),
      finished_at: isOver ? iso(atMs) : null,
    })
    .where(
      "id",
      "in",
      delivery.events.map(({ id }) => id),
    )
    .where("state", "=", "owed")
    .execute();
}

export async function writeStates(db: Db, senderId: string, changes: readonly StateChange[]): Promise<void> {
  const here = changes.filter(({ isHere }) => isHere);
  for (const some of chunks(here)) {
    await db
      .insertInto("webhook_states")
      .values(some.map((change) => ({ ...stateKey(change), sender_id: senderId })))
      .onConflict((conflict) => conflict.columns(["app_id", "channel", "member", "sender_id"]).doNothing())
      .execute();
  }
  for (const change of changes) {
    if (change.isHere) continue;
    const { app_id, channel, member } = stateKey(change);
    await db
      .deleteFrom("webhook_states")
      .where("app_id", "=", app_id)
      .where("channel", "=", channel)
      .where("member", "=", member)
      .where("sender_id", "=", senderId)
      .execute();
  }
}

/** What a state is about, as it stands in the database. */
export function stateKey({ appId, channel, userId }: Pick<StateChange, "appId" | "channel" | "userId">) {
  // As JSON, since a user id may hold what a text column of PostgreSQL does not take.
  return { app_id: appId, channel, member: userId === undefined ? "" : JSON.stringify(userId) };
}

/** What an endpoint is owed after an id, in order. */
export function readOwed(
  database: Database,
  endpointId: string,
  afterId: string,
  most: number,
): Promise<HeldEvent[]> {
  return database.query(async (db) => {
    const rows = await owed(db, endpointId, most).where("id", ">", afterId).execute();
    return rows.map(toHeld);
  });
}

/** The same of one channel. */
export function readOwedOfChannel(
  database: Database,
  endpointId: string,
  channel: string,
  afterId: string,
  most: number,
): Promise<HeldEvent[]> {
  return database.query(async (db) => {
    const rows = await owed(db, endpointId, most)
      .where("channel", "=", channel)
      .where("id", ">", afterId)
      .execute();
    return rows.map(toHeld);
  });
}

function owed(db: Db, endpointId: string, most: number) {
  return (
    db
      .selectFrom("webhook_events")
      .select(["id", "event_id", "channel", "body", "created_at", "attempts", "next_try_at", "batch_id"])
      .where("endpoint_id", "=", endpointId)
      // Spelt out rather than a parameter: only so do the databases see that the smaller index will do.
      .where("state", "=", sql.lit("owed" as const))
      .orderBy("id")
      .limit(most)
  );
}

function toHeld(row: {
  readonly id: string;
  readonly event_id: string;
  readonly channel: string;
  readonly body: string;
  readonly created_at: string;
  readonly attempts: number;
  readonly next_try_at: string | null;
  readonly batch_id: string | null;
}): HeldEvent {
  return {
    id: row.id,
    eventId: row.event_id,
    channel: row.channel,
    body: row.body,
    createdAtMs: Date.parse(row.created_at),
    attempts: row.attempts,
    nextTryAtMs: row.next_try_at === null ? null : Date.parse(row.next_try_at),
    batchId: row.batch_id,
  };
}

/** From where to where what an endpoint is owed reaches; undefined when it is owed nothing. Two looks into an index. */
export function readOwedRange(
  database: Database,
  endpointId: string,
): Promise<{ readonly oldestId: string; readonly newestId: string } | undefined> {
  return database.query(async (db) => {
    const end = (direction: "asc" | "desc") =>
      db
        .selectFrom("webhook_events")
        .select("id")
        .where("endpoint_id", "=", endpointId)
        .where("state", "=", "owed")
        .orderBy("id", direction)
        .limit(1)
        .executeTakeFirst();
    const oldest = await end("asc");
    const newest = oldest && (await end("desc"));
    return oldest && newest && { oldestId: oldest.id, newestId: newest.id };
  });
}

/** How many events an endpoint is owed. Takes the longer the more there are. */
export function countOwed(database: Database, endpointId: string): Promise<number> {
  return database.query(async (db) => {
    const { events } = await db
      .selectFrom("webhook_events")
      .select((eb) => eb.fn.countAll<number | string>().as("events"))
      .where("endpoint_id", "=", endpointId)
      .where("state", "=", "owed")
      .executeTakeFirstOrThrow();
    // PostgreSQL counts in a type that JavaScript gets as text.
    return Number(events);
  });
}

/** No more of them at once than a statement takes. */
export function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE)
    yield items.slice(start, start + ROWS_AT_ONCE);
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
