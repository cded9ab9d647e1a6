import type { Kysely } from "kysely";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";
import type { LoggedAttempt } from "./delivery-log.ts";

/** What is going on at an endpoint. */
export interface EndpointActivity {
  readonly owed: number;
  readonly dead: number;
  /** The last request that was made; `null` where none is known. */
  readonly lastAttempt: LoggedAttempt | null;
}

/** What is going on at some of an app's endpoints, by id. */
export function endpointActivity(
  database: Database,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, EndpointActivity>> {
  return database.query(async (db) => {
    const activity = new Map<string, EndpointActivity>();
    for (const id of endpointIds) {
      activity.set(id, {
        owed: await count(db, id, "owed"),
        dead: await count(db, id, "dead"),
        lastAttempt: await lastAttempt(db, id),
      });
    }
    return activity;
  });
}

async function count(db: Kysely<Tables>, endpointId: string, state: "owed" | "dead"): Promise<number> {
  const row = await db
    .selectFrom("webhook_events")
    .select((eb) => eb.fn.countAll<number | string>().as("events"))
    .where("endpoint_id", "=", endpointId)
    .where("state", "=", state)
    .executeTakeFirstOrThrow();
  // PostgreSQL counts in a type that JavaScript gets as text.
  return Number(row.events);
}

async function lastAttempt(db: Kysely<Tables>, endpointId: string): Promise<LoggedAttempt | null> {
  const row = await db
    .selectFrom("webhook_attempts")
    .select(["at", "status", "error", "duration_ms", "response", "next_try_at"])
    .where("endpoint_id", "=", endpointId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const { at, status, error, response } = row;
  return { at, status, error, durationMs: row.duration_ms, response, nextTryAt: row.next_try_at };
}
