import type { Kysely, Selectable } from "kysely";
import type { Actor } from "../actor.ts";
import { recordAudit } from "../audit/record-audit.ts";
import type { Database } from "../store/database.ts";
import type { BusState, NodesTable, Tables } from "../store/tables.ts";

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
  /** It takes no new clients and sends its own away, because it was asked to or because it stops. */
  readonly isDraining: boolean;
  /** ISO 8601, UTC: since when it is asked to; `null` when it is not. */
  readonly drainRequestedAt: string | null;
  readonly bus: BusStatus;
  /** `null` for a process that has its port to itself. */
  readonly worker: WorkerPlace | null;
}

/** Whether a node hears the others. */
export interface BusStatus {
  /** `off` where there is nothing to hear them by. */
  readonly state: BusState;
  /** ISO 8601, UTC; `null` with `off`. */
  readonly since: string | null;
}

/** Which of the processes of one server that share its port. */
export interface WorkerPlace {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** What a node tells of itself. */
export type ToldNode = Omit<StoredNode, "seenAt">;

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
  async join(node: ToldNode): Promise<void> {
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
  async heartbeat(node: ToldNode): Promise<void> {
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
    return rows.map((row) => listed(row, liveSince));
  }

  /** The node of this id, however long ago it was heard of. */
  async get(id: string): Promise<ListedNode | undefined> {
    const row = await this.#database.query((db) =>
      db.selectFrom("nodes").selectAll().where("id", "=", id).executeTakeFirst(),
    );
    return row && listed(row, this.#isoBefore(LIVE_MS));
  }

  /**
   * Asks a node to send its clients away, or takes that back; it looks every second. Nothing changes, and nothing is put on
   * record, where it is so already.
   */
  async askToDrain(id: string, isWanted: boolean, by: Actor): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const changed = await transaction
        .updateTable("nodes")
        .set({ drain_requested_at: isWanted ? this.#isoBefore(0) : null })
        .where("id", "=", id)
        .where("drain_requested_at", isWanted ? "is" : "is not", null)
        .returning("name")
        .executeTakeFirst();
      if (!changed) return;
      await recordAudit(transaction, {
        actor: by,
        action: isWanted ? "node.drain" : "node.resume",
        appId: null,
        target: id,
        details: { name: changed.name },
      });
    });
  }

  /** Since when a node is asked to send its clients away, `null` when it is not; undefined for one that is not listed. */
  async drainRequestedAt(id: string): Promise<string | null | undefined> {
    const row = await this.#database.query((db) =>
      db.selectFrom("nodes").select("drain_requested_at").where("id", "=", id).executeTakeFirst(),
    );
    return row?.drain_requested_at;
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

  async #write(transaction: Kysely<Tables>, node: ToldNode): Promise<void> {
    const changes = {
      name: node.name,
      version: node.version,
      started_at: node.startedAt,
      seen_at: this.#isoBefore(0),
      applied_revision: node.appliedRevision,
      connections: node.connections,
      is_draining: node.isDraining ? 1 : 0,
      bus: node.bus.state,
      bus_since: node.bus.since,
      worker_index: node.worker?.index ?? null,
      worker_count: node.worker?.of ?? null,
    };
    await transaction
      .insertInto("nodes")
      // What it is asked for is for others to change; only a node that was forgotten says what it knows of it.
      .values({ id: node.id, drain_requested_at: node.drainRequestedAt, ...changes })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(changes))
      .execute();
  }

  /** Texts of equal form, so they compare like the times they tell. */
  #isoBefore(ms: number): string {
    return new Date(this.#now() - ms).toISOString();
  }
}

function listed(row: Selectable<NodesTable>, liveSince: string): ListedNode {
  const { worker_index: index, worker_count: of } = row;
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    appliedRevision: row.applied_revision,
    connections: row.connections,
    isDraining: row.is_draining === 1,
    drainRequestedAt: row.drain_requested_at,
    bus: { state: row.bus, since: row.bus_since },
    worker: index === null || of === null ? null : { index, of },
    isLive: row.seen_at >= liveSince,
  };
}
