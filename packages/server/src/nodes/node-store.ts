import type { Kysely } from "kysely";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";

/** One running server, as it last told of itself. */
export interface StoredNode {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly seenAt: string;
  /** The revision of the apps that it shows. */
  readonly appliedRevision: number;
  readonly connections: number;
  readonly isDraining: boolean;
}

export interface ListedNode extends StoredNode {
  /** Was it heard of within 15 s? */
  readonly isLive: boolean;
}

export interface AppliedOn {
  /** Live nodes that show the change. */
  readonly nodes: number;
  /** Live nodes. */
  readonly of: number;
}

/** A node that was not heard of for so long counts as gone. Three heartbeats. */
const LIVE_MS = 15_000;
/** What a node that was killed leaves behind is kept for a while, so that an operator sees which one is missing. */
const FORGOTTEN_MS = 3_600_000;

/** The servers that share one database. */
export class NodeStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** Adds a node that has started, in place of one that went by the same name and was not there to say goodbye. */
  async join(node: Omit<StoredNode, "seenAt">): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction
        .deleteFrom("nodes")
        .where((where) =>
          where.or([where("name", "=", node.name), where("seen_at", "<", this.#isoBefore(FORGOTTEN_MS))]),
        )
        .execute();
      await this.#write(transaction, node);
    });
  }

  /** Tells that a node lives, and what it shows. */
  async heartbeat(node: Omit<StoredNode, "seenAt">): Promise<void> {
    await this.#database.transaction((transaction) => this.#write(transaction, node));
  }

  /** All nodes that were heard of within the last hour, the oldest first. */
  async list(): Promise<readonly ListedNode[]> {
    const liveSince = this.#isoBefore(LIVE_MS);
    const rows = await this.#database.query((db) =>
      db
        .selectFrom("nodes")
        .selectAll()
        .where("seen_at", ">=", this.#isoBefore(FORGOTTEN_MS))
        .orderBy("started_at")
        .orderBy("id")
        .execute(),
    );
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      version: row.version,
      startedAt: row.started_at,
      seenAt: row.seen_at,
      appliedRevision: row.applied_revision,
      connections: row.connections,
      isDraining: row.is_draining === 1,
      isLive: row.seen_at >= liveSince,
    }));
  }

  /** On how many live nodes a change of this revision is in effect. */
  async appliedOn(revision: number): Promise<AppliedOn> {
    const live = (await this.list()).filter(({ isLive }) => isLive);
    return {
      nodes: live.filter(({ appliedRevision }) => appliedRevision >= revision).length,
      of: live.length,
    };
  }

  /** Takes a node off the list. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction((transaction) =>
      transaction.deleteFrom("nodes").where("id", "=", id).execute(),
    );
  }

  async #write(transaction: Kysely<Tables>, node: Omit<StoredNode, "seenAt">): Promise<void> {
    const changes = {
      name: node.name,
      version: node.version,
      started_at: node.startedAt,
      seen_at: this.#isoBefore(0),
      applied_revision: node.appliedRevision,
      connections: node.connections,
      is_draining: node.isDraining ? 1 : 0,
    };
    await transaction
      .insertInto("nodes")
      .values({ id: node.id, ...changes })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(changes))
      .execute();
  }

  /** Texts of equal form, so they compare like the times they tell. */
  #isoBefore(ms: number): string {
    return new Date(this.#now() - ms).toISOString();
  }
}
