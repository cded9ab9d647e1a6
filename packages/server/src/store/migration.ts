import type { Migration as KyselyMigration } from "kysely/migration";
import type { Database } from "./database.ts";

/** One step of the schema, for every kind of database. One that was released is never changed. */
export interface Migration {
  /** Number and subject, such as `0001_apps`; they run in this order. */
  readonly name: string;
  up(db: AnySchema, kind: Database["kind"]): Promise<void>;
  /** Takes back what `up` did, with what was kept in it. Throws what an earlier version would misread. */
  down(db: AnySchema, kind: Database["kind"]): Promise<void>;
}

/** A migration knows the schema of its time, which is none that a type describes. */
export type AnySchema = Parameters<KyselyMigration["up"]>[0];
