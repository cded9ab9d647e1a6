import type { ChannelName } from "@usher/protocol";
import type { Database } from "../store/database.ts";
import type { Presence } from "./webhook-feed.ts";

/**
 * What receivers take for being there, as it stands on disk. It is written together with the events that tell them, so
 * that a server that ends without a word leaves behind what has to be taken back.
 */
export class ToldStates {
  readonly #database: Database;
  readonly #senderId: string;

  constructor(database: Database, senderId: string) {
    this.#database = database;
    this.#senderId = senderId;
  }

  /** What receivers were told by this server. */
  own(): Promise<readonly Presence[]> {
    return this.#database.query(async (db) => {
      const rows = await db
        .selectFrom("webhook_states")
        .select(["app_id", "channel", "member"])
        .where("sender_id", "=", this.#senderId)
        .execute();
      return rows.map(toPresence);
    });
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
          .values(some.map((row) => ({ ...row, sender_id: this.#senderId })))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      return rows.map(toPresence);
    });
  }

  /** Forgets what was told of apps that nobody listens to: their receivers start anew. */
  keepOnly(appIds: readonly string[]): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      let query = transaction.deleteFrom("webhook_states").where("sender_id", "=", this.#senderId);
      if (appIds.length > 0) query = query.where("app_id", "not in", [...appIds]);
      await query.execute();
    });
  }
}

const ROWS_AT_ONCE = 500;

function toPresence(row: {
  readonly app_id: string;
  readonly channel: string;
  readonly member: string;
}): Presence {
  return {
    appId: row.app_id,
    // Written from names that were parsed.
    channel: row.channel as ChannelName,
    userId: row.member === "" ? undefined : (JSON.parse(row.member) as string),
  };
}
