import type { Actor, ActorKind } from "../actor.ts";
import type { Database } from "../store/database.ts";
import type { JsonObject } from "./record-audit.ts";

/** One thing that somebody did to an app, a credential or a grant. */
export interface AuditEntry {
  /** Grows with every entry. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly actor: Actor;
  /** Dotted words such as `secret.rotate`. */
  readonly action: string;
  readonly appId: string | null;
  /** What it was done to: a key, the id of a secret, an operator. */
  readonly target: string | null;
  readonly details: JsonObject;
}

export interface AuditFilter {
  readonly appId?: string;
  readonly action?: string;
  readonly actorId?: string;
  /** Only entries older than the one with this id: the last id of the page before. */
  readonly before?: number;
  /** At least 1. */
  readonly limit: number;
}

/** Reads the audit trail. Entries are written by `recordAudit`, in the transaction of what they tell of. */
export class AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest first. */
  async list(filter: AuditFilter): Promise<readonly AuditEntry[]> {
    const rows = await this.#database.query((db) => {
      let query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(filter.limit);
      if (filter.appId !== undefined) query = query.where("app_id", "=", filter.appId);
      if (filter.action !== undefined) query = query.where("action", "=", filter.action);
      if (filter.actorId !== undefined) query = query.where("actor_id", "=", filter.actorId);
      if (filter.before !== undefined) query = query.where("id", "<", filter.before);
      return query.execute();
    });
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      actor: {
        // Written by recordAudit alone.
        kind: row.actor_kind as ActorKind,
        id: row.actor_id,
        name: row.actor_name,
        address: row.actor_address,
      },
      action: row.action,
      appId: row.app_id,
      target: row.target,
      details: JSON.parse(row.details) as JsonObject,
    }));
  }
}
