import { type Kysely, sql } from "kysely";
import type { Tables } from "./tables.ts";

/** Counts a change of an app, in the transaction that makes it, so that the change and the news of it are one. */
export async function bumpRevision(transaction: Kysely<Tables>): Promise<void> {
  await transaction.updateTable("revision").set({ value: sql`value + 1` }).execute();
}
