import type { ChannelName } from "@usher/protocol";
import { sql } from "kysely";
import type { Database } from "../store/database.ts";
import { stateKey } from "./outbox-rows.ts";
import { isOneOf, printKey } from "./told-arbiter.ts";
import type { Presence } from "./webhook-feed.ts";

/**
 * What receivers take for being there, as it stands on disk. It is written together with the events that tell them, so
 * that a server that ends without a word leaves behind what has to be taken back.
 */
export class ToldStates {
  readonly #database: Database;
  readonly #keeperId: string;

  /** @param keeperId the sender itself, or what stands for all nodes of a cluster. */
  constructor(database: Database, keeperId: string) {
    this.#database = database;
    this.#keeperId = keeperId;
  }

  /** What receivers were told, all of it. */
  own(): Promise<readonly Presence[]> {
    return this.#database.query(async (db) => {
      const rows = await db
        .selectFrom("webhook_states")
        .select(["app_id", "channel", "member"])
        .where("sender_id", "=", this.#keeperId)
        .execute();
      return rows.map(toPresence);
    });
  }

  /** The same, some hundreds at a time, as it stands when each of them is read. */
  async *pages(): AsyncGenerator<readonly Presence[]> {
    let last: StateRow | undefined;
    do {
      const after = last;
      const rows = await this.#database.query((db) =>
        db
          .selectFrom("webhook_states")
          .select(["app_id", "channel", "member"])
          .where("sender_id", "=", this.#keeperId)
          .$if(after !== undefined, (query) => query.where(isAfter(after)))
          .orderBy("app_id")
          .orderBy("channel")
          .orderBy("member")
          .limit(ROWS_AT_ONCE)
          .execute(),
      );
      yield rows.map(toPresence);
      last = rows.length < ROWS_AT_ONCE ? undefined : rows.at(-1);
    } while (last);
  }

  /** Those of the given, some hundreds at most, that receivers have not been told of. */
  async untold(presences: readonly Presence[]): Promise<readonly Presence[]> {
    if (presences.length === 0) return [];
    const rows = await this.#database.query((db) =>
      db
        .selectFrom("webhook_states")
        .select(["app_id", "channel", "member"])
        .where("sender_id", "=", this.#keeperId)
        .where(isOneOf(presences))
        .execute(),
    );
    const told = new Set(rows.map(printKey));
    return presences.filter((presence) => !told.has(printKey(stateKey(presence))));
  }

  /** Takes into this server's keeping what others left behind. Each goes to one server, whoever else asks. */
  takeOver(senderIds: readonly string[]): Promise<readonly Presence[]> {
    return this.#database.transaction(async (transaction) => {
      const rows = await transaction
        .deleteFrom("webhook_states")
        .where("sender_id", "in", [...senderIds])
        .returning(["app_id", "channel", "member"])
        .execute();
      for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
        const some = rows.slice(start, start + ROWS_AT_ONCE);
        await transaction
          .insertInto("webhook_states")
          .values(some.map((row) => ({ ...row, sender_id: this.#keeperId })))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      return rows.map(toPresence);
    });
  }

  /** Forgets what was told of apps that nobody listens to: their receivers start anew. */
  forgetUnheard(): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      await transaction
        .deleteFrom("webhook_states")
        .where("sender_id", "=", this.#keeperId)
        .where("app_id", "not in", (eb) =>
          eb.selectFrom("webhook_endpoints").select("app_id").where("enabled", "=", 1),
        )
        .execute();
    });
  }
}

interface StateRow {
  readonly app_id: string;
  readonly channel: string;
  readonly member: string;
}

const ROWS_AT_ONCE = 500;

function isAfter(row: StateRow | undefined) {
  return sql<boolean>`(app_id, channel, member) > (${row?.app_id}, ${row?.channel}, ${row?.member})`;
}

function toPresence(row: StateRow): Presence {
  return {
    appId: row.app_id,
    // Written from names that were parsed.
    channel: row.channel as ChannelName,
    userId: row.member === "" ? undefined : (JSON.parse(row.member) as string),
  };
}
